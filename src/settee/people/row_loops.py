"""Compiled loops that write sessions as rows and cut rows into symbols, one session or a million.

Who is there is asked about one session at a time, and thirty array operations on a column of length
one take a hundred times as long as their arithmetic. One loop over sessions costs the same a
session whether there is one or there are many, and there is only one way to cut a session.

Reads / Writes: arrays given by people.rows, people.tastes and people.channels.
Not here: what the numbers mean (people.channels), logarithms and powers (numpy takes them, so that
    a number is the same to the last bit in a batch and alone).
"""

from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64: TypeAlias = NDArray[np.float64]
F32: TypeAlias = NDArray[np.float32]
I64: TypeAlias = NDArray[np.int64]
I32: TypeAlias = NDArray[np.int32]
I16: TypeAlias = NDArray[np.int16]
I8: TypeAlias = NDArray[np.int8]
U8: TypeAlias = NDArray[np.uint8]
Clock: TypeAlias = tuple[I64, I64, F32, U8, F32, I32]
"""Start and end in seconds, hour, weekday, duration, number of items."""

_MICROS = 1_000_000
_DAY_S = 86_400
_THURSDAY = 3  # 1970-01-01
_SATURDAY = 5
_PARTS = 8  # sums of a row are kept side by side, as numpy does it
_DURATION, _DENSITY = 5, 6  # channels that are told against what is usual


@njit(cache=True, nogil=True)
def clock(start_us: I64, end_us: I64, item_indptr: I64) -> Clock:
    """When sessions ran, in seconds, hours and days, and how many items they had."""
    n = len(start_us)
    start_s, end_s = np.empty(n, np.int64), np.empty(n, np.int64)
    hour, duration = np.empty(n, np.float32), np.empty(n, np.float32)
    weekday, n_items = np.empty(n, np.uint8), np.empty(n, np.int32)
    for i in range(n):
        start_s[i], end_s[i] = start_us[i] // _MICROS, end_us[i] // _MICROS
        hour[i] = (start_s[i] % _DAY_S) / 3600
        weekday[i] = (start_s[i] // _DAY_S + _THURSDAY) % 7
        duration[i] = end_s[i] - start_s[i]
        n_items[i] = item_indptr[i + 1] - item_indptr[i]
    return start_s, end_s, hour, weekday, duration, n_items


@njit(cache=True, nogil=True)
def add_topics(item_indptr: I64, known: I64, topics: F32) -> tuple[F32, F32]:
    """(n, n_topics) sums of the topics of sessions' items, and their (n, 1) sums.

    Args:
        item_indptr: (n + 1,) where each session's items start.
        known: Row in `topics` of each item, -1 where nothing is known of it.
        topics: (n_known, n_topics).
    """
    n, n_topics = len(item_indptr) - 1, topics.shape[1]
    total, mass = np.zeros((n, n_topics), np.float32), np.empty((n, 1), np.float32)
    for i in range(n):
        for place in range(item_indptr[i], item_indptr[i + 1]):
            if known[place] >= 0:
                for t in range(n_topics):
                    total[i, t] += topics[known[place], t]
        mass[i, 0] = _sum(total[i])
    return total, mass


@njit(cache=True, nogil=True)
def lengths(duration_s: F32, n_events: I32) -> F64:
    """(2, n) seconds and events a minute, neither too small to take the logarithm of."""
    out = np.empty((2, len(duration_s)))
    for i in range(len(duration_s)):
        seconds = np.float64(duration_s[i])
        out[0, i] = max(seconds, 30.0)
        out[1, i] = max(n_events[i], 1) / (max(seconds, 60.0) / 60)
    return out


@njit(cache=True, nogil=True)
def cut(
    when: tuple[F32, U8],
    where: tuple[I16, I8, I16, I16],
    n_events: I32,
    logs: F64,
    usual: tuple[F64, F64],
    offsets: I64,
) -> I16:
    """(n, 8) symbols, -1 where nothing is known.

    Args:
        when: Hours and weekdays.
        where: Devices, their types, platforms and profiles, -1 for unknown.
        n_events: Of each session.
        logs: (2, n) logarithms of `lengths`.
        usual: Of durations and densities, by type of device.
        offsets: Where each channel begins in the table of symbols.
    """
    hour, weekday = when
    device, device_type, platform, profile = where
    n_types = len(usual[0])
    n, n_channels = len(hour), len(offsets) - 1
    out = np.empty((n, n_channels), np.int16)
    for i in range(n):
        kind = np.int64(device_type[i]) % n_types
        is_begun = n_events[i] != 0  # before the first click nobody knows how long it will be
        longer = int((logs[0, i] - usual[0][kind]) / 0.5 + 5)
        denser = int((logs[1, i] - usual[1][kind]) / 0.7 + 3)
        found = (
            np.int64(hour[i]) % 24 + (24 if weekday[i] >= _SATURDAY else 0),
            np.int64(weekday[i]),
            -1 if device[i] >= 0 else kind,
            np.int64(device[i]),
            np.int64(platform[i]),
            _within(longer, offsets[_DURATION + 1] - offsets[_DURATION]) if is_begun else -1,
            _within(denser, offsets[_DENSITY + 1] - offsets[_DENSITY]) if is_begun else -1,
            np.int64(profile[i]),
        )
        for c in range(n_channels):
            out[i, c] = found[c] + offsets[c] if found[c] >= 0 else -1
    return out


@njit(cache=True, nogil=True)
def largest_topics(taste: F32, n_most: int, first: int) -> tuple[I16, F32]:
    """(n, n_most) the topics that weigh most, counted from `first`, -1 for none, and how much.

    They carry the weight of the others too; ties keep the order of topics.
    """
    n, n_topics = taste.shape
    topic = np.full((n, n_most), -1, np.int16)
    weight = np.zeros((n, n_most), np.float32)
    width = min(n_most, n_topics)
    if width == 0:
        return topic, weight
    least_sum = np.float32(1e-9)
    order = np.empty(n_topics, np.int64)
    best = np.empty(width, np.float32)
    for i in range(n):
        for t in range(n_topics):
            place = t
            while place > 0 and taste[i, order[place - 1]] < taste[i, t]:
                order[place] = order[place - 1]
                place -= 1
            order[place] = t
        least = np.float32(0.05) * taste[i, order[0]]
        for t in range(width):
            amount = taste[i, order[t]]
            best[t] = amount if amount > least else np.float32(0)
        scale = _sum(taste[i]) / max(_sum(best), least_sum)
        for t in range(width):
            weight[i, t] = best[t] * scale
            if weight[i, t] > 0:
                topic[i, t] = order[t] + first
    return topic, weight


@njit(cache=True, nogil=True)
def _within(value: int, n: int) -> int:
    return min(max(value, 0), n - 1)


@njit(cache=True, nogil=True)
def _sum(row: F32) -> np.float32:
    """The sum of a row, added up in the order in which numpy does it for short rows."""
    n = len(row)
    total: np.float32 = np.float32(0)
    if n < _PARTS:
        for t in range(n):
            total += row[t]
        return total
    part = row[:_PARTS].copy()
    full = n - n % _PARTS
    for start in range(_PARTS, full, _PARTS):
        for t in range(_PARTS):
            part[t] += row[start + t]
    total = ((part[0] + part[1]) + (part[2] + part[3])) + (
        (part[4] + part[5]) + (part[6] + part[7])
    )
    for t in range(full, n):
        total += row[t]
    return total
