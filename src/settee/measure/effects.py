"""Say what a campaign changed: those it was meant for against those held out by chance.

Of 1,000 who were meant to be reached 150 bought, of 1,000 held out 100: five more in a hundred,
surely between two and eight, half as many again. Nobody else than chance may have chosen who was
held out, and whoever was chosen counts as chosen, reached or not.

Shares join Wilson's interval of each arm (Newcombe for the difference, its like for the ratio);
amounts take Welch's and Fieller's. Too few, or no baseline, is a reason and no number.

Reads / Writes: nothing.
Source: Newcombe (1998), method 10; Donner and Zou (2012), eq. 9; Welch (1947); Fieller (1954); for
what is too lopsided Kohavi et al. (2014), "Seven Rules of Thumb", rule 7.
Not here: an arm's sums (measure.outcomes), what it is worth (measure.returns).
"""

import math
from dataclasses import dataclass
from typing import Literal

from settee.core import BadInput
from settee.measure.outcomes import Outcomes

MIN_CLUSTERS = 20
"""Fewest separate units an arm needs; under it no interval held what it promised."""
MAX_SKEWNESS = 1 / math.sqrt(355)
"""Most the difference may lean to one side before a tail is off by half a point in a hundred."""
Reason = Literal["", "too_few", "no_variation", "no_baseline"]
Caution = Literal["skewed"]


class BadConfidence(BadInput):
    """A confidence that no interval has."""

    code = "bad_confidence"


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Lift:
    """What changed.

    Args:
        treated: Outcome per unit of those who were meant to be reached; None without units.
        held_out: Likewise of those held out.
        difference: Treated less held out, per unit; None where there is no answer.
        ratio: Treated over held out, 1 where nothing changed; None where there is no answer.
        p_value: Of no difference at all, two-sided; None where there is no answer.
        n_treated: Units.
        n_held_out: Units.
        n_clusters_treated: Separate units (households).
        n_clusters_held_out: Separate units.
        confidence: Of the intervals.
        reason: Why there is no difference: ``too_few`` (an arm has under 20 separate units),
            ``no_variation`` (all amounts are equal); empty where there is one.
        ratio_reason: Why there is no ratio: one of those, or ``no_baseline`` (what is held out may
            as well be zero, so nothing can be a multiple of it).
        cautions: ``skewed``: few units hold so much that the interval may miss more often than
            it says.
    """

    treated: float | None
    held_out: float | None
    difference: Estimate | None
    ratio: Estimate | None
    p_value: float | None
    n_treated: int
    n_held_out: int
    n_clusters_treated: int
    n_clusters_held_out: int
    confidence: float
    reason: Reason = ""
    ratio_reason: Reason = ""
    cautions: tuple[Caution, ...] = ()

    @property
    def relative(self) -> Estimate | None:
        """The ratio less one: .15 for 15 % more; None where there is no ratio."""
        one = self.ratio
        return None if one is None else Estimate(one.value - 1, one.low - 1, one.high - 1)


def lift(treated: Outcomes, held_out: Outcomes, *, confidence: float = 0.95) -> Lift:
    """Compare those who were meant to be reached with those held out.

    Args:
        treated: Whoever was chosen and not held out, reached or not.
        held_out: Whoever was held out by chance.
        confidence: Share of such intervals that hold the truth, .5 to .9999; *changes results*.

    Raises:
        BadConfidence: If the confidence is out of range.

    >>> found = lift(Outcomes.counted(1000, 150), Outcomes.counted(1000, 100))
    >>> round(found.difference.value, 3), round(found.difference.low, 3)
    (0.05, 0.021)
    >>> round(found.ratio.value, 2), round(found.ratio.low, 2), round(found.ratio.high, 2)
    (1.5, 1.18, 1.9)
    >>> lift(Outcomes.counted(5, 1), Outcomes.counted(5, 0)).reason
    'too_few'
    """
    if not 0.5 <= confidence <= 0.9999:
        raise BadConfidence(
            f"a confidence of {confidence}; accepted is a number from 0.5 to 0.9999.",
            hint="Write 0.95 for an interval that holds the truth 19 times in 20.",
            place="confidence",
        )
    pair = _Pair(treated, held_out, confidence)
    if min(treated.n_clusters, held_out.n_clusters) < MIN_CLUSTERS:
        return pair.told(reason="too_few")
    if treated.is_share and held_out.is_share:
        return _of_shares(pair)
    if treated.variance + held_out.variance <= 0:
        return pair.told(reason="no_variation")
    return _of_amounts(pair)


@dataclass(frozen=True)
class _Pair:
    """Two arms and how sure to be."""

    treated: Outcomes
    held_out: Outcomes
    confidence: float

    @property
    def welch(self) -> float:
        """Standard error of the difference, by the spread of each arm."""
        return math.sqrt(self.treated.variance + self.held_out.variance)

    @property
    def error(self) -> float:
        """Standard error of the difference; where it leans, at least that of both arms as one.

        A hundred held out of whom ten bought know little of how far amounts spread, and least
        where their mean is low; nine hundred beside them know it well.
        """
        return max(self.welch, math.sqrt(sum(self.common))) if self.cautions else self.welch

    @property
    def common(self) -> tuple[float, float]:
        """Variance of each arm's mean, had both the spread of all together."""
        arms = (self.treated, self.held_out)
        freedom = sum(arm.n_clusters - 1 for arm in arms)
        spread = sum(arm.variance * arm.n_clusters * (arm.n_clusters - 1) for arm in arms) / freedom
        return spread / arms[0].n_clusters, spread / arms[1].n_clusters

    @property
    def freedom(self) -> float:
        """Welch's degrees of freedom."""
        arms = (self.treated, self.held_out)
        whole = sum(arm.variance for arm in arms) ** 2
        return whole / sum(arm.variance**2 / (arm.n_clusters - 1) for arm in arms)

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """Does the difference lean to one side?"""
        lean = abs(self.treated.third - self.held_out.third) / self.welch**3 if self.welch else 0.0
        return ("skewed",) if lean > MAX_SKEWNESS else ()

    def told(
        self,
        difference: Estimate | None = None,
        ratio: Estimate | None = None,
        p_value: float | None = None,
        *,
        reason: Reason = "",
        cautions: tuple[Caution, ...] = (),
    ) -> Lift:
        """The answer, with what both arms did."""
        one, other = self.treated, self.held_out
        return Lift(
            one.mean if one.n else None, other.mean if other.n else None,
            difference, ratio, p_value,
            one.n, other.n, one.n_clusters, other.n_clusters, self.confidence, reason,
            reason or ("" if ratio else "no_baseline"), cautions,
        )  # fmt: skip


