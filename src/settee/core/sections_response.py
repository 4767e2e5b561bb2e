"""Set how people are ranked for an item: what counts as a response, and what it is learnt from.

Reads / Writes: nothing.  Not here: what an audience may be used for (core.sections_audiences).
"""

from typing import Annotated, Literal

from pydantic import Field

from settee.core.section import Section


class ResponseSettings(Section):
    """The probability that somebody responds to an item."""

    kinds: tuple[Annotated[str, Field(max_length=64)], ...] = Field(
        (), description="Kinds of events that are a response; empty: those of signals.kinds."
    )
    horizon_days: float = Field(
        30.0, gt=0, le=730, description="Days within which somebody responds or does not."
    )
    cuts: int = Field(
        2,
        ge=1,
        le=24,
        description="Earlier instants, a horizon apart, that responses are learnt at; the latest "
        "horizon calibrates.",
    )
    targets: int = Field(
        300, ge=10, le=100_000, description="Most items per cut that responses are learnt from."
    )
    pairs: int = Field(
        200_000, ge=1000, description="Most people beside items that are looked at per cut."
    )
    recent_days: float = Field(
        90.0, gt=0, description="Days after which an own purchase of an item counts half."
    )
    ridge: float = Field(1.0, ge=0, description="Ridge on the standardised coefficients.")
    activity: Literal[
        "auto", "recency_frequency", "bgnbd", "pareto_nbd", "hazard", "share"
    ] = Field(
        "auto", description="What foretells who comes at all: the model with the least log loss on "
        "the latest horizon, or one by name."
    )  # fmt: skip
    min_buyers: int = Field(
        5, ge=1, description="Buyers from which an item is ranked by its own; under it, by alike "
        "items."
    )  # fmt: skip
    similar_items: int = Field(
        20, ge=1, le=1000, description="Alike items that stand in for an item without buyers."
    )
