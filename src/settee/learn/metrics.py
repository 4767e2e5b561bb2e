"""Measure how many wanted items a list holds, and how high it holds them.

A list is judged against everything that the person went on to want, over the whole catalogue.
Somebody wanted 2 titles and a list of 10 holds both, at places 1 and 3: recall@10 is 1, the hit
rate 1, the reciprocal rank 1, average precision (1/1 + 2/3) / 2 = .83, NDCG (1 + .5) / 1.63 = .92.

Reads / Writes: nothing.
Source: Liang et al. (2018), "Variational Autoencoders for Collaborative Filtering", section 4.2,
whose recall divides by min(k, wanted), so that a full list of hits is 1; Järvelin and Kekäläinen
(2002) for NDCG with relevance 0 or 1 and discount 1 / log2(place + 1).
Not here: coverage, novelty and diversity (learn.variety), intervals (learn.intervals).
"""

import numpy as np
from numpy.typing import NDArray

from settee.learn.itemsets import ItemSets

Values = NDArray[np.float64]

ACCURACY = (
    "recall@20",
    "recall@50",
    "ndcg@1",
    "ndcg@5",
    "ndcg@10",
    "ndcg@100",
    "map@10",
    "mrr@10",
    "hit_rate@10",
)
"""Accuracy metrics of every table, in its order."""


def recall_at(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64], k: int) -> Values:
    """Share of what could be found in `k` places that was found.

    Args:
        hits: (n, m) bool with m >= k, or fewer where lists are shorter: is that place a hit?
        n_relevant: (n,) int64, at least 1: how many items the person went on to want.
        k: Places that count, at least 1.

    Returns:
        (n,) float64 between 0 and 1; the divisor is min(k, n_relevant).

    >>> recall_at(np.array([[True, False, True]]), np.array([4]), 3).round(3).tolist()
    [0.667]
    """
    share: Values = hits[:, :k].sum(axis=1) / np.minimum(k, n_relevant)
    return share


def ndcg_at(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64], k: int) -> Values:
    """Discounted gain of the first `k` places over that of a perfect list; arguments as recall.

    >>> ndcg_at(np.array([[True, False, True]]), np.array([2]), 3).round(2).tolist()
    [0.92]
    """
    discount = 1.0 / np.log2(np.arange(2, k + 2))  # (k,)
    best = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(k, n_relevant)]
    shown = hits[:, :k]
    share: Values = (shown * discount[: shown.shape[1]]).sum(axis=1) / best
    return share


def average_precision_at(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64], k: int) -> Values:
    """Mean over the wanted items of the precision where each was found; arguments as recall.

    Returns:
        (n,) float64; its mean over people is MAP@k. The divisor is min(k, n_relevant).

    >>> average_precision_at(np.array([[True, False, True]]), np.array([2]), 3).round(2).tolist()
    [0.83]
    """
    shown = hits[:, :k]
    precision = np.cumsum(shown, axis=1) / np.arange(1, shown.shape[1] + 1)
    total: Values = (precision * shown).sum(axis=1)
    return total / np.minimum(k, n_relevant)


def reciprocal_rank_at(hits: NDArray[np.bool_], k: int) -> Values:
    """One over the place of the first hit among `k`, 0 where there is none.

    >>> reciprocal_rank_at(np.array([[False, True], [False, False]]), 2).tolist()
    [0.5, 0.0]
    """
    shown = hits[:, :k]
    if not shown.shape[1]:
        return np.zeros(len(hits))
    found: Values = np.where(shown.any(axis=1), 1.0 / (shown.argmax(axis=1) + 1), 0.0)
    return found


def hit_rate_at(hits: NDArray[np.bool_], k: int) -> Values:
    """1 where any of the first `k` places is a hit.

    >>> hit_rate_at(np.array([[False, True], [False, False]]), 2).tolist()
    [1.0, 0.0]
    """
    n_hits: Values = hits[:, :k].sum(axis=1)
    return np.minimum(n_hits, 1).astype(np.float64)


def accuracy(lists: NDArray[np.int32], truth: ItemSets) -> dict[str, Values]:
    """Every metric of ACCURACY for every request.

    Args:
        lists: (n, m) int32 items, best first, -1 where a list is shorter.
        truth: What each of the n people went on to want, at least one item each.

    Returns:
        Per metric (n,) float64 between 0 and 1.

    Raises:
        ValueError: If somebody wanted nothing; such a request cannot be judged.

    >>> truth = ItemSets.of([[3]], n_items=5)
    >>> accuracy(np.array([[3, 0]], np.int32), truth)["mrr@10"].tolist()
    [1.0]
    """
    n_relevant = truth.size
    if len(n_relevant) and n_relevant.min() < 1:
        raise ValueError("a request with nothing relevant has no recall; leave it out.")
    hits = truth.contains(lists)
    return {name: _measure(name, hits, n_relevant) for name in ACCURACY}


def _measure(name: str, hits: NDArray[np.bool_], n_relevant: NDArray[np.int64]) -> Values:
    kind, _, places = name.partition("@")
    k = int(places)
    match kind:
        case "recall":
            return recall_at(hits, n_relevant, k)
        case "ndcg":
            return ndcg_at(hits, n_relevant, k)
        case "map":
            return average_precision_at(hits, n_relevant, k)
        case "mrr":
            return reciprocal_rank_at(hits, k)
        case _:
            return hit_rate_at(hits, k)
