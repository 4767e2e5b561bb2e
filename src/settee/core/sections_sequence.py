"""Settings of the sequence model.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from typing import Literal

from pydantic import Field

from settee.core.section import Section


class SequenceSettings(Section):
    """The `sasrec_*` settings of the source "sasrec"."""

    sasrec_factors: int = Field(
        64, ge=8, le=512, multiple_of=8, description="Numbers that describe an item or a moment."
    )
    sasrec_blocks: int = Field(2, ge=1, le=8, description="Rounds of attention.")
    sasrec_heads: int = Field(
        2, ge=1, le=8, description="Ways to look back in each round; must divide the factors."
    )
    sasrec_window: int = Field(
        128, ge=2, le=512, description="Latest items of a history that are looked at."
    )
    sasrec_dropout: float = Field(
        0.2, ge=0, lt=1, description="Share of the factors left out while training."
    )
    sasrec_epochs: int = Field(
        12, ge=1, le=1000, description="Rounds over all histories while training."
    )
    sasrec_minutes: float = Field(
        0.0, ge=0, description="Minutes after which training ends early, 0 for never; where they "
        "end it, the result depends on the machine."
    )  # fmt: skip
    sasrec_batch: int = Field(32, ge=1, le=1024, description="Windows of history per step.")
    sasrec_learning_rate: float = Field(0.002, gt=0, le=0.1, description="Greatest step.")
    sasrec_l2: float = Field(0.01, ge=0, le=10, description="Decay of the weights per step.")
    sasrec_memory: float = Field(
        0.998, ge=0, lt=1, description="Share that the running mean of the weights keeps per step."
    )
    sasrec_negatives: int = Field(
        0, ge=0, description="Items drawn per step to stand against the next one, 0 for all."
    )
    sasrec_max_items: int = Field(
        20_000, ge=2, description="Only that many most wanted items are modelled."
    )
    sasrec_linear_items: int = Field(
        5000,
        ge=0,
        description="Most modelled items with which a linear path runs beside, under the settings "
        "of next_ridge; its weights take 8 bytes per pair of items.",
    )
    sasrec_seed: int = Field(7, ge=0, description="Seed of its training.")
    sasrec_device: Literal["auto", "cpu", "cuda"] = Field(
        "auto",
        description="Where it is trained; auto is a GPU where torch finds one (speed only).",
    )
