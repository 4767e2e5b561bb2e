"""Fit a probability to columns: a logistic regression with a ridge, by damped Newton steps.

Columns are brought to mean 0 and spread 1 first, so that one ridge suits all. Where a whole step
would make things worse, half of it is tried; with one in fifty responding a plain step overshoots.

Reads / Writes: nothing.
Source: Hastie, Tibshirani, Friedman (2009), "The Elements of Statistical Learning", section 4.4.1.
Not here: which columns (audiences.response, audiences.features).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput

Column = NDArray[np.float64]
_STEPS = 60
_CLOSE = 1e-7
_LEAST_SPREAD = 1e-9


class OneOutcome(BadInput):
    """There is nothing to tell apart: all responded, or nobody did."""

    code = "one_outcome"


@dataclass(frozen=True)
class Logistic:
    """Log odds as a weighted sum of columns.

    Args:
        constant: Log odds where every column is 0.
        weight: (F,) float64 of each column as it is given.
    """

    constant: float
    weight: Column

    @classmethod
    def fit(
        cls, x: NDArray[np.floating], y: NDArray[np.bool_], w: Column | None = None,
        ridge: float = 1.0,
    ) -> Self:  # fmt: skip
        """Find the weights.

        Args:
            x: (n, F) columns.
            y: (n,) did it happen?
            w: (n,) how often each row counts; None is once.
            ridge: Penalty on the weights of standardised columns, not on the constant.

        Raises:
            OneOutcome: If y is always or never true.

        >>> x = np.array([[0.0], [0.0], [1.0], [1.0]])
        >>> fitted = Logistic.fit(x, np.array([True, False, True, True]))
        >>> bool(fitted.weight[0] > 0)
        True
        """
        w = np.ones(len(y)) if w is None else np.asarray(w, np.float64)
        happened = y.astype(np.float64)
        share = float(w @ happened / w.sum()) if len(y) and w.sum() > 0 else 0.0
        if not 0 < share < 1:
            raise OneOutcome(
                f"of {len(y)} outcomes a share of {share:g} came true; some must and some not.",
                hint="Learn over a shorter horizon."
                if share > 0
                else "Learn over a longer horizon or from more items.",
            )
        mean = np.average(x, axis=0, weights=w)
        spread = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=w))
        spread[spread < _LEAST_SPREAD] = np.inf  # a column that never moves has nothing to say
        z = np.column_stack([np.ones(len(y)), (x - mean) / spread])
        penalty = np.full(z.shape[1], float(ridge) + 1e-9)
        penalty[0] = 0.0
        start = np.zeros(z.shape[1])
        start[0] = np.log(share / (1 - share))
        b = _descend(z, happened, w, penalty, start)
        weight = b[1:] / spread
        return cls(float(b[0] - weight @ mean), weight)

    def log_odds(self, x: NDArray[np.floating]) -> Column:
        """(n,) log odds of rows, (n, F)."""
        found: Column = self.constant + x @ self.weight
        return found

    def probability(self, x: NDArray[np.floating]) -> Column:
        """(n,) probability of rows, (n, F)."""
        return sigmoid(self.log_odds(x))


def sigmoid(log_odds: Column) -> Column:
    """Log odds as probability, without an overflow.

    >>> sigmoid(np.array([0.0, -800.0])).tolist()
    [0.5, 0.0]
    """
    small = np.exp(-np.abs(log_odds))
    return np.where(log_odds >= 0, 1.0, small) / (1.0 + small)


def _worth(z: Column, y: Column, w: Column, penalty: Column, b: Column) -> float:
    eta = z @ b
    return float(w @ (np.logaddexp(0.0, eta) - y * eta) + 0.5 * penalty @ (b * b))


def _descend(z: Column, y: Column, w: Column, penalty: Column, b: Column) -> Column:
    now = _worth(z, y, w, penalty, b)
    for _ in range(_STEPS):
        p = sigmoid(z @ b)
        slope = z.T @ (w * (p - y)) + penalty * b
        bend = (z * (w * p * (1 - p))[:, np.newaxis]).T @ z + np.diag(penalty)
        step = np.linalg.solve(bend + 1e-12 * np.trace(bend) * np.eye(len(b)), slope)
        length = 1.0
        while length > 1e-6 and (then := _worth(z, y, w, penalty, b - length * step)) > now:
            length /= 2
        if length <= 1e-6:
            break
        b, gained, now = b - length * step, now - then, then
        if gained < _CLOSE * (1.0 + abs(now)):
            break
    return b
