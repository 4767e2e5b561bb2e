"""Set the audiences of items that are computed ahead and served as bytes.

Reads / Writes: nothing.  Not here: how people are ranked (core.sections_response).
"""

from pydantic import Field

from settee.core.section import Section


class PrecomputedSettings(Section):
    """Audiences of items, computed ahead."""

    people: int = Field(1000, ge=1, le=1000, description="Most people kept of each item.")
    n: int = Field(100, ge=1, le=1000, description="People in an answer that asks for no number.")
    max_age_s: float = Field(
        604_800.0, gt=0, description="Seconds after which an answer is given no longer, and is "
        "made again by the next settee audience precompute."
    )  # fmt: skip
