"""Turn scores into probabilities with a rising map, and measure how far those are off.

A ranker's score orders items and means nothing else. On people that the fit has not seen, each
score gets the share of hits around it, never falling as scores rise; on a later period those
shares are compared with what happened. If items that were given .30 are hits 1 time in 5, they
are off by .10.

Reads / Writes: nothing.
Source: Zadrozny and Elkan (2002) for the isotonic map; Naeini et al. (2015) for the expected
calibration error, here over bins of equal count; Wilson (1927) for the interval of a share, and
Kish (1965) for what items of the same people are worth.
Not here: Steck's calibration of genres, which compares tags of lists with tags of histories.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
_Z = 1.959963984540054  # of a 95 % interval
_PLACES = 6


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


@dataclass(frozen=True)
class Bin:
    """Items that were given about the same probability, and what came true of them.

    Args:
        n: How many items.
        told: Mean probability that they were given.
        true: Share of them that were wanted.
        low: Lower end of the 95 % interval of that share.
        high: Upper end.
    """

    n: int
    told: float
    true: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """The bin as JSON, rounded so that text is stable."""
        return {name: round(value, _PLACES) for name, value in vars(self).items()}


def reliability(
    probability: Values,
    hits: NDArray[np.bool_],
    people: NDArray[np.integer],
    n_bins: int = 10,
) -> tuple[Bin, ...]:
    """What was told beside what came true, in bins of equal count by rising probability.

    Args:
        probability: (n,) between 0 and 1, at least one.
        hits: (n,) bool: was the item wanted?
        people: (n,) whose list the item is from. Items of one list hang together, so the interval
            of a share is Wilson's over as many items as would be worth as much on their own.
        n_bins: Most bins, at most n.

    >>> hits = np.array([0, 0, 0, 1], bool)
    >>> [one] = reliability(np.full(4, 0.3), hits, np.arange(4), 1)
    >>> one.n, one.told, one.true, round(one.low, 2), round(one.high, 2)
    (4, 0.3, 0.25, 0.05, 0.7)
    """
    order, edges = _bins(probability, n_bins)
    found = []
    for start, end in pairwise(edges):
        rows = order[start:end]
        share = float(hits[rows].mean())
        low, high = _wilson(share, _worth(hits[rows], people[rows]))
        found.append(Bin(len(rows), float(probability[rows].mean()), share, low, high))
    return tuple(found)


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
    order, edges = _bins(probability, n_bins)
    size = np.diff(edges)
    told = np.add.reduceat(probability[order], edges[:-1]) / size
    true = np.add.reduceat(hits[order].astype(np.float64), edges[:-1]) / size
    return float(round(float((np.abs(told - true) * size).sum() / len(order)), 12))


def _bins(probability: Values, n_bins: int) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Items by rising probability, and where each bin begins; the last number is where all end."""
    order = np.argsort(probability, kind="stable")
    edges = np.linspace(0, len(order), min(n_bins, len(order)) + 1).astype(np.int64)
    return order, edges


def _worth(hits: NDArray[np.bool_], people: NDArray[np.integer]) -> float:
    """As how many independent items those of some people count: n over the design effect."""
    n, share = len(hits), float(hits.mean())
    _, whose = np.unique(people, return_inverse=True)
    n_people = int(whose.max()) + 1
    if n_people < 2 or share in (0.0, 1.0):
        return float(n_people)
    alone = share * (1 - share) / (n - 1)
    off = np.bincount(whose, weights=hits - share)
    together = n_people / (n_people - 1) * float(off @ off) / n**2
    return n / max(together / alone, 1.0)


def _wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's interval of a share of n; it holds the share, however numbers are rounded."""
    square = _Z * _Z / n
    middle = (share + square / 2) / (1 + square)
    reach = _Z / (1 + square) * math.sqrt(share * (1 - share) / n + square / (4 * n))
    return max(0.0, min(middle - reach, share)), min(1.0, max(middle + reach, share))
