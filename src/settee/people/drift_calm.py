"""Know how calm households look, so that a change is told from an ordinary surprise.

Of 100 calm households, 50 see a statistic rise above 3.5 within 90 days, 20 above 4.7: so it falls
by half for every 0.9, and 8.6 is passed by one of them. The middle, the upper fifth and the upper
tenth are measured, the rare tail is drawn on in the flatter of their two lines; a few households
that did change among those measured from move little.

Reads: surprises of many households.  Writes: nothing.
Source: Balkema & de Haan (1974), exponential tails of maxima; Hampel (1974) for robustness.
Not here: what one household does (people.drift), where its surprises come from (people.surprise).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.people import drift_loops as loops

CHANNELS = ("hour", "device", "taste", "novelty")
"""What is watched, in the order of the columns of `Evidence.surprise`."""

HORIZON_DAYS = 90.0
"""Days within which the share of false alarms is meant."""

LOG_P = np.log(np.array([1, 0.9, 0.75, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3,
                         3e-4, 1e-4]))  # fmt: skip
"""Logarithms of the shares of calm sessions that knots stand for."""

NEWCOMER, ARRIVED, LEFT = 6, 7, 8
"""Laws after slow and fast statistics of three habits: capital of a newcomer, moves of members."""
N_LAWS = 9

_MIDDLE, _UPPER = 0.5, (0.8, 0.9)
_MIN_HOUSEHOLDS = 20
_MIN_SESSIONS = 1000
_MIN_DAYS = 30.0
_SLOPES = (1.0, 8.0)  # Doob: passed by n in c of bets with mean 1, a slope of 1
_TAIL_FROM = np.log(0.05)
F64 = NDArray[np.float64]


class BadSurprises(BadInput):
    """Surprises cannot be used to learn what is usual."""

    code = "bad_surprises"


@dataclass(frozen=True)
class Evidence:
    """Closed sessions of one household, each as it looked before it was learnt from.

    Args:
        at_s: (n,) int64 ends of the sessions, epoch seconds, ascending.
        surprise: (n, 4) float64, a column each of `CHANNELS`: (expected log-likelihood under the
            mixture of persons - log-likelihood) / its standard deviation for hour, device, taste;
            log p(session | guest) - log p(session | persons) for novelty. NaN is not looked at.
        hour: (n,) float64, 0 to 24.
        device: (n,) int64, household's own number, -1 unknown.
    """

    at_s: NDArray[np.int64]
    surprise: F64
    hour: F64
    device: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of sessions."""
        return len(self.at_s)


@dataclass(frozen=True)
class Calm:
    """What is usual in households where nothing changes.

    Args:
        knots: (4, 15) ascending surprises of each channel that shares `exp(LOG_P)` exceed.
        laws: (9, 2) of each statistic: the height that all pass in 90 days, and how much higher is
            passed by fewer, per nat; slow of three habits, fast of three, newcomer, arrived, left.
    """

    knots: F64
    laws: F64

    @classmethod
    def usual(cls) -> Self:
        """What holds before anything was learnt: normal surprises, and Doob's bound for bets.

        Bets with mean 1 pass c within n sessions with probability n / c at most; 110 is usual.
        """
        from scipy.special import ndtri  # loads much, and serving needs none

        knots = np.tile(ndtri(1 - np.exp(LOG_P)), (len(CHANNELS), 1))
        knots[:, 0] = -8.0
        return cls(knots, np.tile([np.log(110.0), 1.0], (N_LAWS, 1)))

    @classmethod
    def from_array(cls, array: F64 | None) -> Self:
        """What `to_array` wrote; what is usual before anything was learnt for None."""
        if array is None:
            return cls.usual()
        laws = array[len(CHANNELS) :].ravel()[: 2 * N_LAWS]
        return cls(np.ascontiguousarray(array[: len(CHANNELS)]), laws.reshape(N_LAWS, 2))

    def to_array(self) -> F64:
        """(6, 15) for a bundle.

        >>> bool((Calm.from_array(Calm.usual().to_array()).laws == Calm.usual().laws).all())
        True
        """
        laws = np.zeros((2, len(LOG_P)))
        laws.flat[: 2 * N_LAWS] = self.laws.ravel()
        return np.vstack([self.knots, laws])

    def limit(self, law: int, share: float) -> float:
        """How high a statistic rises in 90 days in no more than that share of calm households."""
        start, slope = self.laws[law]
        return float(start - slope * np.log(share))


