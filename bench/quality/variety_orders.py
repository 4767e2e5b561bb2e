"""Requests of the judged period, each with its candidates in the order that serves it.

Who has a history gets the ranker's order, everybody else the fusion's, as in service.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

from settee.core import Settings
from settee.events import Interactions
from settee.features import Context, ItemStates, feature_matrix
from settee.learn.folds import split_record
from settee.learn.itemsets import ItemSets
from settee.learn.lists import batches, pools
from settee.learn.metrics import ndcg_at
from settee.learn.trial import judged_requests
from settee.learn.variety import diversity_at
from settee.ranking import Model, Ranker

DEPTH = 20
_ALIKE = 1e-3
"""What keeps the kernel of a determinantal process from being singular where items are alike."""


@dataclass(frozen=True)
class Asked:
    """One request.

    Args:
        items: (m,) candidates, best first.
        utility: (m,) their log-odds.
        rows: (m, F) the ranker's features in the same order.
        fused: (m,) log of the fused scores in the order of fusion, whose items are `by_fusion`.
        by_fusion: (m,) candidates in the order of fusion.
    """

    items: NDArray[np.int32]
    utility: NDArray[np.float64]
    rows: NDArray[np.float32]
    fused: NDArray[np.float64]
    by_fusion: NDArray[np.int32]


@dataclass(frozen=True)
class Judge:
    """What the requests went on to want.

    Args:
        truth: Rows of items.
        is_warm: (n,) who has a history.
        tags: (n_items, n_tags) from `learn.variety.tag_vectors`.
    """

    truth: ItemSets
    is_warm: NDArray[np.bool_]
    tags: sparse.csr_array

    def ndcg(self, lists: NDArray[np.int32], k: int) -> NDArray[np.float64]:
        """(n,) NDCG of the first k places."""
        return ndcg_at(self.hits(lists), np.maximum(self.truth.size, 1), k)

    def hits(self, lists: NDArray[np.int32]) -> NDArray[np.bool_]:
        """(n, k) is that place something that was wanted?"""
        places = np.maximum(lists, 0).astype(np.int64)
        found: NDArray[np.bool_] = np.take_along_axis(self.wanted, places, axis=1)
        return found & (lists >= 0)

    @cached_property
    def wanted(self) -> NDArray[np.bool_]:
        """(n, n_items) what each of them went on to want."""
        return self.truth.mask()

    def diversity(self, lists: NDArray[np.int32], k: int) -> NDArray[np.float64]:
        """(n,) mean distance of tags between two items of the first k places."""
        return diversity_at(lists, self.tags, k)


def ask(
    events: Interactions, model: Model, ranker: Ranker, settings: Settings
) -> tuple[list[Asked], ItemSets, NDArray[np.bool_]]:
    """The judged requests, what they wanted, and who of them has a history."""
    split = split_record(events.at_s, settings)
    requests = judged_requests(events, split, settings)
    states = ItemStates(model.timeline, model.ranking.time_bucket_s)
    asked: list[Asked] = []
    for batch in batches(model, requests, lambda *_: None, "judge"):
        for place, pool, person in pools(model, batch, model.pool_blend):
            at_s = int(batch.requests.as_of_s[place])
            rows = feature_matrix(pool, person, states.at(at_s), model.columns, Context(at_s))
            fused = np.log(pool.fused.astype(np.float64))
            utility = ranker.score(rows) if len(person.item) else fused
            order = np.argsort(-utility, kind="stable")
            asked.append(
                Asked(
                    pool.items[order], utility[order], np.ascontiguousarray(rows[order]),
                    fused, pool.items,
                )
            )  # fmt: skip
    return asked, requests.truth, requests.is_warm


def pages(
    asked: Sequence[Asked], choose: Callable[[NDArray[np.int32], NDArray[np.float64]], NDArray],
    *, by_fusion: bool = False,
) -> NDArray[np.int32]:  # fmt: skip
    """(n, DEPTH) lists, -1 where they end, of the places that `choose` gives for each request."""
    lists = np.full((len(asked), DEPTH), -1, np.int32)
    for row, one in enumerate(asked):
        items, utility = (one.by_fusion, one.fused) if by_fusion else (one.items, one.utility)
        chosen = items[choose(items, utility)][:DEPTH]
        lists[row, : len(chosen)] = chosen
    return lists


def ratio(new: NDArray[np.float64], old: NDArray[np.float64], of: NDArray[np.bool_]) -> float:
    """Relative change of the mean over some people."""
    return float(np.nanmean(new[of]) / np.nanmean(old[of]) - 1)


def ratio_interval(
    new: NDArray[np.float64], old: NDArray[np.float64], of: NDArray[np.bool_], seed: int
) -> tuple[float, float]:
    """The 95 % bootstrap interval of `ratio`, over people."""
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(of)
    drawn = rng.choice(rows, size=(1000, len(rows)))
    ratios = np.nanmean(new[drawn], axis=1) / np.nanmean(old[drawn], axis=1) - 1
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def at_loss(curve: Iterable[tuple[float, float]], loss: float) -> float:
    """The gain where a curve of (change of NDCG, gain) comes to a loss, between its points.

    >>> round(at_loss([(0.0, 0.0), (-0.01, 0.1), (-0.03, 0.2)], 0.02), 6)
    0.15
    """
    points = sorted((max(0.0, -change), gain) for change, gain in curve)
    return float(np.interp(loss, [one[0] for one in points], [one[1] for one in points]))


def by_determinant(
    tags: sparse.csr_array, weight: float
) -> Callable[[NDArray[np.int32], NDArray[np.float64]], NDArray[np.int64]]:
    """Greedy map of a determinantal process: exp(weight * utility) times likeness of tags."""

    def choose(items: NDArray[np.int32], utility: NDArray[np.float64]) -> NDArray[np.int64]:
        mine = tags[items]
        likeness = (mine @ mine.T).toarray()
        return _greedy(likeness, np.exp(weight * (utility - utility[0])), min(DEPTH, len(items)))

    return choose


@njit(cache=True, nogil=True)
def _greedy(
    likeness: NDArray[np.float64], quality: NDArray[np.float64], n: int
) -> NDArray[np.int64]:
    """Chen, Zhang and Zhou (2018), algorithm 1."""
    m = len(quality)
    gain = quality * quality * (np.diag(likeness) + _ALIKE)
    rows = np.zeros((n, m))
    out = np.empty(n, np.int64)
    for rank in range(n):
        best = int(np.argmax(gain))
        out[rank] = best
        root = np.sqrt(max(gain[best], 1e-300))
        rest = quality[best] * likeness[best] * quality
        for before in range(rank):
            rest -= rows[before, best] * rows[before]
        rows[rank] = rest / root
        gain -= rows[rank] * rows[rank]
        gain[out[: rank + 1]] = -1.0
    return out
