"""Share conversions among the channels that were met, by games that are sums over paths.

Where a set of channels is worth the conversions of the paths within it, a path is worth something
only to all of its channels together, so they share it evenly: a path over search and mail gives
each half, and no coalition has to be listed. Thousands of channels take one pass.

By place: what a channel has of a path is parted among the places it stood at.

Reads / Writes: nothing.
Source: Zhao, Mahboobi and Bagheri (2018), "Shapley Value Methods for Attribution Modeling in
Online Advertising", arXiv 1804.05327, sections 3 and 4.
Not here: games that are no such sums (measure.games_reach, measure.learned).
"""

from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.measure.games import MAX_EXACT, Floats, NoGame, Worth
from settee.measure.paths import Credit, Paths

_MAX_PLACES = 64


def shapley_paths(paths: Paths, kind: Literal["sets", "ordered"] = "sets") -> Credit:
    """Shapley values where a set is worth the conversions of the paths within it.

    Args:
        paths: What was met, and what came of it.
        kind: "sets" or "ordered". The ordered values of a channel sum over places to the same
            credit; `shapley_places` gives them place by place.

    >>> one = Paths(("mail", "web"), np.array([0, 3]), np.array([1, 0, 1], np.int32),
    ...             np.array([4.0]), np.array([0.0]), np.array([8.0]))
    >>> shapley_paths(one).conversions.tolist()
    [2.0, 2.0]
    """
    n = paths.n_channels
    method = "shapley" if kind == "sets" else "shapley_ordered"
    conversions, value = _by_place(
        paths.indptr, paths.step, paths.converted, paths.value, np.zeros((n, 1)), np.zeros((n, 1))
    )
    return Credit(method, conversions[:, 0], value[:, 0])


def shapley_places(paths: Paths, n_places: int = 8) -> tuple[Floats, Floats]:
    """Ordered Shapley values: credit of each channel at each place of a path.

    Args:
        paths: What was met, and what came of it.
        n_places: Places told apart, 1 to 64; the last holds all that come later.

    Returns:
        (n_channels, n_places) conversions and value. Over places they sum to `shapley_paths`.

    Raises:
        NoGame: The number of places is out of bounds.

    >>> one = Paths(("mail", "web"), np.array([0, 3]), np.array([1, 0, 1], np.int32),
    ...             np.array([4.0]), np.array([0.0]), np.array([8.0]))
    >>> shapley_places(one, 3)[0].tolist()
    [[0.0, 2.0, 0.0], [1.0, 0.0, 1.0]]
    """
    if not 1 <= n_places <= _MAX_PLACES:
        raise NoGame(f"{n_places} places; 1 to {_MAX_PLACES} can be told apart.")
    empty = np.zeros((paths.n_channels, n_places))
    table: tuple[Floats, Floats] = _by_place(
        paths.indptr, paths.step, paths.converted, paths.value, empty, empty.copy()
    )
    return table


@njit(cache=True, nogil=True)
def _by_place(
    indptr: NDArray[np.int64],
    step: NDArray[np.int32],
    converted: Floats,
    value: Floats,
    conversions_out: Floats,
    value_out: Floats,
) -> tuple[Floats, Floats]:
    n_channels, n_places = conversions_out.shape
    times = np.zeros(n_channels, np.int64)
    for path in range(len(converted)):
        if converted[path] == 0.0 and value[path] == 0.0:
            continue
        start, end = indptr[path], indptr[path + 1]
        n_distinct = 0
        for at in range(start, end):
            n_distinct += times[step[at]] == 0
            times[step[at]] += 1
        for at in range(start, end):
            share = 1.0 / (n_distinct * times[step[at]])
            place = min(at - start, n_places - 1)
            conversions_out[step[at], place] += converted[path] * share
            value_out[step[at], place] += value[path] * share
        for at in range(start, end):
            times[step[at]] = 0
    return conversions_out, value_out


def empirical_table(paths: Paths) -> Floats:
    """(2 ** n_channels,) conversions of the paths whose channels all lie within each set.

    Raises:
        NoGame: There are more than 20 channels.

    >>> one = Paths(("mail", "web"), np.array([0, 2]), np.array([1, 0], np.int32),
    ...             np.array([4.0]), np.array([0.0]), np.array([8.0]))
    >>> empirical_table(one).tolist()
    [0.0, 0.0, 0.0, 4.0]
    """
    n = paths.n_channels
    if n > MAX_EXACT:
        raise NoGame(
            f"{n} channels have too many sets to list; {MAX_EXACT} at most.",
            hint="Use shapley_paths, which lists none.",
        )
    table = np.bincount(path_sets(paths), weights=paths.converted, minlength=1 << n)
    for member in range(n):  # sum over subsets, one channel at a time
        halves = table.reshape(-1, 2, 1 << member)
        halves[:, 1] += halves[:, 0]
    return np.asarray(table, np.float64)


def empirical_worth(paths: Paths) -> Worth:
    """Conversions of the paths whose channels all lie within each set, for any coalitions asked.

    >>> one = Paths(("mail", "web"), np.array([0, 2]), np.array([1, 0], np.int32),
    ...             np.array([4.0]), np.array([0.0]), np.array([8.0]))
    >>> empirical_worth(one)(np.array([[True, False], [True, True]])).tolist()
    [0.0, 4.0]
    """

    def worth(sets: NDArray[np.bool_]) -> Floats:
        out: Floats = _within(paths.indptr, paths.step, paths.converted, sets)
        return out

    return worth


@njit(cache=True, nogil=True)
def _within(
    indptr: NDArray[np.int64], step: NDArray[np.int32], weight: Floats, sets: NDArray[np.bool_]
) -> Floats:
    out = np.zeros(len(sets), np.float64)
    for row in range(len(sets)):
        for path in range(len(weight)):
            inside = weight[path] != 0.0
            for at in range(indptr[path], indptr[path + 1]):
                if not sets[row, step[at]]:
                    inside = False
                    break
            if inside:
                out[row] += weight[path]
    return out


def path_sets(paths: Paths) -> NDArray[np.int64]:
    """(n_paths,) int64: which channels each path met, a bit each; at most 62 channels."""
    out = np.zeros(paths.n_paths, np.int64)
    rows = np.repeat(np.arange(paths.n_paths), np.diff(paths.indptr))
    np.bitwise_or.at(out, rows, np.int64(1) << paths.step.astype(np.int64))
    return out
