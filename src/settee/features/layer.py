"""Count events per item before an instant: the kernels below the timeline.

A layer holds the instants of each item next to each other, sorted. With the instants
(10, 20, 20, 35) of one item, "before 20" is position 1, found by halving. `heat` is the decayed
count just after each event: h[j] = 1 + h[j-1] * 2^(-(t[j] - t[j-1]) / half-life), so the heat at
any later t is h[j] * 2^(-(t - t[j]) / half-life), exact for any t without a second pass.

Reads / Writes: nothing.
Not here: what is made of the counts (features.timeline).
"""

from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

HOUR_S, DAY_S = 3_600, 86_400
WEEK_S, MONTH_S, HALF_YEAR_S = 7 * DAY_S, 30 * DAY_S, 180 * DAY_S
HEAT_HALF_LIFE_S = 30.0 * DAY_S
NEVER_FIRST = np.iinfo(np.int64).max
NEVER_LAST = np.iinfo(np.int64).min
_UINT32_END = 2**32
_MAX_HOURS = 2**22  # 478 years
_Array = TypeVar("_Array", bound=NDArray[Any])
Instants = NDArray[np.uint32] | NDArray[np.int64]
"""Epoch seconds; uint32 where all fit (1970 to 2106), for half the memory."""


@dataclass(frozen=True)
class Layer:
    """Events of every item.

    Args:
        indptr: (n_items + 1,) int64; events of item i are ``indptr[i]:indptr[i + 1]``.
        at_s: (n,) epoch seconds, ascending per item; 32 million are 128 MB as uint32.
        heat: (n,) float32 decayed count of the item just after the event.
        pulse_s: (n_hours,) int64 newest event, of any item, in each hour that has one, ascending.
    """

    indptr: NDArray[np.int64]
    at_s: Instants
    heat: NDArray[np.float32]
    pulse_s: NDArray[np.int64]

    @property
    def n_items(self) -> int:
        """Size of the item space."""
        return len(self.indptr) - 1

    def __len__(self) -> int:
        """Number of events."""
        return len(self.at_s)

    def newest_before(self, instant_s: int) -> int | None:
        """Newest event strictly before an instant, epoch seconds; None where there is none."""
        place = int(np.searchsorted(self.pulse_s, instant_s, side="left"))
        before = int(self.pulse_s[place - 1]) if place else None
        if place == len(self.pulse_s) or int(self.pulse_s[place]) // HOUR_S > instant_s // HOUR_S:
            return before
        # The hour of the instant goes on after it; only the items know what came first in it.
        within = _newest_before(self.indptr, self.at_s, instant_s)
        return before if within == NEVER_LAST else within


@dataclass(frozen=True)
class Counts:
    """Sums over layers, per item, of what happened strictly before one instant.

    Args:
        windows: (n_items, 4) int64 events in 7, 30, 180 days, and ever.
        heat: (n_items,) float64 decayed count.
        first_s: (n_items,) int64 first instant, NEVER_FIRST where there is none.
        last_s: (n_items,) int64 last instant, NEVER_LAST where there is none.
    """

    windows: NDArray[np.int64]
    heat: NDArray[np.float64]
    first_s: NDArray[np.int64]
    last_s: NDArray[np.int64]

    @classmethod
    def none(cls, n_items: int) -> "Counts":
        """Nothing happened yet."""
        return cls(
            np.zeros((n_items, 4), np.int64),
            np.zeros(n_items, np.float64),
            np.full(n_items, NEVER_FIRST, np.int64),
            np.full(n_items, NEVER_LAST, np.int64),
        )


def frozen(array: _Array) -> _Array:
    """The same values as a plain, aligned, contiguous, read-only array, copied only if needed.

    Kernels compile once per kind of array; this leaves one kind, whether the bytes came from a
    fit, a file or a memory map.
    """
    plain = np.require(np.asarray(array), requirements=["C", "A"]).view()
    plain.setflags(write=False)
    return cast(_Array, plain)


def build_layer(item: NDArray[np.int32], at_s: NDArray[np.int64], n_items: int) -> Layer:
    """Sort events by item, then instant.

    Args:
        item: (n,) int32 positions below `n_items`, any order.
        at_s: (n,) int64 epoch seconds.
        n_items: Size of the item space.
    """
    fits = len(at_s) == 0 or (int(at_s.min()) >= 0 and int(at_s.max()) < _UINT32_END)
    ordered = _blank(len(item), fits)
    in_time = np.argsort(at_s, kind="stable")  # numba would compile a sort of its own
    indptr = _group(frozen(item[in_time]), frozen(at_s[in_time]), n_items, ordered)
    return _layer(indptr, ordered)


def merge_layers(base: Layer, more: Layer) -> Layer:
    """All events of both layers in one."""
    at_s = _blank(len(base) + len(more), base.at_s.dtype == more.at_s.dtype == np.uint32)
    _merge(base.indptr, base.at_s, more.indptr, more.at_s, at_s)
    return _layer(base.indptr + more.indptr, at_s)


def add_counts(layer: Layer, at_s: int, counts: Counts) -> None:
    """Add to `counts`, in place, what a layer holds strictly before `at_s`."""
    _count(
        layer.indptr, layer.at_s, layer.heat, at_s,
        counts.windows, counts.heat, counts.first_s, counts.last_s,
    )  # fmt: skip


