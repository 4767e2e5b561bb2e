"""Settings of sparse linear item models.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from typing import Literal

from pydantic import Field

from settee.core.section import Section

Numbers = Literal["float32", "float16", "int8"]
"""What a weight is kept as."""


class LinearSettings(Section):
    """The `slim_*` settings of the source "slim", and how EASE fits large catalogues."""

    ease_taste_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="How much of a weight of EASE the broadest tastes of all accounts say.",
    )
    ease_tastes: int = Field(
        100, ge=1, le=4096, description="How many broadest tastes are mixed into EASE."
    )
    ease_taste_power: float = Field(
        0.4, ge=0, le=1, description="Damps much-wanted items when tastes are found."
    )
    ease_keep: int = Field(
        0, ge=0, description="Strongest weights towards each item that EASE keeps; 0 keeps all."
    )
    ease_numbers: Numbers = Field(
        "float32", description="What a weight of EASE is kept as: 4, 2 or 1 bytes."
    )
    ease_beyond: Literal["drop", "nearby"] = Field(
        "drop",
        description="Catalogues of more than ease_max_items: model only the most wanted, or all, "
        "each from the slim_nearby items most like it.",
    )
    slim_l1: float = Field(
        1.0, ge=0, description="Least sum of evidence that gives SLIM a weight; larger is sparser."
    )
    slim_l2: float = Field(200.0, gt=0, description="Ridge of SLIM; larger is smoother.")
    slim_dropout: float = Field(
        0.5, ge=0, lt=1, description="Share of each history hidden in fitting SLIM."
    )
    slim_account_power: float = Field(
        0.5, ge=0, le=2, description="An account of n items counts n to minus this power in SLIM."
    )
    slim_nearby: int = Field(
        300, ge=1, le=5000, description="Most alike items that may get a weight towards an item."
    )
    slim_like_power: float = Field(
        0.5, ge=0, le=1, description="Damps much-wanted items when alike ones are sought."
    )
    slim_negative: bool = Field(
        True, description="May an item speak against another? Ning and Karypis say no."
    )
    slim_sweeps: int = Field(
        30, ge=1, le=1000, description="Most turns through the weights towards an item."
    )
    slim_numbers: Numbers = Field(
        "float32", description="What a weight of SLIM is kept as: 4, 2 or 1 bytes."
    )
    slim_threads: int = Field(
        0, ge=0, le=256, description="Threads that fit it; 0 is one per core (speed only)."
    )
