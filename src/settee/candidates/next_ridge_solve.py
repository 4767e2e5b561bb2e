"""Solve what each item of a history adds to what comes next.

The most wanted items are solved together: with G the Gram matrix of what describes each moment and
B its products with what came next, W = (G + l2 I)^-1 B. What 100 people did after a and b, when all
who had a had b before, is not counted twice. An item without a line there stands for itself alone,
which is the same formula with a Gram matrix of 2 by 2: counts of what followed, over how often it
was followed by anything, damped.

Reads / Writes: nothing.
Source: Hoerl and Kennard (1970), "Ridge Regression"; LAPACK spotrf and spotrs.
Not here: the counts (candidates.next_ridge_counts), the scores (candidates.next_ridge).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.candidates.next_ridge_counts import (
    Stories,
    add_gram,
    add_ways,
    other_ways,
    own_products,
    series_of,
)
from settee.candidates.solve import SolveFailed


@dataclass(frozen=True)
class Followers:
    """What may follow each item, where counts are kept.

    Args:
        start: (n_items + 1,) int64; ``item[start[h]:start[h + 1]]`` may follow h.
        item: (n,) int32.
        weight: (n, 2) float32 at the two decays.
    """

    start: NDArray[np.int64]
    item: NDArray[np.int32]
    weight: NDArray[np.float32]


def damped(own: NDArray[np.float64], l2: float) -> NDArray[np.float64]:
    """The inverse of each item's products with itself plus the ridge: (n, 2, 2)."""
    return np.asarray(np.linalg.inv(own + l2 * np.eye(2)), np.float64)


def solve_together(
    stories: Stories, place_of: NDArray[np.int32], n_lines: int, l2: float, counts: float
) -> NDArray[np.float32]:
    """Weights between the items with a line: (2, m, m), from a history's item to the next.

    Args:
        stories: All of them.
        place_of: (n_items,) line of an item, -1 for none.
        n_lines: m.
        l2: Ridge.
        counts: Share of the weights that each item has alone.

    Raises:
        SolveFailed: The matrix is not positive definite, as with a ridge of nearly 0.
    """
    from scipy.linalg import lapack  # loads much, and serving needs none

    ways = np.zeros((2, n_lines, n_lines), np.float32)
    if n_lines == 0:
        return ways
    add_ways(stories, place_of, ways)
    series = series_of(stories)
    gram = np.zeros((2, n_lines, 2, n_lines), np.float32)
    add_gram(stories, series, place_of, gram)
    flat = gram.reshape(2 * n_lines, 2 * n_lines)
    flat[np.diag_indices(2 * n_lines)] += np.float32(l2)
    kept = np.flatnonzero(place_of >= 0)
    own = damped(own_products(stories, series, len(place_of))[kept], l2)
    alone = np.einsum("hab,bhj->ahj", own.astype(np.float32), ways) if counts else ways
    # By rows it is symmetric, so its transpose is the same matrix and needs no copy.
    factor, failed = lapack.spotrf(flat.T, lower=1, clean=0, overwrite_a=1)
    if failed:
        raise SolveFailed(
            f"the next-item ridge over {n_lines} items was not solved (status {failed}).",
            hint="Raise sources.next_ridge_l2 or lower sources.next_ridge_max_items.",
        )
    solved, _ = lapack.spotrs(factor, ways.reshape(2 * n_lines, n_lines), lower=1)
    weight = np.ascontiguousarray(solved, np.float32).reshape(2, n_lines, n_lines)
    if counts:
        weight *= np.float32(1.0 - counts)
        weight += np.float32(counts) * alone
    for decay in range(2):
        np.fill_diagonal(weight[decay], 0.0)  # what is in the history is not asked for
    return weight


def solve_alone(stories: Stories, place_of: NDArray[np.int32], l2: float, n_keep: int) -> Followers:
    """Weights of the ways that begin or end at an item without a line, the strongest of each item.

    Args:
        stories: All of them.
        place_of: (n_items,) line of an item, -1 for none.
        l2: Ridge.
        n_keep: Most items that may follow one; of equals the lower stay.
    """
    n_items = len(place_of)
    key, worth = other_ways(stories, place_of, n_items)
    distinct, pair = np.unique(key, return_inverse=True)
    ways = np.stack([np.bincount(pair, worth[:, a], len(distinct)) for a in range(2)], axis=1)
    item, follower = np.divmod(distinct, max(n_items, 1))
    own = damped(own_products(stories, series_of(stories), n_items), l2)
    weight = np.einsum("nab,nb->na", own[item], ways).astype(np.float32)
    order = np.lexsort((follower, -weight.sum(axis=1), item))
    sizes = np.bincount(item, minlength=n_items)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    chosen = order[rank < n_keep]
    start = np.concatenate([[0], np.cumsum(np.minimum(sizes, n_keep))]).astype(np.int64)
    return Followers(start, follower[chosen].astype(np.int32), weight[chosen])
