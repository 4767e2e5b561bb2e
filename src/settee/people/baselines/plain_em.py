"""Describe each person by hours, places, tastes and lengths, by plain EM, size by BIC.

A person is a histogram over the hours of a day that knows 23 and 0 to be neighbours, shares of
devices, of weekends and of topics, and a usual length. No knowledge of other households, no memory
from one session to the next, no guests: what it lacks is what the serving model has to earn.

Reads / Writes: nothing.
Source: Dempster, Laird and Rubin (1977); Schwarz (1978); Nigam et al. (2000) for topics as a
mixture of multinomials.
Not here: which device is which (baselines.columns), the mixture that serves (people.mixture).
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.people.baselines.columns import (
    F64,
    Arrays,
    Scale,
    Stored,
    choose_size,
    place_of,
    settle,
    softmax,
)
from settee.people.models import Fit
from settee.people.population import Population
from settee.people.rows import Rows

I64 = NDArray[np.int64]

_HOURS = 24
_SMOOTH = np.array([0.1, 0.2, 0.4, 0.2, 0.1])  # of a count over its own and the nearest hours
_MIXED = 0.5  # a start shares each session out unequally: one person has most of it
_LOG_TWO_PI = math.log(2 * math.pi)


@njit(cache=True, nogil=True)
def expectation(
    cell: I64, length: F64, taste: F64, tables: tuple[F64, ...], base: F64, share: F64
) -> float:
    """Write each person's share of each session into `share`; the log likelihood of all.

    Args:
        cell: (n, 3) int64 hour, weekend and place of each session.
        length: (n,) float64 log of its seconds.
        taste: (n, n_topics) float64 at least 0.
        tables: Logs of hours (k, 24), weekend (k, 2), places (k, n_places + 1) and topics
            (k, n_topics), and mean and spread of the length (k, 2).
        base: (k,) float64 log weights.
        share: (n, k) float64, written.
    """
    hours, weekend, places, topics, lengths = tables
    n, k_all = share.shape
    total = 0.0
    for i in range(n):
        for k in range(k_all):
            apart = (length[i] - lengths[k, 0]) / lengths[k, 1]
            joint = base[k] + hours[k, cell[i, 0]] + weekend[k, cell[i, 1]]
            joint += places[k, cell[i, 2]] - 0.5 * (apart * apart + _LOG_TWO_PI)
            joint -= math.log(lengths[k, 1])
            for j in range(taste.shape[1]):
                joint += taste[i, j] * topics[k, j]
            share[i, k] = joint
        total += settle(share, i)
    return total


@njit(cache=True, nogil=True)
def maximisation(
    cell: I64, length: F64, taste: F64, priors: F64, tables: tuple[F64, ...], base: F64, share: F64
) -> None:
    """Write tables and weights from shares, each table drawn to the household's own by `priors`.

    Args:
        cell: As for `expectation`.
        length: As for `expectation`.
        taste: As for `expectation`.
        priors: (4,) imaginary sessions behind hours, weekend and places, topics, and length.
        tables: Written.
        base: Written.
        share: (n, k) float64, rows sum to 1.
    """
    hours, weekend, places, topics, lengths = tables
    n, k_all = share.shape
    all_length = length.mean()
    all_spread = max(length.std(), 0.3)
    all_topics = np.empty(taste.shape[1])
    for j in range(taste.shape[1]):
        all_topics[j] = taste[:, j].sum() + 1e-3
    all_topics /= all_topics.sum()
    for k in range(k_all):
        size = share[:, k].sum()
        base[k] = math.log((size + 1.0) / (n + k_all))
        hours[k, :] = priors[0] / _HOURS
        weekend[k, :] = priors[1] / 2
        places[k, :] = priors[1] / places.shape[1]
        topics[k, :] = priors[2] * all_topics
        first = priors[3] * all_length
        second = priors[3] * all_spread**2
        for i in range(n):
            one = share[i, k]
            for offset in range(5):
                hours[k, (cell[i, 0] + offset - 2) % _HOURS] += one * _SMOOTH[offset]
            weekend[k, cell[i, 1]] += one
            places[k, cell[i, 2]] += one
            first += one * length[i]
            for j in range(taste.shape[1]):
                topics[k, j] += one * taste[i, j]
        mean = first / (size + priors[3])
        for i in range(n):
            second += share[i, k] * (length[i] - mean) ** 2
        lengths[k, 0] = mean
        lengths[k, 1] = math.sqrt(second / (size + priors[3]))
        hours[k] = np.log(hours[k] / hours[k].sum())
        weekend[k] = np.log(weekend[k] / weekend[k].sum())
        places[k] = np.log(places[k] / places[k].sum())
        topics[k] = np.log(topics[k] / topics[k].sum())


@njit(cache=True, nogil=True)
def em(
    cell: I64,
    length: F64,
    taste: F64,
    priors: F64,
    tables: tuple[F64, ...],
    base: F64,
    share: F64,
    tolerance: float,
    n_steps: int,
) -> float:
    """Alternate until the mean log likelihood gains less than `tolerance`; that likelihood."""
    before = -np.inf
    now = before
    for _ in range(n_steps):
        maximisation(cell, length, taste, priors, tables, base, share)
        now = expectation(cell, length, taste, tables, base, share)
        if (now - before) / len(share) < tolerance:
            break
        before = now
    return now


@dataclass(frozen=True)
class PlainMixture:
    """Plain EM over hour, weekend, device, topics and length, behind the seam of household models.

    Args:
        n_max: Greatest number of persons that is tried.
        restarts: Starts for every number.
        tolerance: Gain of the mean log likelihood under which a fit ends.
        n_steps: Most steps of a fit.
        priors: Imaginary sessions behind hours, weekend and places, topics, and length.
        n_free: Parameters that the criterion counts for a person: tables that are drawn to the
            household's own have fewer free ones than cells.
    """

    name: str = "plain_em"
    n_max: int = 8
    restarts: int = 6
    tolerance: float = 1e-3
    n_steps: int = 60
    priors: tuple[float, float, float, float] = (6.0, 2.0, 5.0, 4.0)
    n_free: float = 4.0

    def fit(self, rows: Rows, population: Population, seed: int) -> Fit:  # noqa: ARG002 -- the seam
        """Tables, and the size with the least BIC.

        Args:
            rows: Sessions of the household, oldest first, at least one.
            population: Not used; this model knows one household only.
            seed: Draws the starts.
        """
        scale = Scale.of(rows)
        sessions = _sessions(rows, scale)
        rng = np.random.default_rng(seed)

        def fit_size(k: int) -> tuple[float, Arrays]:
            tries = [
                self._try(sessions, scale.n_places, rng.dirichlet(np.full(k, _MIXED), len(rows)))
                for _ in range(self.restarts if k > 1 else 1)
            ]
            return max(tries, key=lambda one: one[0])

        best, arrays = choose_size(fit_size, min(self.n_max, len(rows)))
        arrays = arrays | scale.arrays()
        joint = _joint(sessions, arrays)
        return Fit(softmax(joint).astype(np.float32), arrays, best)

    def log_likelihood(self, arrays: Stored, rows: Rows, population: Population) -> F64:  # noqa: ARG002 -- the seam
        """(n, K) log of weight times probability of each person for each session."""
        return _joint(_sessions(rows, Scale.from_arrays(arrays)), arrays)

    def _try(
        self, sessions: tuple[I64, F64, F64], n_places: int, share: F64
    ) -> tuple[float, Arrays]:
        cell, length, taste = sessions
        n, k = share.shape
        widths = (_HOURS, 2, n_places + 1, taste.shape[1], 2)
        tables = tuple(np.empty((k, width)) for width in widths)
        base = np.empty(k)
        priors = np.array(self.priors)
        likelihood = em(
            cell, length, taste, priors, tables, base, share, self.tolerance, self.n_steps
        )
        n_parameters = k * self.n_free + k - 1
        arrays = {"log_weight": base} | dict(zip(_TABLES, tables, strict=True))
        return float(likelihood - n_parameters / 2 * np.log(n)), arrays


_TABLES = ("hours", "weekend", "places", "topics", "lengths")


def _sessions(rows: Rows, scale: Scale) -> tuple[I64, F64, F64]:
    """Cells, lengths and tastes; an unknown place is the last cell."""
    place = place_of(rows, scale.by_device, scale.n_places)
    place = np.where(place < 0, scale.n_places, place)
    hour = np.asarray(rows.hour, np.int64) % _HOURS
    cell = np.stack([hour, (rows.weekday >= 5).astype(np.int64), place], axis=1)
    length = np.log1p(np.maximum(rows.duration_s, 0.0)).astype(np.float64)
    return cell, length, np.ascontiguousarray(rows.taste, np.float64)


def _joint(sessions: tuple[I64, F64, F64], arrays: Stored) -> F64:
    cell, length, taste = sessions
    hours, weekend, places, topics, lengths = (arrays[name] for name in _TABLES)
    apart = (length[:, None] - lengths[:, 0]) / lengths[:, 1]
    joint: F64 = (
        arrays["log_weight"]
        + hours[:, cell[:, 0]].T
        + weekend[:, cell[:, 1]].T
        + places[:, cell[:, 2]].T
        + taste @ topics.T
        - 0.5 * (apart**2 + _LOG_TWO_PI)
        - np.log(lengths[:, 1])
    )
    return joint
