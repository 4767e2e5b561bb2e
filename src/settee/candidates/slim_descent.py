"""Find few weights towards each item by coordinate descent over the co-counts of those like it.

Towards one item only the `nearby` most alike ones may get a weight, so a catalogue of any size
costs that many squares per item: 300 candidates and 30 turns are a millisecond or three.

Reads / Writes: nothing.
Source: Friedman, Hastie, Tibshirani (2010), "Regularization Paths for Generalized Linear Models via
Coordinate Descent", section 2.2 (covariance updates).
Not here: the source that serves them (candidates.slim), all weights at once (candidates.ease).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.matrix import Cells
from settee.candidates.topk import offer
from settee.events import Progress

_CLOSE = 1e-4
_BATCH = 512


@dataclass(frozen=True)
class Descent:
    """How weights are found.

    Args:
        l1: Least evidence that gives a weight, 0 or more.
        l2: Ridge, above 0.
        dropout: Share of each history hidden, below 1.
        nearby: Most alike items that may get a weight, 1 or more.
        like_power: Damps much-wanted items when alike ones are sought.
        negative: May weights be below 0?
        sweeps: Most turns, 1 or more.
        threads: How many at once, 0 is one per core (speed only).
    """

    l1: float
    l2: float
    dropout: float
    nearby: int
    like_power: float
    negative: bool
    sweeps: int
    threads: int = 0


@njit(cache=True, nogil=True)
def co_counts_of(
    by_account: tuple[NDArray[np.int64], NDArray[np.int32]],
    by_item: tuple[NDArray[np.int64], NDArray[np.int32]],
    account_weight: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Weighted co-counts of all pairs that share an account, by rows; items ascend in a row."""
    account_start, account_items = by_account
    item_start, item_accounts = by_item
    m = len(item_start) - 1
    total = np.zeros(m, np.float64)
    touched = np.empty(m, np.int32)
    start = np.zeros(m + 1, np.int64)
    index, value = np.empty(1024, np.int32), np.empty(1024, np.float32)
    for item in range(m):
        n = 0
        for cell in range(item_start[item], item_start[item + 1]):
            account = item_accounts[cell]
            for place in range(account_start[account], account_start[account + 1]):
                other = account_items[place]
                if total[other] == 0.0:
                    touched[n] = other
                    n += 1
                total[other] += account_weight[account]
        end = start[item] + n
        if end > len(index):
            more_index, more_value = np.empty(2 * end, np.int32), np.empty(2 * end, np.float32)
            more_index[: start[item]] = index[: start[item]]
            more_value[: start[item]] = value[: start[item]]
            index, value = more_index, more_value
        touched[:n].sort()
        for place in range(n):
            index[start[item] + place] = touched[place]
            value[start[item] + place] = total[touched[place]]
            total[touched[place]] = 0.0
        start[item + 1] = end
    return start, index[: start[m]].copy(), value[: start[m]].copy()


@njit(cache=True, nogil=True)
def _most_alike(
    index: NDArray[np.int32],
    value: NDArray[np.float32],
    damp: NDArray[np.float32],
    item: int,
    heap: NDArray[np.uint64],
) -> NDArray[np.int32]:
    """The items with most co-counts over their size, in ascending order."""
    low = np.uint64(0xFFFFFFFF)
    one = np.empty(1, np.float32)
    bits = one.view(np.uint32)
    size = 0
    for place in range(len(index)):
        if index[place] != item:
            one[0] = value[place] * damp[index[place]]
            key = (np.uint64(bits[0]) << np.uint64(32)) | (low - np.uint64(index[place]))
            size = offer(heap, size, key)
    found = np.empty(size, np.int32)
    for place in range(size):
        found[place] = np.int32(low - (heap[place] & low))
    found.sort()
    return found


