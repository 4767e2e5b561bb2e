"""Settings of what follows what.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from pydantic import Field

from settee.core.section import Section


class NextSettings(Section):
    """The `next_ridge_*` and `session_knn_*` settings of the sources of those names."""

    next_ridge_l2: float = Field(
        100.0, gt=0, description="Ridge of the next-item model; larger is smoother."
    )
    next_ridge_fast: float = Field(
        0.8, ge=0, lt=1, description="What each later item leaves of an item's say, at short range."
    )
    next_ridge_slow: float = Field(
        0.98, ge=0, le=1, description="What each later item leaves of an item's say, at long range."
    )
    next_ridge_counts: float = Field(
        0.0, ge=0, le=1,
        description="Share of plain counts of what follows; the rest is the ridge over all items "
        "of a history at once.",
    )  # fmt: skip
    next_ridge_account_power: float = Field(
        0.0, ge=0, le=2, description="An account of n items counts n to minus this power."
    )
    next_ridge_max_items: int = Field(
        4000, ge=0,
        description="Most wanted items that are solved together; the others keep counts. Memory "
        "grows squared.",
    )  # fmt: skip
    next_ridge_neighbours: int = Field(
        200, ge=1, description="Most items that follow an item, where counts are kept."
    )
    next_ridge_lags: int = Field(
        50, ge=1, description="Items later that still count as following, where counts are kept."
    )