def _blank(n: int, fits: bool) -> Instants:
    return np.empty(n, np.uint32) if fits else np.empty(n, np.int64)


def _layer(indptr: NDArray[np.int64], at_s: Instants) -> Layer:
    return Layer(frozen(indptr), frozen(at_s), frozen(_heat(indptr, at_s)), frozen(_pulse(at_s)))


def _pulse(at_s: Instants) -> NDArray[np.int64]:
    """Newest instant of each hour that has one, ascending."""
    if len(at_s) == 0:
        return np.empty(0, np.int64)
    first_hour = int(at_s.min()) // HOUR_S
    n_hours = int(at_s.max()) // HOUR_S - first_hour + 1
    if n_hours > _MAX_HOURS:
        instants: NDArray[np.int64] = np.unique(at_s).astype(np.int64)
        ends = np.append(np.diff(instants // HOUR_S) > 0, True)
        return np.compress(ends, instants)
    newest = np.full(n_hours, NEVER_LAST, np.int64)
    _newest_by_hour(at_s, first_hour, newest)
    found: NDArray[np.int64] = newest[newest > NEVER_LAST]
    return found


@njit(cache=True, nogil=True)
def _group(
    item: NDArray[np.int32], at_s: NDArray[np.int64], n_items: int, out: Instants
) -> NDArray[np.int64]:
    """Write instants, which ascend, item after item; where each item's lie."""
    indptr = np.zeros(n_items + 1, np.int64)
    for row in range(len(item)):
        indptr[item[row] + 1] += 1
    for position in range(n_items):
        indptr[position + 1] += indptr[position]
    free = indptr[:-1].copy()
    for row in range(len(item)):
        out[free[item[row]]] = at_s[row]
        free[item[row]] += 1
    return indptr


@njit(cache=True, nogil=True)
def _heat(indptr: NDArray[np.int64], at_s: Instants) -> NDArray[np.float32]:
    heat = np.empty(len(at_s), np.float32)
    for position in range(len(indptr) - 1):
        value = 0.0
        for row in range(indptr[position], indptr[position + 1]):
            if row > indptr[position]:
                gap = np.int64(at_s[row]) - np.int64(at_s[row - 1])
                value *= 2.0 ** (-gap / HEAT_HALF_LIFE_S)
            value += 1.0
            heat[row] = value
    return heat


@njit(cache=True, nogil=True)
def _merge(
    base_indptr: NDArray[np.int64],
    base_at: Instants,
    more_indptr: NDArray[np.int64],
    more_at: Instants,
    out: Instants,
) -> None:
    place = 0
    for position in range(len(base_indptr) - 1):
        left, right = base_indptr[position], more_indptr[position]
        left_end, right_end = base_indptr[position + 1], more_indptr[position + 1]
        while left < left_end or right < right_end:
            take_left = right >= right_end or (
                left < left_end and np.int64(base_at[left]) <= np.int64(more_at[right])
            )
            if take_left:
                out[place] = base_at[left]
                left += 1
            else:
                out[place] = more_at[right]
                right += 1
            place += 1


@njit(cache=True, nogil=True)
def _first_not_before(at_s: Instants, low: int, high: int, instant: int) -> int:
    while low < high:
        middle = (low + high) >> 1
        if np.int64(at_s[middle]) < instant:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _count(
    indptr: NDArray[np.int64],
    at_s: Instants,
    heats: NDArray[np.float32],
    instant: int,
    windows: NDArray[np.int64],
    heat: NDArray[np.float64],
    first_s: NDArray[np.int64],
    last_s: NDArray[np.int64],
) -> None:
    for item in range(len(indptr) - 1):
        low = indptr[item]
        end = _first_not_before(at_s, low, indptr[item + 1], instant)
        if end == low:
            continue
        half_year = _first_not_before(at_s, low, end, instant - HALF_YEAR_S)
        month = _first_not_before(at_s, half_year, end, instant - MONTH_S)
        week = _first_not_before(at_s, month, end, instant - WEEK_S)
        windows[item, 0] += end - week
        windows[item, 1] += end - month
        windows[item, 2] += end - half_year
        windows[item, 3] += end - low
        last = np.int64(at_s[end - 1])
        heat[item] += heats[end - 1] * 2.0 ** (-(instant - last) / HEAT_HALF_LIFE_S)
        first_s[item] = min(first_s[item], np.int64(at_s[low]))
        last_s[item] = max(last_s[item], last)


@njit(cache=True, nogil=True)
def _newest_by_hour(at_s: Instants, first_hour: int, newest: NDArray[np.int64]) -> None:
    for row in range(len(at_s)):
        instant = np.int64(at_s[row])
        hour = instant // HOUR_S - first_hour
        newest[hour] = max(newest[hour], instant)


@njit(cache=True, nogil=True)
def _newest_before(indptr: NDArray[np.int64], at_s: Instants, instant: int) -> int:
    newest = NEVER_LAST
    for item in range(len(indptr) - 1):
        end = _first_not_before(at_s, indptr[item], indptr[item + 1], instant)
        if end > indptr[item]:
            newest = max(newest, int(at_s[end - 1]))
    return newest
