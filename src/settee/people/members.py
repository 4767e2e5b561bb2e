"""Tell that a member has come or gone, from whose the remembered sessions are.

Somebody who was there on 2 of 60 days and then on 9 of 15 has come; on 30 of 60 and then on 1 of 15
has gone. Every day is tried as the day of the change, and what counts is how much better two rates
explain the days than one. Days are those on which anybody of the household was there, so a holiday
of all of them loses nobody.

Reads: shares of persons in the sessions of a household.  Writes: nothing.
Source: Page (1955), "A Test for a Change in a Parameter Occurring at an Unknown Point".
Not here: how much is enough (people.drift_calm).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DAY_S = 86_400
_LEAST_DAYS = 20
_LEAST_BEFORE = 10
_LEAST_SILENT = 4
_TIMES = 3.0  # the rates differ by this factor at least
_PRIOR = 0.3
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Moves:
    """How far the days speak for a change of each person, in nats; 0 where they do not.

    Args:
        arrived: (K,) for having come.
        left: (K,) for having gone.
        arrived_at_s: (K,) int64 first day of the likeliest arrival, epoch seconds.
        left_at_s: (K,) int64 first day of the likeliest absence.
    """

    arrived: F64
    left: F64
    arrived_at_s: NDArray[np.int64]
    left_at_s: NDArray[np.int64]


def moves_of(share: NDArray[np.floating], at_s: NDArray[np.int64]) -> Moves:
    """Who came and who went.

    Args:
        share: (n, K) share of each person in each session.
        at_s: (n,) ends of the sessions, epoch seconds, any order.

    >>> who = np.eye(2)[[0] * 30 + [0, 1] * 15]
    >>> moves_of(who, np.arange(60) * 86_400).arrived.round(1).tolist()
    [0.0, 13.3]
    """
    day, place = np.unique(at_s // _DAY_S, return_inverse=True)
    n_days, n_persons = len(day), share.shape[1]
    if n_days < _LEAST_DAYS:
        nothing, never = np.zeros(n_persons), np.zeros(n_persons, np.int64)
        return Moves(nothing, nothing, never, never)
    absent = np.zeros((n_days, n_persons))
    np.add.at(absent, place, np.log(np.maximum(1 - np.asarray(share, np.float64), 1e-4)))
    there = np.cumsum(1 - np.exp(absent), axis=0)  # (D, K) days on which each was there, so far
    before, after = there[:-1], there[-1] - there[:-1]
    n_before = np.arange(1, n_days, dtype=np.float64)[:, None]
    n_after = n_days - n_before
    rate_before, rate_after = _rate(before, n_before), _rate(after, n_after)
    days = np.full(n_persons, float(n_days))
    one = _log_likelihood(there[-1], days, _rate(there[-1], days))
    gain = _log_likelihood(before, n_before, rate_before) - one
    gain = gain + _log_likelihood(after, n_after, rate_after)
    came = (n_before >= _LEAST_BEFORE) & (after >= 2) & (rate_after > _TIMES * rate_before)
    went = (n_before >= _LEAST_BEFORE) & (before >= 3) & (rate_before > _TIMES * rate_after)
    arrived = np.where(came, gain, 0.0)
    left = np.where(went & (n_after >= _LEAST_SILENT), gain, 0.0)
    return Moves(
        arrived=np.maximum(arrived.max(axis=0), 0.0),
        left=np.maximum(left.max(axis=0), 0.0),
        arrived_at_s=day[arrived.argmax(axis=0) + 1] * _DAY_S,
        left_at_s=day[left.argmax(axis=0) + 1] * _DAY_S,
    )


def _rate(there: F64, days: F64) -> F64:
    return np.clip((there + _PRIOR) / (days + 1), 0.01, 0.98)


def _log_likelihood(there: F64, days: F64, rate: F64) -> F64:
    return there * np.log(rate) + (days - there) * np.log1p(-rate)
