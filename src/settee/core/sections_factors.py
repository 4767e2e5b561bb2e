"""Settings of implicit matrix factorisation.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from typing import Literal

from pydantic import Field

from settee.core.section import Section


class FactorSettings(Section):
    """The `als_*` settings of the source "als"."""

    als_factors: int = Field(
        256, ge=1, le=4096, description="Numbers per item vector; more tell finer tastes apart."
    )
    als_solver: Literal["gradient", "blocks", "exact"] = Field(
        "gradient",
        description="How a row is solved: by some conjugate gradient steps, one block of "
        "coordinates after the other (iALS++), or exactly, which takes longest.",
    )
    als_sweeps: int = Field(8, ge=1, le=1000, description="Turns of accounts and items.")
    als_steps: int = Field(3, ge=1, le=1000, description="Gradient steps per row and turn.")
    als_block: int = Field(32, ge=1, le=4096, description="Coordinates of a block (iALS++).")
    als_unobserved: float = Field(
        0.0, ge=0, le=10, description="Weight of an item that an account did nothing with. 0 lets "
        "them all weigh 12 times what it did, but none more than 0.1."
    )  # fmt: skip
    als_l2: float = Field(0.25, gt=0, description="Ridge at size 1; larger is smoother.")
    als_l2_power: float = Field(
        0.5,
        ge=0,
        le=2,
        description="The ridge grows with the size of a row, items done and a share of those not, "
        "to this power; 0 is one ridge for all, 1 one length for all vectors.",
    )
    als_init_std: float = Field(
        0.1, gt=0, le=10, description="Length of the item vectors at the start."
    )
    als_seed: int = Field(7, ge=0, description="Seed of the item vectors at the start.")
    als_threads: int = Field(
        0, ge=0, le=256, description="Threads that fit it; 0 is one per core (speed only)."
    )