def _of_shares(pair: _Pair) -> Lift:
    """Shares by Wilson's interval of each arm (MOVER), which stays within 0 and 1."""
    treated, held_out = pair.treated, pair.held_out
    one, other = _wilson(treated, pair.confidence), _wilson(held_out, pair.confidence)
    gap = one.value - other.value
    difference = Estimate(
        gap,
        gap - math.hypot(one.value - one.low, other.high - other.value),
        gap + math.hypot(one.high - one.value, other.value - other.low),
    )
    return pair.told(difference, _ratio_of_shares(one, other), _p_of_shares(pair))


def _wilson(arm: Outcomes, confidence: float) -> Estimate:
    """Wilson's interval, over as many people as the clusters are worth."""
    from scipy.special import ndtri, stdtrit  # loads much, and serving needs none

    worth = float(arm.n)
    z = float(ndtri((1 + confidence) / 2))
    if arm.n_clusters < arm.n:
        z = float(stdtrit(arm.n_clusters - 1, (1 + confidence) / 2))
        spread = arm.mean * (1 - arm.mean)
        worth = min(spread / arm.variance, arm.n) if arm.variance > 0 else float(arm.n_clusters)
    share, square = arm.mean, z * z
    middle = (share + square / (2 * worth)) / (1 + square / worth)
    reach = (
        z
        / (1 + square / worth)
        * math.sqrt(share * (1 - share) / worth + square / (4 * worth * worth))
    )
    return Estimate(
        share, min(max(middle - reach, 0.0), share), max(min(middle + reach, 1.0), share)
    )


def _ratio_of_shares(one: Estimate, other: Estimate) -> Estimate | None:
    """Donner and Zou's interval for a ratio, from the interval of each share.

    With x(2s - x) for the edge x of the share s, the lower edge is a root of a quadratic; it is
    written so that it holds where the other share's edge is twice the share.
    """
    if other.low <= 0:
        return None
    product = one.value * other.value

    def root(edge: float, other_edge: float) -> tuple[float, float, float]:
        own = edge * (2 * one.value - edge)
        base = other_edge * (2 * other.value - other_edge)
        return own, base, math.sqrt(max(product * product - own * base, 0.0))

    own, _, spread = root(one.low, other.high)
    low = own / (product + spread) if own > 0 else 0.0
    _, base, spread = root(one.high, other.low)
    return Estimate(one.value / other.value, low, (product + spread) / base)


def _p_of_shares(pair: _Pair) -> float | None:
    """Pearson's test of two shares, or Welch's where households are drawn."""
    treated, held_out = pair.treated, pair.held_out
    if treated.n_clusters < treated.n or held_out.n_clusters < held_out.n:
        return _p_of_amounts(pair) if pair.error > 0 else None
    whole = treated.n + held_out.n
    share = (treated.mean * treated.n + held_out.mean * held_out.n) / whole
    error = math.sqrt(share * (1 - share) * (1 / treated.n + 1 / held_out.n))
    if error == 0:
        return None
    return math.erfc(abs(treated.mean - held_out.mean) / error / math.sqrt(2))


def _of_amounts(pair: _Pair) -> Lift:
    """Amounts by Welch's interval for the difference and Fieller's for the ratio."""
    from scipy.special import stdtrit  # loads much, and serving needs none

    t = float(stdtrit(pair.freedom, (1 + pair.confidence) / 2))
    gap = pair.treated.mean - pair.held_out.mean
    difference = Estimate(gap, gap - t * pair.error, gap + t * pair.error)
    ratio = _fieller(pair, t)
    return pair.told(difference, ratio, _p_of_amounts(pair), cautions=pair.cautions)


def _fieller(pair: _Pair, t: float) -> Estimate | None:
    """All ratios that the two means do not rule out; None where that is no interval."""
    top, base = pair.treated.mean, pair.held_out.mean
    of_top, of_base = pair.treated.variance, pair.held_out.variance
    if pair.error > pair.welch:
        of_top, of_base = pair.common
    sure = base * base - t * t * of_base
    if base <= 0 or sure <= 0:
        return None
    product = top * base
    reach = math.sqrt(max(product * product - (top * top - t * t * of_top) * sure, 0.0))
    return Estimate(top / base, (product - reach) / sure, (product + reach) / sure)


def _p_of_amounts(pair: _Pair) -> float:
    """Welch's test of two means."""
    from scipy.special import stdtr  # loads much, and serving needs none

    gap = pair.treated.mean - pair.held_out.mean
    return float(2 * stdtr(pair.freedom, -abs(gap) / pair.error))
