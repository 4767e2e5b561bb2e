"""Score what comes next by a ridge regression on the order of a history.

Each item of a history speaks for every other item, the louder the later it came: three items back
it counts .8^3 at short range and .98^3 at long range, and each range has weights of its own. A
history of 100 items is so described by who was in it and by what went on just now.

Reads: interest events, in order.  Writes: nothing.
Source: Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data", turned to the next item
of a decayed history; Ludewig and Jannach (2018), "Evaluation of Session-based Recommendation
Algorithms" (sequential rules: counts by their distance).
Not here: the weights (candidates.next_ridge_solve).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.histories import Checked, check_positions, checked, read_only
from settee.candidates.matrix import Cells, account_weights, wanted_in_order
from settee.candidates.next_ridge_counts import Stories
from settee.candidates.next_ridge_solve import solve_alone, solve_together
from settee.candidates.source import Arrays
from settee.core import SourceSettings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress

_LEAST_SHORT = 1e-6
"""Under this decay the short range says nothing any more."""


class _Model(NamedTuple):
    """What a compiled loop needs."""

    decays: NDArray[np.float64]
    items: NDArray[np.int32]
    place_of: NDArray[np.int32]
    weight: NDArray[np.float32]
    start: NDArray[np.int64]
    follower: NDArray[np.int32]
    follower_weight: NDArray[np.float32]


@njit(cache=True, nogil=True)
def _add_together(
    weight: NDArray[np.float32],
    line: int,
    short: float,
    long: float,
    amount: float,
    total: NDArray[np.float64],
) -> None:
    """Add what the item of that line says; each part is rounded as a share of it is."""
    slow = weight[1, line]
    if short < _LEAST_SHORT:
        for j in range(len(total)):
            total[j] += amount * np.float32(long * slow[j])
        return
    fast = weight[0, line]
    for j in range(len(total)):
        total[j] += amount * np.float32(short * fast[j] + long * slow[j])


@njit(cache=True, nogil=True)
def _say(
    model: _Model,
    item: int,
    lag: int,
    amount: float,
    near: NDArray[np.float64],
    far: NDArray[np.float64],
) -> None:
    """Add what an item `lag` places from the end says: `near` by line, `far` by item."""
    short, long = model.decays[0] ** lag, model.decays[1] ** lag
    if model.place_of[item] >= 0:
        _add_together(model.weight, model.place_of[item], short, long, amount, near)
    if short < _LEAST_SHORT:
        short = 0.0
    for cell in range(model.start[item], model.start[item + 1]):
        value = short * model.follower_weight[cell, 0] + long * model.follower_weight[cell, 1]
        far[model.follower[cell]] += amount * np.float32(value)


@njit(cache=True, nogil=True)
def _score(
    model: _Model,
    indptr: NDArray[np.int64],
    history: NDArray[np.int32],
    amount: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    near = np.zeros(len(model.items), np.float64)
    far = np.zeros(out.shape[1], np.float64)
    for person in range(out.shape[0]):
        near[:] = 0.0
        far[:] = 0.0
        lag = 0
        for place in range(indptr[person], indptr[person + 1]):
            lag += amount[place] > 0.0
        for place in range(indptr[person], indptr[person + 1]):
            if amount[place] > 0.0:
                lag -= 1
                _say(model, history[place], lag, amount[place], near, far)
        for line in range(len(near)):
            far[model.items[line]] += near[line]
        for item in range(out.shape[1]):
            out[person, item] = far[item]


@dataclass(frozen=True)
class NextRidge:
    """Weights from what was wanted to what is wanted next.

    Args:
        n_items: Size of the item space.
        decays: (2,) float64: what each later item leaves of an item's say, short and long range.
        items: (m,) int32, ascending: the items whose weights were solved together.
        weight: (2, m, m) float32 by range; ``weight[r, a, b]`` is what ``items[a]``, as the last of
            a history, adds to ``items[b]``.
        start: (n_items + 1,) int64: item h is followed by ``follower[start[h]:start[h + 1]]``.
        follower: (n,) int32; one of the two is not among `items`.
        follower_weight: (n, 2) float32.
    """

    name: ClassVar[str] = "next_ridge"
    needs_history: ClassVar[bool] = True

    n_items: int
    decays: NDArray[np.float64]
    items: NDArray[np.int32]
    weight: NDArray[np.float32]
    start: NDArray[np.int64]
    follower: NDArray[np.int32]
    follower_weight: NDArray[np.float32]

    @cached_property
    def _model(self) -> _Model:
        return _Model(
            self.decays,
            self.items,
            read_only(_places(self.items, self.n_items)),
            self.weight,
            self.start,
            self.follower,
            self.follower_weight,
        )

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        settings: SourceSettings,
        progress: Progress = no_progress,
    ) -> Self:
        """Count what followed what, and solve.

        Raises:
            SolveFailed: The ridge is too small for the matrix to be solved.
        """
        del progress
        cells, _ = wanted_in_order(interactions, settings.max_history)
        items = _most_wanted(cells, settings.next_ridge_max_items)
        place_of = read_only(_places(items, catalogue.n_items))
        stories = Stories(
            cells.indptr,
            cells.index,
            account_weights(cells, settings.next_ridge_account_power),
            np.array([settings.next_ridge_fast, settings.next_ridge_slow]),
            settings.next_ridge_lags,
        )
        l2 = settings.next_ridge_l2
        weight = solve_together(stories, place_of, len(items), l2, settings.next_ridge_counts)
        followers = solve_alone(stories, place_of, l2, settings.next_ridge_neighbours)
        return cls(
            catalogue.n_items,
            read_only(stories.decays),
            read_only(items),
            read_only(weight),
            read_only(followers.start),
            read_only(followers.item),
            read_only(followers.weight),
        )

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """What the histories say comes next: (n_people, n_items); below 0 is unlikelier than not.

        The order of a history counts: its last item speaks loudest.
        """
        given: Checked = checked(histories, self.n_items)
        out = np.empty((histories.n_people, self.n_items), np.float32)
        _score(self._model, given.indptr, given.item, given.weight, out)
        return out

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> NDArray[np.float32]:
        """What each item of the history, oldest first, adds to each item: (n, n_history)."""
        history, items = np.asarray(history, np.int32), np.asarray(items, np.int32)
        check_positions(history, self.n_items)
        check_positions(items, self.n_items)
        out = np.empty((len(items), len(history)), np.float32)
        near, far = np.empty(len(self.items)), np.empty(self.n_items)
        for place, item in enumerate(history):
            near[:] = far[:] = 0.0
            _say(self._model, int(item), len(history) - 1 - place, 1.0, near, far)
            far[self.items] += near
            out[:, place] = far[items]
        return out

    def to_arrays(self) -> Arrays:
        """Decays, weights, the items they are of, and what else follows each item."""
        return {
            "n_items": np.array(self.n_items, np.int64),
            "decays": self.decays,
            "items": self.items,
            "weight": self.weight,
            "start": self.start,
            "follower": self.follower,
            "follower_weight": self.follower_weight,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        return cls(
            int(arrays["n_items"]),
            read_only(arrays["decays"].astype(np.float64, copy=False)),
            read_only(arrays["items"].astype(np.int32, copy=False)),
            read_only(arrays["weight"].astype(np.float32, copy=False)),
            read_only(arrays["start"].astype(np.int64, copy=False)),
            read_only(arrays["follower"].astype(np.int32, copy=False)),
            read_only(arrays["follower_weight"].astype(np.float32, copy=False)),
        )


def _places(items: NDArray[np.int32], n_items: int) -> NDArray[np.int32]:
    place_of = np.full(n_items, -1, np.int32)
    place_of[items] = np.arange(len(items), dtype=np.int32)
    return place_of


def _most_wanted(cells: Cells, n_most: int) -> NDArray[np.int32]:
    """The items that most accounts wanted, ties to the lower one, in ascending order."""
    count = np.bincount(cells.index, minlength=cells.n_columns)
    most = np.argsort(-count, kind="stable")[:n_most]
    return np.sort(most[count[most] > 0]).astype(np.int32)
