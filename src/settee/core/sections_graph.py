"""Settings of the graph filter.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from pydantic import Field

from settee.core.section import Section


class GraphSettings(Section):
    """The `graph_*` settings of the source "graph"."""

    graph_patterns: int = Field(
        384, ge=0, description="Broad patterns of the graph kept; 0 leaves two steps alone."
    )
    graph_ridge: float = Field(
        0.02,
        gt=0,
        description="Strength, of the loudest pattern's 1, at which a pattern is heard by half; "
        "smaller evens the patterns out.",
    )
    graph_account_power: float = Field(
        0.6, ge=0, le=2, description="An account of n items passes on n to minus this power."
    )
    graph_history_power: float = Field(
        0.75, ge=0, le=1, description="Damps what much-wanted items of a history say; 0.5 is even."
    )
    graph_target_power: float = Field(
        0.35, ge=0, le=1, description="Damps much-wanted items as an answer; 0.5 is even."
    )
    graph_tail: float = Field(
        0.5,
        ge=0,
        le=10,
        description="Loudness of what two steps tell beyond the patterns; 1 goes on where the "
        "faintest pattern ends, 0 leaves it out.",
    )
    graph_neighbours: int = Field(
        400, ge=1, description="Items that each item listens to beyond the patterns."
    )
