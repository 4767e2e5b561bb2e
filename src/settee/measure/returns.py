"""Say what a campaign is worth: from a lift and its interval to return, break-even and payback.

100,000 users at 15 a month, with a lift of 15 % counted one to one, is 2,700,000 a year; where the
lift is of engagement that is an upper bound, and the answer says so. Everything follows the lift:
where the experiment is too small for one, cost and break-even are told and nothing else.

Reads / Writes: nothing.
Source: Kohavi, Tang and Xu (2020), "Trustworthy Online Controlled Experiments", chapter 6.
Not here: the sums (measure.impact_sums), draws (impact_doubt), words (impact_words).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from settee.measure.effects import Estimate, Lift, lift
from settee.measure.impact_doubt import Drawn, Swing, drawn, tornado
from settee.measure.impact_figures import ImpactInputs, outcomes_of
from settee.measure.impact_sums import (
    Cost,
    break_even_of,
    cost_of,
    payback_months_of,
    sums_of,
)
from settee.measure.impact_words import Formula, formulas_of, notes_of

Claim = Literal["forecast", "assumption", "upper_bound", "none"]
Evidence = Literal["measured", "stated_with_interval", "stated"]


@dataclass(frozen=True)
class Ranged:
    """A figure, and its ends where the lift has an interval."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Impact:
    """What a campaign is worth.

    Args:
        claim: What the figures are: a ``forecast`` (the lift has an interval), an ``assumption``
            (it is one stated number), an ``upper_bound`` (engagement counted as revenue), or
            ``none`` (no lift can be told).
        evidence: Where the lift is from: ``measured`` here, ``stated_with_interval``, ``stated``.
        reason: Why no lift can be told: ``too_few``, ``no_variation``, ``no_baseline``; or empty.
        lift: The comparison of the two arms; None where the lift was stated.
        effect: What was lifted, by how much: a part of what was before, or, where conversions were
            lifted, more of them per user.
        conversions: Additional ones; None where conversions were not lifted.
        revenue_cents: Additional revenue, over all months.
        margin_cents: What is left of it.
        cost: What it costs.
        net_cents: Margin less cost.
        return_on_investment: Net over cost; None without cost.
        break_even_lift: The effect at which nothing is won or lost; None where none can earn.
        payback_months: Until what was paid once has come back; None where it never does, where the
            gain is earned once, and where no lift can be told.
        sensitivity: What each input does to the net, the strongest first.
        drawn: The net over draws of the lift; None without an interval or draws.
        formulas: Every sum in words and numbers.
        notes: What to know before believing the figures.
    """

    claim: Claim
    evidence: Evidence
    reason: str
    lift: Lift | None
    effect: Ranged | None
    conversions: Ranged | None
    revenue_cents: Ranged | None
    margin_cents: Ranged | None
    cost: Cost
    net_cents: Ranged | None
    return_on_investment: Ranged | None
    break_even_lift: float | None
    payback_months: float | None
    sensitivity: tuple[Swing, ...]
    drawn: Drawn | None
    formulas: tuple[Formula, ...]
    notes: tuple[str, ...]


def impact(asked: ImpactInputs) -> Impact:
    """What a campaign is worth.

    Args:
        asked: The question, from `impact_inputs`.

    Raises:
        BadImpact: If an arm names neither conversions nor a mean with its standard deviation.
        BadOutcomes: If an arm has more conversions than people.

    >>> from settee.measure.impact_figures import impact_inputs
    >>> found = impact(impact_inputs({
    ...     "users": 100_000, "revenue_user_month_cents": 1500, "lift": 0.15,
    ...     "lift_of": "engagement",
    ... }))
    >>> found.claim, found.revenue_cents.value / 100
    ('upper_bound', 2700000.0)
    """
    compared = _compared(asked)
    effect, reason = _effect(asked, compared)
    interval = None
    if effect is not None and effect.low is not None and effect.high is not None:
        interval = Estimate(effect.value, effect.low, effect.high)
    is_unsure = interval is not None and interval.low <= 0 <= interval.high
    is_skewed = compared is not None and bool(compared.cautions)
    cost = cost_of(asked)
    value = None if effect is None else effect.value

    def over(figure: Callable[[float], float]) -> Ranged | None:
        return None if effect is None else _over(effect, figure)

    def gained(one: float) -> float:
        return sums_of(asked, one).net / cost.total_cents

    return Impact(
        claim=_claim(asked, effect),
        evidence=_evidence(asked),
        reason=reason,
        lift=compared,
        effect=effect,
        conversions=over(lambda one: sums_of(asked, one).conversions) if asked.is_once else None,
        revenue_cents=over(lambda one: sums_of(asked, one).revenue),
        margin_cents=over(lambda one: sums_of(asked, one).margin),
        cost=cost,
        net_cents=over(lambda one: sums_of(asked, one).net),
        return_on_investment=over(gained) if cost.total_cents > 0 else None,
        break_even_lift=break_even_of(asked),
        payback_months=None if value is None or asked.is_once else payback_months_of(asked, value),
        sensitivity=() if value is None else tornado(asked, value, interval),
        drawn=None if interval is None else drawn(asked, interval),
        formulas=formulas_of(asked, value),
        notes=tuple(notes_of(asked, reason, is_unsure=is_unsure, is_skewed=is_skewed)),
    )


def _compared(asked: ImpactInputs) -> Lift | None:
    """The two arms of the experiment, where they were given."""
    if asked.treated is None or asked.held_out is None:
        return None
    arms = outcomes_of(asked.treated, "treated"), outcomes_of(asked.held_out, "held_out")
    return lift(*arms, confidence=asked.confidence)


def _effect(asked: ImpactInputs, compared: Lift | None) -> tuple[Ranged | None, str]:
    """What the sums are multiplied by, or the reason why it cannot be told."""
    if compared is None:
        each = (asked.base_rate or 0.0) if asked.is_once else 1.0
        ends = (asked.lift_low, asked.lift_high)
        low, high = (None if end is None else each * end for end in ends)
        return Ranged(each * (asked.lift or 0.0), low, high), ""
    found = compared.difference if asked.is_once else compared.relative
    if found is None:
        return None, compared.reason or compared.ratio_reason
    return Ranged(found.value, found.low, found.high), ""


def _claim(asked: ImpactInputs, effect: Ranged | None) -> Claim:
    if effect is None:
        return "none"
    if asked.lift_of == "engagement" and asked.engagement_to_revenue is None:
        return "upper_bound"
    return "assumption" if effect.low is None else "forecast"


def _evidence(asked: ImpactInputs) -> Evidence:
    if asked.lift is None:
        return "measured"
    return "stated" if asked.lift_low is None else "stated_with_interval"


def _over(effect: Ranged, figure: Callable[[float], float]) -> Ranged:
    """A figure at the lift and at its ends; every figure rises with the lift."""
    if effect.low is None or effect.high is None:
        return Ranged(figure(effect.value))
    return Ranged(figure(effect.value), figure(effect.low), figure(effect.high))
