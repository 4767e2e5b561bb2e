"""Foretell the next item by one ridge regression on two fading memories of the history.

An item met n items ago has faded to 0.8^n in the first memory and to 0.98^n in the second: with
both, what was just met and what was met of late speak by weights of their own. All regressions
share one matrix of products, so all are solved at once. For training, each story is foretold by
weights from other stories alone (they are dealt into parts), else the sequence model would learn
to trust its linear path too much.

Reads: stories.  Writes: nothing.
Source: Wolpert (1992), "Stacked Generalization", for the parts.
Not here: the products (candidates.next_ridge_counts, which also serve the source of that name),
the model beside it (candidates.deep.sasrec_train).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.histories import read_only
from settee.candidates.next_ridge_counts import Stories as InOrder
from settee.candidates.next_ridge_counts import add_gram, add_ways, series_of
from settee.candidates.sasrec_stories import Stories, Window
from settee.candidates.solve import SolveFailed
from settee.core import SourceSettings

_REACH = 256
"""Latest items that are remembered."""
_PARTS = 3
_FLOOR = 1e-3
"""Least share that is foretold of any item, so that its logarithm is finite."""


@dataclass(frozen=True)
class Linear:
    """Weights from memories to next items.

    Args:
        fading: (n_memories,) float32.
        weight: (n_memories * m, m) float32; row ``k * m + h`` is what item h in memory k says.
    """

    fading: NDArray[np.float32]
    weight: NDArray[np.float32]

    def told(self, places: NDArray[np.int32], amount: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logarithm of the share foretold of each item after that history: (m,).

        Args:
            places: (n,) int32, oldest first.
            amount: (n,) float32: how much each counts, 1 for all of it.
        """
        out = np.zeros(self.weight.shape[1], np.float32)
        _fade(self.weight, self.fading, places[-_REACH:], amount[-_REACH:], out)
        return np.log(np.maximum(out, 0) + np.float32(_FLOOR))

    def told_each(self, stories: Stories, window: Window) -> NDArray[np.float32]:
        """The same after each step of a window: (n_steps, m)."""
        places = stories.places(window.story)
        start = max(0, window.start - _REACH // 2)  # a window adds its own
        out = np.empty((len(window), self.weight.shape[1]), np.float32)
        _stream(self.weight, self.fading, places[start : window.end], window.end - start, out)
        return np.log(np.maximum(out, 0, out=out) + np.float32(_FLOOR))


@dataclass(frozen=True)
class Solved:
    """The linear path of all stories, and per part that of the stories outside it."""

    whole: Linear
    parts: tuple[Linear, ...]

    def outside(self, story: int) -> Linear:
        """Weights that have not seen that story."""
        return self.parts[story % len(self.parts)]


@njit(cache=True, nogil=True)
def _fade(
    weight: NDArray[np.float32],
    fading: NDArray[np.float32],
    places: NDArray[np.int32],
    amount: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    for k in range(len(fading)):
        power = np.float32(1.0)
        for step in range(len(places) - 1, -1, -1):
            line = weight[k * len(out) + places[step]]
            share = power * amount[step]
            if share > 1e-4:
                for j in range(len(out)):
                    out[j] += share * line[j]
            power *= fading[k]


@njit(cache=True, nogil=True)
def _stream(
    weight: NDArray[np.float32],
    fading: NDArray[np.float32],
    places: NDArray[np.int32],
    n_before_end: int,
    out: NDArray[np.float32],
) -> None:
    """Both memories' sums, carried from step to step; the last `len(out)` steps are written."""
    n = out.shape[1]
    sums = np.zeros((len(fading), n), np.float32)
    first = n_before_end - len(out)
    for step in range(n_before_end):
        for k in range(len(fading)):
            line, total, fade = weight[k * n + places[step]], sums[k], fading[k]
            for j in range(n):
                total[j] = total[j] * fade + line[j]
        if step >= first:
            row = out[step - first]
            row[:] = 0
            for k in range(len(fading)):
                for j in range(n):
                    row[j] += sums[k, j]


def _products(
    stories: Stories, which: NDArray[np.int64], settings: SourceSettings
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Products of the memories of those stories, and of memories and next items."""
    sizes = np.diff(stories.indptr)[which]
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    places = [stories.places(int(story)) for story in which]
    told = InOrder(
        indptr,
        np.concatenate([np.empty(0, np.int32), *places]),
        (np.maximum(sizes, 1.0) ** -settings.next_ridge_account_power).astype(np.float32),
        np.array([settings.next_ridge_fast, settings.next_ridge_slow]),
        settings.next_ridge_lags,
    )
    n, everywhere = stories.n_places, np.arange(stories.n_places, dtype=np.int32)
    gram, next_of = np.zeros((2, n, 2, n), np.float32), np.zeros((2, n, n), np.float32)
    add_gram(told, series_of(told), everywhere, gram)
    add_ways(told, everywhere, next_of)
    return gram.reshape(2 * n, 2 * n), next_of.reshape(2 * n, n)


def _solve(
    gram: NDArray[np.float32],
    next_of: NDArray[np.float32],
    l2: float,
    fading: NDArray[np.float32],
) -> Linear:
    """Weights from both products; they may be overwritten."""
    from scipy.linalg import lapack  # loads much, and serving needs none

    gram[np.diag_indices(len(gram))] += np.float32(l2)
    # By rows it is symmetric, so its transpose is the same matrix and needs no copy.
    factor, failed = lapack.spotrf(gram.T, lower=1, clean=0, overwrite_a=1)
    if failed:
        raise SolveFailed(
            f"the linear path over {next_of.shape[1]} items was not solved (status {failed}).",
            hint="Raise sources.next_ridge_l2, or set sources.sasrec_linear_items to 0.",
        )
    solved, _ = lapack.spotrs(factor, next_of, lower=1)
    return Linear(fading, read_only(np.asarray(solved, np.float32)))


def solve_linear(
    stories: Stories, settings: SourceSettings, say: Callable[[int, int], None]
) -> Solved:
    """Solve for all stories, and for all but each part.

    Args:
        stories: At least one item is modelled.
        settings: The `next_ridge_*` ones.
        say: Told how many solutions are there, of how many.

    Raises:
        SolveFailed: The products are too far from positive definite.
    """
    fading = read_only(np.array([settings.next_ridge_fast, settings.next_ridge_slow], np.float32))
    dealt = np.arange(len(stories)) % _PARTS
    products = [
        _products(stories, np.flatnonzero(dealt == part), settings) for part in range(_PARTS)
    ]
    gram, next_of = products[0][0].copy(), products[0][1].copy()
    for own_gram, own_next in products[1:]:
        gram += own_gram
        next_of += own_next
    parts = []
    left = settings.next_ridge_l2 * (_PARTS - 1) / _PARTS
    for part in range(_PARTS):
        say(part, _PARTS + 1)
        own_gram, own_next = products.pop(0)
        np.subtract(gram, own_gram, out=own_gram)
        np.subtract(next_of, own_next, out=own_next)
        parts.append(_solve(own_gram, own_next, left, fading))
    say(_PARTS, _PARTS + 1)
    return Solved(_solve(gram, next_of, settings.next_ridge_l2, fading), tuple(parts))
