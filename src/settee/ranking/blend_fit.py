"""Learn the weights of a blend from requests with known outcome.

Among the items high on the sources' lists for a request, some came true. The weights are those
under which they were likeliest: a conditional logit, whose loss has one lowest point, found by
Newton steps in a dozen rounds. No weight is below 0, for a source that is wrong more often than
chance is to be left out, not turned around; and a little ridge draws all to one size, so that two
sources that say the same share what one of them would get.

Reads: requests.  Writes: nothing.
Source: McFadden (1974), "Conditional logit analysis of qualitative choice behavior"; Bertsekas
(1982), "Projected Newton methods for optimization problems with simple constraints".
Not here: which requests (learn.blending), what the weights do (ranking.blend).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import BadInput, RankingSettings
from settee.features import Pool
from settee.ranking.blend import Blend, position, standardise
from settee.ranking.pool import make_pool

_START = 0.3
_ROUNDS = 100
_STILL = 1e-9
"""Where no weight would lower the loss by more than this, the lowest point is found."""
_TO_ZERO = 0.1
"""Part of the ridge that draws weights to 0 beside what draws them to one size."""
_TRACE = 1e-9
"""Keeps steps finite where a source says nothing of anybody."""
_KNOTS = (10.0, 90.0)
"""Percentiles of the sizes of histories between which weights change."""


class BadLessons(BadInput):
    """There is nothing from which a blend could be learnt."""

    code = "bad_lessons"


@dataclass(frozen=True)
class BlendLessons:
    """Requests with known outcome, one after the other.

    Args:
        told: (n, S) float32 what each source says of each item, in standard deviations.
        hit: (n,) bool did the item come true?
        sizes: (g,) int64 items of each request; they sum to n.
        n_history: (g,) int64 items of each history.
    """

    told: NDArray[np.float32]
    hit: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    n_history: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of requests."""
        return len(self.sizes)

    @classmethod
    def of_pools(
        cls,
        pools: Sequence[Pool],
        hits: Sequence[NDArray[np.bool_]],
        n_history: NDArray[np.integer],
        depth: int,
    ) -> Self:
        """Lessons from pools; what has no history, no hit or nothing but hits teaches nothing.

        Args:
            pools: One of each request, holding all that the sources put forward.
            hits: Of each, (m,) did the item come true?
            n_history: (g,) items of each history.
            depth: Items that stand lower on the lists of all sources are left out, for nobody
                scrolls that far, and what explains them well may explain the top badly.
        """
        n_sources = pools[0].source_scores.shape[1] if pools else 0
        told, hit, taught = [np.empty((0, n_sources), np.float32)], [np.empty(0, np.bool_)], []
        for place, pool in enumerate(pools):
            high = ((pool.source_ranks >= 0) & (pool.source_ranks < depth)).any(axis=1)
            mine = hits[place][high]
            if n_history[place] > 0 and mine.any() and not mine.all():
                told.append(standardise(pool.source_scores)[high].astype(np.float32))
                hit.append(mine)
                taught.append(place)
        return cls(
            np.concatenate(told),
            np.concatenate(hit),
            np.array([len(one) for one in hit[1:]], np.int64),
            np.asarray(n_history, np.int64)[taught],
        )

    @classmethod
    def of_scores(
        cls,
        scores: Sequence[NDArray[np.float32]],
        allowed: NDArray[np.bool_],
        wanted: NDArray[np.bool_],
        n_history: NDArray[np.integer],
        settings: RankingSettings,
    ) -> Self:
        """Lessons from scores of all items.

        Args:
            scores: Per source (g, n_items) float32.
            allowed: (g, n_items) what may be put forward.
            wanted: (g, n_items) what came true.
            n_history: (g,) items of each history.
            settings: `per_source` and `blend_depth` (change results).
        """
        wide = widened(settings, len(scores))
        pools = [
            make_pool([one[place] for one in scores], allowed[place], wide)
            for place in range(len(n_history))
        ]
        hits = [wanted[place, pool.items] for place, pool in enumerate(pools)]
        return cls.of_pools(pools, hits, n_history, settings.blend_depth)


def widened(settings: RankingSettings, n_sources: int) -> RankingSettings:
    """Settings under which a pool holds all that so many sources put forward."""
    return settings.model_copy(update={"pool": settings.per_source * max(n_sources, 1)})


