"""Accuracy of lists over the whole catalogue, with intervals over people.

Written apart from `settee.learn` on purpose: two computations of the same figure check each other.
Recall divides by min(k, wanted), as in Liang et al. (2018), section 4.2.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

METRICS = ("recall@20", "recall@50", "ndcg@100", "ndcg@10")


@dataclass(frozen=True)
class Truth:
    """What each person wanted and was hidden: rows of items; every row holds one or more."""

    indptr: NDArray[np.int64]
    index: NDArray[np.int32]
    n_items: int

    @property
    def n_people(self) -> int:
        return len(self.indptr) - 1

    def hits(self, lists: NDArray[np.int32]) -> NDArray[np.bool_]:
        """(n_people, k): is that place of the list a hit? Places of -1 never are."""
        rows = np.repeat(np.arange(self.n_people), np.diff(self.indptr))
        keys = np.sort(rows * self.n_items + self.index)
        asked = np.arange(self.n_people)[:, None] * self.n_items + lists
        return np.isin(asked, keys) & (lists >= 0)


def accuracy(lists: NDArray[np.int32], truth: Truth) -> dict[str, NDArray[np.float64]]:
    """Every metric per person; lists are (n_people, 100), best first, -1 where they end."""
    hits = truth.hits(lists)
    wanted = np.diff(truth.indptr)
    discount = 1.0 / np.log2(np.arange(2, hits.shape[1] + 2))
    best = np.concatenate([[0.0], np.cumsum(discount)])
    out = {}
    for metric in METRICS:
        name, k = metric.split("@")[0], int(metric.split("@")[1])
        if name == "recall":
            out[metric] = hits[:, :k].sum(axis=1) / np.minimum(k, wanted)
        else:
            gain = hits[:, :k] @ discount[:k]
            out[metric] = gain / best[np.minimum(k, wanted)]
    return out


def with_intervals(
    values: dict[str, NDArray[np.float64]], prefix: str, seed: int, n_resamples: int = 1000
) -> dict[str, float]:
    """Means over people, and the 95 % bootstrap interval of each as `.low` and `.high`."""
    table = np.stack(list(values.values()), axis=1)
    rng = np.random.default_rng(seed)
    n = len(table)
    means = np.stack([table[rng.integers(0, n, n)].mean(axis=0) for _ in range(n_resamples)])
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    out: dict[str, float] = {}
    for place, metric in enumerate(values):
        out[f"{prefix}.{metric}"] = round(float(table[:, place].mean()), 5)
        out[f"{prefix}.{metric}.low"] = round(float(low[place]), 5)
        out[f"{prefix}.{metric}.high"] = round(float(high[place]), 5)
    return out
