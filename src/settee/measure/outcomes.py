"""Sum up what one arm of an experiment did: how many, how much on average, how sure.

People of one household are not separate draws: where 2 in a household always buy together, 1,000
people tell as much as 500. So the variance of the mean is taken over clusters, with one row a
person each its own cluster where none are named.

Reads / Writes: nothing.
Source: Cochran (1977), "Sampling Techniques", 9.1 and 6.4 (clusters of unequal size as a ratio).
Not here: comparing two arms (measure.effects).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from settee.core import BadInput


class BadOutcomes(BadInput):
    """What an arm of an experiment is said to have done cannot be."""

    code = "bad_outcomes"


@dataclass(frozen=True)
class Outcomes:
    """One arm: made by `of`, `counted` or `moments`.

    Args:
        n: Units (people or accounts).
        n_clusters: Units that are drawn apart, at most n.
        mean: Outcome per unit.
        variance: Of the mean; NaN where fewer than two clusters are there.
        third: Third central moment of the mean, for telling how lopsided it is.
        is_share: Is each unit's outcome 0 or 1?
    """

    n: int
    n_clusters: int
    mean: float
    variance: float
    third: float
    is_share: bool

    @classmethod
    def of(
        cls,
        values: ArrayLike,
        clusters: ArrayLike | None = None,
        *,
        kind: Literal["share", "amount"] | None = None,
    ) -> "Outcomes":
        """What each unit did.

        Args:
            values: (n,) finite outcome of each unit: 0 or 1, or cents; *changes results*.
            clusters: (n,) whole number of the household of each; None takes each for itself.
            kind: Is it a share of units or an amount? None takes it from the values: all 0 or 1
                is a share. Tell it for amounts, which may all be zero.

        Raises:
            BadOutcomes: If a value is not finite, a share is neither 0 nor 1, or lengths differ.

        >>> arm = Outcomes.of([1, 0, 0, 1])
        >>> arm.n, arm.mean, arm.is_share
        (4, 0.5, True)
        >>> Outcomes.of([1, 1, 0, 0], clusters=[7, 7, 8, 8]).n_clusters
        2
        """
        rows = np.asarray(values, np.float64).reshape(-1)
        if not np.isfinite(rows).all():
            raise BadOutcomes(
                "an outcome is not a finite number; accepted are 0 and 1, or amounts.",
                hint="Leave out whoever has no outcome, or count them 0.",
            )
        could_be_share = bool(np.all((rows == 0) | (rows == 1)))
        if kind == "share" and not could_be_share:
            raise BadOutcomes("an outcome of a share is neither 0 nor 1; accepted are these two.")
        is_share = could_be_share and kind != "amount"
        if clusters is None:
            return _summed(rows, np.ones(len(rows)), len(rows), is_share=is_share)
        _, place = np.unique(np.asarray(clusters).reshape(-1), return_inverse=True)
        if len(place) != len(rows):
            raise BadOutcomes(
                f"{len(rows):,} outcomes and {len(place):,} clusters; name one for each outcome."
            )
        total = np.bincount(place, weights=rows).astype(np.float64)
        size = np.bincount(place).astype(np.float64)
        return _summed(total, size, len(rows), is_share=is_share)

    @classmethod
    def counted(cls, n: int, n_hits: int) -> "Outcomes":
        """A share that was counted: `n_hits` of `n` units, each for itself.

        Raises:
            BadOutcomes: If there are more hits than units, or fewer than none.

        >>> Outcomes.counted(4, 2) == Outcomes.of([1, 1, 0, 0])
        True
        """
        if not 0 <= n_hits <= n:
            raise BadOutcomes(f"{n_hits:,} of {n:,} units; accepted are 0 to {n:,}.")
        share = n_hits / n if n else math.nan
        spread = share * (1 - share)
        variance = spread / (n - 1) if n > 1 else math.nan
        third = spread * (1 - 2 * share) / n**2 if n else math.nan
        return cls(n, n, share, variance, third, is_share=True)

    @classmethod
    def moments(cls, n: int, mean: float, sd: float) -> "Outcomes":
        """An average that was reported: `n` units each for itself, mean and standard deviation.

        How lopsided the values are cannot be told from these, so no caution can come of it.

        Raises:
            BadOutcomes: If a figure is not finite, or n or sd is negative.

        >>> round(Outcomes.moments(100, 5.0, 2.0).variance, 6)
        0.04
        """
        if n < 0 or sd < 0 or not (math.isfinite(mean) and math.isfinite(sd)):
            raise BadOutcomes(
                f"n {n:,}, mean {mean} and sd {sd}; accepted are finite, n and sd not negative."
            )
        return cls(n, n, mean, sd**2 / n if n > 1 else math.nan, 0.0, is_share=False)


def _summed(
    total: NDArray[np.float64], size: NDArray[np.float64], n: int, *, is_share: bool
) -> Outcomes:
    """The mean over clusters as a ratio of two sums, and the moments of its error."""
    n_clusters = len(total)
    if n_clusters == 0:
        return Outcomes(0, 0, math.nan, math.nan, math.nan, is_share=is_share)
    mean = float(total.sum()) / n
    error = (total - mean * size) / n  # (clusters,) what each adds to the error of the mean
    third = float(np.sum(error**3))
    if n_clusters < 2:  # one alone has no spread
        return Outcomes(n, n_clusters, mean, math.nan, third, is_share=is_share)
    variance = float(error @ error) * n_clusters / (n_clusters - 1)
    return Outcomes(n, n_clusters, mean, variance, third, is_share=is_share)
