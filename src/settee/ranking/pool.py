"""Take the best of every source into one pool, ordered by reciprocal ranks or by a blend.

Each source puts its best items forward, and an item earns 1 / (constant + rank) from each that
does: first in one list and third in another, constant 60, is 1/61 + 1/63. Only a score above 0
puts an item forward, for 0 says "no opinion". Scores of different sources are never compared;
where a blend was learnt, it orders what the ranks brought together.

Reads: one score per item from each source.  Writes: nothing.
Source: Cormack, Clarke & Buettcher (2009), "Reciprocal Rank Fusion outperforms Condorcet".
Not here: the sources (candidates), the blend (ranking.blend), the order after (ranking.order).
"""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import BadInput, RankingSettings
from settee.features import Pool, frozen
from settee.ranking.blend import Blend

_HALF, _LOW = np.uint64(32), np.uint64(2**32 - 1)
_STEP_BITS, _STEPS = np.uint32(19), 4096


class BadScores(BadInput):
    """Scores do not fit together."""

    code = "bad_scores"


def make_pool(
    scores: Sequence[NDArray[np.float32] | None],
    allowed: NDArray[np.bool_],
    settings: RankingSettings,
    blend: Blend | None = None,
    n_history: int = 0,
) -> Pool:
    """Unite the best allowed items of every source.

    Args:
        scores: Per source (n_items,) float32, higher is better, 0 or less is "not put forward",
            NaN counts as 0; None for a source that gave no answer in time.
        allowed: (n_items,) bool; others are left out.
        settings: `per_source`, `pool` and `rrf_constant` (change results).
        blend: Orders the pool (changes results); None orders it by ranks.
        n_history: Items of the person's history, by which a blend weighs (changes results).

    Raises:
        BadBlend: If the blend is of another number of sources.
        BadScores: If a source scored another number of items than `allowed` has.
    """
    n_items = len(allowed)
    stacked = np.empty((len(scores), n_items), np.float32)
    is_given = np.ones(len(scores), np.bool_)
    for place, score in enumerate(scores):
        if score is None:
            is_given[place] = False
        elif score.shape == (n_items,):
            stacked[place] = score
        else:
            raise BadScores(f"source {place} scored {score.shape} items; it must be ({n_items},).")
    per_source, most = min(settings.per_source, n_items), min(settings.pool, n_items)
    width = most if blend is None else n_items
    pool = Pool(
        *_unite(stacked, is_given, frozen(allowed), per_source, width, settings.rrf_constant)
    )
    return pool if blend is None else blend.order(pool, n_history, most)


@njit(cache=True, nogil=True)
def _sink(heap: NDArray[np.uint64], n: int, place: int) -> None:
    """Restore the heap, whose root is the least, below `place`."""
    key = heap[place]
    child = 2 * place + 1
    while child < n:
        if child + 1 < n:
            child += heap[child + 1] < heap[child]  # no branch: it could not be foreseen
        if heap[child] >= key:
            break
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    heap[place] = key


