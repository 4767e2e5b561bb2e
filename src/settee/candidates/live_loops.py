"""Take in events: count them and where people went, at several speeds at once.

Every count decays, and none is ever touched for it: an event at t adds 2^((t - base) / half-life),
so an event one half-life older weighs half beside it whenever one looks. The same click is kept at
each speed: after 20 minutes it counts 1/2 at the fast one and .99 at that of a day. A full row
moves to a block of twice the size; one of the largest size gives up the weakest of 16 cells.

Reads / Writes: the arrays it is given.
Source: Cormode, Shkapenyuk, Srivastava and Xu (2009), "Forward Decay".
Not here: the arrays (candidates.live_state), what is read from them (candidates.live_shares).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.live_state import (
    LEAST_ROOM,
    TAKEN,
    USED,
    WAYS,
    Counts,
    Pace,
    Rows,
    State,
    Streams,
)

_MAX_LIFT = 60.0
"""Half-lives after which the base of a speed moves on, for float32 ends at 2^127."""
_LOOKS = 16
"""Cells of a full row that are compared when one must go."""


@njit(cache=True, nogil=True)
def _move_base(at_s: int, half_life_s: NDArray[np.float64], counts: Counts, rows: Rows) -> None:
    """Let the bases move up to `at_s` where it lies too many half-lives after them."""
    for speed in range(len(half_life_s)):
        lift = (at_s - counts.base_s[speed]) / half_life_s[speed]
        if lift <= _MAX_LIFT:
            continue
        factor = 2.0**-lift
        for item in range(len(counts.heat)):
            counts.heat[item, speed] *= np.float32(factor)
        for cell in range(counts.counters[USED]):
            rows.weight[cell, speed] *= np.float32(factor)
        counts.total[speed] *= factor
        counts.base_s[speed] = at_s


@njit(cache=True, nogil=True)
def _size_of(room: int) -> int:
    size = 0
    while (LEAST_ROOM << size) < room:
        size += 1
    return size


@njit(cache=True, nogil=True)
def _block(room: int, counts: Counts, rows: Rows) -> int:
    """Start of a free block of `room` cells, -1 where the arena is full."""
    start = int(rows.free[_size_of(room)])
    if start >= 0:
        # the first cell of a free block names the next one, 0 for none
        rows.free[_size_of(room)] = int(rows.item[start]) - 1
        return start
    start = int(counts.counters[USED])
    if start + room > len(rows.item):
        return -1
    counts.counters[USED] = start + room
    return start


@njit(cache=True, nogil=True)
def _give_back(start: int, room: int, rows: Rows) -> None:
    rows.item[start] = rows.free[_size_of(room)] + 1
    rows.free[_size_of(room)] = start


@njit(cache=True, nogil=True)
def _weakest(start: int, size: int, turn: int, rows: Rows) -> int:
    """The cell of least weight at the slowest speed among a few, another few each turn."""
    speed = rows.weight.shape[1] - 1
    first = (turn * _LOOKS) % size
    best = start + first
    for step in range(1, min(_LOOKS, size)):
        cell = start + (first + step) % size
        if rows.weight[cell, speed] < rows.weight[best, speed]:
            best = cell
    return best


@njit(cache=True, nogil=True)
def _cell(item: int, other: int, max_room: int, counts: Counts, rows: Rows) -> int:
    """The cell of `other` in the row of `item`, made where there is none; -1 without any room."""
    start, size, room = rows.row[item, 0], rows.row[item, 1], rows.row[item, 2]
    for cell in range(start, start + size):
        if rows.item[cell] == other:
            return cell
    cell = start + size
    if size == room:
        wider = LEAST_ROOM if room == 0 else 2 * room
        fresh = _block(wider, counts, rows) if wider <= max_room else -1
        if fresh >= 0:
            for place in range(size):
                rows.item[fresh + place] = rows.item[start + place]
                for speed in range(rows.weight.shape[1]):
                    rows.weight[fresh + place, speed] = rows.weight[start + place, speed]
            if room > 0:
                _give_back(start, room, rows)
            rows.row[item, 0], rows.row[item, 2] = fresh, wider
            cell = fresh + size
        elif room == 0:
            return -1
        else:
            cell = _weakest(start, size, counts.counters[TAKEN], rows)
            size -= 1
    rows.row[item, 1] = size + 1
    rows.item[cell] = other
    for speed in range(rows.weight.shape[1]):
        rows.weight[cell, speed] = 0.0
    return cell


@njit(cache=True, nogil=True)
def _place(key: np.uint64, streams: Streams) -> int:
    """Where a stream lives; a new one takes the place of the one that was silent longest."""
    first = int(key & np.uint64(len(streams.key) - 1)) // WAYS * WAYS
    oldest = first
    for place in range(first, first + WAYS):
        if streams.key[place] == key:
            return place
        if streams.at_s[place, 0] < streams.at_s[oldest, 0]:
            oldest = place
    streams.key[oldest] = key
    for lag in range(streams.item.shape[1]):
        streams.item[oldest, lag] = -1
        streams.at_s[oldest, lag] = 0
    return oldest


@njit(cache=True, nogil=True)
def _count_ways(
    here: int, now_s: int, place: int, worth: NDArray[np.float64], pace: Pace, state: State
) -> None:
    """Count the ways from the last items of a stream to `here`, and a little the ways back."""
    counts, rows, streams = state
    for lag in range(len(pace.lag_weight)):
        before = streams.item[place, lag]
        if before < 0 or before == here:
            continue
        forth = pace.lag_weight[lag]
        if abs(now_s - streams.at_s[place, lag]) > pace.gap_s:
            forth *= pace.later_weight
        for back in range(2):
            share = forth * pace.back_weight if back else forth
            if share == 0.0:
                continue
            source, target = (here, before) if back else (before, here)
            cell = _cell(source, target, pace.max_room, counts, rows)
            if cell >= 0:
                for speed in range(len(worth)):
                    rows.weight[cell, speed] += np.float32(share * worth[speed])


@njit(cache=True, nogil=True)
def _remember(here: int, now_s: int, place: int, streams: Streams) -> None:
    """Put `here` in front of the last items of a stream; none is there twice."""
    end = streams.item.shape[1] - 1
    for lag in range(end):
        if streams.item[place, lag] == here:
            end = lag
            break
    for lag in range(end, 0, -1):
        streams.item[place, lag] = streams.item[place, lag - 1]
        streams.at_s[place, lag] = streams.at_s[place, lag - 1]
    streams.item[place, 0] = here
    streams.at_s[place, 0] = now_s


@njit(cache=True, nogil=True)
def take_events(
    stream: NDArray[np.uint64],
    item: NDArray[np.int32],
    at_s: NDArray[np.int64],
    begin: int,
    pace: Pace,
    state: State,
) -> int:
    """Take in events from `begin` on; return where it stopped for want of cells, or their number.

    Args:
        stream: (n,) who was where; never 0.
        item: (n,) int32 positions.
        at_s: (n,) int64 epoch seconds.
        begin: First event that was not taken yet.
        pace: What counts how much.
        state: What is counted into.
    """
    counts, rows, streams = state
    n_speeds = len(pace.half_life_s)
    worth = np.empty(n_speeds, np.float64)
    need = 2 * len(pace.lag_weight) * pace.max_room
    for number in range(begin, len(item)):
        if counts.counters[USED] + need > len(rows.item) and len(rows.item) < pace.max_cells:
            return number
        here, now_s = item[number], at_s[number]
        place = _place(stream[number], streams)
        if streams.item[place, 0] == here and abs(now_s - streams.at_s[place, 0]) <= pace.gap_s:
            continue  # the same visit goes on: play, pause, complete
        _move_base(now_s, pace.half_life_s, counts, rows)
        counts.counters[TAKEN] += 1
        counts.n_events[here] += 1
        counts.first_s[here] = min(counts.first_s[here], now_s)
        for speed in range(n_speeds):
            worth[speed] = 2.0 ** ((now_s - counts.base_s[speed]) / pace.half_life_s[speed])
            counts.heat[here, speed] += np.float32(worth[speed])
            counts.total[speed] += worth[speed]
        _count_ways(here, now_s, place, worth, pace, state)
        _remember(here, now_s, place, streams)
    return len(item)
