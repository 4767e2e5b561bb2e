"""Measure how much lists lean on what everybody takes anyway.

Of two lists, one holds titles that half of all accounts took and one titles that 1 in 100 took:
their popularity is .5 and .01. Whoever took titles that 1 in 10 took so far and is shown the first
list sees a lift of .5 / .1 - 1 = 4. Over all lists, a catalogue of four titles of which only one
is ever shown has a Gini of .75, and one in which all are shown alike 0.

Reads / Writes: nothing.
Source: Abdollahpouri, Burke and Mobasher (2019), "Managing Popularity Bias in Recommender Systems
with Personalized Re-ranking" (average recommendation popularity); Abdollahpouri et al. (2020), "The
Connection Between Popularity Bias, Calibration, and Fairness in Recommendation" (popularity lift);
Gini (1912) over the places of all lists.
Not here: novelty and coverage (learn.variety), tastes (learn.tastes).
"""

import numpy as np
from numpy.typing import NDArray

from settee.events import Histories

Values = NDArray[np.float64]


def popularity_at(lists: NDArray[np.int32], share: Values, k: int) -> Values:
    """Mean share of accounts that took the items of each list's first `k` places.

    Args:
        lists: (n, m) int32 items, -1 where a list is shorter.
        share: (n_items,) share of accounts that took each item before, 0 to 1.
        k: Places that count.

    Returns:
        (n,) float64, NaN where a list is empty.

    >>> popularity_at(np.array([[0, 1], [-1, -1]], np.int32), np.array([0.5, 0.1]), 2).tolist()
    [0.3, nan]
    """
    shown = lists[:, :k]
    is_item = shown >= 0
    total = np.where(is_item, share[np.maximum(shown, 0)], 0.0).sum(axis=1)
    return _ratio(total, is_item.sum(axis=1))


def history_popularity(histories: Histories, share: Values) -> Values:
    """Mean share of accounts that took the items of each history.

    Returns:
        (n_people,) float64, NaN without a history.
    """
    sizes = np.diff(histories.indptr)
    people = np.repeat(np.arange(len(sizes)), sizes)
    total = np.bincount(people, share[histories.item], minlength=len(sizes)).astype(np.float64)
    return _ratio(total, sizes)


def lift_over(shown: Values, before: Values) -> Values:
    """Relative rise of popularity from what people took to what they are shown.

    Args:
        shown: (n,) from `popularity_at`.
        before: (n,) from `history_popularity`.

    Returns:
        (n,) float64: 0 no bias, 1 twice as popular; NaN where one of the two has no answer.

    >>> lift_over(np.array([0.5, 0.1]), np.array([0.1, np.nan])).tolist()
    [4.0, nan]
    """
    times: Values = np.full(len(shown), np.nan)
    np.divide(shown, before, out=times, where=before > 0)
    return times - 1.0


def gini_at(lists: NDArray[np.int32], n_items: int, k: int) -> float:
    """How unevenly the first `k` places of all lists are spread over the catalogue.

    Args:
        lists: (n, m) int32 items, -1 where a list is shorter.
        n_items: Size of the catalogue, at least 1.
        k: Places that count.

    Returns:
        0 where every item is shown as often as any other, (n_items - 1) / n_items where one item
        is all that is shown; 0 where nothing is.

    >>> gini_at(np.array([[2], [2]], np.int32), 4, 1), gini_at(np.array([[0, 1]], np.int32), 2, 2)
    (0.75, 0.0)
    """
    shown = lists[:, :k]
    counts = np.sort(np.bincount(shown[shown >= 0], minlength=n_items))
    total = int(counts.sum())
    if not total:
        return 0.0
    place = np.arange(1, n_items + 1)
    return float((2 * place - n_items - 1) @ counts / (n_items * total))


def _ratio(above: Values, below: NDArray[np.integer]) -> Values:
    answer = np.full(len(above), np.nan)
    np.divide(above, below, out=answer, where=below > 0)
    return answer
