"""Show what an impact hangs on: each input moved alone, and the lift drawn from its interval.

Moving one input at a time by a fifth shows which one to measure better. Drawing says how likely the
campaign pays: half of the draws lie below the lift, half above, and as many outside its interval as
its confidence leaves, however lopsided it is.

Reads / Writes: nothing.
Source: Howard (1988), "Decision Analysis: Practice and Promise" (tornado); Wallis (2014), "The Two-
Piece Normal", in its form with half of all on each side.
Not here: the interval (measure.effects), the sums (measure.impact_sums).
"""

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.measure.effects import Estimate
from settee.measure.impact_figures import ImpactInputs
from settee.measure.impact_sums import cost_of, margin_of, revenue_per_effect, sums_of

_MOVED = (
    "users", "revenue_user_month_cents", "conversion_value_cents", "engagement_to_revenue",
    "months", "margin", "campaign_cents", "contact_cents", "setup_hours",
    "infrastructure_month_cents", "people_hours_month", "hour_cents",
)  # fmt: skip
_SHARES = frozenset({"engagement_to_revenue", "margin"})


@dataclass(frozen=True)
class Swing:
    """What one input does to the net, all others as they are.

    Args:
        name: Of the input; ``lift`` goes over its interval where it has one.
        low: Its value at the lower end.
        high: At the upper.
        net_low_cents: The net at the lower value.
        net_high_cents: At the upper.
    """

    name: str
    low: float
    high: float
    net_low_cents: float
    net_high_cents: float

    @property
    def span(self) -> float:
        """How far apart the two nets are."""
        return abs(self.net_high_cents - self.net_low_cents)


@dataclass(frozen=True)
class Drawn:
    """The net over draws of the lift.

    Args:
        n: Draws.
        seed: Of the draws.
        p_profit: Part of them with a net above zero.
        low_cents: Net at the lower end, at the confidence that was asked for.
        median_cents: Half of them are below.
        high_cents: Net at the upper end.
    """

    n: int
    seed: int
    p_profit: float
    low_cents: float
    median_cents: float
    high_cents: float


def tornado(asked: ImpactInputs, effect: float, interval: Estimate | None) -> tuple[Swing, ...]:
    """Each input moved alone, the one that moves the net most first.

    Args:
        asked: The question.
        effect: What was lifted, by how much.
        interval: Of the effect; None moves it like any other input.
    """
    ends = (effect * (1 - asked.swing), effect * (1 + asked.swing))
    if interval is not None:
        ends = (interval.low, interval.high)
    swings = [Swing("lift", *ends, *(sums_of(asked, end).net for end in ends))]
    for name in _MOVED:
        value = getattr(asked, name)
        if not value:
            continue
        low, high = value * (1 - asked.swing), value * (1 + asked.swing)
        if name in _SHARES:
            high = min(high, 1.0)
        # A number of users need not be whole in a sum, so no check is asked again.
        nets = (
            sums_of(msgspec.structs.replace(asked, **{name: end}), effect).net
            for end in (low, high)
        )
        swings.append(Swing(name, low, high, *nets))
    return tuple(sorted(swings, key=lambda one: (-one.span, one.name)))


def drawn(asked: ImpactInputs, interval: Estimate) -> Drawn | None:
    """The net over draws of the lift, and of what becomes revenue of it where that has ends.

    Args:
        asked: The question; its `draws` and `seed`.
        interval: Of the effect.
    """
    if not asked.draws:
        return None
    rng = np.random.default_rng(asked.seed)
    effect = _two_piece(interval, asked.confidence, rng.standard_normal(asked.draws))
    net = effect * revenue_per_effect(asked) * margin_of(asked) * _through(asked, rng)
    net -= cost_of(asked).total_cents
    tail = (1 - asked.confidence) / 2
    low, median, high = np.quantile(net, [tail, 0.5, 1 - tail])
    p_profit = float(np.mean(net > 0))
    return Drawn(asked.draws, asked.seed, p_profit, float(low), float(median), float(high))


def _two_piece(
    interval: Estimate, confidence: float, normal: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Draws whose median and ends are those of the interval."""
    from scipy.special import ndtri  # loads much, and serving needs none

    z = float(ndtri((1 + confidence) / 2))
    reach = np.where(normal < 0, interval.value - interval.low, interval.high - interval.value)
    return np.asarray(interval.value + normal * reach / z)


def _through(asked: ImpactInputs, rng: np.random.Generator) -> NDArray[np.float64] | float:
    """What becomes revenue, drawn evenly between its ends, over the value that was told."""
    low, high = asked.engagement_to_revenue_low, asked.engagement_to_revenue_high
    if low is None or high is None or not asked.engagement_to_revenue:
        return 1.0
    return rng.uniform(low, high, asked.draws) / asked.engagement_to_revenue
