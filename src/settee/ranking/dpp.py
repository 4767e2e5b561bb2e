"""Choose the items of a page together: the likeliest set of a determinantal point process.

A set is worth the product of what its items are worth each, times the volume that their tags span:
two of the same tags span nothing, two without a tag in common all there is. Places are filled one
by one with the item that adds most, the log of its odds at weight 1 - strength plus the log of what
its tags add to the volume at weight strength. Behind a thriller (odds 1), a thriller of odds .9
adds log .002 of volume, and a comedy of odds .5 adds log 1: at strength .2 the comedy comes second.

Reads: utility, vectors.  Writes: nothing.
Source: Chen, Zhang and Zhou (2018), "Fast Greedy MAP Inference for Determinantal Point Process to
Improve Recommendation Diversity", algorithm 1 with theta = 1 - strength; since the worth of an
item leaves the determinant, the greedy step needs only the volume (its Cholesky factor).
Not here: the greedy discount for likeness, and which of both is used (ranking.variety).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.features import ItemColumns

_ALIKE = 1e-3
"""Added to the likeness of an item with itself, so that equal tags leave a little volume."""
_LEAST = 1e-12


def tag_units(items: NDArray[np.int32], columns: ItemColumns) -> NDArray[np.float64]:
    """(m, n_used_tags) float64, each row the item's tags at length 1, 0 without tags.

    Args:
        items: (m,) positions in the item space.
        columns: Their tags.
    """
    starts = columns.tag_indptr[items]
    sizes = columns.tag_indptr[items.astype(np.int64) + 1] - starts
    rows = np.repeat(np.arange(len(items)), sizes)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    tags = columns.tag_index[np.repeat(starts, sizes) + within]
    used, place = np.unique(tags, return_inverse=True)
    unit = np.zeros((len(items), len(used)))
    unit[rows, place.reshape(-1)] = np.repeat(1.0 / np.sqrt(np.maximum(sizes, 1)), sizes)
    return unit


def by_volume(
    unit: NDArray[np.float64], utility: NDArray[np.float64], n: int, strength: float
) -> NDArray[np.int64]:
    """The places of the items chosen, in the order of choice.

    Args:
        unit: (m, d) vectors of length 1 or 0. An item without is as like the others as the mean of
            all that have one.
        utility: (m,) log odds, descending.
        n: How many, at most m.
        strength: 0 the order as it is, 1 the volume alone.

    Returns:
        (n,) int64.
    """
    is_known = np.any(unit != 0.0, axis=1)
    centre = unit[is_known].mean(axis=0) if is_known.any() else np.zeros(unit.shape[1])
    filled = np.ascontiguousarray(np.where(is_known[:, None], unit, centre))
    gain = (1.0 - strength) * (utility - utility[0])
    chosen: NDArray[np.int64] = _greedy(filled, gain, strength, n)
    return chosen


@njit(cache=True, nogil=True)
def _greedy(
    unit: NDArray[np.float64], gain: NDArray[np.float64], strength: float, n: int
) -> NDArray[np.int64]:
    m, d = unit.shape
    volume = np.full(m, 1.0 + _ALIKE)
    factor = np.zeros((n, m))
    is_taken = np.zeros(m, np.bool_)
    out = np.empty(n, np.int64)
    for rank in range(n):
        best, most = -1, -np.inf
        for place in range(m):
            if not is_taken[place]:
                value = gain[place] + strength * np.log(volume[place])
                if best < 0 or value > most:
                    best, most = place, value
        out[rank] = best
        is_taken[best] = True
        root = np.sqrt(volume[best])
        for place in range(m):
            if not is_taken[place]:
                rest = 0.0
                for at in range(d):
                    rest += unit[best, at] * unit[place, at]
                for before in range(rank):
                    rest -= factor[before, best] * factor[before, place]
                factor[rank, place] = rest / root
                left = volume[place] - factor[rank, place] ** 2
                volume[place] = max(left, _LEAST)
    return out
