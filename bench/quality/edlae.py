"""EDLAE by its formula, in float64 and apart from settee: the best published linear single model.

Hiding a share p of each history in training adds p / (1 - p) of each item's count to the diagonal;
accounts of n items count n to minus a power. Ridge, p and power are chosen on valid people.

Source: Steck (2020), "Autoencoders that don't overfit towards the Identity", equation 8.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bench.quality.judging import accuracy
from bench.quality.strong import K, People, Split
from settee.candidates import top_k

NAME = "EDLAE by formula"
RIDGES = (200.0, 300.0, 500.0)
DROPOUTS = (0.2, 0.5)
POWERS = (0.0, 0.5)


@dataclass(frozen=True)
class Edlae:
    """Weights between the items that anybody wanted.

    Args:
        items: (m,) int64.
        weight: (m, m) float32.
        setting: How it was chosen, for people.
    """

    items: NDArray[np.int64]
    weight: NDArray[np.float32]
    setting: str

    def lists(self, people: People) -> NDArray[np.int32]:
        """The 100 best of each person, without what was folded in."""
        exclude = people.exclude
        known = exclude[:, self.items].astype(np.float32) @ self.weight
        scores = np.zeros(exclude.shape, np.float32)  # 0 is never listed
        scores[:, self.items] = known - known.min() + 1.0
        return top_k(scores, K, exclude)[0]


def best_edlae(split: Split, quick: bool) -> Edlae:
    """The setting that answers the valid people best."""
    tried = list(_settings(split, quick))
    worth = [
        accuracy(one.lists(split.valid), split.valid.truth)["ndcg@100"].mean() for one in tried
    ]
    return tried[int(np.argmax(worth))]


def _settings(split: Split, quick: bool) -> Iterator[Edlae]:
    _, row = np.unique(split.train.account, return_inverse=True)
    items, column = np.unique(split.train.item, return_inverse=True)
    wanted = np.zeros((row.max() + 1, len(items)), np.float32)
    wanted[row, column] = 1.0
    size = wanted.sum(axis=1)
    for power in POWERS[-1:] if quick else POWERS:
        weight = size**-power
        weight *= size.sum() / (weight @ size)
        gram = ((wanted * weight[:, None].astype(np.float32)).T @ wanted).astype(np.float64)
        count = np.diag(gram).copy()
        grid = product(RIDGES[:1], DROPOUTS[:1]) if quick else product(RIDGES, DROPOUTS)
        for ridge, dropout in grid:
            np.fill_diagonal(gram, count / (1 - dropout) + ridge)
            inverse = np.linalg.inv(gram)
            solved = -inverse / np.diag(inverse)
            np.fill_diagonal(solved, 0.0)
            yield Edlae(
                items.astype(np.int64),
                solved.astype(np.float32),
                f"ridge {ridge:g}, dropout {dropout:g}, account power {power:g}",
            )
