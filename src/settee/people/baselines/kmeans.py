"""Group the sessions of a household by incremental k-means with an adaptive rate, size by BIC.

A session pulls its nearest centre towards itself by one part in as many sessions as that centre
has had, but by at least `least_rate`, so that a centre of 200 sessions can still follow a change.
For every size the centres are the middles of equally wide Gaussians, which gives a likelihood, and
so a criterion for the size and a probability for each person.

Reads / Writes: nothing.
Source: MacQueen (1967), "Some methods for classification and analysis of multivariate
observations"; Pelleg and Moore (2000), "X-means", for the criterion; Arthur and Vassilvitskii
(2007), "k-means++", for the starts.
Not here: sessions as a matrix (baselines.columns), the mixture that serves (people.mixture).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.people.baselines.columns import F64, Arrays, Scale, Stored, choose_size, softmax
from settee.people.models import Fit
from settee.people.population import Population
from settee.people.rows import Rows

I64 = NDArray[np.int64]
_LEAST_VARIANCE = 1e-3


@njit(cache=True, nogil=True)
def seed_centres(x: F64, draws: F64) -> F64:
    """Rows of `x` far from each other: each next one is drawn by its squared distance.

    Args:
        x: (n, d) float64, n at least 1.
        draws: (k,) between 0 and 1, one a centre; *changes results*.

    Returns:
        (k, d) float64.
    """
    n, d = x.shape
    centres = np.empty((len(draws), d))
    centres[0] = x[min(int(draws[0] * n), n - 1)]
    nearest = np.full(n, np.inf)
    for k in range(1, len(draws)):
        for i in range(n):
            nearest[i] = min(nearest[i], _distance(x, i, centres, k - 1))
        left = draws[k] * nearest.sum()
        chosen = n - 1
        for i in range(n):
            left -= nearest[i]
            if left < 0:
                chosen = i
                break
        centres[k] = x[chosen]
    return centres


@njit(cache=True, nogil=True)
def sweep(x: F64, centres: F64, n_passes: int, least_rate: float) -> I64:
    """Move the centres, session by session in the order of `x`, and say whose each session is.

    Args:
        x: (n, d) float64, oldest first.
        centres: (k, d) float64, changed in place.
        n_passes: Times over all sessions, at least 1.
        least_rate: Least part of the way that a centre goes, 0 to 1.

    Returns:
        (n,) int64 number of the nearest centre after the last pass.
    """
    n, d = x.shape
    for _ in range(n_passes):
        taken = np.zeros(len(centres))
        for i in range(n):
            k = _nearest(x, i, centres)
            taken[k] += 1.0
            rate = max(1.0 / taken[k], least_rate)
            for j in range(d):
                centres[k, j] += rate * (x[i, j] - centres[k, j])
    labels = np.empty(n, np.int64)
    for i in range(n):
        labels[i] = _nearest(x, i, centres)
    return labels


@njit(cache=True, nogil=True)
def _distance(x: F64, i: int, centres: F64, k: int) -> float:
    total = 0.0
    for j in range(x.shape[1]):
        total += (x[i, j] - centres[k, j]) ** 2
    return total


@njit(cache=True, nogil=True)
def _nearest(x: F64, i: int, centres: F64) -> int:
    best, found = 0, np.inf
    for k in range(len(centres)):
        distance = _distance(x, i, centres, k)
        if distance < found:
            best, found = k, distance
    return best


@dataclass(frozen=True)
class KMeans:
    """Incremental k-means behind the seam of household models.

    Args:
        n_max: Greatest number of persons that is tried.
        restarts: Starts for every number.
        n_passes: Times over all sessions.
        least_rate: Least rate of a centre; 0 forgets nothing.
    """

    name: str = "kmeans"
    n_max: int = 8
    restarts: int = 4
    n_passes: int = 3
    least_rate: float = 0.02

    def fit(self, rows: Rows, population: Population, seed: int) -> Fit:  # noqa: ARG002 -- the seam
        """Centres, and the size with the least BIC.

        Args:
            rows: Sessions of the household, oldest first, at least one.
            population: Not used; this model knows one household only.
            seed: Draws the starts.
        """
        scale = Scale.of(rows)
        x = scale.matrix(rows)
        rng = np.random.default_rng(seed)

        def fit_size(k: int) -> tuple[float, Arrays]:
            tries = [self._try(x, rng.random(k)) for _ in range(self.restarts)]
            return max(tries, key=lambda one: one[0])

        best, arrays = choose_size(fit_size, min(self.n_max, len(rows)))
        responsibility = softmax(self._joint(x, arrays))
        return Fit(responsibility.astype(np.float32), arrays | scale.arrays(), best)

    def log_likelihood(self, arrays: Stored, rows: Rows, population: Population) -> F64:  # noqa: ARG002 -- the seam
        """(n, K) log of weight times density of each person for each session."""
        return self._joint(Scale.from_arrays(arrays).matrix(rows), arrays)

    def _try(self, x: F64, draws: F64) -> tuple[float, Arrays]:
        centres = seed_centres(x, draws)
        labels = sweep(x, centres, self.n_passes, self.least_rate)
        n, d = x.shape
        k = len(centres)
        left = ((x - centres[labels]) ** 2).sum()
        variance = max(left / (d * max(n - k, 1)), _LEAST_VARIANCE)
        weight = np.bincount(labels, minlength=k) + 1.0
        arrays = {
            "log_weight": np.log(weight / weight.sum()),
            "mean": centres,
            "variance": np.array([variance]),
        }
        likelihood = self._joint(x, arrays)[np.arange(n), labels].sum()
        n_parameters = k * d + k
        return float(likelihood - n_parameters / 2 * np.log(n)), arrays

    @staticmethod
    def _joint(x: F64, arrays: Stored) -> F64:
        mean = np.asarray(arrays["mean"], np.float64)
        variance = float(arrays["variance"][0])
        distance = ((x[:, None, :] - mean) ** 2).sum(axis=2)  # (n, K)
        density = -0.5 * (x.shape[1] * np.log(2 * np.pi * variance) + distance / variance)
        joint: F64 = density + arrays["log_weight"]
        return joint