@njit(cache=True, nogil=True)
def _descend(
    gram: NDArray[np.float32],
    left: NDArray[np.float32],
    rules: tuple[float, bool, int],
    weight: NDArray[np.float32],
) -> None:
    """Minimise w'Aw / 2 - b'w + l1 |w|; `left` holds b and becomes what is left of it."""
    l1, negative, sweeps = rules
    n = len(left)
    for _ in range(sweeps):
        moved, largest = np.float32(0.0), np.float32(0.0)
        for h in range(n):
            pull = left[h] + gram[h, h] * weight[h]
            new = np.float32(0.0)
            if pull > l1:
                new = np.float32((pull - l1) / gram[h, h])
            elif negative and pull < -l1:
                new = np.float32((pull + l1) / gram[h, h])
            step = new - weight[h]
            largest = max(largest, abs(new))
            if step == 0:
                continue
            moved = max(moved, abs(step))
            weight[h] = new
            line = gram[h]
            for other in range(n):
                left[other] -= step * line[other]
        if moved <= _CLOSE * largest:
            return


@njit(cache=True, nogil=True)
def _towards(
    counts: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]],
    damp: NDArray[np.float32],
    added: tuple[float, float],
    rules: tuple[float, bool, int],
    span: tuple[int, int, int],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Weights towards the items of a span: how many each, from where, how strong."""
    start, index, value = counts
    first, last, nearby = span
    dropout_scale, l2 = added
    room = max((last - first) * nearby, 1)
    sizes = np.zeros(last - first, np.int64)
    out_from, out_weight = np.empty(room, np.int32), np.empty(room, np.float32)
    row_of = np.full(len(start) - 1, -1, np.int32)
    heap = np.empty(nearby, np.uint64)
    n_out = 0
    for item in range(first, last):
        own = slice(start[item], start[item + 1])
        near = _most_alike(index[own], value[own], damp, item, heap)
        n = len(near)
        row_of[near] = np.arange(n, dtype=np.int32)
        gram, left = np.zeros((n, n), np.float32), np.zeros(n, np.float32)
        for a in range(n):
            for cell in range(start[near[a]], start[near[a] + 1]):
                b = row_of[index[cell]]
                if b >= 0:
                    gram[a, b] = value[cell]
                elif index[cell] == item:
                    left[a] = value[cell]
            gram[a, a] = gram[a, a] * dropout_scale + l2
        row_of[near] = -1
        weight = np.zeros(n, np.float32)
        _descend(gram, left, rules, weight)
        for a in range(n):
            if weight[a] != 0:
                out_from[n_out], out_weight[n_out] = near[a], weight[a]
                sizes[item - first] += 1
                n_out += 1
    return sizes, out_from[:n_out].copy(), out_weight[:n_out].copy()


def descend_to_all(
    cells: Cells, account_weight: NDArray[np.float32], how: Descent, progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Weights between all items, by the item that speaks: start, whom for, how strongly.

    Args:
        cells: Accounts by m items.
        account_weight: (n_accounts,) what each account's events count.
        how: Ridge, sparsity, candidates.
        progress: Told how many items are done.
    """
    m = cells.n_columns
    if m == 0:
        return np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32)
    by_item = cells.transposed()
    counts = co_counts_of(
        (cells.indptr, cells.index), (by_item.indptr, by_item.index), account_weight
    )
    audience = np.bincount(cells.index, account_weight[cells.row_of_cell()], minlength=m)
    damp = (np.maximum(audience, 1e-9) ** -how.like_power).astype(np.float32)
    added = (1.0 / (1.0 - how.dropout), how.l2)
    rules = (how.l1, how.negative, how.sweeps)
    nearby = min(how.nearby, max(m - 1, 1))

    def batch(first: int) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        last = min(first + _BATCH, m)
        return _towards(counts, damp, added, rules, (first, last, nearby))

    found = []
    with ThreadPoolExecutor(how.threads or cpu_count() or 1) as pool:
        for done, part in enumerate(pool.map(batch, range(0, m, _BATCH))):
            found.append(part)
            progress("weights towards items", min((done + 1) * _BATCH, m), m)
    sizes, said_by, value = (np.concatenate([part[k] for part in found]) for k in range(3))
    to = np.repeat(np.arange(m, dtype=np.int32), sizes)
    order = np.argsort(said_by, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(said_by, minlength=m))]).astype(np.int64)
    return start, to[order], value[order]
