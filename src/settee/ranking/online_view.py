"""Describe the items of a pool for the online layer: few numbers, all of them in the exposure.

    base      the base order: utility in standard deviations above the pool's mean, -4 to 4
    next      log of the share of people who went there from the latest items
    recent    log of the share of clicks that the item gets now
    fresh     likeness of an item without an audience to the latest items
    model     1 / rank in the best of the model's sources, 0 where none put it forward
    unknown   1 where no source of the model says anything, as of items that came later

The weights (1, 0, 0, 0, 0, 0) are the base order itself.

Reads: a pool.  Writes: nothing.
Not here: the ranker's features (features), what is learnt from these (ranking.online).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.features import Pool

ONLINE_FEATURES: Final = ("base", "next", "recent", "fresh", "model", "unknown")
"""Columns of the matrix, in their order."""
_LIVE: Final = ("next", "recent", "fresh")
_FAR: Final = 4.0
_LEAST: Final = 1e-6
"""Share below which an item is as good as never clicked."""
_LEAN: Final = 0.1
"""Part of what is clicked now that smooths where people go, as of one who is just passing."""


def online_features(
    pool: Pool, utility: NDArray[np.floating], live: Sequence[str]
) -> NDArray[np.float32]:
    """What the online layer looks at.

    Args:
        pool: m items; the last of its sources are the live ones.
        utility: (m,) of the base order, higher is better.
        live: Names of the live sources in the pool, in the order of its last columns.

    Returns:
        (m, 6) float32, finite.
    """
    columns = np.array([live.index(name) if name in live else -1 for name in _LIVE], np.int64)
    n_model = pool.source_ranks.shape[1] - len(live)
    columns[columns >= 0] += n_model
    return _view(
        pool.source_scores, pool.source_ranks, np.asarray(utility, np.float64), n_model, columns
    )


@njit(cache=True, nogil=True)
def _view(
    scores: NDArray[np.float32],
    ranks: NDArray[np.int32],
    utility: NDArray[np.float64],
    n_model: int,
    live: NDArray[np.int64],
) -> NDArray[np.float32]:
    m = len(utility)
    out = np.zeros((m, 3 + len(live)), np.float32)
    _standard(utility, out)
    told = np.zeros(len(live), np.float64)
    for row in range(m):
        for place in range(len(live)):
            score = scores[row, live[place]] if live[place] >= 0 else np.float32(0.0)
            told[place] = score if np.isfinite(score) and score > 0.0 else 0.0
        ahead, recent, fresh = told[0], told[1], told[2]
        out[row, 1] = np.log((ahead + _LEAN * recent) / _LEAST + 1.0)
        out[row, 2] = np.log(recent / _LEAST + 1.0)
        out[row, 3] = fresh
        best, is_unknown = 0.0, 1.0
        for source in range(n_model):
            if ranks[row, source] >= 0:
                best = max(best, 1.0 / (1.0 + ranks[row, source]))
            if scores[row, source] > 0.0:  # NaN is not
                is_unknown = 0.0
        out[row, 4], out[row, 5] = best, is_unknown
    return out


@njit(cache=True, nogil=True)
def _standard(utility: NDArray[np.float64], out: NDArray[np.float32]) -> None:
    """Write standard deviations above the mean, within a range; all 0 where all are equal."""
    m = len(utility)
    if m == 0:
        return
    mean, most = 0.0, 0.0
    for row in range(m):
        mean += utility[row] / m
        most = max(most, abs(utility[row]))
    square = 0.0
    for row in range(m):
        square += (utility[row] - mean) ** 2 / m
    deviation = np.sqrt(square)
    # a spread of rounding errors is none
    if not np.isfinite(deviation) or deviation <= _LEAST * max(1.0, most):
        return
    for row in range(m):
        out[row, 0] = min(max((utility[row] - mean) / deviation, -_FAR), _FAR)
