"""Score activity by hand: recency, frequency and duration, weighted. The baseline.

The founding documents rank people by such a score without giving its formula. This is ours: half a
part for recency, which halves every 90 days of silence; .3 for frequency, which nears 1 as
purchases pile up (5 repeats are half); .2 for duration, the part of the age over which somebody
bought. It orders people and is no probability; the models must beat it.

Reads / Writes: nothing.
Not here: probabilities (audiences.bgnbd, audiences.pareto_nbd, audiences.hazard).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from settee.audiences.purchases import Purchases

Column = NDArray[np.float64]
_BANDS: Final = 5


@dataclass(frozen=True)
class ActivityScore:
    """The score, from 0 to 1.

    Args:
        recency: Weight of the last purchase.
        frequency: Weight of how often somebody came back.
        duration: Weight of the part of the age between first and last purchase.
        half_life_days: Silence after which recency is half.
        half_repeats: Repeats at which frequency is half.
    """

    recency: float = 0.5
    frequency: float = 0.3
    duration: float = 0.2
    half_life_days: float = 90.0
    half_repeats: float = 5.0

    def score(self, purchases: Purchases) -> Column:
        """(n,) how active every unit seems.

        >>> from settee.audiences.purchases import purchases_of
        >>> days = np.array([0.0, 0.0, 60.0]) * 86400.0
        >>> p = purchases_of(np.array([0, 1, 1]), days, None, 90 * 86400.0)
        >>> ActivityScore(half_repeats=1.0).score(p).round(3).tolist()
        [0.25, 0.68]
        """
        age = np.maximum(purchases.age_days, 1e-9)
        found: Column = (
            self.recency * 0.5 ** (purchases.silent_days / self.half_life_days)
            + self.frequency * (1.0 - 0.5 ** (purchases.frequency / self.half_repeats))
            + self.duration * purchases.recency_days / age
        )
        return found


def recency_frequency_value(purchases: Purchases) -> Column:
    """(n,) the classic order of mail order: fifths by recency, then frequency, then value.

    A unit in the most recent, most frequent and dearest fifth has 555, the opposite one 111; a
    thousandth part of the recency itself parts what is equal.
    """
    recent = _fifths(-purchases.silent_days)
    often = _fifths(purchases.frequency)
    paid = _fifths(purchases.mean_value)
    ties = -purchases.silent_days / (1.0 + purchases.silent_days.max(initial=0.0))
    found: Column = 100.0 * recent + 10.0 * often + paid + 1e-3 * ties
    return found


def _fifths(values: Column) -> Column:
    """(n,) 1 to 5 by size; equal values are in one fifth."""
    order = np.sort(values)
    place = np.searchsorted(order, values, side="right") / max(len(values), 1)
    found: Column = np.ceil(place * _BANDS)
    return found