def learn_knots(surprise: F64) -> F64:
    """How surprising sessions usually are, channel by channel.

    Args:
        surprise: (n, 4) as in `Evidence`, of many households; NaN is left out.

    Returns:
        (4, 15) for `Calm`; shares that few sessions stand for continue the line of the rest, and
        no habit is called rarer than it would be if surprises were normal.

    Raises:
        BadSurprises: If a channel has fewer than 1,000 numbers, or one that is infinite.
    """
    knots = np.empty((len(CHANNELS), len(LOG_P)))
    for channel, name in enumerate(CHANNELS):
        known = surprise[:, channel]
        known = known[~np.isnan(known)]
        if len(known) < _MIN_SESSIONS or not np.isfinite(known).all():
            raise BadSurprises(
                f"{len(known)} surprises of {name}, all to be finite; at least {_MIN_SESSIONS} are "
                "needed to know what is usual.",
                hint="Learn from a longer past.",
            )
        knots[channel] = np.quantile(known, 1 - np.exp(LOG_P))
        rare = -np.log(len(known) / 10) > LOG_P
        last = int(np.flatnonzero(~rare)[-1])
        first = int(np.argmin(np.abs(LOG_P - _TAIL_FROM)))
        slope = (knots[channel, last] - knots[channel, first]) / (LOG_P[first] - LOG_P[last])
        knots[channel, rare] = knots[channel, last] + slope * (LOG_P[last] - LOG_P[rare])
    habits = slice(0, loops.N_HABITS)
    knots[habits] = np.maximum(knots[habits], Calm.usual().knots[habits])
    return knots


def learn_calm(households: Sequence[Evidence], members: Sequence[F64], n_first: int = 30) -> Calm:
    """What is usual, from the past of many households.

    Args:
        households: Whole past of each; those that are too short are left out.
        members: (3,) for each of them, from session `n_first` on: the highest capital of a
            newcomer, and the highest that `people.members` said of arrivals and departures.
        n_first: Sessions of each that only teach the model.

    Raises:
        BadSurprises: If fewer than 20 households last 30 days beyond their first sessions, or all
            have too few sessions.
    """
    known = [
        (one, peak) for one, peak in zip(households, members, strict=True)
        if _days(one, n_first) >= _MIN_DAYS
    ]  # fmt: skip
    if len(known) < _MIN_HOUSEHOLDS:
        raise BadSurprises(
            f"{len(known)} of {len(households)} households last {_MIN_DAYS:g} days or more; at "
            f"least {_MIN_HOUSEHOLDS} are needed to know what is usual.",
            hint="Learn from a longer past.",
        )
    knots = learn_knots(np.concatenate([one.surprise[n_first:] for one, _ in known]))
    rules = np.full(loops.N_RULES, np.inf)
    peaks = np.empty((len(known), N_LAWS))
    for row, (one, moved) in enumerate(known):
        state = loops.fresh()
        habits = loops.peaks(
            state, one.at_s / 86_400, one.surprise, one.hour, one.device, knots, LOG_P, rules,
            n_first,
        )  # fmt: skip
        peaks[row] = np.append(habits.ravel(), moved)
    longer = np.log(np.array([_days(one, n_first) for one, _ in known]) / HORIZON_DAYS)
    return Calm(knots, np.array([_law(peaks[:, one], longer) for one in range(N_LAWS)]))


def _days(sessions: Evidence, n_first: int) -> float:
    if len(sessions) <= n_first:
        return 0.0
    return float(sessions.at_s[-1] - sessions.at_s[n_first]) / 86_400


def _law(peaks: F64, longer: F64) -> tuple[float, float]:
    """Height and slope through the middle and the upper households; longer pasts rise higher."""
    middle = float(np.quantile(peaks, _MIDDLE))
    slopes = [
        (float(np.quantile(peaks, upper)) - middle) / np.log((1 - _MIDDLE) / (1 - upper))
        for upper in _UPPER
    ]
    slope = float(np.clip(max(slopes), *_SLOPES))
    return middle + slope * float(np.log(1 - _MIDDLE) - np.median(longer)), slope
