"""Foretell purchases by Pareto/NBD: everybody buys at random, and may stop at any time.

Rates differ by a gamma(r, alpha), rates of stopping by a gamma(s, beta). Unlike BG/NBD it may say
that somebody who never came back has stopped: of one purchase two years ago hardly a chance is
left. The hypergeometric function is taken in the form in which it stays between 1 and a few
hundred, and its powers as logarithms; what is foretold is an integral over the horizon, by 48
points of Gauss and Legendre.

Reads / Writes: nothing.
Source: Schmittlein, Morrison, Colombo (1987), "Counting Your Customers", Management Science 33(1);
Fader, Hardie (2005), "A Note on Deriving the Pareto/NBD Model", equations 18 and 36;
Gauss (1813), continued fraction; NIST Handbook, 15.7.
Not here: stopping after a purchase (audiences.bgnbd), covariates (audiences.hazard).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import expit, gammaln

from settee.audiences.lives import fit_four
from settee.audiences.purchases import Purchases

Column = NDArray[np.float64]
_MOST_STEPS = 20_000
_CLOSE = 1e-15
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(48)


@dataclass(frozen=True)
class ParetoNbd:
    """The model.

    Args:
        r: Shape of the rates.
        alpha: Scale of the rates, in days.
        s: Shape of the rates of stopping.
        beta: Scale of the rates of stopping, in days.
    """

    r: float
    alpha: float
    s: float
    beta: float

    @classmethod
    def fit(cls, purchases: Purchases, penalty: float = 0.0) -> Self:
        """Find the four numbers by likelihood.

        Args:
            purchases: What is known of every buyer.
            penalty: Pulls the numbers towards 0 (changes results).

        Raises:
            TooFewPurchases: If fewer than 10 units came back.
        """
        return cls(*fit_four(purchases, _likelihood, penalty, times=(1, 3)))

    def _numbers(self) -> Column:
        return np.array([self.r, self.alpha, self.s, self.beta])

    def to_arrays(self) -> dict[str, Column]:
        """All of it as plain arrays."""
        return {"numbers": np.array([self.r, self.alpha, self.s, self.beta])}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Column]) -> Self:
        """The model that `to_arrays` described."""
        r, alpha, s, beta = arrays["numbers"].tolist()
        return cls(r, alpha, s, beta)

    def log_likelihood(self, purchases: Purchases) -> Column:
        """(n,) of every unit."""
        p = purchases
        return _likelihood(self._numbers(), p.frequency, p.recency_days, p.age_days)

    def p_alive(self, purchases: Purchases) -> Column:
        """(n,) probability that a unit has not stopped."""
        p = purchases
        alive, stopped = _both(self._numbers(), p.frequency, p.recency_days, p.age_days)
        found: Column = expit(alive - stopped)
        return found

    def p_active(self, purchases: Purchases, horizon_days: float) -> Column:
        """(n,) probability of at least one purchase within the horizon."""
        return self.p_alive(purchases) * self._over(purchases, horizon_days, first=True)

    def expected(self, purchases: Purchases, horizon_days: float) -> Column:
        """(n,) purchases that are expected within the horizon."""
        return self.p_alive(purchases) * self._over(purchases, horizon_days, first=False)

    def _over(self, purchases: Purchases, horizon_days: float, *, first: bool) -> Column:
        """Integral over the horizon of the rate of (first) purchases of those who are alive."""
        shape = self.r + purchases.frequency
        left, right = self.alpha + purchases.age_days, self.beta + purchases.age_days
        reach = np.log1p(horizon_days / left)
        total = np.zeros(purchases.n)
        for point, weight in zip(_POINTS, _WEIGHTS, strict=True):
            step = np.exp((point + 1.0) / 2.0 * reach)  # (alpha+T+u) / (alpha+T)
            u = left * (step - 1.0)
            rate = shape * np.exp(-self.s * np.log1p(u / right))
            rate = rate * (np.power(step, -shape) if first else step)
            total += weight / 2.0 * rate
        found: Column = total * reach
        return found


def _both(numbers: Column, x: Column, t_x: Column, age: Column) -> tuple[Column, Column]:
    """Log-likelihoods of being alive and of having stopped, without what both share."""
    r, alpha, s, beta = numbers
    alive = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    k = r + s + x
    early, late = _hyper(numbers, x, t_x), _hyper(numbers, x, age)
    with np.errstate(divide="ignore"):  # no time to stop in: minus infinity is right
        gap = np.log(-np.expm1(np.minimum(late - early, 0.0)))
    return alive, np.log(s) - np.log(k) + early + gap


def _hyper(numbers: Column, x: Column, t: Column) -> Column:
    """Logarithm of 2F1(k, q; k+1; z) / (larger + t)^k, by Euler's transformation of 2F1."""
    r, alpha, s, beta = numbers
    k = r + s + x
    small, large = min(alpha, beta), max(alpha, beta)
    q, other = (r + x, s + 1.0) if alpha < beta else (s + 1.0, r + x)
    z = (large - small) / (large + t)
    log_rest = np.log((small + t) / (large + t))  # log(1 - z)
    value = np.log(_gauss(np.zeros_like(z) + other, k + 1.0, z))
    found: Column = (1.0 - q) * log_rest + value - k * np.log(large + t)
    return found


@njit(cache=True, nogil=True)
def _gauss(a: Column, c: Column, z: Column) -> Column:
    """(n,) 2F1(a, 1; c; z) for 0 < a < c and 0 <= z < 1, by the continued fraction of Gauss.

    A series of a thousand terms near z = 1 is a fraction of a hundred (modified Lentz).
    """
    found = np.empty(len(z))
    for row in range(len(z)):
        value, top, bottom = 1.0, 1.0, 0.0
        for step in range(1, _MOST_STEPS):
            m = step // 2
            if step % 2:
                part = -(c[row] + m - 1.0) * (a[row] + m)
            else:
                part = m * (a[row] - c[row] - m + 1.0)
            part *= z[row] / ((c[row] + step - 2.0) * (c[row] + step - 1.0))
            bottom = 1.0 / (1.0 + part * bottom)
            top = 1.0 + part / top
            change = top * bottom
            value *= change
            if abs(change - 1.0) < _CLOSE:
                break
        found[row] = 1.0 / value
    return found


def _likelihood(numbers: Column, x: Column, t_x: Column, age: Column) -> Column:
    r, alpha, s, beta = numbers
    alive, stopped = _both(numbers, x, t_x, age)
    shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    found: Column = shared + np.logaddexp(alive, stopped)
    return found
