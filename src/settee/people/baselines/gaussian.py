"""Describe each person by a Gaussian with its own spread in every column, size by BIC.

Expectation and maximisation in turn: whose is each session, given the persons; who are the
persons, given their sessions. A fixed amount is added to every variance, so that a person seen
only on one device keeps a finite density there.

Reads / Writes: nothing.
Source: Dempster, Laird and Rubin (1977); Schwarz (1978) for the criterion; Fraley and Raftery
(2002) for choosing the size of a mixture by it.
Not here: sessions as a matrix (baselines.columns), the starts (baselines.kmeans).
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from settee.people.baselines.columns import F64, Arrays, Scale, Stored, choose_size, settle, softmax
from settee.people.baselines.kmeans import seed_centres, sweep
from settee.people.models import Fit
from settee.people.population import Population
from settee.people.rows import Rows

_LOG_TWO_PI = math.log(2 * math.pi)


@njit(cache=True, nogil=True)
def expectation(x: F64, log_weight: F64, mean: F64, variance: F64, share: F64) -> float:
    """Write each component's share of each row into `share`; the log likelihood of all rows.

    Args:
        x: (n, d) float64.
        log_weight: (k,) float64.
        mean: (k, d) float64.
        variance: (k, d) float64, above 0.
        share: (n, k) float64, written.
    """
    n, d = x.shape
    k_all = len(mean)
    total = 0.0
    base = log_weight.copy()
    for k in range(k_all):
        for j in range(d):
            base[k] -= 0.5 * (_LOG_TWO_PI + math.log(variance[k, j]))
    for i in range(n):
        for k in range(k_all):
            joint = base[k]
            for j in range(d):
                joint -= 0.5 * (x[i, j] - mean[k, j]) ** 2 / variance[k, j]
            share[i, k] = joint
        total += settle(share, i)
    return total


@njit(cache=True, nogil=True)
def maximisation(
    x: F64, share: F64, added: float, log_weight: F64, mean: F64, variance: F64
) -> None:
    """Write the weights, means and variances under which those shares are most likely.

    Args:
        x: (n, d) float64.
        share: (n, k) float64, rows sum to 1.
        added: Added to every variance, above 0.
        log_weight: (k,) written.
        mean: (k, d) written.
        variance: (k, d) written.
    """
    n, d = x.shape
    for k in range(len(mean)):
        size = 1e-10
        for i in range(n):
            size += share[i, k]
        log_weight[k] = math.log(size / n)
        for j in range(d):
            first, second = 0.0, 0.0
            for i in range(n):
                first += share[i, k] * x[i, j]
            mean[k, j] = first / size
            for i in range(n):
                second += share[i, k] * (x[i, j] - mean[k, j]) ** 2
            variance[k, j] = second / size + added


@njit(cache=True, nogil=True)
def em(
    x: F64, share: F64, added: float, tolerance: float, n_steps: int
) -> tuple[float, F64, F64, F64]:
    """Alternate until the mean log likelihood of a row gains less than `tolerance`.

    Args:
        x: (n, d) float64.
        share: (n, k) float64 the start, changed in place.
        added: Added to every variance, above 0.
        tolerance: Gain under which it ends.
        n_steps: Most steps.

    Returns:
        Log likelihood, log weights (k,), means (k, d), variances (k, d).
    """
    k, d = share.shape[1], x.shape[1]
    log_weight, mean, variance = np.empty(k), np.empty((k, d)), np.empty((k, d))
    before = -np.inf
    now = before
    for _ in range(n_steps):
        maximisation(x, share, added, log_weight, mean, variance)
        now = expectation(x, log_weight, mean, variance, share)
        if (now - before) / len(x) < tolerance:
            break
        before = now
    return now, log_weight, mean, variance


@dataclass(frozen=True)
class GaussianMixture:
    """A mixture of Gaussians with diagonal covariance behind the seam of household models.

    Args:
        n_max: Greatest number of persons that is tried.
        restarts: Starts for every number.
        added: Added to every variance, in units of a group of columns.
        tolerance: Gain of the mean log likelihood under which a fit ends.
        n_steps: Most steps of a fit.
    """

    name: str = "gaussian"
    n_max: int = 8
    restarts: int = 3
    added: float = 0.02
    tolerance: float = 1e-3
    n_steps: int = 60

    def fit(self, rows: Rows, population: Population, seed: int) -> Fit:  # noqa: ARG002 -- the seam
        """Weights, means and variances, and the size with the least BIC.

        Args:
            rows: Sessions of the household, oldest first, at least one.
            population: Not used; this model knows one household only.
            seed: Draws the starts.
        """
        scale = Scale.of(rows)
        x = scale.matrix(rows)
        rng = np.random.default_rng(seed)

        def fit_size(k: int) -> tuple[float, Arrays]:
            tries = [self._try(x, rng.random(k)) for _ in range(self.restarts if k > 1 else 1)]
            return max(tries, key=lambda one: one[0])

        best, arrays = choose_size(fit_size, min(self.n_max, len(rows)))
        share = softmax(self._joint(x, arrays))
        return Fit(share.astype(np.float32), arrays | scale.arrays(), best)

    def log_likelihood(self, arrays: Stored, rows: Rows, population: Population) -> F64:  # noqa: ARG002 -- the seam
        """(n, K) log of weight times density of each person for each session."""
        return self._joint(Scale.from_arrays(arrays).matrix(rows), arrays)

    def _try(self, x: F64, draws: F64) -> tuple[float, Arrays]:
        k, (n, d) = len(draws), x.shape
        share = np.zeros((n, k))
        share[np.arange(n), sweep(x, seed_centres(x, draws), 2, 0.0)] = 1.0
        likelihood, log_weight, mean, variance = em(
            x, share, self.added, self.tolerance, self.n_steps
        )
        n_parameters = 2 * k * d + k - 1
        arrays = {"log_weight": log_weight, "mean": mean, "variance": variance}
        return float(likelihood - n_parameters / 2 * np.log(n)), arrays

    @staticmethod
    def _joint(x: F64, arrays: Stored) -> F64:
        mean, variance = arrays["mean"], arrays["variance"]
        apart = (x[:, None, :] - mean) ** 2 / variance + np.log(variance)  # (n, K, d)
        joint: F64 = arrays["log_weight"] - 0.5 * (apart + _LOG_TWO_PI).sum(axis=2)
        return joint
