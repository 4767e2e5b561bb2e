"""Put what live sources found beside the pool of a model, without moving a number of it.

The ranker learnt from pools of the model's own sources, and some of its features say where an item
stands within such a pool. So the model's 300 items stay the first rows as they are, and what only
live sources put forward, a title of this morning, stands behind them.

Reads: two pools over one item space.  Writes: nothing.
Not here: making a pool (ranking.pool), what places a new item higher (ranking.online, rules).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.features import Pool
from settee.ranking.order import Ranked

_BEHIND = 1.0
"""How far below the ranker's last item stands what it never saw."""
_LEAST_FUSED = 1e-9
"""What an item is worth that one of a group would not have at all, where only that one counts."""


@dataclass(frozen=True)
class Joined:
    """A pool over the model's sources and the live ones.

    Args:
        pool: Rows of the model's pool first; columns of the model's sources first; `fused` sums
            over all sources.
        model: The model's pool, the first rows of `pool`.
    """

    pool: Pool
    model: Pool

    @property
    def n_model(self) -> int:
        """How many rows the model's own sources put forward."""
        return len(self.model)


def join_pools(
    model: Pool, live: Pool, scores: Sequence[NDArray[np.float32] | None], n_items: int
) -> Joined:
    """One pool of both.

    Args:
        model: Of the model's sources.
        live: Of the live sources, over the same item space.
        scores: Of the live sources, (n_items,) each, None where one gave no answer.
        n_items: Size of the item space.

    >>> one = Pool(np.array([4, 2], np.int32), np.ones((2, 1), np.float32),
    ...            np.array([[0], [1]], np.int32), np.array([.5, .25], np.float32))
    >>> two = Pool(np.array([7, 2], np.int32), np.ones((2, 1), np.float32),
    ...            np.array([[0], [1]], np.int32), np.array([.5, .25], np.float32))
    >>> both = join_pools(one, two, [np.ones(8, np.float32)], 8).pool
    >>> both.items.tolist(), both.fused.tolist(), both.source_ranks.tolist()
    ([4, 2, 7], [0.5, 0.5, 0.5], [[0, -1], [1, 1], [-1, 0]])
    """
    if len(scores) == 0:
        return Joined(model, model)
    told = np.full((len(scores), n_items), np.nan, np.float32)
    for place, score in enumerate(scores):
        if score is not None:
            told[place] = score
    joined = _join(
        model.items, model.source_scores, model.source_ranks, model.fused,
        live.items, live.source_ranks, live.fused, told,
    )  # fmt: skip
    return Joined(Pool(*joined, model.parts_and(len(joined[0]) - len(model))), model)


@njit(cache=True, nogil=True)
def _join(
    items: NDArray[np.int32],
    scores: NDArray[np.float32],
    ranks: NDArray[np.int32],
    fused: NDArray[np.float32],
    live_items: NDArray[np.int32],
    live_ranks: NDArray[np.int32],
    live_fused: NDArray[np.float32],
    told: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]:
    n_model, n_sources, n_live = len(items), scores.shape[1], len(told)
    row_of = np.full(told.shape[1], -1, np.int64)
    for row in range(n_model):
        row_of[items[row]] = row
    n = n_model
    for row in range(len(live_items)):
        if row_of[live_items[row]] < 0:
            row_of[live_items[row]] = n
            n += 1
    out_items = np.empty(n, np.int32)
    out_fused = np.zeros(n, np.float32)
    out_scores = np.full((n, n_sources + n_live), np.nan, np.float32)
    out_ranks = np.full((n, n_sources + n_live), -1, np.int32)
    for row in range(n_model):
        out_items[row], out_fused[row] = items[row], fused[row]
        for source in range(n_sources):
            out_scores[row, source] = scores[row, source]
            out_ranks[row, source] = ranks[row, source]
    for row in range(len(live_items)):
        place = row_of[live_items[row]]
        out_items[place] = live_items[row]
        out_fused[place] += live_fused[row]
        for source in range(n_live):
            out_ranks[place, n_sources + source] = live_ranks[row, source]
    for place in range(n):
        for source in range(n_live):
            out_scores[place, n_sources + source] = told[source, out_items[place]]
    return out_items, out_scores, out_ranks, out_fused


def fused_utility(pool: Pool) -> NDArray[np.float64]:
    """Fused scores on a scale of log odds, (m,) by row of the pool."""
    return np.log(np.maximum(pool.fused.astype(np.float64), _LEAST_FUSED))


def ranked_utility(joined: Joined, ranked: Ranked) -> NDArray[np.float64]:
    """The ranker's scores by row, and behind them, as fused, what it never saw: (m,).

    Args:
        joined: A pool over the model's sources and the live ones.
        ranked: The model's part of it in the ranker's order.
    """
    utility = np.empty(len(joined.pool), np.float64)
    utility[ranked.places] = ranked.scores
    late = joined.pool.fused[joined.n_model :]
    if len(late):
        floor = float(ranked.scores[-1]) if len(ranked.scores) else 0.0
        utility[joined.n_model :] = floor - _BEHIND + np.log(late / late.max())
    return utility
