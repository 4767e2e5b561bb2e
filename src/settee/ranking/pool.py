"""Take the best of every source into one pool, ordered by reciprocal-rank fusion.

Each source puts its best items forward, and an item earns 1 / (constant + rank) from each that
does: first in one list and third in another, constant 60, is 1/61 + 1/63. Only a score above 0
puts an item forward, for 0 says "no opinion". Scores of different sources are never compared.

Reads: one score per item from each source.  Writes: nothing.
Source: Cormack, Clarke & Buettcher (2009), "Reciprocal Rank Fusion outperforms Condorcet".
Not here: the sources (candidates), the order after the pool (ranking.order).
"""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import BadInput, RankingSettings
from settee.features import Pool, frozen


class BadScores(BadInput):
    """Scores do not fit together."""

    code = "bad_scores"


def make_pool(
    scores: Sequence[NDArray[np.float32] | None],
    allowed: NDArray[np.bool_],
    settings: RankingSettings,
) -> Pool:
    """Unite the best allowed items of every source.

    Args:
        scores: Per source (n_items,) float32, higher is better, 0 or less is "not put forward",
            NaN counts as 0; None for a source that gave no answer in time.
        allowed: (n_items,) bool; others are left out.
        settings: `per_source`, `pool` and `rrf_constant` (change results).

    Raises:
        BadScores: If a source scored another number of items than `allowed` has.
    """
    n_items = len(allowed)
    allowed = frozen(allowed)
    for place, score in enumerate(scores):
        if score is not None and score.shape != (n_items,):
            raise BadScores(f"source {place} scored {score.shape} items; it must be ({n_items},).")
    per_source = min(settings.per_source, n_items)
    forward = np.empty((len(scores), per_source), np.int32)
    n_forward = np.zeros(len(scores), np.int64)
    for place, score in enumerate(scores):
        if score is not None:
            n_forward[place] = _best(frozen(score), allowed, forward[place])
    items, ranks, fused = _fuse(
        forward, n_forward, n_items, min(settings.pool, n_items), settings.rrf_constant
    )
    source_scores = np.full((len(items), len(scores)), np.nan, np.float32)
    for place, score in enumerate(scores):
        if score is not None:
            _gather(frozen(score), items, source_scores, place)
    return Pool(items, source_scores, ranks, fused)


@njit(cache=True, nogil=True)
def _before(score: float, item: int, other_score: float, other_item: int) -> bool:
    """Does the first go before the other: a higher score, or the same and a lower item?"""
    return score > other_score or (score == other_score and item < other_item)


@njit(cache=True, nogil=True)
def _sink(scores: NDArray[np.float32], items: NDArray[np.int32], n: int, place: int) -> None:
    """Restore the heap whose root is the entry that goes last."""
    while True:
        child = 2 * place + 1
        if child >= n:
            return
        if child + 1 < n and _before(
            scores[child], items[child], scores[child + 1], items[child + 1]
        ):
            child += 1
        if _before(scores[child], items[child], scores[place], items[place]):
            return
        scores[place], scores[child] = scores[child], scores[place]
        items[place], items[child] = items[child], items[place]
        place = child


@njit(cache=True, nogil=True)
def _sort(scores: NDArray[np.float32], items: NDArray[np.int32], n: int) -> None:
    """Sort the first n entries in place, best first."""
    for place in range(n // 2 - 1, -1, -1):
        _sink(scores, items, n, place)
    for end in range(n - 1, 0, -1):
        scores[0], scores[end] = scores[end], scores[0]
        items[0], items[end] = items[end], items[0]
        _sink(scores, items, end, 0)


@njit(cache=True, nogil=True)
def _best(scores: NDArray[np.float32], allowed: NDArray[np.bool_], out: NDArray[np.int32]) -> int:
    """Write the best allowed items with a score above 0 into `out`, best first; return how many."""
    k, n = len(out), 0
    heap = np.empty(k, np.float32)
    for item in range(len(scores)):
        score = scores[item]
        if not (score > 0.0 and allowed[item]):
            continue
        if n < k:
            heap[n], out[n] = score, item
            n += 1
            if n == k:
                for place in range(n // 2 - 1, -1, -1):
                    _sink(heap, out, n, place)
        elif score > heap[0]:  # equal scores keep the lower item, which came first
            heap[0], out[0] = score, item
            _sink(heap, out, n, 0)
    _sort(heap, out, n)
    return n


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
    fused = total[:n].astype(np.float32)
    items = union[:n].copy()
    _sort(fused, items, n)
    m = min(n, pool)
    ranks = np.full((m, len(forward)), -1, np.int32)
    for row in range(n):
        place_of[items[row]] = row
    for source in range(len(forward)):
        for rank in range(n_forward[source]):
            row = place_of[forward[source, rank]]
            if row < m:
                ranks[row, source] = rank
    return items[:m].copy(), ranks, fused[:m].copy()


@njit(cache=True, nogil=True)
def _gather(
    scores: NDArray[np.float32], items: NDArray[np.int32], out: NDArray[np.float32], source: int
) -> None:
    for row in range(len(items)):
        out[row, source] = scores[items[row]]
