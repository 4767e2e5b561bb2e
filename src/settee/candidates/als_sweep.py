"""Solve the ridge problem of every row of a matrix against fixed vectors, row by row.

For a row that holds cells c of weights a, vectors v and target 1 the vector w is sought that makes
sum a (1 - w.v)^2 + sum e w^2 + r |w|^2 least: what is not in the row counts as a little zero, and
in the basis of eigenvectors of the Gram matrix that is a weight e on each coordinate. Nothing of
size d x d is then touched, so a conjugate gradient step of a row of 20 cells costs 20 vectors
instead of 20 + d, and e + r, known before the first step, makes it converge in a few.

Reads / Writes: nothing.
Source: Hu, Koren, Volinsky (2008), "Collaborative Filtering for Implicit Feedback Datasets";
Takacs, Pilaszy, Tikk (2011), "Applications of the Conjugate Gradient Method for Implicit Feedback
Collaborative Filtering"; Rendle et al. (2021), "iALS++" (blocks).
Not here: whose turn it is (candidates.als_train), a live history (candidates.als_fold).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

_FAST = {"reassoc", "contract", "nsz"}
"""Sums may be taken in lanes; infinities and NaN keep their meaning."""


@dataclass(frozen=True)
class Ridge:
    """What is the same for all rows, and what each adds.

    Args:
        vectors: (n_columns, d) float32 in the basis in which their Gram matrix is diagonal.
        unseen: (d,) float32: that diagonal times the weight of what is not in a row.
        own: (n_rows,) float32: the ridge of each row.
    """

    vectors: NDArray[np.float32]
    unseen: NDArray[np.float32]
    own: NDArray[np.float32]


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _dot(one: NDArray[np.float32], other: NDArray[np.float32]) -> np.float32:
    total = np.float32(0.0)
    for at in range(len(one)):
        total += one[at] * other[at]
    return total


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _add(out: NDArray[np.float32], factor: np.float32, vector: NDArray[np.float32]) -> None:
    for at in range(len(out)):
        out[at] += factor * vector[at]


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _slope(
    index: NDArray[np.int32],
    value: NDArray[np.float32],
    vectors: NDArray[np.float32],
    ridge: NDArray[np.float32],
    w: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Half the slope downhill at w: sum a (1 - w.v) v - (e + r) w."""
    for at in range(len(w)):
        out[at] = -ridge[at] * w[at]
    for cell in range(len(index)):
        v = vectors[index[cell]]
        _add(out, value[cell] * (np.float32(1.0) - _dot(v, w)), v)


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _times(
    index: NDArray[np.int32],
    value: NDArray[np.float32],
    vectors: NDArray[np.float32],
    ridge: NDArray[np.float32],
    p: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """The matrix of the problem times p: sum a (p.v) v + (e + r) p."""
    for at in range(len(p)):
        out[at] = ridge[at] * p[at]
    for cell in range(len(index)):
        v = vectors[index[cell]]
        _add(out, value[cell] * _dot(v, p), v)


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def descend(
    index: NDArray[np.int32],
    value: NDArray[np.float32],
    vectors: NDArray[np.float32],
    ridge: NDArray[np.float32],
    w: NDArray[np.float32],
    n_steps: int,
    tolerance: np.float32,
) -> None:
    """Move w to the answer of one row by conjugate gradients.

    Args:
        index: (n,) int32 rows of `vectors`.
        value: (n,) float32 weight of each cell.
        vectors: (n_columns, d) float32.
        ridge: (d,) float32, above 0: e + r.
        w: (d,) float32, where to start; changed.
        n_steps: Most steps.
        tolerance: Of the first slope's length, in the metric of the ridge, at which to stop.
    """
    d = len(w)
    r, z, q = np.empty(d, np.float32), np.empty(d, np.float32), np.empty(d, np.float32)
    _slope(index, value, vectors, ridge, w, r)
    for at in range(d):
        z[at] = r[at] / ridge[at]
    p = z.copy()
    rz = _dot(r, z)
    enough = max(rz * tolerance * tolerance, np.float32(1e-30))
    for _ in range(n_steps):
        if rz <= enough:
            break
        _times(index, value, vectors, ridge, p, q)
        along = rz / _dot(p, q)
        _add(w, along, p)
        _add(r, -along, q)
        for at in range(d):
            z[at] = r[at] / ridge[at]
        before = rz
        rz = _dot(r, z)
        for at in range(d):
            p[at] = z[at] + rz / before * p[at]


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def descend_rows(
    indptr: NDArray[np.int64],
    index: NDArray[np.int32],
    value: NDArray[np.float32],
    vectors: NDArray[np.float32],
    unseen: NDArray[np.float32],
    own: NDArray[np.float32],
    out: NDArray[np.float32],
    n_steps: int,
    tolerance: np.float32,
) -> None:
    """Descend in every row; rows of `out` are where to start, and are changed; 0 without cells."""
    ridge = np.empty(len(unseen), np.float32)
    for row in range(len(indptr) - 1):
        a, b = indptr[row], indptr[row + 1]
        if a == b:
            out[row] = np.float32(0.0)
            continue
        for at in range(len(ridge)):
            ridge[at] = unseen[at] + own[row]
        descend(index[a:b], value[a:b], vectors, ridge, out[row], n_steps, tolerance)


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _curve(rows: NDArray[np.float32], value: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Add sum a v v' over the rows v; four per pass, for most of the time goes into `out`."""
    b = len(out)
    whole = len(rows) - len(rows) % 4
    for cell in range(0, whole, 4):
        one, two, three, four = rows[cell], rows[cell + 1], rows[cell + 2], rows[cell + 3]
        for at in range(b):
            by_one, by_two = value[cell] * one[at], value[cell + 1] * two[at]
            by_three, by_four = value[cell + 2] * three[at], value[cell + 3] * four[at]
            for to in range(b):
                out[at, to] += (
                    by_one * one[to] + by_two * two[to] + by_three * three[to] + by_four * four[to]
                )
    for cell in range(whole, len(rows)):
        for at in range(b):
            by = value[cell] * rows[cell, at]
            for to in range(b):
                out[at, to] += by * rows[cell, to]


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _solve_small(curve: NDArray[np.float32], x: NDArray[np.float32]) -> None:
    """Replace x by the answer of curve @ answer = x; the lower triangle becomes its factor."""
    b = len(x)
    for at in range(b):
        for left in range(at):
            done = _dot(curve[at, :left], curve[left, :left])
            curve[at, left] = (curve[at, left] - done) / curve[left, left]
        done = _dot(curve[at, :at], curve[at, :at])
        curve[at, at] = np.sqrt(curve[at, at] - done)
        x[at] = (x[at] - _dot(curve[at, :at], x[:at])) / curve[at, at]
    for at in range(b - 1, -1, -1):
        x[at] /= curve[at, at]
        _add(x[:at], -x[at], curve[at, :at])


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _block_row(
    index: NDArray[np.int32],
    value: NDArray[np.float32],
    vectors: NDArray[np.float32],
    ridge: NDArray[np.float32],
    w: NDArray[np.float32],
    size: int,
) -> None:
    n = len(index)
    rest = np.empty(n, np.float32)
    for cell in range(n):
        rest[cell] = np.float32(1.0) - _dot(vectors[index[cell]], w)
    for left in range(0, len(w), size):
        b = min(size, len(w) - left)
        curve, step = np.zeros((b, b), np.float32), np.empty(b, np.float32)
        rows = np.empty((n, b), np.float32)
        for at in range(b):
            curve[at, at] = ridge[left + at]
            step[at] = -ridge[left + at] * w[left + at]
        for cell in range(n):
            rows[cell] = vectors[index[cell], left : left + b]
            _add(step, value[cell] * rest[cell], rows[cell])
        _curve(rows, value, curve)
        _solve_small(curve, step)
        _add(w[left : left + b], np.float32(1.0), step)
        for cell in range(n):
            rest[cell] -= _dot(rows[cell], step)


@njit(cache=True, nogil=True)
def block_rows(
    indptr: NDArray[np.int64],
    index: NDArray[np.int32],
    value: NDArray[np.float32],
    vectors: NDArray[np.float32],
    unseen: NDArray[np.float32],
    own: NDArray[np.float32],
    out: NDArray[np.float32],
    size: int,
) -> None:
    """Solve every row exactly in one block of `size` coordinates after the other."""
    ridge = np.empty(len(unseen), np.float32)
    for row in range(len(indptr) - 1):
        a, b = indptr[row], indptr[row + 1]
        for at in range(len(ridge)):
            ridge[at] = unseen[at] + own[row]
        _block_row(index[a:b], value[a:b], vectors, ridge, out[row], size)


def solve_rows(
    indptr: NDArray[np.int64],
    index: NDArray[np.int32],
    value: NDArray[np.float32],
    vectors: NDArray[np.float32],
    unseen: NDArray[np.float32],
    own: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Solve every row exactly, by as many unknowns as it has cells or coordinates."""
    for row in range(len(indptr) - 1):
        span = slice(indptr[row], indptr[row + 1])
        out[row] = solve_row(vectors[index[span]], value[span], unseen + own[row])


def solve_row(
    v: NDArray[np.float32], weight: NDArray[np.float32], ridge: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The answer of one row in float64: (d,).

    Args:
        v: (n, d) vectors of its cells.
        weight: (n,) of its cells, 0 or more.
        ridge: (d,) above 0.

    >>> solve_row(np.ones((1, 1), np.float32), np.ones(1, np.float32), np.ones(1, np.float32))
    array([0.5], dtype=float32)
    """
    root = np.sqrt(weight.astype(np.float64))
    scaled = v * root[:, np.newaxis]  # (n, d)
    if len(v) < len(ridge):
        damped = scaled / ridge
        answer = damped.T @ np.linalg.solve(scaled @ damped.T + np.eye(len(v)), root)
    else:
        answer = np.linalg.solve(scaled.T @ scaled + np.diag(ridge), scaled.T @ root)
    return answer.astype(np.float32)
