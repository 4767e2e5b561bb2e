"""Take a score apart into addends with names, which sum to it.

The ranker's score of 1.30 is .10 that it gives on average, +.80 by EASE's score, +.50 by heat and
-.10 by all other features. A fused score knows no features: its log is one addend, and what each
source gave to the sum inside stands beside it as a share.

Reads: a ranker with the rows it saw, or a pool.  Writes: nothing.
Source: Lundberg et al. (2020), "From local explanations to global understanding"; see ranking.shap.
Not here: what rules and the online layer add (respond.telling), shares of the history (reasons).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.features import Pool, meaning_of
from settee.ranking.ranker import Ranker

MAX_FEATURES = 5
"""Most features that are named; the others are one addend."""


@dataclass(frozen=True)
class Addend:
    """One part of a score.

    Args:
        kind: mean: what the ranker gives on average; feature; features: those not named; fusion.
        name: Name of the feature, "" for others.
        text: For people.
        adds: What it adds, in log-odds.
        value: The feature's value, NaN where it is unknown or there is none.
    """

    kind: str
    name: str
    text: str
    adds: float
    value: float = float("nan")


def ranker_addends(
    ranker: Ranker, rows: NDArray[np.float32], limit: int = MAX_FEATURES
) -> list[tuple[Addend, ...]]:
    """What made the ranker's score of each row; each line sums to the score.

    Args:
        ranker: The ranker.
        rows: (n, F) float32 features that it saw.
        limit: Most features to name, those that add or take most.

    Raises:
        NoCover: If the ranker does not name the training rows of its leaves.
    """
    parts = ranker.attribution.values(rows)
    names = ranker.feature_names
    told = []
    for row, adds in zip(rows, parts, strict=True):
        order = np.argsort(-np.abs(adds[:-1]), kind="stable")[:limit]
        named = [
            Addend("feature", names[at], meaning_of(names[at]), float(adds[at]), float(row[at]))
            for at in order.tolist()
            if adds[at] != 0.0
        ]
        mean, total = float(adds[-1]), float(adds.sum())
        rest = total - mean - sum(one.adds for one in named)
        told.append(
            (
                Addend("mean", "", "what the ranker gives on average", mean),
                *named,
                Addend("features", "", f"{len(names) - len(named)} other features", rest),
            )
        )
    return told


def fusion_shares(pool: Pool, constant: float) -> NDArray[np.float64]:
    """(m, S) part of each source in the fused score of each item; lines sum to 1, or 0.

    Of a blend, the share is of what each source says for the item above what it says for the one
    that it likes least; what live sources add to it counts by their ranks.

    Args:
        pool: Items with the ranks that the sources gave, and the parts of a blend.
        constant: RankingSettings.rrf_constant.
    """
    ranks = pool.source_ranks
    earned = np.where(ranks >= 0, 1.0 / (constant + 1.0 + ranks), 0.0)
    if pool.parts is not None:
        n_blended = pool.parts.shape[1]
        late = earned[:, n_blended:].sum(axis=1)
        earned[:, :n_blended] = _blended(pool.parts, pool.fused - late)
    total = earned.sum(axis=1, keepdims=True)
    shares: NDArray[np.float64] = np.zeros_like(earned)
    np.divide(earned, total, out=shares, where=total > 0)
    return shares


def _blended(parts: NDArray[np.float32], worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, B) what of an item's worth each source of a blend gave."""
    is_seen = np.isfinite(parts.sum(axis=1))
    above = np.zeros(parts.shape, np.float64)
    if is_seen.any():
        above[is_seen] = parts[is_seen] - parts[is_seen].min(axis=0)
        # All like it least: those that count at all bear it alike.
        least = is_seen & (above.sum(axis=1) == 0.0)
        above[least] = np.maximum((above > 0).any(axis=0), not (above > 0).any())
    total = above.sum(axis=1, keepdims=True)
    shares = np.divide(above, total, out=np.zeros_like(above), where=total > 0)
    given: NDArray[np.float64] = shares * np.maximum(worth, 0.0)[:, np.newaxis]
    return given
