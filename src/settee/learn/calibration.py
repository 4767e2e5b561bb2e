"""Turn scores into probabilities with a rising map, and measure how far those are off.

A ranker's score orders items and means nothing else. On people that the fit has not seen, each
score gets the share of hits around it, never falling as scores rise; on a later period those
shares are compared with what happened. If items that were given .30 are hits 1 time in 5, they
are off by .10.

Reads / Writes: nothing.
Source: Zadrozny and Elkan (2002) for the isotonic map; Naeini et al. (2015) for the expected
calibration error, here over bins of equal count.
Not here: Steck's calibration of genres, which compares tags of lists with tags of histories.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class RisingMap:
    """A map from score to probability: constant outside, linear between its knots.

    Args:
        scores: (n,) float64, rising strictly.
        shares: (n,) float64 between 0 and 1, never falling.
    """

    scores: Values
    shares: Values

    @classmethod
    def fit(cls, scores: NDArray[np.floating], hits: NDArray[np.bool_]) -> "RisingMap":
        """The rising map closest to the hits in squared distance.

        Args:
            scores: (n,) finite, at least one.
            hits: (n,) bool: was the item wanted?

        >>> RisingMap.fit(np.array([1.0, 2.0, 3.0]), np.array([False, True, False])).shares.tolist()
        [0.0, 0.5, 0.5]
        """
        from scipy.optimize import isotonic_regression  # loads much, and serving needs none

        distinct, where = np.unique(np.asarray(scores, np.float64), return_inverse=True)
        weight = np.bincount(where).astype(np.float64)
        share = np.bincount(where, weights=hits.astype(np.float64)) / weight
        fitted = np.asarray(isotonic_regression(share, weights=weight).x)
        return cls(distinct, fitted)

    def __call__(self, scores: NDArray[np.floating]) -> Values:
        """(n,) probability of each score."""
        return np.interp(np.asarray(scores, np.float64), self.scores, self.shares)


def expected_calibration_error(
    probability: Values, hits: NDArray[np.bool_], n_bins: int = 10
) -> float:
    """Mean distance between the probability that was told and the share that came true.

    Args:
        probability: (n,) between 0 and 1, at least one.
        hits: (n,) bool.
        n_bins: Bins of equal count by rising probability, at most n.

    >>> expected_calibration_error(np.full(5, 0.3), np.array([1, 0, 0, 0, 0], bool), 1)
    0.1
    """
    order = np.argsort(probability, kind="stable")
    edges = np.linspace(0, len(order), min(n_bins, len(order)) + 1).astype(np.int64)
    size = np.diff(edges)
    told = np.add.reduceat(probability[order], edges[:-1]) / size
    true = np.add.reduceat(hits[order].astype(np.float64), edges[:-1]) / size
    return float(round(float((np.abs(told - true) * size).sum() / len(order)), 12))
