"""Read shares from the live counts: what is clicked now, and where people go from here.

Each speed is a share of its own, smoothed by the next slower one as by so many imaginary events:
with prior 100, a fast speed that has seen 300 events gets 300/400 of the say and the slower ones
the rest. Where people go from an item leans on what is clicked now in the same way.

Reads: the arrays it is given.  Writes: nothing else than `out`.
Source: MacKay and Peto (1995), "A Hierarchical Dirichlet Language Model" (smoothing by levels).
Not here: the counting (candidates.live_loops).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.live_state import Counts, Rows

_MAX_LIFT = 200.0
"""Half-lives after which nothing is left to tell; 2^200 still fits a float64."""


@njit(cache=True, nogil=True)
def imaginary_events(
    prior: float, as_of_s: int, half_life_s: NDArray[np.float64], base_s: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The prior in the units of each speed: counts stand still, the prior grows beside them."""
    imaginary = np.empty(len(half_life_s), np.float64)
    for speed in range(len(half_life_s)):
        lift = (as_of_s - base_s[speed]) / half_life_s[speed]
        imaginary[speed] = prior * 2.0 ** min(max(lift, -_MAX_LIFT), _MAX_LIFT)
    return imaginary


@njit(cache=True, nogil=True)
def recent_shares(
    prior: float,
    as_of_s: int,
    half_life_s: NDArray[np.float64],
    counts: Counts,
    out: NDArray[np.float32],
) -> None:
    """Write each item's share of what is clicked now; all 0 where nothing ever was."""
    imaginary = imaginary_events(prior, as_of_s, half_life_s, counts.base_s)
    imaginary[-1] = 0.0  # nothing is slower
    weight = np.zeros(len(half_life_s), np.float64)
    rest = 1.0
    for speed in range(len(half_life_s)):
        if counts.total[speed] > 0.0:
            weight[speed] = rest / (counts.total[speed] + imaginary[speed])
            rest *= imaginary[speed] / (counts.total[speed] + imaginary[speed])
    for item in range(len(out)):
        share = 0.0
        for speed in range(len(weight)):
            share += weight[speed] * counts.heat[item, speed]
        out[item] = share


@njit(cache=True, nogil=True)
def next_shares(
    latest: NDArray[np.int32],
    loudness: NDArray[np.float64],
    imaginary: NDArray[np.float64],
    rows: Rows,
    recent: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Write each item's share of where people go from the latest items; 0 where nobody went.

    Args:
        latest: (n,) int32 the latest items of a person.
        loudness: (n,) what each counts.
        imaginary: (speeds,) from `imaginary_events`.
        rows: Where people went.
        recent: (n_items,) from `recent_shares`.
        out: (n_items,) all 0.
    """
    n_speeds, room = len(imaginary), 0
    for item in latest:
        room += rows.row[item, 1]
    found = np.empty(room, np.int32)
    count = np.zeros((room, n_speeds), np.float64)
    total = np.zeros(n_speeds, np.float64)
    place_of = np.full(len(out), -1, np.int32)
    n = 0
    for one in range(len(latest)):
        start = rows.row[latest[one], 0]
        for cell in range(start, start + rows.row[latest[one], 1]):
            item = rows.item[cell]
            if item >= len(out):
                continue
            if place_of[item] < 0:
                place_of[item], found[n] = n, item
                n += 1
            for speed in range(n_speeds):
                worth = loudness[one] * rows.weight[cell, speed]
                count[place_of[item], speed] += worth
                total[speed] += worth
    for place in range(n):
        share = np.float64(recent[found[place]])
        for speed in range(n_speeds - 1, -1, -1):
            share = (count[place, speed] + imaginary[speed] * share) / (
                total[speed] + imaginary[speed]
            )
        out[found[place]] = share


@njit(cache=True, nogil=True)
def loudness_of(
    item: NDArray[np.int32],
    at_s: NDArray[np.int64],
    weight: NDArray[np.float64],
    lag_weight: NDArray[np.float64],
    half_life_s: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """The latest items of a history, newest first, and how loud each speaks.

    Args:
        item: (n,) int32 positions, oldest first.
        at_s: (n,) int64 epoch seconds.
        weight: (n,) how much each is the person's own.
        lag_weight: (lags,) what the last counts, the one before it, and so on.
        half_life_s: Seconds before the last after which an item speaks half as loud.
    """
    n = min(len(item), len(lag_weight))
    latest = np.empty(n, np.int32)
    loudness = np.empty(n, np.float64)
    for lag in range(n):
        place = len(item) - 1 - lag
        before_s = max(at_s[len(item) - 1] - at_s[place], 0)
        latest[lag] = item[place]
        loudness[lag] = lag_weight[lag] * weight[place] * 2.0 ** (-before_s / half_life_s)
    return latest, loudness
