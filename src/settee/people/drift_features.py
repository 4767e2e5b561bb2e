"""Tell a change of everybody's features from a change in one household.

An app update turns televisions into "other" for everybody on one Tuesday. One household that
startles is news about it; a tenth of all households startles on any day; four tenths on one day is
news about the app. Days are counted over all households, and while a channel startles too many of
them, no household is alarmed by it.

Reads: surprises of all households, day by day.  Writes: nothing.
Source: Roberts (1966), "A Comparison of Some Control Chart Procedures"; Efron (2004),
"Large-Scale Simultaneous Hypothesis Testing" (the spread of days is learnt, not assumed).
Not here: what one household does on its own (people.drift).
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from settee.people.drift import DriftRules
from settee.people.drift_calm import CHANNELS, HORIZON_DAYS

STARTLED = 0.1
"""A session is startling when so few calm ones, or fewer, are as surprising."""

_AT = 6  # the knot of `Calm` that a tenth exceeds
_MIN_HOUSEHOLDS = 25
_DAY_SPREAD = 0.02  # standard deviation between ordinary days, beyond chance
_BET = 2.0
_CALM_Z = 1.5
_CALM_DAYS = 3


@dataclass
class FeatureWatch:
    """Which channels are shifted for everybody; a few numbers, whatever the number of households.

    Args:
        log_limit: Logarithm of the capital that is an alarm.
        log_r: (4,) capital of each channel, as a logarithm.
        is_shifted: (4,) bool, channels that startle too many households now.
        n_calm: (4,) days in a row on which a shifted channel was calm.
    """

    log_limit: float
    log_r: NDArray[np.float64] = field(default_factory=lambda: np.full(len(CHANNELS), -30.0))
    is_shifted: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(len(CHANNELS), np.bool_))
    n_calm: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(CHANNELS), np.int64))

    @classmethod
    def of(cls, rules: DriftRules) -> "FeatureWatch":
        """A watch whose own false alarms in 90 days are at most those of the rules."""
        return cls(math.log(HORIZON_DAYS * len(CHANNELS) / rules.false_alarms))

    def day(self, n: NDArray[np.int64], n_startled: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Take one day in; the channels that are shifted from the next day on.

        Args:
            n: (4,) households with a session that day, by channel.
            n_startled: (4,) those whose first session of the day was startling.
        """
        enough = n >= _MIN_HOUSEHOLDS
        share = n_startled / np.maximum(n, 1)
        spread = np.sqrt(STARTLED * (1 - STARTLED) / np.maximum(n, 1) + _DAY_SPREAD**2)
        z = np.where(enough, (share - STARTLED) / spread, 0.0)
        grown = np.logaddexp(0.0, self.log_r) + _BET * z - _BET**2 / 2
        self.log_r = np.where(enough, np.clip(grown, -30.0, 80.0), self.log_r)
        self.n_calm = np.where(self.is_shifted & enough & (z < _CALM_Z), self.n_calm + 1, 0)
        over = self.n_calm >= _CALM_DAYS
        self.is_shifted = (self.is_shifted | (self.log_r > self.log_limit)) & ~over
        self.log_r = np.where(over, -30.0, self.log_r)
        return self.is_shifted.copy()


def watch_features(
    account: NDArray[np.integer],
    at_s: NDArray[np.int64],
    surprise: NDArray[np.float64],
    rules: DriftRules,
) -> NDArray[np.bool_]:
    """Which surprises say nothing about their household, for everybody was shifted that day.

    Each day is judged by the days before it only.

    Args:
        account: (n,) number of the household of a session.
        at_s: (n,) epoch seconds, any order.
        surprise: (n, 4) as in `drift.Evidence`.
        rules: Usual surprises and the share of false alarms.

    Returns:
        (n, 4) bool, true where the surprise should be left out (made NaN).
    """
    quiet = np.zeros(surprise.shape, dtype=np.bool_)
    if not len(account):
        return quiet
    day = at_s // 86_400
    order = np.lexsort((at_s, account, day))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(day[order]) != 0) | (np.diff(account[order]) != 0)
    rows = order[first]
    known = ~np.isnan(surprise[rows])
    startled = known & (surprise[rows] > rules.calm.knots[:, _AT])
    start = int(day.min())
    n_days = int(day.max()) - start + 1
    place = day[rows] - start
    n, n_startled = (_by_day(place, marks, n_days) for marks in (known, startled))
    watch = FeatureWatch.of(rules)
    shifted = np.zeros((n_days + 1, len(CHANNELS)), dtype=np.bool_)
    for one in range(n_days):
        shifted[one + 1] = watch.day(n[one], n_startled[one])
    quiet[:] = shifted[day - start]
    return quiet


def _by_day(place: NDArray[np.int64], marks: NDArray[np.bool_], n_days: int) -> NDArray[np.int64]:
    counts = np.zeros((n_days, marks.shape[1]), dtype=np.int64)
    np.add.at(counts, place, marks)
    return counts
