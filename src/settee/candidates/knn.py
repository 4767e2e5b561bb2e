"""Score items by the company they keep: who wanted this also wanted that.

The similarity of two items is the number of accounts that wanted both over the geometric mean of
their audiences, damped by imaginary accounts that wanted only one: with 50 of those, 3 shared of 4
and 4 is 3 / (4 + 50) = .06, and 300 of 400 and 400 is 300 / 450 = .67.

Reads: interest events.  Writes: nothing.
Source: Sarwar et al. (2001); shrinkage as in Bell and Koren (2007), "Scalable Collaborative
Filtering with Jointly Derived Neighborhood Interpolation Weights".
Not here: the table and its scoring (candidates.neighbours), similarity of content (content).
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.matrix import wanted
from settee.candidates.neighbours import Neighbours
from settee.candidates.source import Arrays
from settee.core import SourceSettings
from settee.events import Catalogue, Histories, Interactions


@dataclass(frozen=True)
class Knn:
    """Item neighbours by shared audience."""

    name: ClassVar[str] = "knn"
    needs_history: ClassVar[bool] = True

    neighbours: Neighbours

    @classmethod
    def fit(
        cls, interactions: Interactions, catalogue: Catalogue, settings: SourceSettings
    ) -> Self:
        """Compare every two items that share an account."""
        del catalogue
        audiences = wanted(interactions, settings.max_history).transposed()
        return cls(Neighbours.of(audiences, settings.knn_shrinkage, settings.knn_neighbours))

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Sum of similarities to the history: (n_people, n_items)."""
        return self.neighbours.score(histories)

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Similarity of each item to each item of the history: (n, n_history)."""
        return self.neighbours.shares(history, items)

    def to_arrays(self) -> Arrays:
        """The columns of the table."""
        return self.neighbours.to_arrays()

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        return cls(Neighbours.from_arrays(arrays))
