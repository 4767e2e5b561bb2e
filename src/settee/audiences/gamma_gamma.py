"""Foretell what a purchase is worth by Gamma-Gamma: many purchases speak for themselves.

Whoever paid 80 once in a shop where people pay 35 is expected to pay 66, not 80; with twelve such
purchases, 78. Only repeat purchases count, and how often somebody buys must not hang together with
what is paid: `correlation` says whether it does.

Reads / Writes: nothing.
Source: Fader, Hardie (2013), "The Gamma-Gamma Model of Monetary Value".
Not here: how often somebody buys (audiences.bgnbd).
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from settee.audiences.purchases import Purchases, TooFewPurchases

Column = NDArray[np.float64]
_LEAST: Final = 10
_BOUND: Final = 12.0
_MOST: Final = 200_000


@dataclass(frozen=True)
class GammaGamma:
    """The model.

    Args:
        p: Shape of the purchases of one unit.
        q: Shape of the units; their mean exists over 1.
        v: Scale, in the unit of the revenue.
        correlation: Of log frequency and log value among the units learnt from.
    """

    p: float
    q: float
    v: float
    correlation: float

    @classmethod
    def fit(cls, purchases: Purchases, penalty: float = 0.0) -> Self:
        """Find the three numbers by likelihood.

        Args:
            purchases: What is known of every buyer.
            penalty: Times the sum of squares, with values brought to a mean of 1 (changes results).

        Raises:
            TooFewPurchases: If fewer than 10 units came back and paid something, or values have no
                mean under the best numbers.
        """
        from scipy.optimize import minimize  # loads much, and serving needs none

        has = (purchases.frequency > 0) & (purchases.value > 0)
        x, m = purchases.frequency[has][:_MOST], purchases.value[has][:_MOST]
        if len(x) < _LEAST:
            raise TooFewPurchases(
                f"{len(x)} units came back and paid; at least {_LEAST} must have.",
                hint="Import a longer past with its revenue.",
            )
        scale = float(m.mean())
        unit = m / scale

        def loss(log_numbers: Column) -> float:
            numbers = np.exp(log_numbers)
            return float(-_likelihood(numbers, x, unit).mean() + penalty * (numbers**2).sum())

        bounds = [(-_BOUND, _BOUND)] * 3
        near = minimize(loss, np.ones(3), method="L-BFGS-B", bounds=bounds)
        close = minimize(
            loss, near.x, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-8}
        )
        p, q, v = np.exp(close.x).tolist()
        if q <= 1.0:
            raise TooFewPurchases(
                f"values differ so much that they have no mean: q is {q:.3g}, and must be over 1.",
                hint="Set a penalty, or leave out purchases of another kind.",
            )
        return cls(p, q, v * scale, _correlation(np.log(x), np.log(m)))

    def expected_value(self, purchases: Purchases) -> Column:
        """(n,) what the next purchase of a unit is worth on average.

        >>> from settee.audiences.purchases import purchases_of
        >>> days = np.array([0.0, 0.0, 10.0]) * 86400.0
        >>> p = purchases_of(np.array([0, 1, 1]), days, np.array([9.0, 9.0, 80.0]), 30 * 86400.0)
        >>> GammaGamma(6.25, 3.74, 15.4, 0.0).expected_value(p).round(2).tolist()
        [35.13, 66.32]
        """
        weight = self.p * np.where(purchases.value > 0, purchases.frequency, 0.0)
        found: Column = (self.q - 1.0) / (weight + self.q - 1.0) * self.mean + weight / (
            weight + self.q - 1.0
        ) * purchases.value
        return found

    @property
    def mean(self) -> float:
        """What a purchase of somebody unknown is worth."""
        return self.v * self.p / (self.q - 1.0)


def _likelihood(numbers: Column, x: Column, m: Column) -> Column:
    from scipy.special import gammaln  # as above

    p, q, v = numbers
    px = p * x
    found: Column = (
        gammaln(px + q)
        - gammaln(px)
        - gammaln(q)
        + q * np.log(v)
        + (px - 1.0) * np.log(m)
        + px * np.log(x)
        - (px + q) * np.log(x * m + v)
    )
    return found


def _correlation(a: Column, b: Column) -> float:
    """Of Pearson; 0 where one of them never moves."""
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
