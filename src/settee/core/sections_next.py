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
    session_knn_gap_s: int = Field(
        86_400,
        ge=1,
        description="Silence, in seconds, after which a new session of an account begins.",
    )
    session_knn_sessions: int = Field(
        300, ge=1, description="Most alike sessions that speak for what comes next."
    )
    session_knn_recent: int = Field(
        1000, ge=1, description="Latest sessions of each item that are looked at."
    )
    session_knn_fade: float = Field(
        0.8, gt=0, le=1, description="What each later item leaves of an item's say, in the history."
    )
    session_knn_distance: float = Field(
        0.9,
        gt=0,
        le=1,
        description="What each place leaves of an item's say, from the last item in common.",
    )
    session_knn_before: float = Field(
        0.5, ge=0, le=1, description="Say of items before the last one in common; after it 1."
    )
    session_knn_length_power: float = Field(
        0.5, ge=0, le=2, description="A session of n items counts n to minus this power."
    )
    session_knn_rarity: float = Field(
        0.5,
        ge=0,
        le=4,
        description="Power of the rarity of an item that is put forward; 0 is none.",
    )
    session_knn_half_life_days: float = Field(
        365.0, gt=0, description="Days after which a session counts half."
    )
