"""Compiled loops of the learned worth: what a path shows the model, and what its parts are worth.

Channels of a path stand in the order of their first contacts. Without some of them the others keep
that order, so a pair's term is there or not, whatever else is left out; only who is first and who
is last has to be looked up again. 5 channels have 32 subsets, and each subset's log odds are those
of a smaller one plus the terms of one channel.

Reads / Writes: nothing.  Source: Shapley (1953).  Not here: the fit (measure.learned).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit(cache=True, nogil=True)
def distinct_steps(
    indptr: Ints, step: NDArray[np.int32], n_channels: int
) -> tuple[Ints, Ints, Ints]:
    """Channels of each path in the order of first contacts, and the rank of each one's last.

    Returns:
        (n_paths + 1,) where each path begins, (m,) channels, (m,) rank of the last contact.
    """
    n_paths = len(indptr) - 1
    starts = np.zeros(n_paths + 1, np.int64)
    channel = np.empty(len(step), np.int64)
    last = np.empty(len(step), np.int64)
    place = np.full(n_channels, -1, np.int64)
    filled = 0
    for path in range(n_paths):
        begin = filled
        for at in range(indptr[path], indptr[path + 1]):
            met = step[at]
            if place[met] < 0:
                place[met] = filled
                channel[filled] = met
                filled += 1
            last[place[met]] = at - indptr[path]
        for at in range(begin, filled):
            place[channel[at]] = -1
        starts[path + 1] = filled
    return starts, channel[:filled], last[:filled]


@njit(cache=True, nogil=True)
def fill_features(
    starts: Ints, channel: Ints, last: Ints, pair: Ints, n_ends: int, n_features: int
) -> Floats:
    """(n_paths, n_features) what each path shows: 1, channels, firsts, lasts, pairs.

    `pair[a, b]` is the column of "a, and b after it", -1 where there is none; `n_ends` is the
    number of channels where firsts and lasts have columns, else 0.
    """
    n_channels = len(pair)
    out = np.zeros((len(starts) - 1, n_features), np.float64)
    for path in range(len(starts) - 1):
        begin, end = starts[path], starts[path + 1]
        out[path, 0] = 1.0
        newest = begin
        for at in range(begin, end):
            out[path, 1 + channel[at]] = 1.0
            newest = at if last[at] > last[newest] else newest
            for later in range(at + 1, end):
                column = pair[channel[at], channel[later]]
                if column >= 0:
                    out[path, column] = 1.0
        if n_ends > 0 and end > begin:
            out[path, 1 + n_channels + channel[begin]] = 1.0
            out[path, 1 + 2 * n_channels + channel[newest]] = 1.0
    return out


@njit(cache=True, nogil=True)
def _chance(
    members: int, inner: Floats, channel: Ints, last: Ints, first_worth: Floats, last_worth: Floats
) -> float:
    """Probability that a path converts with only those of its channels, by the model."""
    log_odds = inner[members]
    if members:
        early, late = -1, -1
        for at in range(len(channel)):
            if members >> at & 1:
                early = at if early < 0 else early
                late = at if late < 0 or last[at] > last[late] else late
        log_odds += first_worth[channel[early]] + last_worth[channel[late]]
    return float(1.0 / (1.0 + np.exp(-log_odds)))


@njit(cache=True, nogil=True)
def _log_odds(inner: Floats, channel: Ints, weight: Floats, pair: Ints) -> None:
    """Fill in the log odds of every subset of one path's channels, firsts and lasts left out."""
    inner[0] = weight[0]
    for members in range(1, 1 << len(channel)):
        top = 0
        while members >> (top + 1):
            top += 1
        total = inner[members ^ (1 << top)] + weight[1 + channel[top]]
        for at in range(top):
            if members >> at & 1:
                column = pair[channel[at], channel[top]]
                if column >= 0:
                    total += weight[column]
        inner[members] = total


@njit(cache=True, nogil=True)
def path_values(
    starts: Ints,
    channel: Ints,
    last: Ints,
    pair: Ints,
    weight: Floats,
    ends: Floats,
    shares: Floats,
) -> Floats:
    """(m,) Shapley value of each channel of each path, in the game of the path's subsets.

    Args:
        starts: As `distinct_steps` gives it, as are `channel` and `last`.
        channel: See there.
        last: See there.
        pair: As for `fill_features`.
        weight: Coefficients of the columns.
        ends: (2, n_channels) coefficients of being first and last; zeros without them.
        shares: (w, w) share of orders by number of channels and of those before; w - 1 is the
            most channels of one path.
    """
    out = np.zeros(len(channel), np.float64)
    inner = np.empty(1 << (len(shares) - 1), np.float64)
    chance = np.empty(1 << (len(shares) - 1), np.float64)
    for path in range(len(starts) - 1):
        begin, end = starts[path], starts[path + 1]
        n = end - begin
        _log_odds(inner, channel[begin:end], weight, pair)
        for members in range(1 << n):
            chance[members] = _chance(
                members, inner, channel[begin:end], last[begin:end], ends[0], ends[1]
            )
        for members in range(1 << n):
            size = 0
            for at in range(n):
                size += members >> at & 1
            for at in range(n):
                if not members >> at & 1:
                    gain = chance[members | (1 << at)] - chance[members]
                    out[begin + at] += shares[n, size] * gain
    return out
