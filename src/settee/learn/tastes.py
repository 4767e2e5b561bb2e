"""Measure whether lists keep the proportions of what people took.

Somebody took 7 dramas and 3 comedies. A list of dramas alone forgets the comedies: with p = (.7,
.3) of the history, q = (1, 0) of the list and q~ = .99 q + .01 p, the miscalibration is
sum p log2(p / q~) = 2.13 bits; a list of seven and three has 0. An item of two tags counts half for
each.

Reads / Writes: nothing.
Source: Steck (2018), "Calibrated Recommendations", equation 1 to 3, alpha .01 (logs to base 2).
Not here: how alike the items of a list are (learn.variety).
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from settee.events import Catalogue, Histories

if TYPE_CHECKING:
    from scipy import sparse

Values = NDArray[np.float64]
_ALPHA = 0.01
"""Part of the history that is mixed into a list, so that what it lacks costs no infinity."""


def tag_shares(catalogue: Catalogue) -> "sparse.csr_array":
    """(n_items, n_tags) float64, each row the item's tags, which share 1; empty without tags."""
    from scipy import sparse  # loads much, and serving needs none

    n_tags = np.diff(catalogue.tag_indptr)
    weights = np.repeat(1.0 / np.maximum(n_tags, 1), n_tags)
    shape = (catalogue.n_items, max(len(catalogue.tag_names), 1))
    return sparse.csr_array((weights, catalogue.tag_index, catalogue.tag_indptr), shape=shape)


def history_tastes(histories: Histories, tags: "sparse.csr_array") -> "sparse.csr_array":
    """(n_people, n_tags) float64: share of each tag in each history; rows sum to 1 or are empty."""
    sizes = np.diff(histories.indptr)
    return _tastes(np.repeat(np.arange(len(sizes)), sizes), histories.item, len(sizes), tags)


def miscalibration_at(
    lists: NDArray[np.int32], tastes: "sparse.csr_array", tags: "sparse.csr_array", k: int
) -> Values:
    """Bits by which the tags of the first `k` places miss those of the history.

    Args:
        lists: (n, m) int32 items, -1 where a list is shorter.
        tastes: (n, n_tags) from `history_tastes`.
        tags: (n_items, n_tags) from `tag_shares`.
        k: Places that count.

    Returns:
        (n,) float64, 0 or more; NaN where history or list has no tags.
    """
    shown = lists[:, :k]
    rows, places = np.nonzero(shown >= 0)
    listed = _tastes(rows, shown[rows, places], len(shown), tags)
    # Only tags of the history count: where p is 0 so is its addend.
    taste = tastes.tocoo()
    person, tag = taste.coords
    found = np.asarray(listed[person, tag]).reshape(-1)
    p = taste.data
    addends = p * np.log2(p / ((1.0 - _ALPHA) * found + _ALPHA * p))
    answer = np.bincount(person, addends, minlength=len(shown)).astype(np.float64)
    has_both = (np.diff(tastes.indptr) > 0) & (np.diff(listed.indptr) > 0)
    return np.where(has_both, np.maximum(answer, 0.0), np.nan)


def _tastes(
    rows: NDArray[np.integer], items: NDArray[np.integer], n: int, tags: "sparse.csr_array"
) -> "sparse.csr_array":
    from scipy import sparse  # loads much, and serving needs none

    # An item twice in a row would be summed by the constructor, as it should.
    picks = sparse.csr_array((np.ones(len(rows)), (rows, items)), shape=(n, tags.shape[0]))
    total = sparse.csr_array(picks @ tags)
    sums = np.asarray(total.sum(axis=1)).reshape(-1)
    scale = np.divide(1.0, sums, out=np.zeros(n), where=sums > 0)
    return sparse.csr_array(sparse.diags_array(scale) @ total)
