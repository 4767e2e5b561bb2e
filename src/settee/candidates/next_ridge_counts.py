"""Count what followed what in every story, each pair less the further apart it lies.

The moment before item t of a story is described by g^(t - p - 1) for every earlier place p, at two
decays g. Over all moments, the products of these numbers are wanted (the Gram matrix) and their
products with what came next (the ways). Between the places p and q of one story the sum over
moments is g^(q - p) times a geometric series, so a story of n items takes n^2 / 2 steps, not n^3.

Reads / Writes: the arrays it is given.
Not here: what is solved from them (candidates.next_ridge_solve).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

_LEAST = 1e-5
"""A pair of items whose decay is under this counts nothing."""


class Stories(NamedTuple):
    """What accounts wanted, in order, ready for a compiled loop.

    Args:
        indptr: (n_rows + 1,) int64.
        item: (n_cells,) int32 items, oldest first within a row.
        weight: (n_rows,) float32: what a row counts.
        decays: (2,) float64: what each later item leaves of an item's say.
        lags: How many items later one still counts as following, where counts are kept.
    """

    indptr: NDArray[np.int64]
    item: NDArray[np.int32]
    weight: NDArray[np.float32]
    decays: NDArray[np.float64]
    lags: int


def series_of(stories: Stories) -> NDArray[np.float64]:
    """(2, 2, n + 1): sums of the first n powers of the product of two decays, for every n."""
    longest = int(np.diff(stories.indptr).max(initial=0))
    ratio = np.multiply.outer(stories.decays, stories.decays)[..., np.newaxis]
    powers = ratio ** np.arange(longest)
    return np.concatenate([np.zeros((2, 2, 1)), np.cumsum(powers, axis=2)], axis=2)


@njit(cache=True, nogil=True)
def add_gram(
    stories: Stories,
    series: NDArray[np.float64],
    place_of: NDArray[np.int32],
    gram: NDArray[np.float32],
) -> None:
    """Add the products of what describes each moment: (2, m, 2, m), both triangles.

    Args:
        stories: All of them.
        series: From `series_of`.
        place_of: (n_items,) line of an item in `gram`, -1 for none.
        gram: Changed.
    """
    for row in range(len(stories.indptr) - 1):
        start, n = stories.indptr[row], stories.indptr[row + 1] - stories.indptr[row]
        for p in range(n - 1):
            one = place_of[stories.item[start + p]]
            if one < 0:
                continue
            for a in range(2):
                worth = 1.0
                for q in range(p, n - 1):
                    other = place_of[stories.item[start + q]]
                    if other >= 0:
                        for b in range(2):
                            sum_over_moments = series[a, b, n - 1 - q]
                            part = np.float32(stories.weight[row] * worth * sum_over_moments)
                            gram[a, one, b, other] += part
                            if q != p:
                                gram[b, other, a, one] += part
                    worth *= stories.decays[a]
                    if worth < _LEAST:
                        break


@njit(cache=True, nogil=True)
def own_products(
    stories: Stories, series: NDArray[np.float64], n_items: int
) -> NDArray[np.float64]:
    """Products of an item with itself alone, at each two decays: (n_items, 2, 2)."""
    out = np.zeros((n_items, 2, 2), np.float64)
    for row in range(len(stories.indptr) - 1):
        start, n = stories.indptr[row], stories.indptr[row + 1] - stories.indptr[row]
        for p in range(n - 1):
            for a in range(2):
                for b in range(2):
                    part = stories.weight[row] * series[a, b, n - 1 - p]
                    out[stories.item[start + p], a, b] += part
    return out


@njit(cache=True, nogil=True)
def add_ways(stories: Stories, place_of: NDArray[np.int32], ways: NDArray[np.float32]) -> None:
    """Add the products of what describes each moment with what came next: (2, m, m)."""
    for row in range(len(stories.indptr) - 1):
        start, n = stories.indptr[row], stories.indptr[row + 1] - stories.indptr[row]
        for p in range(n - 1):
            one = place_of[stories.item[start + p]]
            if one < 0:
                continue
            for a in range(2):
                worth = float(stories.weight[row])
                for t in range(p + 1, n):
                    other = place_of[stories.item[start + t]]
                    if other >= 0:
                        ways[a, one, other] += np.float32(worth)
                    worth *= stories.decays[a]
                    if worth < _LEAST * stories.weight[row]:
                        break


@njit(cache=True, nogil=True)
def other_ways(
    stories: Stories, place_of: NDArray[np.int32], n_items: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Ways that begin or end at an item without a line: keys item * n_items + next, and (n, 2)."""
    n_pairs = 0
    for row in range(len(stories.indptr) - 1):
        n = stories.indptr[row + 1] - stories.indptr[row]
        n_pairs += n * min(n, stories.lags)
    key = np.empty(n_pairs, np.int64)
    worth = np.empty((n_pairs, 2), np.float64)
    n_found = 0
    for row in range(len(stories.indptr) - 1):
        start, n = stories.indptr[row], stories.indptr[row + 1] - stories.indptr[row]
        for p in range(n - 1):
            one = stories.item[start + p]
            for t in range(p + 1, min(n, p + 1 + stories.lags)):
                other = stories.item[start + t]
                if place_of[one] >= 0 and place_of[other] >= 0:
                    continue
                key[n_found] = np.int64(one) * n_items + other
                for a in range(2):
                    worth[n_found, a] = stories.weight[row] * stories.decays[a] ** (t - p - 1)
                n_found += 1
    return key[:n_found].copy(), worth[:n_found].copy()
