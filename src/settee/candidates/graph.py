"""Score items by where a history flows in the graph of accounts and items.

Interest flows from the items of a history to the accounts that wanted them and on to what else
these wanted; many steps settle into the broad patterns of the graph, its singular vectors. A
pattern of strength w, the loudest at 1, is heard by w / (w + ridge): with a ridge of .02 one of .02
counts half of the loudest, where two steps alone would let it count a fiftieth. Kept are the
strongest patterns, and a table of what two steps tell beyond them.

Reads: interest events.  Writes: nothing.
Source: Shen et al. (2021), "How Powerful is Graph Convolution for Recommendation?", section 5; the
soft cut is the ridge of Steck (2019) asked of the graph's Laplacian; Fu et al. (2022), "Revisiting
Neighborhood-based Link Prediction for Collaborative Filtering" (unlike powers at the two ends).
Not here: the patterns (candidates.graph_spectrum), the table (candidates.graph_rest).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.graph_rest import Parts, strongest_rest
from settee.candidates.graph_spectrum import strongest_patterns
from settee.candidates.histories import checked, read_only
from settee.candidates.matrix import Cells, account_weights, wanted
from settee.candidates.neighbours import Neighbours
from settee.candidates.source import Arrays
from settee.core import SourceSettings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress


@njit(cache=True, nogil=True)
def _gather(
    vectors: NDArray[np.float32],
    scale: NDArray[np.float32],
    indptr: NDArray[np.int64],
    history: NDArray[np.int32],
    amount: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Put what each history has of each pattern into `out`, an item after the other."""
    total = np.empty(vectors.shape[1], np.float64)
    for person in range(len(out)):
        total[:] = 0.0
        for place in range(indptr[person], indptr[person + 1]):
            factor = amount[place] * scale[history[place]]
            line = vectors[history[place]]
            for pattern in range(len(total)):
                total[pattern] += factor * line[pattern]
        for pattern in range(len(total)):
            out[person, pattern] = total[pattern]


@njit(cache=True, nogil=True)
def _give_back(
    met: NDArray[np.float32],
    scale: NDArray[np.float32],
    own: NDArray[np.float32],
    indptr: NDArray[np.int64],
    history: NDArray[np.int32],
    amount: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Add what came of the patterns to the scores, less what each item gives to itself."""
    for person in range(len(out)):
        for item in range(out.shape[1]):
            out[person, item] += met[person, item] * scale[item]
        for place in range(indptr[person], indptr[person + 1]):
            out[person, history[place]] -= amount[place] * own[history[place]]


def _evened(cells: Cells, account_power: float) -> Cells:
    """The cells, each divided by what its account and its item have, so that no hub is louder."""
    audience = np.maximum(np.bincount(cells.index, minlength=cells.n_columns), 1.0)
    account = account_weights(cells, account_power)[cells.row_of_cell()]
    return replace(cells, value=np.sqrt(account / audience[cells.index]).astype(np.float32))


@dataclass(frozen=True)
class Graph:
    """Broad patterns of the graph, and what two steps tell beyond them.

    Args:
        rest: Of each item, what it adds beyond the patterns to which others.
        vectors: (n_items, n_patterns) float32: how much of each pattern each item has.
        gain: (n_patterns,) float32: how loud each pattern is heard.
        speaks: (n_items,) float32: how loud an item of a history speaks to the patterns.
        answers: (n_items,) float32: how much of a pattern's answer an item takes.
    """

    name: ClassVar[str] = "graph"
    needs_history: ClassVar[bool] = True

    rest: Neighbours
    vectors: NDArray[np.float32]
    gain: NDArray[np.float32]
    speaks: NDArray[np.float32]
    answers: NDArray[np.float32]

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        settings: SourceSettings,
        progress: Progress = no_progress,
    ) -> Self:
        """Even the graph out, find its patterns, tabulate the rest."""
        del catalogue
        cells = wanted(interactions, settings.max_history)
        audience = np.maximum(np.bincount(cells.index, minlength=cells.n_columns), 1.0)
        evened = _evened(cells, settings.graph_account_power)
        found = strongest_patterns(evened, settings.graph_patterns, progress)
        loudest = found.loudest
        strength = found.strength / loudest
        heard = strength / (strength + settings.graph_ridge)
        faintest = float(strength.min(initial=1.0)) if settings.graph_patterns else 1.0
        tail = settings.graph_tail / (faintest + settings.graph_ridge)
        speaks = (audience ** (0.5 - settings.graph_history_power)).astype(np.float32)
        answers = (audience ** (0.5 - settings.graph_target_power)).astype(np.float32)
        taken = (tail * strength).astype(np.float32)
        parts = Parts(evened, tail / loudest, found.vectors, taken, speaks, answers)
        return cls(
            strongest_rest(parts, settings.graph_neighbours, progress),
            read_only(found.vectors),
            read_only(heard.astype(np.float32)),
            read_only(speaks),
            read_only(answers),
        )

    @property
    def n_items(self) -> int:
        """Size of the item space."""
        return len(self.vectors)

    @cached_property
    def own(self) -> NDArray[np.float32]:
        """(n_items,): what the patterns would let each item say for itself; it is taken away."""
        heard = np.square(self.vectors, dtype=np.float64) @ self.gain.astype(np.float64)
        return read_only((heard * self.speaks * self.answers).astype(np.float32))

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Patterns of the history given back, and the rest: (n_people, n_items)."""
        given = checked(histories, self.n_items)
        out = self.rest.score(histories)
        met = np.empty((histories.n_people, len(self.gain)), np.float32)
        _gather(self.vectors, self.speaks, given.indptr, given.item, given.weight, met)
        met *= self.gain
        _give_back(
            met @ self.vectors.T, self.answers, self.own,
            given.indptr, given.item, given.weight, out,
        )  # fmt: skip
        return out

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> NDArray[np.float32]:
        """What each item of the history adds to each item: (n, n_history)."""
        history, items = np.asarray(history, np.int32), np.asarray(items, np.int32)
        out = self.rest.shares(history, items)
        spoken = self.vectors[history] * self.gain * self.speaks[history, np.newaxis]
        out += (self.vectors[items] @ spoken.T) * self.answers[items, np.newaxis]
        out[items[:, np.newaxis] == history] = 0.0
        return out

    def to_arrays(self) -> Arrays:
        """The patterns, what scales them, and the columns of the table."""
        table = {f"rest_{name}": array for name, array in self.rest.to_arrays().items()}
        return table | {
            "vectors": self.vectors,
            "gain": self.gain,
            "speaks": self.speaks,
            "answers": self.answers,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        table = {
            name.removeprefix("rest_"): array
            for name, array in arrays.items()
            if name.startswith("rest_")
        }
        kept = (arrays[name] for name in ("vectors", "gain", "speaks", "answers"))
        return cls(
            Neighbours.from_arrays(table),
            *(read_only(array.astype(np.float32, copy=False)) for array in kept),
        )
