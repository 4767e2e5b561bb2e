"""Settings of attribution: which contacts count for a conversion, and how credit is shared.

Reads / Writes: nothing.  Not here: paths (measure.gather), credit (measure.attribution).
"""

from typing import Literal

from pydantic import Field

from settee.core.section import Name, Section, Share


class AttributionSettings(Section):
    """Credit of advertising channels for conversions."""

    lookback_days: float = Field(
        30.0, gt=0, le=3660, description="Contacts longer before a conversion count for nothing."
    )
    view_through_days: float = Field(
        1.0, ge=0, le=3660, description="The same for what was only shown (impressions that name a "
        "channel), where shorter; 0 leaves it out."
    )  # fmt: skip
    dedupe_s: float = Field(
        0.0, ge=0, le=86_400, description="Contacts of one account, channel and campaign that "
        "follow one another within this many seconds are one, and conversions likewise; 0 unites "
        "what has the very same instant."
    )  # fmt: skip
    conversions: tuple[Literal["convert", "purchase"], ...] = Field(
        ("convert", "purchase"), description="Kinds of events that are conversions.", min_length=1
    )
    order: Literal["auto", 1, 2, 3] = Field(
        "auto", description="Contacts that the Markov chain remembers; auto: the order that tells "
        "held-out paths best."
    )  # fmt: skip
    max_order: Literal[1, 2, 3] = Field(3, description="Highest order that auto may choose.")
    repeats: bool = Field(
        True, description="Keep a channel that follows itself as a step of its own; false unites "
        "such steps."
    )  # fmt: skip
    blend: Share = Field(
        0.5, description="Part of the Markov credit in the hybrid; the rest is Shapley's."
    )
    worth: Literal["empirical", "reachable", "learned"] = Field(
        "empirical", description="What a set of channels is worth to Shapley: conversions of the "
        "paths within it, those that the chain reaches with it, or those a fitted model expects."
    )  # fmt: skip
    max_exact: int = Field(
        12, ge=1, le=20, description="Channels up to which Shapley values of games that are not "
        "sums over paths are exact; above, orders are drawn."
    )  # fmt: skip
    n_pairs: int = Field(
        500, ge=2, le=1_000_000, description="Orders drawn, each with its reverse, where not exact."
    )
    bootstrap: int = Field(
        200, ge=0, le=10_000, description="Resamples behind each interval; 0 gives no intervals."
    )
    min_people: int = Field(
        50, ge=1, description="People a channel must have reached to be named; the others are one."
    )
    direct: Name = Field("direct", description="Channel that last non-direct passes over.")
    position_ends: Share = Field(
        0.4, le=0.5, description="Credit of the first and of the last contact each, by position."
    )  # fmt: skip
    half_life_days: float = Field(
        7.0, gt=0, le=3660, description="Days before the conversion after which a contact counts "
        "half by time decay."
    )  # fmt: skip
    imputations: int = Field(
        20, ge=2, le=1000, description="Times each contact and conversion is given to a person as "
        "likely as the person was there; more give steadier intervals."
    )  # fmt: skip
    seed: int = Field(7, ge=0, description="Seed of every random choice.")
