"""Score items by what they are: tags, title and text like those of the history.

Needs no audience, so an item of today is found at once. Two items are compared by the cosine of
their weighted terms; the `content_neighbours` most similar of each item are kept.

Reads: the catalogue.  Writes: nothing.
Not here: the weighting of terms (candidates.terms), the table (candidates.neighbours).
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.neighbours import Neighbours
from settee.candidates.source import Arrays
from settee.candidates.terms import item_terms
from settee.core import SourceSettings
from settee.events import Catalogue, Histories, Interactions


@dataclass(frozen=True)
class Content:
    """Item neighbours by tags and words."""

    name: ClassVar[str] = "content"
    needs_history: ClassVar[bool] = True

    neighbours: Neighbours

    @classmethod
    def fit(
        cls, interactions: Interactions, catalogue: Catalogue, settings: SourceSettings
    ) -> Self:
        """Compare every two items that share a term."""
        del interactions
        vectors = item_terms(catalogue, settings.content_text_weight)
        return cls(Neighbours.of(vectors, 0.0, settings.content_neighbours))

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
