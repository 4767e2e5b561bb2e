"""Pick the best items of each row of scores, always the same ones.

A heap of `k` keys holds the best so far; its root is the score to beat, and of 3,700 items only
some 600 ever beat it. A key is the score's bits in an order that integers share, followed by the
inverted item number, so one comparison settles both the score and the tie: of (5, 7, 7) the best
two are items 1 and 2, in that order.

Reads / Writes: nothing.
Not here: which items may be shown at all (rules), the mixing of sources (ranking.pool).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import BadInput

_LOW = np.uint64(0xFFFFFFFF)


class BadTopK(BadInput):
    """The scores, the number of items or the mask do not fit each other."""

    code = "bad_top_k"


@njit(cache=True, nogil=True)
def sift_down(heap: NDArray[np.uint64], size: int, place: int, key: np.uint64) -> None:
    """Put `key` at `place` and restore the order below it: no parent above its children."""
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = key


@njit(cache=True, nogil=True)
def sift_up(heap: NDArray[np.uint64], place: int, key: np.uint64) -> None:
    """Put `key` at `place`, the end of the heap, and restore the order above it."""
    while place > 0:
        parent = (place - 1) // 2
        if heap[parent] <= key:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = key


@njit(cache=True, nogil=True)
def offer(heap: NDArray[np.uint64], size: int, key: np.uint64) -> int:
    """Keep `key` if there is room or it beats the least of the heap; returns the new size."""
    if size < len(heap):
        sift_up(heap, size, key)
        return size + 1
    if key > heap[0]:
        sift_down(heap, size, 0, key)
    return size


@njit(cache=True, nogil=True)
def sort_descending(heap: NDArray[np.uint64], size: int) -> None:
    """Turn a heap whose root is its least key into keys from the greatest to the least."""
    while size > 1:
        size -= 1
        least = heap[0]
        sift_down(heap, size, 0, heap[size])
        heap[size] = least


@njit(cache=True, nogil=True)
def _key(bits: np.uint32, item: int) -> np.uint64:
    """One integer that orders by score, then by lower item; minus zero ties with zero."""
    sign = np.uint32(0x80000000)
    if bits == sign:
        bits = np.uint32(0)
    ordered = ~bits if bits & sign else bits | sign
    return (np.uint64(ordered) << np.uint64(32)) | (_LOW - np.uint64(item))


@njit(cache=True, nogil=True)
def _top_k_rows(
    scores: NDArray[np.float32],
    exclude: NDArray[np.bool_],
    items: NDArray[np.int32],
    best: NDArray[np.float32],
) -> None:
    k, n_items = items.shape[1], scores.shape[1]
    masked = exclude.shape[0] > 0
    bits = scores.view(np.uint32)
    heap = np.empty(k, np.uint64)
    for row in range(scores.shape[0]):
        size, item = 0, 0
        while item < n_items and size < k:
            if not (masked and exclude[row, item]):
                size = offer(heap, size, _key(bits[row, item], item))
            item += 1
        to_beat = scores[row, np.int64(_LOW - (heap[0] & _LOW))] if size == k else np.float32(0)
        # Comparing floats first leaves the key to the few that get in; a later equal never does.
        for rest in range(item, n_items):
            if scores[row, rest] > to_beat and not (masked and exclude[row, rest]):
                sift_down(heap, size, 0, _key(bits[row, rest], rest))
                to_beat = scores[row, np.int64(_LOW - (heap[0] & _LOW))]
        sort_descending(heap, size)
        for place in range(size):
            chosen = np.int64(_LOW - (heap[place] & _LOW))
            items[row, place] = chosen
            best[row, place] = scores[row, chosen]


def top_k(
    scores: NDArray[np.float32], k: int, exclude: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the `k` best items of each row, best first; equal scores go to the lower item.

    Args:
        scores: (n_rows, n_items) float32 without NaN.
        k: How many, 1 or more; may be more than there are items.
        exclude: (n_rows, n_items) bool, true where an item must not be taken.

    Returns:
        Items (n_rows, k) int32, -1 where there was none left, and their scores, 0 there.

    Raises:
        BadTopK: `k` is under 1, or a shape does not fit.

    >>> items, scores = top_k(np.array([[5.0, 7.0, 7.0]], np.float32), 2)
    >>> items.tolist(), scores.tolist()
    ([[1, 2]], [[7.0, 7.0]])
    """
    if k < 1:
        raise BadTopK(f"k is {k}; it must be 1 or more.")
    if scores.ndim != 2:
        raise BadTopK(f"scores have {scores.ndim} dimensions; they need 2: rows and items.")
    if exclude is not None and exclude.shape != scores.shape:
        raise BadTopK(f"exclude has shape {exclude.shape}; scores have {scores.shape}.")
    if exclude is None:
        exclude = np.empty((0, 0), np.bool_)
    items = np.full((len(scores), k), -1, np.int32)
    best = np.zeros((len(scores), k), np.float32)
    scores = np.ascontiguousarray(scores, np.float32)
    _top_k_rows(scores, np.ascontiguousarray(exclude, np.bool_), items, best)
    return items, best
