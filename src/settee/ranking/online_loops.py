"""Learn a conditional logit from one choice at a time: the kernels below the online layer.

Of the items that somebody saw, item i is chosen with probability exp(w x_i) / sum_j exp(w x_j). A
choice moves the weights by one Newton step under a Gaussian belief: what is already sure moves
little. Of two items that differ in one feature by 1, choosing the one that was given a half adds
(1 - .5) / (prior + .25) to its weight.

Reads / Writes: the arrays it is given.
Source: McFadden (1974), "Conditional Logit Analysis of Qualitative Choice Behavior"; Lauritzen
(1992) for the Gaussian belief carried on after each choice (assumed density filtering).
Not here: who learns when (ranking.online), the features (ranking.online_view).
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

_TIE = 1e-12


@njit(cache=True, nogil=True)
def weigh(x: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row times the weights, added up in the order of the columns: (m,)."""
    out = np.zeros(len(x), np.float64)
    for row in range(len(x)):
        for column in range(len(weight)):
            out[row] += x[row, column] * weight[column]
    return out


@njit(cache=True, nogil=True)
def _chances(utility: NDArray[np.float64]) -> NDArray[np.float64]:
    """How probable it is that each item is the one: softmax."""
    top = utility[0]
    for row in range(len(utility)):
        top = max(top, utility[row])
    chance = np.empty(len(utility), np.float64)
    total = 0.0
    for row in range(len(utility)):
        chance[row] = math.exp(utility[row] - top)
        total += chance[row]
    for row in range(len(utility)):
        chance[row] /= total
    return chance


@njit(cache=True, nogil=True)
def _slope_and_bend(
    x: NDArray[np.float64], chance: NDArray[np.float64], choice: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope of the log-probability of the choice, (d,), and what the choice tells, (d, d)."""
    n_columns = x.shape[1]
    mean = np.zeros(n_columns, np.float64)
    for row in range(len(x)):
        for column in range(n_columns):
            mean[column] += chance[row] * x[row, column]
    bend = np.zeros((n_columns, n_columns), np.float64)
    for row in range(len(x)):
        for column in range(n_columns):
            left = chance[row] * (x[row, column] - mean[column])
            for other in range(column + 1):
                bend[column, other] += left * (x[row, other] - mean[other])
    for column in range(n_columns):
        for other in range(column):
            bend[other, column] = bend[column, other]
    return x[choice] - mean, bend


@njit(cache=True, nogil=True)
def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The lower triangle whose square the symmetric positive matrix is (Cholesky)."""
    n = len(matrix)
    lower = np.zeros((n, n), np.float64)
    for row in range(n):
        for column in range(row + 1):
            total = matrix[row, column]
            for k in range(column):
                total -= lower[row, k] * lower[column, k]
            if row == column:
                lower[row, row] = math.sqrt(max(total, _TIE))
            else:
                lower[row, column] = total / lower[column, column]
    return lower


@njit(cache=True, nogil=True)
def _forward(
    lower: NDArray[np.float64], right: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    """Solve lower @ out = right."""
    for row in range(len(right)):
        total = right[row]
        for k in range(row):
            total -= lower[row, k] * out[k]
        out[row] = total / lower[row, row]


@njit(cache=True, nogil=True)
def solve(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve matrix @ y = right for a symmetric positive matrix, (d, d)."""
    lower = _root(matrix)
    n = len(right)
    y = np.empty(n, np.float64)
    _forward(lower, right, y)
    for row in range(n - 1, -1, -1):
        total = y[row]
        for k in range(row + 1, n):
            total -= lower[k, row] * y[k]
        y[row] = total / lower[row, row]
    return y


@njit(cache=True, nogil=True)
def learn_shared(
    x: NDArray[np.float64],
    choice: int,
    worth: float,
    keep: float,
    prior: float,
    weight: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> None:
    """Let one choice move the weights that all share.

    Args:
        x: (m, d) what was seen.
        choice: Row that was chosen.
        worth: What the choice counts.
        keep: What is kept of what earlier choices said, under 1.
        prior: Precision that forgetting falls back to.
        weight: (d,) moved.
        precision: (d, d) moved.
    """
    slope, bend = _slope_and_bend(x, _chances(weigh(x, weight)), choice)
    for column in range(len(weight)):
        for other in range(len(weight)):
            precision[column, other] = keep * precision[column, other] + worth * bend[column, other]
        precision[column, column] += (1.0 - keep) * prior
    step = solve(precision, slope)
    for column in range(len(weight)):
        weight[column] += worth * step[column]


@njit(cache=True, nogil=True)
def learn_own(
    x: NDArray[np.float64],
    choice: int,
    worth: float,
    shared: NDArray[np.float64],
    weight: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> None:
    """Let one choice move what a person adds to the shared weights; each column on its own.

    Args:
        x: (m, d) what was seen.
        choice: Row that was chosen.
        worth: What the choice counts.
        shared: (d,) weights of all.
        weight: (d,) moved.
        precision: (d,) moved.
    """
    slope, bend = _slope_and_bend(x, _chances(weigh(x, shared + weight)), choice)
    for column in range(len(weight)):
        precision[column] += worth * bend[column, column]
        weight[column] += worth * slope[column] / precision[column]


@njit(cache=True, nogil=True)
def rank_of(utility: NDArray[np.float64], choice: int) -> int:
    """Rank of the choice from 1; of equals the earlier row is first."""
    rank = 1
    for row in range(len(utility)):
        if utility[row] > utility[choice] or (utility[row] == utility[choice] and row < choice):
            rank += 1
    return rank


@njit(cache=True, nogil=True)
def spread(x: NDArray[np.float64], precision: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviation of each row's utility beside the mean row's: (m,)."""
    mean = np.zeros(x.shape[1], np.float64)
    for row in range(len(x)):
        for column in range(x.shape[1]):
            mean[column] += x[row, column] / len(x)
    lower = _root(precision)
    out = np.empty(len(x), np.float64)
    away = np.empty(x.shape[1], np.float64)
    part = np.empty(x.shape[1], np.float64)
    for row in range(len(x)):
        for column in range(x.shape[1]):
            away[column] = x[row, column] - mean[column]
        _forward(lower, away, part)
        square = 0.0
        for column in range(len(part)):
            square += part[column] * part[column]
        out[row] = math.sqrt(square)
    return out
