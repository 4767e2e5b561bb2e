"""Foretell purchases by BG/NBD: everybody buys at random, and may stop after any purchase.

Rates differ by a gamma(r, alpha), chances of stopping by a beta(a, b). Somebody with 5 purchases in
a month and silence for a year has almost surely stopped; somebody with 1 and silence for a year may
just be slow. Whoever never came back cannot have stopped, by this model.

    L = [G(r+x) alpha^r / G(r)] [B(a, b+x) / B(a, b)]
        { (alpha+T)^-(r+x) + [x > 0] a / (b+x-1) (alpha+t_x)^-(r+x) }

Reads / Writes: nothing.
Source: Fader, Hardie, Lee (2005), "Counting Your Customers the Easy Way", Marketing Science 24(2).
Not here: stopping at any time (audiences.pareto_nbd), covariates (audiences.hazard).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, expit, gammaln, hyp2f1

from settee.audiences.lives import fit_four
from settee.audiences.purchases import Purchases

Column = NDArray[np.float64]
_NEAR = 1e-5


@dataclass(frozen=True)
class BgNbd:
    """The model.

    Args:
        r: Shape of the rates.
        alpha: Scale of the rates, in days.
        a: Weight of stopping.
        b: Weight of going on.
    """

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def fit(cls, purchases: Purchases, penalty: float = 0.0) -> Self:
        """Find the four numbers by likelihood.

        Args:
            purchases: What is known of every buyer.
            penalty: Pulls the numbers towards 0 (changes results).

        Raises:
            TooFewPurchases: If fewer than 10 units came back.
        """
        return cls(*fit_four(purchases, _likelihood, penalty, times=(1,)))

    def to_arrays(self) -> dict[str, Column]:
        """All of it as plain arrays."""
        return {"numbers": np.array([self.r, self.alpha, self.a, self.b])}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Column]) -> Self:
        """The model that `to_arrays` described."""
        r, alpha, a, b = arrays["numbers"].tolist()
        return cls(r, alpha, a, b)

    def log_likelihood(self, purchases: Purchases) -> Column:
        """(n,) of every unit."""
        numbers = np.array([self.r, self.alpha, self.a, self.b])
        p = purchases
        return _likelihood(numbers, p.frequency, p.recency_days, p.age_days)

    def p_alive(self, purchases: Purchases) -> Column:
        """(n,) probability that a unit has not stopped.

        >>> from settee.audiences.purchases import purchases_of
        >>> days = np.array([0.0, 0.0, 10.0, 20.0, 30.0]) * 86400.0
        >>> p = purchases_of(np.array([0, 1, 1, 1, 1]), days, None, 365 * 86400.0)
        >>> BgNbd(0.24, 30.0, 0.8, 2.4).p_alive(p).round(3).tolist()
        [1.0, 0.012]
        """
        x = purchases.frequency
        log_odds = (self.r + x) * np.log(
            (self.alpha + purchases.age_days) / (self.alpha + purchases.recency_days)
        ) + np.log(self.a / (self.b + np.maximum(x, 1.0) - 1.0))
        alive: Column = np.where(x == 0, 1.0, expit(-log_odds))
        return alive

    def p_active(self, purchases: Purchases, horizon_days: float) -> Column:
        """(n,) probability of at least one purchase within the horizon."""
        age = self.alpha + purchases.age_days
        none = np.exp(-(self.r + purchases.frequency) * np.log1p(horizon_days / age))
        return self.p_alive(purchases) * (1.0 - none)

    def expected(self, purchases: Purchases, horizon_days: float) -> Column:
        """(n,) purchases that are expected within the horizon."""
        if abs(self.a - 1.0) < _NEAR:  # both factors pass 0 / 0 there, and their product does not
            sides = [self._expected(purchases, horizon_days, 1.0 + d) for d in (-_NEAR, _NEAR)]
            return (sides[0] + sides[1]) / 2.0
        return self._expected(purchases, horizon_days, self.a)

    def _expected(self, purchases: Purchases, horizon_days: float, a: float) -> Column:
        # Euler's transformation takes the powers that overflow out of the published formula:
        # (1-z)^(r+x) 2F1(r+x, b+x; c; z) = (1-z)^(a-1) 2F1(a+b-1-r, a-1; c; z), c = a+b+x-1
        c = a + self.b + purchases.frequency - 1.0
        left = self.alpha + purchases.age_days
        z = horizon_days / (left + horizon_days)
        rest = np.power(1.0 - z, a - 1.0) * hyp2f1(a + self.b - 1.0 - self.r, a - 1.0, c, z)
        found: Column = self.p_alive(purchases) * c / (a - 1.0) * (1.0 - rest)
        return found


def _likelihood(numbers: Column, x: Column, t_x: Column, age: Column) -> Column:
    r, alpha, a, b = numbers
    bought = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    went_on = betaln(a, b + x) - betaln(a, b)
    alive = -(r + x) * np.log(alpha + age)
    stopped = np.where(
        x > 0,
        np.log(a) - np.log(b + np.maximum(x, 1.0) - 1.0) - (r + x) * np.log(alpha + t_x),
        -np.inf,
    )
    found: Column = bought + went_on + np.logaddexp(alive, stopped)
    return found
