"""Score items by one ridge regression per item on all the others, all solved at once.

With G the co-counts plus the ridge on its diagonal and P its inverse, the weight from item h to
item j is -P[h, j] / P[j, j], and 0 from an item to itself. Unlike a neighbour count, a weight is
what h adds to j once all the rest of the history is known, so it can be below 0.

Reads: interest events.  Writes: nothing.
Source: Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data", equation 8; Steck
(2020), "Autoencoders that don't overfit towards the Identity" (dropout p adds p / (1 - p) of each
count to the diagonal of G). Dropout 0 and account power 0 give the plain form.
Not here: the inverse (candidates.solve).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.histories import check_positions, checked, read_only
from settee.candidates.matrix import Cells, account_weights, wanted
from settee.candidates.solve import invert
from settee.candidates.source import Arrays
from settee.core import SourceSettings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress


@njit(cache=True, nogil=True)
def _add_co_counts(
    indptr: NDArray[np.int64],
    index: NDArray[np.int32],
    place_of: NDArray[np.int32],
    row_weight: NDArray[np.float32],
    gram: NDArray[np.float32],
) -> None:
    """Add each row's outer product to the upper triangle; `index` and `place_of` ascend."""
    places = np.empty(max(len(gram), 1), np.int32)
    for row in range(len(indptr) - 1):
        n = 0
        for cell in range(indptr[row], indptr[row + 1]):
            if place_of[index[cell]] >= 0:
                places[n] = place_of[index[cell]]
                n += 1
        for a in range(n):
            line = gram[places[a]]
            for b in range(a, n):
                line[places[b]] += row_weight[row]


@njit(cache=True, nogil=True)
def _to_weights(upper: NDArray[np.float32]) -> None:
    """Turn the inverse's upper triangle into weights: row h speaks for column j."""
    n = len(upper)
    scale = np.empty(n, np.float32)
    for item in range(n):
        scale[item] = np.float32(-1.0) / upper[item, item]
        upper[item, item] = 0.0
    block = 64
    for top in range(0, n, block):
        for left in range(top, n, block):
            for h in range(top, min(top + block, n)):
                for j in range(max(left, h + 1), min(left + block, n)):
                    value = upper[h, j]
                    upper[j, h] = value * scale[h]
                    upper[h, j] = value * scale[j]


@njit(cache=True, nogil=True)
def _add_lines(
    weight: NDArray[np.float32],
    rows: NDArray[np.int32],
    amount: NDArray[np.float64],
    total: NDArray[np.float64],
) -> None:
    """Add those rows of weights, each times its amount, each in its turn.

    Four per pass, for reading and writing the total takes as long as reading weights; the order of
    the sums, and so every bit, is that of one row after the other.
    """
    whole = len(rows) - len(rows) % 4
    for place in range(0, whole, 4):
        one, two = weight[rows[place]], weight[rows[place + 1]]
        three, four = weight[rows[place + 2]], weight[rows[place + 3]]
        a, b, c, d = amount[place], amount[place + 1], amount[place + 2], amount[place + 3]
        for j in range(len(total)):
            total[j] = (((total[j] + a * one[j]) + b * two[j]) + c * three[j]) + d * four[j]
    for place in range(whole, len(rows)):
        line = weight[rows[place]]
        for j in range(len(total)):
            total[j] += amount[place] * line[j]


@njit(cache=True, nogil=True)
def _score(
    weight: NDArray[np.float32],
    items: NDArray[np.int32],
    place_of: NDArray[np.int32],
    indptr: NDArray[np.int64],
    history: NDArray[np.int32],
    amount: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    total = np.zeros(len(items), np.float64)
    rows = np.empty(len(history), np.int32)
    amounts = np.empty(len(history), np.float64)
    for person in range(out.shape[0]):
        n = 0
        for place in range(indptr[person], indptr[person + 1]):
            if place_of[history[place]] >= 0:
                rows[n] = place_of[history[place]]
                amounts[n] = amount[place]
                n += 1
        total[:] = 0.0
        _add_lines(weight, rows[:n], amounts[:n], total)
        for j in range(len(items)):
            out[person, items[j]] = total[j]


def _popular_enough(cells: Cells, max_items: int) -> NDArray[np.int32]:
    """The most wanted items, ties to the lower one, in ascending order."""
    count = np.bincount(cells.index, minlength=cells.n_columns)
    most = np.argsort(-count, kind="stable")[:max_items]
    return np.sort(most[count[most] > 0]).astype(np.int32)


@dataclass(frozen=True)
class Ease:
    """A dense matrix of weights between the most wanted items.

    Args:
        n_items: Size of the item space.
        items: (m,) int32, ascending: the items that are modelled; others score 0.
        weight: (m, m) float32; ``weight[a, b]`` is what ``items[a]`` in a history adds to
            ``items[b]``.
    """

    name: ClassVar[str] = "ease"
    needs_history: ClassVar[bool] = True

    n_items: int
    items: NDArray[np.int32]
    weight: NDArray[np.float32]

    @cached_property
    def place_of(self) -> NDArray[np.int32]:
        """Row of each item in `weight`, -1 where it is not modelled."""
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
        """Count, add the ridge, invert.

        Raises:
            SolveFailed: The matrix could not be inverted.
        """
        del progress
        cells = wanted(interactions, settings.max_history)
        items = _popular_enough(cells, settings.ease_max_items)
        unsolved = cls(catalogue.n_items, read_only(items), np.empty((0, 0), np.float32))
        gram = np.zeros((len(items), len(items)), np.float32)
        row_weight = account_weights(cells, settings.ease_account_power)
        _add_co_counts(cells.indptr, cells.index, unsolved.place_of, row_weight, gram)
        diagonal = np.einsum("ii->i", gram)
        diagonal *= np.float32(1.0 / (1.0 - settings.ease_dropout))
        diagonal += np.float32(settings.ease_l2)
        invert(gram)
        _to_weights(gram)
        return cls(catalogue.n_items, unsolved.items, read_only(gram))

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Sum of the weights from the history: (n_people, n_items)."""
        given = checked(histories, self.n_items)
        out = np.zeros((histories.n_people, self.n_items), np.float32)
        _score(
            self.weight, self.items, self.place_of, given.indptr, given.item, given.weight, out
        )  # fmt: skip
        return out

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Weight from each item of the history to each item: (n, n_history)."""
        history, items = np.asarray(history, np.int32), np.asarray(items, np.int32)
        check_positions(history, self.n_items)
        check_positions(items, self.n_items)
        from_place, to_place = self.place_of[history], self.place_of[items]
        out = np.zeros((len(items), len(history)), np.float32)
        known = np.ix_(to_place >= 0, from_place >= 0)
        out[known] = self.weight[
            from_place[np.newaxis, from_place >= 0], to_place[to_place >= 0, np.newaxis]
        ]
        return out

    def to_arrays(self) -> Arrays:
        """The weights, the items they are of, and the size of the item space."""
        n_items = np.array(self.n_items, np.int64)
        return {"n_items": n_items, "items": self.items, "weight": self.weight}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        return cls(
            int(arrays["n_items"]),
            read_only(arrays["items"].astype(np.int32, copy=False)),
            read_only(arrays["weight"].astype(np.float32, copy=False)),
        )