@njit(cache=True, nogil=True)
def _heapify(heap: NDArray[np.uint64], n: int) -> None:
    for place in range(n // 2 - 1, -1, -1):
        _sink(heap, n, place)


@njit(cache=True, nogil=True)
def _sort_heap(heap: NDArray[np.uint64], n: int) -> None:
    """Sort a heap in place, the greatest first."""
    for end in range(n - 1, 0, -1):
        heap[0], heap[end] = heap[end], heap[0]
        _sink(heap, end, 0)


@njit(cache=True, nogil=True)
def _keys(scores: NDArray[np.float32], items: NDArray[np.int32], n: int) -> NDArray[np.uint64]:
    """One integer each that orders as: the higher score first, of equals the lower item.

    The bits of a float above 0 order as the float does.
    """
    bits = scores.view(np.uint32)
    keys = np.empty(n, np.uint64)
    for place in range(n):
        keys[place] = (np.uint64(bits[place]) << _HALF) | np.uint64(_LOW - np.uint64(items[place]))
    return keys


@njit(cache=True, nogil=True)
def _floor(scores: NDArray[np.float32], allowed: NDArray[np.bool_], k: int) -> np.uint32:
    """Bits of a score that at least k allowed items reach, and hardly more; 0 where fewer do.

    Scores are counted by exponent and four bits of mantissa, which parts them into steps of a
    sixteenth of an octave; the step in which the k-th best lies is the floor.
    """
    bits = scores.view(np.uint32)
    counts = np.zeros(_STEPS, np.int32)
    for item in range(len(scores)):
        is_forward = (scores[item] > 0.0) & allowed[item]
        counts[(bits[item] >> _STEP_BITS) if is_forward else np.uint32(0)] += 1
    step, wanted = _STEPS, k
    while wanted > 0 and step > 1:
        step -= 1
        wanted -= counts[step]
    return np.uint32(step) << _STEP_BITS if wanted <= 0 else np.uint32(0)


@njit(cache=True, nogil=True)
def _best(scores: NDArray[np.float32], allowed: NDArray[np.bool_], out: NDArray[np.int32]) -> int:
    """Write the best allowed items with a score above 0 into `out`, best first; return how many."""
    k, n = len(out), 0
    bits = scores.view(np.uint32)
    floor = _floor(scores, allowed, k)
    heap = np.empty(k, np.uint64)
    for item in range(len(scores)):
        if not (bits[item] >= floor and scores[item] > 0.0 and allowed[item]):
            continue
        key = (np.uint64(bits[item]) << _HALF) | np.uint64(_LOW - np.uint64(item))
        if n < k:
            heap[n] = key
            n += 1
            if n == k:
                _heapify(heap, n)
        elif key > heap[0]:
            heap[0] = key
            _sink(heap, n, 0)
    if n < k:
        _heapify(heap, n)
    _sort_heap(heap, n)
    for rank in range(n):
        out[rank] = _LOW - (heap[rank] & _LOW)
    return n


@njit(cache=True, nogil=True)
def _unite(
    scores: NDArray[np.float32],
    is_given: NDArray[np.bool_],
    allowed: NDArray[np.bool_],
    per_source: int,
    pool: int,
    constant: float,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]:
    """Items, scores and ranks by source, and fused scores of the pool."""
    n_sources, n_items = scores.shape
    forward = np.empty((n_sources, per_source), np.int32)
    n_forward = np.zeros(n_sources, np.int64)
    for source in range(n_sources):
        if is_given[source]:
            n_forward[source] = _best(scores[source], allowed, forward[source])
    items, ranks, fused = _fuse(forward, n_forward, n_items, pool, constant)
    source_scores = np.empty((len(items), n_sources), np.float32)
    for source in range(n_sources):
        for row in range(len(items)):
            source_scores[row, source] = scores[source, items[row]] if is_given[source] else np.nan
    return items, source_scores, ranks, fused


@njit(cache=True, nogil=True)
def _fuse(
    forward: NDArray[np.int32],
    n_forward: NDArray[np.int64],
    n_items: int,
    pool: int,
    constant: float,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    place_of = np.full(n_items, -1, np.int32)
    union = np.empty(min(n_items, forward.size), np.int32)
    total = np.empty(len(union), np.float64)
    n = 0
    for source in range(len(forward)):
        for rank in range(n_forward[source]):
            item = forward[source, rank]
            if place_of[item] < 0:
                place_of[item] = n
                union[n], total[n] = item, 0.0
                n += 1
            total[place_of[item]] += 1.0 / (constant + rank + 1.0)
    scores = total[:n].astype(np.float32)
    order = _keys(scores, union, n)
    _heapify(order, n)
    _sort_heap(order, n)
    m = min(n, pool)
    items, fused = np.empty(m, np.int32), np.empty(m, np.float32)
    ranks = np.full((m, len(forward)), -1, np.int32)
    for row in range(n):
        item = _LOW - (order[row] & _LOW)
        if row < m:
            items[row], fused[row] = item, scores[place_of[item]]
        place_of[item] = row
    for source in range(len(forward)):
        for rank in range(n_forward[source]):
            row = place_of[forward[source, rank]]
            if row < m:
                ranks[row, source] = rank
    return items, ranks, fused
