"""Score items by implicit matrix factorisation, with a live history folded in.

Every item has a vector, learnt so that the vector of an account, which is pulled towards those of
its items and a little towards 0 by all others, points at what it wants: who wanted two films
of a kind has a product near 1 with the third, though nobody ever watched those three together.

Reads: interest events.  Writes: nothing.
Source: Hu, Koren, Volinsky (2008), "Collaborative Filtering for Implicit Feedback Datasets";
Rendle et al. (2022), "Revisiting the Performance of iALS on Item Recommendation Benchmarks".
Not here: the turns (candidates.als_train), one row (als_sweep), a live history (als_fold).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.als_fold import Still, parts, people_vectors
from settee.candidates.als_train import train, unobserved_of
from settee.candidates.histories import check_positions, checked, read_only
from settee.candidates.matrix import Cells, wanted
from settee.candidates.source import Arrays
from settee.core import SourceSettings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress


@dataclass(frozen=True)
class Als:
    """Vectors of the items that anybody wanted.

    Args:
        n_items: Size of the item space.
        items: (m,) int32, ascending: the items that have a vector; others score 0.
        still: Their vectors, and what a person's own is solved with.
    """

    name: ClassVar[str] = "als"
    needs_history: ClassVar[bool] = True

    n_items: int
    items: NDArray[np.int32]
    still: Still

    @cached_property
    def place_of(self) -> NDArray[np.int32]:
        """Row of each item among the vectors, -1 where it has none."""
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
        """Solve accounts and items in turns."""
        cells = wanted(interactions, settings.max_history)
        items = np.unique(cells.index).astype(np.int32)
        place = np.searchsorted(items, cells.index).astype(np.int32)
        filled = Cells(cells.indptr, place, cells.value, len(items))
        said = settings.model_copy(update={"als_unobserved": unobserved_of(filled, settings)})
        found = train(filled, said, progress)
        still = Still(
            read_only(found.vectors),
            read_only(found.unseen),
            settings.als_l2,
            settings.als_l2_power,
            said.als_unobserved * len(items),
        )
        return cls(catalogue.n_items, read_only(items), still)

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Products of each person's vector with each item's: (n_people, n_items)."""
        given = checked(histories, self.n_items)
        people = people_vectors(self.still, given, self.place_of[given.item])
        products = people @ self.still.vectors.T
        if len(self.items) == self.n_items:
            return products
        out = np.zeros((histories.n_people, self.n_items), np.float32)
        out[:, self.items] = products
        return out

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> NDArray[np.float32]:
        """What each item of the history adds to each item, the others held: (n, n_history).

        A score is linear in the pulls of the items once the set of them is given. An item may
        speak for itself here.
        """
        history, items = np.asarray(history, np.int32), np.asarray(items, np.int32)
        check_positions(history, self.n_items)
        check_positions(items, self.n_items)
        from_place, to_place = self.place_of[history], self.place_of[items]
        out = np.zeros((len(items), len(history)), np.float32)
        known, asked = np.flatnonzero(from_place >= 0), np.flatnonzero(to_place >= 0)
        out[np.ix_(asked, known)] = parts(self.still, from_place[known], to_place[asked])
        return out

    def to_arrays(self) -> Arrays:
        """The vectors, the items they are of, and the ridge of a person."""
        still = self.still
        return {
            "n_items": np.array(self.n_items, np.int64),
            "items": self.items,
            "vectors": still.vectors,
            "unseen": still.unseen,
            "ridge": read_only(np.array([still.l2, still.power, still.offset])),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        l2, power, offset = arrays["ridge"].astype(np.float64).tolist()
        still = Still(
            read_only(arrays["vectors"].astype(np.float32, copy=False)),
            read_only(arrays["unseen"].astype(np.float32, copy=False)),
            l2,
            power,
            offset,
        )
        items = read_only(arrays["items"].astype(np.int32, copy=False))
        return cls(int(arrays["n_items"]), items, still)
