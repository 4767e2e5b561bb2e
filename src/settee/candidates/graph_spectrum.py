"""Find the strongest patterns in who wanted what: the leading right singular vectors.

A block of random directions is pulled through the matrix and back again and again; each time what
many accounts share grows against what is chance. With two groups of accounts that want two groups
of items, two patterns say it all, and the strength of each is the share of it that survives one
turn. Over a few hundred items the answer is exact instead.

Reads / Writes: nothing.
Source: Halko, Martinsson and Tropp (2011), "Finding structure with randomness", algorithms 4.4 and
5.1, on the columns.
Not here: what the patterns are used for (candidates.graph).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.matrix import Cells
from settee.events import Progress

_ROUNDS = 6
_SPARE = 1.1
"""Block over patterns asked for: the last ones of a block settle slowly and are thrown away."""
_SPARE_LEAST = 10
_EXACT_TO = 500
"""Items up to which the whole matrix is solved."""
_FAINTEST = 1e-6
"""Squared singular value, against the greatest, below which a pattern is rounding error."""
_SEED = 7


@dataclass(frozen=True)
class Patterns:
    """Orthonormal vectors over items, strongest first.

    Args:
        vectors: (n_items, n_patterns) float32; rows of items without any cell are 0.
        strength: (n_patterns,) float64: the squared singular values.
        loudest: The greatest of them all; 1 where there is none.
    """

    vectors: NDArray[np.float32]
    strength: NDArray[np.float64]
    loudest: float = 1.0


@njit(cache=True, nogil=True)
def _there_and_back(
    indptr: NDArray[np.int64],
    index: NDArray[np.int32],
    value: NDArray[np.float32],
    block: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Put A' A times the block into `out`, a row of A at a time."""
    out[:] = 0.0
    met = np.empty(block.shape[1], np.float32)
    for row in range(len(indptr) - 1):
        met[:] = 0.0
        for cell in range(indptr[row], indptr[row + 1]):
            line, amount = block[index[cell]], value[cell]
            for column in range(len(met)):
                met[column] += amount * line[column]
        for cell in range(indptr[row], indptr[row + 1]):
            line, amount = out[index[cell]], value[cell]
            for column in range(len(met)):
                line[column] += amount * met[column]


def _turned(cells: Cells, block: NDArray[np.float32]) -> NDArray[np.float32]:
    out = np.empty_like(block)
    _there_and_back(cells.indptr, cells.index, cells.value, block, out)
    return out


def strongest_patterns(cells: Cells, n_patterns: int, progress: Progress) -> Patterns:
    """Return the `n_patterns` leading right singular vectors of accounts by items.

    Fewer where the matrix has fewer, none for 0; the same cells give the same bytes.

    Args:
        cells: (n_accounts, n_items).
        n_patterns: How many, 0 or more.
        progress: Told how many turns are done.
    """
    n_items = cells.n_columns
    if len(cells.index) == 0:
        return Patterns(np.zeros((n_items, 0), np.float32), np.zeros(0))
    width = int(n_patterns * _SPARE) + _SPARE_LEAST
    if n_items <= max(width, _EXACT_TO):
        basis = np.eye(n_items, dtype=np.float32)
    else:
        start = np.random.default_rng(_SEED).standard_normal((n_items, width))
        basis = start.astype(np.float32)
        for turn in range(_ROUNDS):
            progress("find patterns", turn, _ROUNDS)
            basis = np.linalg.qr(_turned(cells, basis))[0]
    within = (basis.T @ _turned(cells, basis)).astype(np.float64)
    strength, mix = np.linalg.eigh((within + within.T) / 2)
    best = np.argsort(-strength, kind="stable")[:n_patterns]
    loudest = float(strength.max())
    best = best[strength[best] > _FAINTEST * loudest]
    vectors = basis @ mix[:, best].astype(np.float32)
    vectors[np.bincount(cells.index, minlength=n_items) == 0] = 0.0
    progress("find patterns", _ROUNDS, _ROUNDS)
    return Patterns(np.ascontiguousarray(vectors), strength[best], loudest)
