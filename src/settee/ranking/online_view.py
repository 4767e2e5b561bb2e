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
from numpy.typing import NDArray

from settee.features import Pool

ONLINE_FEATURES: Final = ("base", "next", "recent", "fresh", "model", "unknown")
"""Columns of the matrix, in their order."""
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
    n_model = pool.source_ranks.shape[1] - len(live)
    scores = np.nan_to_num(pool.source_scores[:, n_model:], nan=0.0, posinf=0.0, neginf=0.0)
    told = {name: np.maximum(scores[:, place], 0.0) for place, name in enumerate(live)}
    nothing = np.zeros(len(pool), np.float32)
    recent, ahead = told.get("recent", nothing), told.get("next", nothing)
    ranks = pool.source_ranks[:, :n_model]
    ranked = np.where(ranks >= 0, 1.0 / (1.0 + np.maximum(ranks, 0)), 0.0)
    columns = [
        _standard(np.asarray(utility, np.float64)),
        np.log((ahead + _LEAN * recent) / _LEAST + 1.0),
        np.log(recent / _LEAST + 1.0),
        told.get("fresh", nothing),
        ranked.max(axis=1, initial=0.0),
        ~(np.nan_to_num(pool.source_scores[:, :n_model]) > 0.0).any(axis=1),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _standard(utility: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviations above the mean, within a range; all 0 where all are equal."""
    if len(utility) == 0:
        return utility
    away = utility - utility.mean()
    deviation = away.std()
    # a spread of rounding errors is none
    if not np.isfinite(deviation) or deviation <= _LEAST * max(1.0, float(np.abs(utility).max())):
        return np.zeros(len(utility))
    standard: NDArray[np.float64] = np.clip(away / deviation, -_FAR, _FAR)
    return standard
