"""Say how uncertain each score is, from the model itself.

Of a forest: its first half, first 55 %, first 60 % of trees and so on to all of them are ten
models that agree where much was learnt. Only the order within a request means something, so each
is centred on the request, and the deviation between the ten is the uncertainty. Of a fusion: what
leaving one source out would do to the log score; an item that one source alone put forward is less
certain than one that four did.

Reads: a forest and rows, or a pool.  Writes: nothing.
Source: Malinin, Prokhorenkova and Ustimenko (2021), "Uncertainty in Gradient Boosting via
Ensembles" (virtual ensembles; the centring is ours: bench quality/variety compares both with five
rankers of other seeds); Efron and Stein (1981), "The Jackknife Estimate of Variance".
Not here: what the online layer adds to it (ranking.online), what uses it (ranking.exploring).
"""

import numpy as np
from numpy.typing import NDArray

from settee.features import Pool
from settee.ranking.forest import Forest
from settee.ranking.walk import score_spans

_LEAST = 1e-9
"""Least of a fused score whose log is taken."""
_MEMBERS = 10
"""Truncated models; the first has half of the trees, the last all of them."""


def uncertainty(forest: Forest, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """How uncertain the score of each row is against those of the other rows.

    Args:
        forest: The ranker's.
        rows: (n, n_features) float32 of one request, all that compete.

    Returns:
        (n,) float64 standard deviations on the scale of the score, 0 where the models agree.
    """
    if len(rows) == 0:
        return np.zeros(0, np.float64)
    cuts = np.linspace(forest.n_trees // 2, forest.n_trees, _MEMBERS).astype(np.int64)
    cuts = np.unique(np.append(0, cuts))
    if len(cuts) < 2:
        return np.zeros(len(rows), np.float64)
    scores = np.cumsum(score_spans(forest, rows, cuts), axis=0)
    scores -= scores.mean(axis=1, keepdims=True)
    deviation: NDArray[np.float64] = scores.std(axis=0)
    return deviation


def spread(pool: Pool, constant: float, per_source: int) -> NDArray[np.float64]:
    """How much the log of each fused score hangs on single sources.

    Args:
        pool: Items with the ranks that the sources gave.
        constant: RankingSettings.rrf_constant.
        per_source: Items that each source could put forward; one that it did not counts as next.

    Returns:
        (m,) float64 jackknife standard errors of the log score; 0 with fewer than two sources.
    """
    ranks = pool.source_ranks
    n_sources = ranks.shape[1]
    if n_sources < 2:
        return np.zeros(len(pool), np.float64)
    earned = 1.0 / (constant + 1.0 + np.where(ranks >= 0, ranks, per_source))  # (m, S)
    if pool.parts is None:
        without = np.log(earned.sum(axis=1, keepdims=True) - earned)
    else:
        without = _blend_without(pool, earned)
    off = without - without.mean(axis=1, keepdims=True)
    deviation: NDArray[np.float64] = np.sqrt((n_sources - 1) / n_sources * (off * off).sum(axis=1))
    return deviation


def _blend_without(pool: Pool, earned: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, S) logs of what a blend with live sources beside it would say without each source."""
    assert pool.parts is not None  # noqa: S101 -- asked by `spread`
    n_blended = pool.parts.shape[1]
    is_seen = np.isfinite(pool.parts.sum(axis=1))
    late = earned[:, n_blended:]
    is_late = pool.source_ranks[:, n_blended:] >= 0
    # What the live ones added is taken off, then counted as ranks do everywhere else here.
    blended = pool.fused - np.where(is_late, late, 0.0).sum(axis=1)
    blended = np.where(is_seen, np.maximum(blended, _LEAST), 0.0)[:, np.newaxis]
    both = late.sum(axis=1, keepdims=True)
    turned = np.exp(-np.where(is_seen[:, np.newaxis], pool.parts, 0.0))
    without = np.concatenate([blended * turned + both, blended + both - late], axis=1)
    logs: NDArray[np.float64] = np.log(np.maximum(without, _LEAST))
    return logs
