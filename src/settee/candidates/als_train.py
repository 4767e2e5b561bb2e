"""Find vectors of accounts and items whose products foretell who wants what, in turns.

With the items' vectors held still, each account's vector is a ridge problem of its own, and the
other way round; 8 turns settle it. Before each turn both sides are turned into the eigenvectors of
the Gram matrix of the side that is held still, which changes no product of an account and an item
and makes what nobody did a weight per coordinate. A row of n cells in a matrix of m columns has a
ridge of l2 (n + unobserved m)^power: 1 asks every vector to be about as long, 0 is one ridge for
all.

Reads / Writes: nothing.
Source: Rendle, Krichene, Zhang, Koren (2022), "Revisiting the Performance of iALS on Item
Recommendation Benchmarks".
Not here: one row (candidates.als_sweep), which items (candidates.als).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from os import cpu_count

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.als_sweep import Ridge, block_rows, descend_rows, solve_rows
from settee.candidates.histories import read_only
from settee.candidates.matrix import Cells
from settee.core import SourceSettings
from settee.events import Progress, no_progress

_CHUNKS_PER_THREAD = 8


_UNSEEN_TO_SEEN = 12.0
_MOST_UNOBSERVED = 0.1
"""What films ask for, where 3 in 100 cells are filled; .1 for each of 41,000 places drowns 27."""


def unobserved_of(cells: Cells, settings: SourceSettings) -> float:
    """The weight of what an account did nothing with, where the settings do not say one.

    >>> cells = Cells(np.array([0, 1, 2]), np.array([3, 4]), np.ones(2, np.float32), 1200)
    >>> [unobserved_of(cells, SourceSettings(als_unobserved=said)) for said in (0, 1)]
    [0.01, 1.0]
    """
    n_rows = int((np.diff(cells.indptr) > 0).sum())
    share = len(cells.index) / max(n_rows * cells.n_columns, 1)
    return settings.als_unobserved or max(min(_UNSEEN_TO_SEEN * share, _MOST_UNOBSERVED), 1e-9)


@njit(cache=True, nogil=True)
def _fingerprints(indptr: NDArray[np.int64], index: NDArray[np.int32]) -> NDArray[np.uint64]:
    """One number of what each row holds, whatever its place."""
    out = np.empty(len(indptr) - 1, np.uint64)
    for row in range(len(out)):
        mixed = np.uint64(14695981039346656037)
        for cell in range(indptr[row], indptr[row + 1]):
            mixed = (mixed ^ np.uint64(index[cell] + 1)) * np.uint64(1099511628211)
            mixed ^= mixed >> np.uint64(29)
        out[row] = mixed
    return out


def settled(cells: Cells) -> Cells:
    """The rows that hold something, in an order that hangs on nothing but what they hold.

    Sums in float32 then come out the same whoever came first, and rows of a length follow each
    other.
    """
    sizes = np.diff(cells.indptr)
    order = np.lexsort((_fingerprints(cells.indptr, cells.index), sizes))
    order = order[sizes[order] > 0]
    taken = sizes[order]
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(taken)])
    place = np.repeat(cells.indptr[:-1][order] - indptr[:-1], taken) + np.arange(indptr[-1])
    return Cells(indptr, cells.index[place], cells.value[place], cells.n_columns)


@dataclass(frozen=True)
class Turned:
    """Vectors in the basis in which their Gram matrix is diagonal.

    Args:
        vectors: (n, d) float32.
        others: (m, d) float32, the other side in the same basis.
        unseen: (d,) float32: the diagonal times the weight of what nobody did.
    """

    vectors: NDArray[np.float32]
    others: NDArray[np.float32]
    unseen: NDArray[np.float32]


def turn(vectors: NDArray[np.float32], others: NDArray[np.float32], unobserved: float) -> Turned:
    """Rotate both sides so that ``vectors.T @ vectors`` is diagonal, the largest first.

    Args:
        vectors: (n, d), the side that is held still.
        others: (m, d), the side that moves.
        unobserved: Weight of a cell that nobody filled.
    """
    gram = (vectors.T @ vectors).astype(np.float64)  # (d, d)
    strength, basis = np.linalg.eigh(gram)
    basis = np.ascontiguousarray(basis[:, ::-1], np.float32)
    unseen = (unobserved * np.maximum(strength[::-1], 0.0)).astype(np.float32)
    return Turned(vectors @ basis, others @ basis, unseen)


def ridge_of(
    weight: NDArray[np.float64], n_columns: int, settings: SourceSettings
) -> NDArray[np.float32]:
    """The ridge of rows of that much weight over that many columns: (n_rows,) float32.

    Args:
        weight: (n_rows,) of the cells that are filled.
        n_columns: Of the matrix.
        settings: With the weight of what nobody did said, from `unobserved_of`.
    """
    size = weight + settings.als_unobserved * n_columns
    ridge: NDArray[np.float64] = settings.als_l2 * size**settings.als_l2_power
    return ridge.astype(np.float32)


def _chunks(indptr: NDArray[np.int64], n_threads: int) -> Iterator[tuple[int, int]]:
    """Spans of rows of about as many cells each."""
    n = 1 if n_threads == 1 else n_threads * _CHUNKS_PER_THREAD
    ends = np.searchsorted(indptr, np.linspace(0, indptr[-1], n + 1)[1:-1])
    yield from pairwise(np.unique(np.concatenate([[0], ends, [len(indptr) - 1]])).tolist())


def _solve(cells: Cells, ridge: Ridge, out: NDArray[np.float32], settings: SourceSettings) -> None:
    """Move every row of `out` towards the answer of its row of cells."""
    vectors = read_only(ridge.vectors)

    def part(span: tuple[int, int]) -> None:
        a, b = span
        rows = read_only(cells.indptr[a : b + 1])
        given = rows, cells.index, cells.value, vectors, ridge.unseen, ridge.own[a:b], out[a:b]
        if settings.als_solver == "blocks":
            block_rows(*given, settings.als_block)
        elif settings.als_solver == "exact":
            solve_rows(*given)
        else:
            descend_rows(*given, settings.als_steps, np.float32(0.0))

    n_threads = settings.als_threads or cpu_count() or 1
    spans = _chunks(cells.indptr, n_threads)
    if n_threads == 1:
        for span in spans:
            part(span)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        for _ in pool.map(part, spans):
            pass


def train(cells: Cells, settings: SourceSettings, progress: Progress = no_progress) -> Turned:
    """Vectors of the columns; the others are those of the rows that hold something.

    Args:
        cells: Accounts by items, weights above 0; every column is filled somewhere.
        settings: `als_*`, the weight of what nobody did said; `als_threads` changes only speed.
        progress: Told the sweeps.
    """
    by_row = _frozen(settled(cells))
    by_column = _frozen(by_row.transposed())
    d = settings.als_factors
    rng = np.random.default_rng(settings.als_seed)
    scale = np.float32(settings.als_init_std / np.sqrt(d))
    columns = rng.standard_normal((by_row.n_columns, d), np.float32) * scale
    rows = np.zeros((by_row.n_rows, d), np.float32)
    row_ridge = ridge_of(_weights(by_row), by_row.n_columns, settings)
    column_ridge = ridge_of(_weights(by_column), by_row.n_rows, settings)
    unobserved = settings.als_unobserved
    for sweep in range(settings.als_sweeps):
        progress("fit als", sweep, settings.als_sweeps)
        still = turn(columns, rows, unobserved)
        rows = still.others
        _solve(by_row, Ridge(still.vectors, still.unseen, row_ridge), rows, settings)
        moved = turn(rows, still.vectors, unobserved)
        columns = moved.others
        _solve(by_column, Ridge(moved.vectors, moved.unseen, column_ridge), columns, settings)
        rows = moved.vectors
    return turn(columns, rows, unobserved)


def _frozen(cells: Cells) -> Cells:
    """The same cells in the one type that kernels are compiled for."""
    return Cells(
        read_only(cells.indptr), read_only(cells.index), read_only(cells.value), cells.n_columns
    )


def _weights(cells: Cells) -> NDArray[np.float64]:
    """(n_rows,) float64: sum of the values of each row."""
    ends = np.concatenate([np.zeros(1), np.cumsum(cells.value, dtype=np.float64)])
    return np.diff(ends[cells.indptr])
