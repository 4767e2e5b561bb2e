"""Measure what accuracy does not see: how much of the catalogue lists use, and how alike they are.

Two lists that hold the same 3 of 12 titles cover .25 of the catalogue. A title that 1 person in 8
knows carries 3 bits of news. A list of one tag only has diversity 0, one without a tag in common 1.

Reads / Writes: nothing.
Source: Castells, Hurley and Vargas (2015), "Novelty and Diversity in Recommender Systems";
Ziegler et al. (2005) for intra-list diversity; distances are 1 - cosine of tag sets.
Not here: lists that are made more diverse (rules).
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from settee.events import Catalogue

if TYPE_CHECKING:
    from scipy import sparse

Values = NDArray[np.float64]


def coverage_at(lists: NDArray[np.int32], n_items: int, k: int) -> float:
    """Share of the catalogue that anybody's first `k` places hold.

    Args:
        lists: (n, m) int32 items, -1 where a list is shorter.
        n_items: Size of the catalogue, at least 1.
        k: Places that count.

    >>> coverage_at(np.array([[0, 1, 2], [2, 1, -1]], np.int32), 12, 3)
    0.25
    """
    shown = lists[:, :k]
    return len(np.unique(shown[shown >= 0])) / n_items


def self_information(n_accounts_of_item: NDArray[np.int64], n_accounts: int) -> Values:
    """Bits of news in each item: -log2 of the share of accounts that know it.

    Args:
        n_accounts_of_item: (n_items,) accounts with interest in each item.
        n_accounts: Accounts in all. One imaginary account that knows everything is counted in, so
            an item nobody knows has finite news and one that all know has none.

    >>> self_information(np.array([7, 0]), 7).tolist()
    [0.0, 3.0]
    """
    news: Values = np.log2(n_accounts + 1) - np.log2(n_accounts_of_item + 1.0)
    return news


def novelty_at(lists: NDArray[np.int32], news: Values, k: int) -> Values:
    """Mean bits of news in the first `k` places of each list.

    Args:
        lists: (n, m) int32 items, -1 where a list is shorter.
        news: (n_items,) from `self_information`.
        k: Places that count.

    Returns:
        (n,) float64, NaN where a list is empty: an empty list is not without novelty.
    """
    shown = lists[:, :k]
    is_item = shown >= 0
    total = np.where(is_item, news[np.maximum(shown, 0)], 0.0).sum(axis=1)
    return _ratio(total, is_item.sum(axis=1))


def tag_vectors(catalogue: Catalogue) -> "sparse.csr_array":
    """(n_items, n_tags) float64, each row the item's tags at length 1, or empty without tags."""
    from scipy import sparse  # loads much, and serving needs none

    n_tags = np.diff(catalogue.tag_indptr)
    weights = np.repeat(1.0 / np.sqrt(np.maximum(n_tags, 1)), n_tags)
    shape = (catalogue.n_items, max(len(catalogue.tag_names), 1))
    return sparse.csr_array((weights, catalogue.tag_index, catalogue.tag_indptr), shape=shape)


def diversity_at(lists: NDArray[np.int32], tags: "sparse.csr_array", k: int) -> Values:
    """Mean distance between two items of the first `k` places, over items that have tags.

    The sum of all cosines in a list is the squared length of the sum of its vectors, so no pair is
    ever formed: for n vectors of length 1 the mean cosine is (|sum|^2 - n) / (n (n - 1)).

    Args:
        lists: (n, m) int32 items, -1 where a list is shorter.
        tags: (n_items, n_tags) from `tag_vectors`.
        k: Places that count.

    Returns:
        (n,) float64 between 0 and 1, NaN where fewer than two items have tags.
    """
    from scipy import sparse  # loads much, and serving needs none

    shown = lists[:, :k]
    has_tags = np.diff(tags.indptr) > 0
    counts = (shown >= 0) & has_tags[np.maximum(shown, 0)]
    rows, places = np.nonzero(counts)
    picks = sparse.csr_array(
        (np.ones(len(rows)), (rows, shown[rows, places])), shape=(len(shown), tags.shape[0])
    )
    total = picks @ tags  # (n, n_tags)
    squared = np.asarray(total.multiply(total).sum(axis=1)).reshape(-1)
    n = counts.sum(axis=1)
    return 1.0 - _ratio(squared - n, n * (n - 1))


def _ratio(above: Values, below: NDArray[np.integer]) -> Values:
    answer = np.full(len(above), np.nan)
    np.divide(above, below, out=answer, where=below > 0)
    return answer
