"""Settings of item vectors: what an item is, and what is made of it.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from typing import Literal

from pydantic import Field

from settee.core.section import Section


class EmbeddingSettings(Section):
    """The `embedding_*` and `content_map_*` settings of the sources of those names."""

    embedding_text: Literal["topics", "sentences"] = Field(
        "topics", description="Vectors of tags and words: topics, learnt from the catalogue, or "
        "sentences, by a sentence model (needs the extra text)."
    )  # fmt: skip
    embedding_topics: int = Field(
        192, ge=1, le=2048, description="Topics that are learnt from tags and words."
    )
    embedding_image_weight: float = Field(
        1.0, ge=0, le=100, description="Weight of given picture vectors beside text at 1."
    )
    embedding_neighbours: int = Field(
        200, ge=1, description="Similar items kept per item by embedding."
    )
    embedding_popularity_power: float = Field(
        0.5, ge=0, le=2, description="Lift of alike items by (1 + audience / mean) to this power."
    )
    content_map_l2: float = Field(
        3.0, gt=0, description="Ridge of the map from vectors to tastes; larger is smoother."
    )
