"""Score items by the company they keep: who wanted this also wanted that.

The similarity of h in a history to a target j is the number of accounts that wanted both over
n_h^0.7 n_j^0.4, their audiences damped. Accounts with many items count less each, and
`knn_shrinkage` imaginary accounts damp thin evidence: 3 shared of 4 and 4 is 3 / (4.6 + 30) = .09,
300 of 400 and 400 is 300 / (728 + 30) = .40. Each target keeps the items that speak for it most;
powers of 0.5 and account power 0 give the plain cosine.

Reads: interest events.  Writes: nothing.
Source: Sarwar et al. (2001), "Item-Based Collaborative Filtering Recommendation Algorithms";
Deshpande and Karypis (2004), "Item-Based Top-N Recommendation Algorithms" (powers, accounts).
Not here: the table and its scoring (candidates.neighbours).
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from settee.candidates.by_neighbours import ByNeighbours
from settee.candidates.matrix import account_weights, wanted
from settee.candidates.neighbours import Neighbours, Scales
from settee.core import SourceSettings
from settee.events import Catalogue, Interactions, Progress, no_progress

_LEAST_AUDIENCE = 1e-9
"""Keeps the scale of an item that nobody wanted above 0; nothing is ever divided by it."""


@dataclass(frozen=True)
class Knn(ByNeighbours):
    """Item neighbours by shared audience."""

    name: ClassVar[str] = "knn"

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        settings: SourceSettings,
        progress: Progress = no_progress,
    ) -> Self:
        """Compare every two items that share an account."""
        del catalogue, progress
        cells = wanted(interactions, settings.max_history)
        weight = np.sqrt(account_weights(cells, settings.knn_account_power))
        audiences = replace(cells, value=weight[cells.row_of_cell()]).transposed()
        size = np.maximum(audiences.squares(), _LEAST_AUDIENCE)
        scales = Scales(
            own=size**settings.knn_target_power,
            other=size**settings.knn_history_power,
            shrinkage=settings.knn_shrinkage,
        )
        kept_by_target = Neighbours.strongest(
            audiences, scales, settings.knn_neighbours, threads=settings.knn_threads
        )
        return cls(kept_by_target.reversed())
