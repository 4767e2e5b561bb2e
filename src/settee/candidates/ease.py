"""Score items by one ridge regression per item on all the others, all solved at once.

With G the co-counts plus the ridge on its diagonal and P its inverse, the weight from item h to
item j is -P[h, j] / P[j, j], and 0 from an item to itself. Unlike a neighbour count, a weight is
what h adds to j once all the rest of the history is known, so it can be below 0.

Reads: interest events.  Writes: nothing.
Source: Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data", equation 8; Steck
(2020), "Autoencoders that don't overfit towards the Identity" (dropout p adds p / (1 - p) of each
count to the diagonal of G). Dropout 0 and account power 0 give the plain form.
Not here: the inverse (candidates.solve), tastes mixed in (candidates.ease_low_pass), smaller forms
(candidates.compress).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.compress import Packed
from settee.candidates.ease_low_pass import broadest_tastes, mix_in
from settee.candidates.histories import check_positions, checked, read_only
from settee.candidates.matrix import Cells, account_weights, met_items, wanted
from settee.candidates.slim_descent import Descent, descend_to_all
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


def _co_counts(
    cells: Cells, place_of: NDArray[np.int32], n: int, power: float
) -> NDArray[np.float32]:
    """Weighted co-counts of `n` items, upper triangle: (n, n)."""
    gram = np.zeros((n, n), np.float32)
    _add_co_counts(cells.indptr, cells.index, place_of, account_weights(cells, power), gram)
    return gram


_RIDGE_IN_AUDIENCES = 2.0
"""Films (mean audience 132), music (21), games (22) and gifts (83) ask for 300, 30, 30 and 300."""
_LEAST_RIDGE = 1e-3


def ridge(audience: float, settings: SourceSettings) -> float:
    """The ridge for items of that mean audience, where the settings do not say one.

    >>> ridge(20.0, SourceSettings(ease_l2=0.0)), ridge(20.0, SourceSettings(ease_l2=700.0))
    (40.0, 700.0)
    """
    return settings.ease_l2 or max(_RIDGE_IN_AUDIENCES * audience, _LEAST_RIDGE)


def solve_weights(gram: NDArray[np.float32], settings: SourceSettings) -> NDArray[np.float32]:
    """Turn co-counts into weights, in the same memory.

    Args:
        gram: (m, m) co-counts, above 0 on the diagonal; only the upper triangle is read.
        settings: Ridge, dropout, and how much the broadest tastes say.

    Raises:
        SolveFailed: The matrix could not be inverted.
    """
    audience = np.diag(gram).copy()
    tastes = None
    if settings.ease_taste_share > 0:
        tastes = broadest_tastes(gram, settings.ease_tastes, settings.ease_taste_power)
    diagonal = np.einsum("ii->i", gram)
    diagonal *= np.float32(1.0 / (1.0 - settings.ease_dropout))
    diagonal += np.float32(ridge(float(audience.mean()) if len(audience) else 0.0, settings))
    invert(gram)
    _to_weights(gram)
    if tastes is not None:
        mix_in(gram, tastes, audience, settings.ease_taste_share)
    return gram


def _nearby(cells: Cells, settings: SourceSettings, progress: Progress) -> Packed:
    """The weights towards each item from those most like it: no square table at any time."""
    how = Descent(
        l1=0.0,
        l2=ridge(len(cells.index) / max(cells.n_columns, 1), settings),
        dropout=settings.ease_dropout,
        nearby=settings.slim_nearby,
        like_power=settings.slim_like_power,
        negative=True,
        sweeps=settings.slim_sweeps,
        threads=settings.slim_threads,
    )
    weight = account_weights(cells, settings.ease_account_power)
    return Packed.of_cells(*descend_to_all(cells, weight, how, progress), settings.ease_numbers)


@dataclass(frozen=True)
class Ease:
    """Weights between the most wanted items, as a dense table or packed.

    Args:
        n_items: Size of the item space.
        items: (m,) int32, ascending: the items that are modelled; others score 0.
        weight: (m, m) float32; ``weight[a, b]`` is what ``items[a]`` in a history adds to
            ``items[b]``; (0, 0) where they are packed.
        packed: The same weights, fewer or in smaller numbers, or None.
    """

    name: ClassVar[str] = "ease"
    needs_history: ClassVar[bool] = True

    n_items: int
    items: NDArray[np.int32]
    weight: NDArray[np.float32]
    packed: Packed | None = None

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
        cells = wanted(interactions, settings.max_history)
        items, met = met_items(cells)
        nothing = np.empty((0, 0), np.float32)
        if settings.ease_beyond == "nearby" and len(items) > settings.ease_max_items:
            packed = _nearby(met, settings, progress)
            return cls(catalogue.n_items, read_only(items), nothing, packed)
        items = _popular_enough(cells, settings.ease_max_items)
        unsolved = cls(catalogue.n_items, read_only(items), nothing)
        gram = _co_counts(cells, unsolved.place_of, len(items), settings.ease_account_power)
        weight = solve_weights(gram, settings)
        if settings.ease_keep or settings.ease_numbers != "float32":
            packed = Packed.of_table(weight, settings.ease_keep, settings.ease_numbers)
            return replace(unsolved, packed=packed)
        return cls(catalogue.n_items, unsolved.items, read_only(weight))

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Sum of the weights from the history: (n_people, n_items)."""
        given = checked(histories, self.n_items)
        out = np.zeros((histories.n_people, self.n_items), np.float32)
        if self.packed is not None:
            self.packed.score(self.items, self.place_of, given, out)
            return out
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
        if self.packed is not None:
            return self.packed.shares(from_place, to_place)
        out = np.zeros((len(items), len(history)), np.float32)
        known = np.ix_(to_place >= 0, from_place >= 0)
        out[known] = self.weight[
            from_place[np.newaxis, from_place >= 0], to_place[to_place >= 0, np.newaxis]
        ]
        return out

    def times(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The weights as a matrix, rows first, times vectors of the items: (m, d)."""
        return self.weight @ vectors if self.packed is None else self.packed.times(vectors)

    def to_arrays(self) -> Arrays:
        """The weights, the items they are of, and the size of the item space."""
        n_items = np.array(self.n_items, np.int64)
        if self.packed is not None:
            return {"n_items": n_items, "items": self.items, **self.packed.to_arrays()}
        return {"n_items": n_items, "items": self.items, "weight": self.weight}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        n_items = int(arrays["n_items"])
        items = read_only(arrays["items"].astype(np.int32, copy=False))
        if "weight" not in arrays:
            nothing = read_only(np.empty((0, 0), np.float32))
            return cls(n_items, items, nothing, Packed.from_arrays(arrays))
        return cls(n_items, items, read_only(arrays["weight"].astype(np.float32, copy=False)))
