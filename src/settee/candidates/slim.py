"""Score items by few weights between them, each worth its place beside all the others.

A ridge gives every pair of items a weight. SLIM asks of each weight that its evidence, what the
rest of the history does not tell already, is above `slim_l1`: of 3,500 possible ones some 100 stay
towards each film, so 3.4 million weights replace 12 million and a catalogue needs no square table.

Reads: interest events.  Writes: nothing.
Source: Ning, Karypis (2011), "SLIM: Sparse Linear Methods for Top-N Recommender Systems";
section 3.4 (fsSLIM: only the most alike items are asked).
Not here: the descent (candidates.slim_descent), how weights are kept (candidates.compress).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.compress import Packed
from settee.candidates.histories import check_positions, checked, read_only
from settee.candidates.matrix import account_weights, met_items, wanted
from settee.candidates.slim_descent import Descent, descend_to_all
from settee.candidates.source import Arrays
from settee.core import SourceSettings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress


@dataclass(frozen=True)
class Slim:
    """Sparse weights between the items that anybody wanted.

    Args:
        n_items: Size of the item space.
        items: (m,) int32, ascending: the items that are modelled; others score 0.
        weights: What each of them says for which.
    """

    name: ClassVar[str] = "slim"
    needs_history: ClassVar[bool] = True

    n_items: int
    items: NDArray[np.int32]
    weights: Packed

    @cached_property
    def place_of(self) -> NDArray[np.int32]:
        """Row of each item, -1 where it is not modelled."""
        place_of = np.full(self.n_items, -1, np.int32)
        place_of[self.items] = np.arange(len(self.items), dtype=np.int32)
        return read_only(place_of)

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        settings: SourceSettings,
        progress: Progress = no_progress,
    ) -> Self:
        """Count, choose the alike items of each, descend."""
        items, cells = met_items(wanted(interactions, settings.max_history))
        how = Descent(
            l1=settings.slim_l1,
            l2=settings.slim_l2,
            dropout=settings.slim_dropout,
            nearby=settings.slim_nearby,
            like_power=settings.slim_like_power,
            negative=settings.slim_negative,
            sweeps=settings.slim_sweeps,
            threads=settings.slim_threads,
        )
        weight = account_weights(cells, settings.slim_account_power)
        found = descend_to_all(cells, weight, how, progress)
        packed = Packed.of_cells(*found, settings.slim_numbers)
        return cls(catalogue.n_items, read_only(items), packed)

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Sum of the weights from the history: (n_people, n_items)."""
        given = checked(histories, self.n_items)
        out = np.zeros((histories.n_people, self.n_items), np.float32)
        self.weights.score(self.items, self.place_of, given, out)
        return out

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Weight from each item of the history to each item: (n, n_history)."""
        history, items = np.asarray(history, np.int32), np.asarray(items, np.int32)
        check_positions(history, self.n_items)
        check_positions(items, self.n_items)
        return self.weights.shares(self.place_of[history], self.place_of[items])

    def to_arrays(self) -> Arrays:
        """The weights, the items they are of, and the size of the item space."""
        n_items = np.array(self.n_items, np.int64)
        return {"n_items": n_items, "items": self.items, **self.weights.to_arrays()}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        return cls(
            int(arrays["n_items"]),
            read_only(arrays["items"].astype(np.int32, copy=False)),
            Packed.from_arrays(arrays),
        )
