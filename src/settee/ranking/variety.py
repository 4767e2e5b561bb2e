"""Keep a page from showing the same thing ten times: greedy maximal marginal relevance.

Places are filled one by one. An item with the odds of the best is worth 1, one with half of them
.5, less the further down the place is; from that goes what it has in common with those before. At
strength .5 an item loses .06 for each that has the very same tags: behind five thrillers a sixth
(worth .60 / 1.68 = .36, less .30) gives way to a comedy of .40 (.24). Then each ten stand in their
own order, for what was chosen is what makes a page varied, not where it stands. So the best item
stays first, and the first ten of a page of twenty are the page of ten.

Reads: items in order with their utility, tags or vectors.  Writes: nothing.
Source: Carbonell and Goldstein (1998), "The Use of MMR".
Not here: the other method (ranking.dpp), how diverse lists are (learn.variety), rules (rules).
"""

from typing import Any, Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import BadInput
from settee.features import ItemColumns, frozen
from settee.ranking.dpp import by_volume, tag_units

_SAME = 0.06
"""What an item of the very same tags costs at strength .5; the best item is worth 1."""
_SCREEN = 10
"""So many places are put in order by utility once they are filled."""


class BadVariety(BadInput):
    """The strength is outside its range, or items, utility and vectors do not fit together."""

    code = "bad_variety"


def diversify(
    items: NDArray[np.int32],
    utility: NDArray[np.floating[Any]],
    columns: ItemColumns | NDArray[np.float32],
    k: int,
    strength: float,
    method: Literal["greedy", "dpp"] = "greedy",
) -> NDArray[np.int64]:
    """The first places of a page, from an order.

    Args:
        items: (m,) positions in the item space, best first.
        utility: (m,) log-odds in that order, descending; only differences count.
        columns: What items have in common: their tags, or (m, d) vectors of the items, whose
            cosine counts where it is above 0. Items without tags, and vectors of length 0, count
            as being as like the items above as the others are on average.
        k: Places to fill, at least 0.
        strength: 0 keeps the order; 1 looks at nothing but what items have in common.
        method: greedy takes a price for what an item has in common with those above; dpp takes the
            set that spans most (changes results).

    Returns:
        (min(k, m),) int64 places in `items`, from the top.

    Raises:
        BadVariety: If the strength is outside 0 to 1 or the shapes do not fit.
    """
    m = len(items)
    n_rows = m if isinstance(columns, ItemColumns) else len(columns)
    if len(utility) != m or n_rows != m:
        raise BadVariety(
            f"{m} items came with {len(utility)} utilities and {n_rows} vectors; each needs one."
        )
    if not 0.0 <= strength <= 1.0:
        raise BadVariety(f"strength is {strength:g}; it must be 0 (as ranked) to 1.")
    n = min(k, m)
    if strength == 0.0 or n < 2:
        return np.arange(n, dtype=np.int64)
    if method == "dpp":
        unit = tag_units(items, columns) if isinstance(columns, ItemColumns) else _unit(columns)
        log_odds = utility.astype(np.float64)
        chosen = by_volume(unit.astype(np.float64, copy=False), log_odds, n, strength)
    else:
        chosen = _discounted(items, utility, columns, n, strength)
    for start in range(0, n, _SCREEN):
        chosen[start : start + _SCREEN].sort()
    return chosen


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors at length 1, those of length 0 as they are."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.zeros_like(vectors)
    np.divide(vectors, length, out=unit, where=length > 0)
    return unit


def _discounted(
    items: NDArray[np.int32],
    utility: NDArray[np.floating[Any]],
    columns: ItemColumns | NDArray[np.float32],
    n: int,
    strength: float,
) -> NDArray[np.int64]:
    """Places of a page by maximal marginal relevance, in the order of choice."""
    worth = np.exp(utility.astype(np.float64) - float(utility[0])) * (1.0 - strength)
    price = _SAME * strength
    chosen: NDArray[np.int64]
    if isinstance(columns, ItemColumns):
        chosen = _by_tags(
            frozen(items.astype(np.int32, copy=False)), worth, price, n,
            columns.tag_indptr, columns.tag_index, len(columns.tag_share),
        )  # fmt: skip
    else:
        chosen = _by_vectors(frozen(_unit(columns)), worth, price, n)
    return chosen


@njit(cache=True, nogil=True)
def _next(
    worth: NDArray[np.float64],
    price: float,
    likeness: NDArray[np.float64],
    is_known: NDArray[np.bool_],
    is_taken: NDArray[np.bool_],
    rank: int,
) -> int:
    """The item for a rank, from 0: the earliest of those that are worth most."""
    total, n = 0.0, 0
    for place in range(len(worth)):
        if is_known[place] and not is_taken[place]:
            total += likeness[place]
            n += 1
    usual = total / n if n else 0.0
    discount = np.sqrt(np.log2(rank + 2.0))
    best, most = -1, -np.inf
    for place in range(len(worth)):
        if not is_taken[place]:
            like = likeness[place] if is_known[place] else usual
            value = worth[place] / discount - price * like
            if value > most:
                best, most = place, value
    is_taken[best] = True
    return best


@njit(cache=True, nogil=True)
def _by_tags(
    items: NDArray[np.int32],
    worth: NDArray[np.float64],
    price: float,
    n: int,
    tag_indptr: NDArray[np.int64],
    tag_index: NDArray[np.int32],
    n_tags: int,
) -> NDArray[np.int64]:
    m = len(items)
    likeness, has_tag = np.zeros(m, np.float64), np.zeros(n_tags, np.bool_)
    is_known, is_taken = np.empty(m, np.bool_), np.zeros(m, np.bool_)
    for place in range(m):
        is_known[place] = tag_indptr[items[place] + 1] > tag_indptr[items[place]]
    out = np.empty(n, np.int64)
    for rank in range(n):
        out[rank] = _next(worth, price, likeness, is_known, is_taken, rank)
        start, end = tag_indptr[items[out[rank]]], tag_indptr[items[out[rank]] + 1]
        for at in range(start, end):
            has_tag[tag_index[at]] = True
        for place in range(m):
            first, last = tag_indptr[items[place]], tag_indptr[items[place] + 1]
            common = 0
            for at in range(first, last):
                common += has_tag[tag_index[at]]
            if common:
                likeness[place] += common / np.sqrt((last - first) * (end - start))
        for at in range(start, end):
            has_tag[tag_index[at]] = False
    return out


@njit(cache=True, nogil=True)
def _by_vectors(
    unit: NDArray[np.float32], worth: NDArray[np.float64], price: float, n: int
) -> NDArray[np.int64]:
    m = len(unit)
    likeness = np.zeros(m, np.float64)
    is_known, is_taken = np.zeros(m, np.bool_), np.zeros(m, np.bool_)
    for place in range(m):
        is_known[place] = np.any(unit[place] != 0.0)
    out = np.empty(n, np.int64)
    for rank in range(n):
        out[rank] = _next(worth, price, likeness, is_known, is_taken, rank)
        for place in range(m):
            cosine = 0.0
            for at in range(unit.shape[1]):
                cosine += unit[place, at] * unit[out[rank], at]
            likeness[place] += max(0.0, cosine)
    return out
