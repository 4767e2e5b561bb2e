"""Fill a page place by place under pins, most and least places, in one compiled loop.

Reads / Writes: nothing.  Not here: what the numbers mean (rules.page).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

BY_ORDER, BY_PIN, BY_FILL = -1, -2, -3
"""Why a row got its place, beside the group whose least it serves."""


@njit(cache=True, nogil=True)
def _blocking(
    row: int,
    indptr: NDArray[np.int64],
    index: NDArray[np.int64],
    counts: NDArray[np.int64],
    most: NDArray[np.int64],
    may_fill: NDArray[np.bool_],
    is_filling: bool,
) -> int:
    """The first group that has no place left for the row, -1 for none."""
    for at in range(indptr[row], indptr[row + 1]):
        group = index[at]
        if counts[group] >= most[group] and not (is_filling and may_fill[group]):
            return int(group)
    return -1


@njit(cache=True, nogil=True)
def _serves(
    row: int,
    indptr: NDArray[np.int64],
    index: NDArray[np.int64],
    need: NDArray[np.int64],
    only: int,
) -> int:
    """A group of the row that still needs places, -1 for none; `only` that one where not -1."""
    for at in range(indptr[row], indptr[row + 1]):
        group = index[at]
        if need[group] > 0 and (only < 0 or group == only):
            return int(group)
    return -1


@njit(cache=True, nogil=True)
def _add(
    row: int,
    indptr: NDArray[np.int64],
    index: NDArray[np.int64],
    counts: NDArray[np.int64],
    need: NDArray[np.int64],
) -> None:
    """Count a row that got a place."""
    for at in range(indptr[row], indptr[row + 1]):
        counts[index[at]] += 1
        need[index[at]] = max(0, need[index[at]] - 1)


@njit(cache=True, nogil=True)
def _within_reach(
    least: NDArray[np.int64],
    used: NDArray[np.bool_],
    pinned: NDArray[np.int64],
    indptr: NDArray[np.int64],
    index: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The least places of each group, or as many as it has rows for."""
    rows = np.zeros(len(least), np.int64)
    for row in range(len(used)):
        if not used[row]:
            for at in range(indptr[row], indptr[row + 1]):
                rows[index[at]] += 1
    for row in pinned:
        if row >= 0:
            for at in range(indptr[row], indptr[row + 1]):
                rows[index[at]] += 1
    return np.minimum(least, rows)


@njit(cache=True, nogil=True)
def _in_need(need: NDArray[np.int64]) -> int:
    """The group that counts most among those that still need places, -1 for none."""
    for group in range(len(need)):
        if need[group] > 0:
            return group
    return -1


@njit(cache=True, nogil=True)
def _choose(
    used: NDArray[np.bool_],
    indptr: NDArray[np.int64],
    index: NDArray[np.int64],
    counts: NDArray[np.int64],
    need: NDArray[np.int64],
    most: NDArray[np.int64],
    may_fill: NDArray[np.bool_],
    held: NDArray[np.int64],
    n_free: int,
) -> tuple[int, int]:
    """The first row that may have the next place, and the group it serves; -1 for none."""
    while True:
        n_needed = need.sum()
        is_forced = n_needed > 0 and n_needed >= n_free
        # Where not all that is needed can be had, the higher priority comes first.
        only = _in_need(need) if n_needed > n_free else -1
        for row in range(len(used)):
            if used[row]:
                continue
            blocking = _blocking(row, indptr, index, counts, most, may_fill, False)
            if blocking >= 0:
                held[row] = blocking if held[row] < 0 else held[row]
                continue
            served = _serves(row, indptr, index, need, only) if is_forced else -1
            if not is_forced or served >= 0:
                return row, served
        if not is_forced:
            return -1, -1
        for group in range(len(need)):  # no row is left that serves: these cannot be kept
            if only < 0 or group == only:
                need[group] = 0


@njit(cache=True, nogil=True)
def _fill(
    used: NDArray[np.bool_],
    indptr: NDArray[np.int64],
    index: NDArray[np.int64],
    counts: NDArray[np.int64],
    most: NDArray[np.int64],
    may_fill: NDArray[np.bool_],
) -> int:
    """The first row that may go over the most rather than leave a place empty, -1 for none."""
    for row in range(len(used)):
        if not used[row] and _blocking(row, indptr, index, counts, most, may_fill, True) < 0:
            return row
    return -1


@njit(cache=True, nogil=True)
def fill_page(
    pinned: NDArray[np.int64],
    is_out: NDArray[np.bool_],
    indptr: NDArray[np.int64],
    index: NDArray[np.int64],
    most: NDArray[np.int64],
    least: NDArray[np.int64],
    may_fill: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Choose a row for every place, the first rows first.

    Args:
        pinned: (k,) the row that a place is kept for, -1 for none.
        is_out: (m,) rows that may not be chosen: capped, and those that are pinned.
        indptr: (m + 1,) row r is in the groups ``index[indptr[r]:indptr[r + 1]]``.
        index: Groups; those of the higher priority have the lower number.
        most: (G,) most places of each group.
        least: (G,) least places of each group.
        may_fill: (G,) may the most be gone over rather than leave a place empty?

    Returns:
        (k,) rows, -1 where a place stays empty; (k,) why; (m,) the group that first kept a row from
        a place, -1 for none; (G,) places that each group got.
    """
    places, why = np.full(len(pinned), -1, np.int64), np.full(len(pinned), BY_ORDER, np.int64)
    held = np.full(len(is_out), -1, np.int64)
    counts, used = np.zeros(len(most), np.int64), is_out.copy()
    need = _within_reach(least, used, pinned, indptr, index)
    n_free = 0
    for place in range(len(pinned)):
        if pinned[place] >= 0:
            places[place], why[place] = pinned[place], BY_PIN
            _add(pinned[place], indptr, index, counts, need)
        else:
            n_free += 1
    for place in range(len(pinned)):
        if pinned[place] >= 0:
            continue
        row, served = _choose(used, indptr, index, counts, need, most, may_fill, held, n_free)
        if row < 0:
            row, served = _fill(used, indptr, index, counts, most, may_fill), BY_FILL
        if row >= 0:
            used[row] = True
            places[place], why[place] = row, served
            _add(row, indptr, index, counts, need)
        n_free -= 1
    return places, why, held, counts


@njit(cache=True, nogil=True)
def not_shown(items: NDArray[np.int32], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(m,) padding, items that stood higher already, and those that are not allowed.

    Args:
        items: (m,) positions, best first; -1 is padding.
        allowed: (n_items,) what may be shown.
    """
    is_met = np.zeros(len(allowed), np.bool_)
    is_out = np.empty(len(items), np.bool_)
    for row in range(len(items)):
        item = items[row]
        is_out[row] = item < 0 or is_met[item] or not allowed[item]
        if item >= 0:
            is_met[item] = True
    return is_out
