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
    n_live_sources = len(scores)
    if n_live_sources == 0:
        return Joined(model, model)
    row_of = np.full(n_items, -1, np.int64)
    row_of[live.items] = np.arange(len(live))
    in_live = row_of[model.items]
    is_new = np.ones(len(live), np.bool_)
    is_new[in_live[in_live >= 0]] = False
    items = np.concatenate([model.items, live.items[is_new]])
    rows = np.concatenate([in_live, np.flatnonzero(is_new)])
    has_live = rows >= 0
    ranks = np.full((len(items), n_live_sources), -1, np.int32)
    ranks[has_live] = live.source_ranks[rows[has_live]]
    values = np.full((len(items), n_live_sources), np.nan, np.float32)
    for place, score in enumerate(scores):
        if score is not None:
            values[:, place] = score[items]
    n_new, n_model_sources = int(is_new.sum()), model.source_ranks.shape[1]
    fused = np.concatenate([model.fused, np.zeros(n_new, np.float32)])
    fused[has_live] += live.fused[rows[has_live]]
    unheard = np.full((n_new, n_model_sources), -1, np.int32)
    silent = np.full((n_new, n_model_sources), np.nan, np.float32)
    return Joined(
        Pool(
            items,
            np.hstack([np.vstack([model.source_scores, silent]), values]),
            np.hstack([np.vstack([model.source_ranks, unheard]), ranks]),
            fused,
        ),
        model,
    )


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
