"""Foretell from what an item is how much a history would speak for it, were it known.

EASE knows for every item with an audience what each item of a history adds to it. One ridge
regression per item of a history learns those additions from the vectors of the items that receive
them; an item of today has a vector too, and gets what its like would get. So people who took what
goes with westerns among people, not among words, are offered the new western.

Reads: interest events and the catalogue.  Writes: nothing.
Source: Gantner et al. (2010), "Learning Attribute-to-Feature Mappings for Cold-Start
Recommendations", with EASE's weights in place of factors.
Not here: EASE (candidates.ease), the vectors (candidates.vectors).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.ease import Ease
from settee.candidates.histories import check_positions, checked, read_only
from settee.candidates.source import Arrays
from settee.candidates.vectors import item_vectors
from settee.core import SourceSettings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress

_BLOCK = 512  # people scored by one matrix product
_WHOLE = {"ease_keep": 0, "ease_numbers": "float32", "ease_beyond": "drop"}
"""The table of weights that is learnt from is never a packed one."""


@dataclass(frozen=True)
class ContentMap:
    """Two tables of vectors: what an item of a history asks for, and what an item is.

    Args:
        asks: (n_items, d) float32; 0 for items that EASE does not know.
        is_: (n_items, d) float32; the product of an `asks` and an `is_` is a weight.
    """

    name: ClassVar[str] = "content_map"
    needs_history: ClassVar[bool] = True

    asks: NDArray[np.float32]
    is_: NDArray[np.float32]

    @cached_property
    def for_itself(self) -> NDArray[np.float32]:
        """(n_items,) what each item would say for itself, which is never counted."""
        own: NDArray[np.float32] = np.einsum("ij,ij->i", self.asks, self.is_)
        return own

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        settings: SourceSettings,
        progress: Progress = no_progress,
    ) -> Self:
        """Fit EASE, then the map from vectors to its weights.

        Raises:
            SolveFailed: EASE could not be solved.
            NeedsSentences: If sentences are asked for and the model is not installed.
        """
        vectors = item_vectors(catalogue, settings, progress)
        whole = settings.model_copy(update=_WHOLE)
        ease = Ease.fit(interactions, catalogue, whole, progress)
        known = vectors[ease.items]  # (m, d)
        gram = known.T @ known + settings.content_map_l2 * np.eye(known.shape[1])  # (d, d)
        asks = np.zeros(vectors.shape, np.float32)
        asks[ease.items] = np.linalg.solve(gram, ease.times(known).T).T
        return cls(read_only(asks), read_only(vectors))

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Sum of the weights from the history: (n_people, n_items)."""
        n_items, n_dimensions = self.is_.shape
        given = checked(histories, n_items)
        out = np.empty((histories.n_people, n_items), np.float32)
        for start in range(0, histories.n_people, _BLOCK):
            people = range(start, min(start + _BLOCK, histories.n_people))
            wishes = np.zeros((len(people), n_dimensions), np.float32)
            for row, person in enumerate(people):
                span = slice(given.indptr[person], given.indptr[person + 1])
                weight = given.weight[span].astype(np.float32)
                wishes[row] = weight @ self.asks[given.item[span]]
            np.matmul(wishes, self.is_.T, out=out[start : start + len(people)])
            for person in people:
                span = slice(given.indptr[person], given.indptr[person + 1])
                items = given.item[span]
                own = given.weight[span].astype(np.float32) * self.for_itself[items]
                out[person, items] -= own
        return out

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Weight from each item of the history to each item: (n, n_history)."""
        history, items = np.asarray(history, np.int32), np.asarray(items, np.int32)
        check_positions(history, len(self.is_))
        check_positions(items, len(self.is_))
        weight = self.is_[items] @ self.asks[history].T
        weight[items[:, None] == history[None, :]] = 0.0
        return weight

    def to_arrays(self) -> Arrays:
        """The two tables."""
        return {"asks": self.asks, "is": self.is_}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        return cls(
            read_only(arrays["asks"].astype(np.float32, copy=False)),
            read_only(arrays["is"].astype(np.float32, copy=False)),
        )
