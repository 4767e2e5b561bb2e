"""What a campaign is worth.

Reads / Writes: nothing.
Source: docs/impact.md for each figure.
"""

from msgspec import Struct


class Estimate(Struct, frozen=True):
    """A figure with its interval."""

    value: float
    low: float
    high: float


class Ranged(Struct, frozen=True):
    """A figure, and its ends where the lift has an interval."""

    value: float
    low: float | None = None
    high: float | None = None


class Lift(Struct, frozen=True, kw_only=True):
    """Those who were meant to be reached against those held out, or the reason of no answer."""

    treated: float | None = None
    held_out: float | None = None
    difference: Estimate | None = None
    ratio: Estimate | None = None
    p_value: float | None = None
    n_treated: int
    n_held_out: int
    n_clusters_treated: int
    n_clusters_held_out: int
    confidence: float
    reason: str = ""
    ratio_reason: str = ""
    cautions: list[str] = []


class Cost(Struct, frozen=True):
    """What it costs, in cents."""

    once_cents: float
    month_cents: float
    total_cents: float


class Swing(Struct, frozen=True):
    """What one input does to the net, all others as they are."""

    name: str
    low: float
    high: float
    net_low_cents: float
    net_high_cents: float


class Drawn(Struct, frozen=True):
    """The net over draws of the lift."""

    n: int
    seed: int
    p_profit: float
    low_cents: float
    median_cents: float
    high_cents: float


class Formula(Struct, frozen=True):
    """One sum, in words and in numbers."""

    name: str
    words: str
    numbers: str
    result: str


class Impact(Struct, frozen=True, kw_only=True):
    """What a campaign is worth; `claim` is forecast, assumption, upper_bound or none."""

    claim: str
    evidence: str
    reason: str
    lift: Lift | None = None
    effect: Ranged | None = None
    conversions: Ranged | None = None
    revenue_cents: Ranged | None = None
    margin_cents: Ranged | None = None
    cost: Cost
    net_cents: Ranged | None = None
    return_on_investment: Ranged | None = None
    break_even_lift: float | None = None
    payback_months: float | None = None
    sensitivity: list[Swing]
    drawn: Drawn | None = None
    formulas: list[Formula]
    notes: list[str]
