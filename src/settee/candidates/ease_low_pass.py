"""Mix into the weights of EASE what only the broadest tastes of all accounts say.

The weights of EASE know which two of 3,500 films belong together and are noisy; the 100 broadest
tastes, the strongest eigenvectors of the co-counts, know nothing of single films and are not. Each
errs where the other does not. At a share of 0.4, 0.6 of a weight is EASE's and 0.4 is the taste's,
both brought to one size; the sum is again one weight from each item to each other.

Reads / Writes: nothing.
Source: Shen et al. (2021), "How Powerful is Graph Convolution for Recommendation?" (GF-CF), the
ideal low-pass filter; Halko, Martinsson, Tropp (2011), algorithm 4.4 (subspace iteration).
Not here: the weights of EASE (candidates.ease), a source of filters alone (candidates.graph).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 10
_BLOCK = 512


@dataclass(frozen=True)
class Tastes:
    """The broadest tastes as two thin matrices, whose product speaks from item to item.

    Args:
        said: (m, k) float32: what an item of a history says of each taste.
        wanted: (m, k) float32, orthonormal columns: how much each taste wants an item.
    """

    said: NDArray[np.float32]
    wanted: NDArray[np.float32]


def broadest_tastes(upper: NDArray[np.float32], n: int, power: float) -> Tastes:
    """The `n` strongest directions of co-counts between items.

    Args:
        upper: (m, m) float32 co-counts; only the upper triangle is read, its diagonal is above 0.
        n: How many directions; m of them where there are fewer.
        power: Counts are divided by the audiences of both items to this power, so that what
            everybody wants is not the only direction that there is.
    """
    from scipy.linalg import blas  # loads much, and serving needs none

    m = len(upper)
    if m == 0:
        return Tastes(np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float32))
    audience = np.diag(upper)
    scale = ((audience / audience.mean(dtype=np.float64)) ** -power).astype(np.float32)[:, None]
    width = min(m, n + n // 4 + 8)
    found = np.random.default_rng(7).standard_normal((m, width)).astype(np.float32)
    for _ in range(_ROUNDS):
        found = np.linalg.qr(_times(blas.ssymm, upper, scale, found))[0]
    inside = found.T @ _times(blas.ssymm, upper, scale, found)  # (width, width)
    turn = np.linalg.eigh((inside + inside.T) / 2)[1][:, ::-1][:, : min(n, m)]
    wanted = np.ascontiguousarray(found @ turn, np.float32)
    return Tastes(scale * wanted, wanted)


def _times(
    ssymm: Callable[..., Any],
    upper: NDArray[np.float32],
    scale: NDArray[np.float32],
    many: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The scaled co-counts times many vectors: (m, width)."""
    # The upper triangle by rows is the lower one by columns, which BLAS takes without a copy.
    product = ssymm(1.0, upper.T, np.asfortranarray(scale * many), lower=1)
    return np.ascontiguousarray(scale * product, np.float32)


def mix_in(
    weight: NDArray[np.float32], tastes: Tastes, audience: NDArray[np.float32], share: float
) -> None:
    """Replace weights by `share` of what the tastes say and the rest of themselves.

    The tastes are first brought to the size of the weights: the same mean square over the items
    that accounts have.

    Args:
        weight: (m, m) float32, 0 on the diagonal; changed.
        tastes: Of the same items.
        audience: (m,) float32, above 0.
        share: 0 to 1.
    """
    own = np.einsum("ij,ij->i", tastes.said, tastes.wanted)
    squares = np.einsum("ij,ij->i", tastes.said, tastes.said) - own**2
    theirs = float(audience @ np.maximum(squares, 0.0))
    ours = float(audience @ np.einsum("ij,ij->i", weight, weight))
    factor = np.float32(share * np.sqrt(ours / theirs)) if theirs > 0 else np.float32(0.0)
    for top in range(0, len(weight), _BLOCK):
        rows = weight[top : top + _BLOCK]
        rows *= np.float32(1.0 - share)
        rows += factor * (tastes.said[top : top + _BLOCK] @ tastes.wanted.T)
    np.fill_diagonal(weight, 0.0)