def fit_blend(lessons: BlendLessons, l2: float) -> Blend:
    """The weights under which what came true was likeliest.

    Args:
        lessons: At least one request.
        l2: Ridge towards equal weights (changes results): 0 is none.

    Returns:
        A blend that does not serve yet; the same lessons give the same bytes.

    Raises:
        BadLessons: If there is no request.

    >>> told = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], np.float32)
    >>> hit = np.array([True, False, False, False])
    >>> lessons = BlendLessons(told, hit, np.array([4]), np.array([3]))
    >>> fit_blend(lessons, 0.1).long.round(1).tolist()
    [3.0, 0.9]
    """
    if not len(lessons):
        raise BadLessons(
            "no request has an item that came true and one that did not; a blend needs one.",
            hint="Learn from a longer window.",
        )
    sizes = np.log1p(lessons.n_history)
    low, high = (float(one) for one in np.percentile(sizes, _KNOTS))
    place = position(lessons.n_history, low, high)
    n_sources = lessons.told.shape[1]
    n_weights = 2 * n_sources if high > low else n_sources
    weight = np.full(n_weights, _START)
    loss, slope, curve = _loss(lessons, place, weight, l2)
    for _ in range(_ROUNDS):
        # A weight at 0 that would go below stays, and the others move as if it were not there.
        free = (weight > 0) | (slope < 0)
        if not free.any() or float(np.abs(slope[free]).max()) < _STILL:
            break
        step = np.zeros(n_weights)
        step[free] = -np.linalg.solve(curve[np.ix_(free, free)], slope[free])
        tried, found = _shortened(lessons, place, weight, step, l2)
        if found[0] >= loss:  # as low as rounding lets it be
            break
        weight, (loss, slope, curve) = tried, found
    return Blend(weight[:n_sources].copy(), weight[-n_sources:].copy(), low, high)


_Loss = tuple[float, NDArray[np.float64], NDArray[np.float64]]


def _shortened(
    lessons: BlendLessons,
    place: NDArray[np.float64],
    weight: NDArray[np.float64],
    step: NDArray[np.float64],
    l2: float,
) -> tuple[NDArray[np.float64], _Loss]:
    """The weights after a step, halved until the loss falls, and their loss."""
    start, length = _loss(lessons, place, weight, l2)[0], 1.0
    while True:
        tried = np.maximum(weight + length * step, 0.0)
        found = _loss(lessons, place, tried, l2)
        if found[0] < start or length < _STILL:
            return tried, found
        length /= 2


def _loss(
    lessons: BlendLessons, place: NDArray[np.float64], weight: NDArray[np.float64], l2: float
) -> _Loss:
    """Mean negative log likelihood with the ridge, its gradient and its second derivatives."""
    n_sources = lessons.told.shape[1]
    total, slope, curve = _likelihood(
        lessons.told, lessons.hit, lessons.sizes, place,
        weight[:n_sources], weight[-n_sources:],
    )  # fmt: skip
    if len(weight) == n_sources:  # one set of weights: what it is told of both counts once
        slope, curve = slope[n_sources:], curve[n_sources:, n_sources:]
    n, k = len(lessons), len(weight)
    # Towards the mean, and a little towards 0: where sources are never wrong, sizes have no end.
    pull = l2 * ((1.0 + _TO_ZERO) * np.eye(k) - 1.0 / k) + _TRACE * np.eye(k)
    ridge = pull @ weight
    return total / n + 0.5 * float(weight @ ridge), slope / n + ridge, curve / n + pull


@njit(cache=True, nogil=True)
def _likelihood(
    told: NDArray[np.float32],
    hit: NDArray[np.bool_],
    sizes: NDArray[np.int64],
    place: NDArray[np.float64],
    short: NDArray[np.float64],
    long: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Summed over requests: negative log likelihood, gradient and second derivatives."""
    n = told.shape[1]
    total, start = 0.0, 0
    slope, curve = np.zeros(2 * n), np.zeros((2 * n, 2 * n))
    share = np.empty(2 * n)
    for request in range(len(sizes)):
        end = start + sizes[request]
        share[:n], share[n:] = 1.0 - place[request], place[request]
        loss, off, spread = _of_request(
            told[start:end], hit[start:end], share[0] * short + share[n] * long
        )
        total += loss
        for a in range(2 * n):
            slope[a] += share[a] * off[a % n]
            for b in range(2 * n):
                curve[a, b] += share[a] * share[b] * spread[a % n, b % n]
        start = end
    return total, slope, curve


@njit(cache=True, nogil=True)
def _of_request(
    told: NDArray[np.float32], hit: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    m, n = told.shape
    logit = np.zeros(m)
    for row in range(m):
        for source in range(n):
            logit[row] += weight[source] * told[row, source]
    best, n_hits = logit[0], 0
    for row in range(m):
        best = max(best, logit[row])
        n_hits += hit[row]
    chance, total, loss = np.zeros(m), 0.0, 0.0
    for row in range(m):
        chance[row] = np.exp(logit[row] - best)
        total += chance[row]
    off, mean, spread = np.zeros(n), np.zeros(n), np.zeros((n, n))
    for row in range(m):
        p = chance[row] / total
        wanted = hit[row] / n_hits
        loss -= wanted * (logit[row] - best - np.log(total))
        for a in range(n):
            mean[a] += p * told[row, a]
            off[a] += (p - wanted) * told[row, a]
            for b in range(n):
                spread[a, b] += p * told[row, a] * told[row, b]
    for a in range(n):
        for b in range(n):
            spread[a, b] -= mean[a] * mean[b]
    return loss, off, spread
