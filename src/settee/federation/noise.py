"""Blur sums so that nobody can tell whether one account was in them.

What an account can change is bounded first (its latest items, its weight). Normal noise of
deviation sigma over all sums then gives rho = (bound / sigma)^2 / 2, and with it, for every delta,
epsilon = rho + 2 sqrt(rho ln(1 / delta)). A bound of 3.2 with epsilon 4 at delta 1e-6 asks for a
sigma of 4.5: a co-count of 200 stays readable, one of 3 does not.

Reads / Writes: nothing.
Source: Bun and Steinke (2016), "Concentrated Differential Privacy", propositions 1.3 and 1.6;
Kairouz, Liu and Steinke (2021) for noise that each silo adds its part of.
Not here: the bound itself (candidates.federate).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.federation.errors import BadTerms
from settee.federation.masks import stream

_PAIRS = 1 << 18


@dataclass(frozen=True)
class Privacy:
    """How much one account may show.

    Args:
        epsilon: Bound of the log of the odds, above 0; smaller is more private.
        delta: Probability with which the bound may fail, above 0 and below 1.

    Raises:
        BadTerms: If one lies outside its range.
    """

    epsilon: float
    delta: float = 1e-6

    def __post_init__(self) -> None:
        if not (self.epsilon > 0 and 0 < self.delta < 1):
            raise BadTerms(
                f"epsilon {self.epsilon:g} and delta {self.delta:g} are no privacy; epsilon is "
                "above 0, delta above 0 and below 1."
            )

    @property
    def rho(self) -> float:
        """The same in concentrated terms: rho + 2 sqrt(rho ln(1 / delta)) is epsilon.

        >>> rho = Privacy(4.0).rho
        >>> round(rho + 2 * math.sqrt(rho * math.log(1e6)), 9)
        4.0
        """
        log = math.log(1 / self.delta)
        return (math.sqrt(log + self.epsilon) - math.sqrt(log)) ** 2

    def sigma(self, bound: float) -> float:
        """Deviation of the noise over all silos, for sums that an account moves by `bound` (L2)."""
        return bound / math.sqrt(2 * self.rho)


def normal_noise(seed: bytes, n: int, sigma: float) -> NDArray[np.float64]:
    """Normal noise from a key stream: nobody without the seed can guess it.

    Args:
        seed: 32 bytes, used for nothing else.
        n: How many.
        sigma: Their deviation.

    Source: Box and Muller (1958), with 53 bits of each uniform number.
    """
    n_pairs = (n + 1) // 2
    bits = stream(seed, 2 * n_pairs)
    out = np.empty(2 * n_pairs)
    for start in range(0, n_pairs, _PAIRS):
        end = min(start + _PAIRS, n_pairs)
        uniform = ((bits[2 * start : 2 * end] >> np.uint64(11)) + 0.5) * 2.0**-53
        length = np.sqrt(-2.0 * np.log(uniform[0::2]))
        angle = 2.0 * np.pi * uniform[1::2]
        out[2 * start : 2 * end : 2] = length * np.cos(angle)
        out[2 * start + 1 : 2 * end : 2] = length * np.sin(angle)
    return sigma * out[:n]
