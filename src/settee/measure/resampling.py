"""Draw people anew, and make intervals of what comes out.

Each person counts as often as a Poisson number with mean 1 says, so that who was there and how
many were there both vary: 400 conversions by 400 people are uncertain by 20, their root. A credit
is uncertain in proportion, so its interval is made where proportions are differences: on the log
of a count, and on the log odds of a share, with the spread that the resamples have.

Reads / Writes: nothing.
Source: Hanley and MacGibbon (2006), "Creating non-parametric bootstrap samples using Poisson
frequencies"; Efron and Tibshirani (1993), chapter 12, for the standard interval on another scale.
Not here: what is computed from the people (measure.attribution), lift (measure.lift).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from settee.measure.collapsing import first_of_each
from settee.measure.paths import Paths

Floats = NDArray[np.float64]
Scale = Literal["plain", "log", "logit"]
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """Bounds of estimates; NaN where there is none.

    Args:
        low: (n,) float64.
        high: (n,) float64.
    """

    low: Floats
    high: Floats


def interval(estimate: Floats, resamples: Floats, scale: Scale = "plain") -> Interval:
    """95 % intervals from the spread of resamples.

    Args:
        estimate: (n,) what the data says.
        resamples: (b, n) what it says of people drawn anew, b at least 2.
        scale: "plain"; "log" for what is above 0; "logit" for shares. Where an estimate lies
            outside what its scale takes, or within a hundredth of its spread of the edge, the plain
            one is used.

    >>> interval(np.array([100.0]), np.array([[90.0], [110.0]]), "log").low.round(1).tolist()
    [75.8]
    """
    error = resamples.std(axis=0, ddof=1)
    low, high = estimate - Z95 * error, estimate + Z95 * error
    inside = estimate > 0.01 * error
    if scale == "logit":
        inside &= 1.0 - estimate > 0.01 * error
    inside &= scale != "plain"
    at = np.where(inside, estimate, 0.5)
    if scale == "log":
        factor = np.exp(np.where(inside, Z95 * error / at, 0.0))
        return Interval(np.where(inside, at / factor, low), np.where(inside, at * factor, high))
    odds = at / (1.0 - at)
    factor = np.exp(np.minimum(np.where(inside, Z95 * error / (at * (1.0 - at)), 0.0), 500.0))
    down, up = odds / factor, odds * factor
    return Interval(
        np.where(inside, down / (1.0 + down), low), np.where(inside, up / (1.0 + up), high)
    )


def resampled(paths: Paths, n: int, seed: int) -> Iterator[tuple[Paths, Floats | None]]:
    """The distinct paths with the weights of people drawn anew, n times.

    Args:
        paths: Paths as they were met. With groups, each group is drawn as one. Without, each row
            is, where the seconds before the end tell rows apart, and else each unit of weight.
        n: How often.
        seed: Seed of the draws; changes results within their spread.

    Yields:
        Paths like ``paths.collapse()``, in the same order, and (n_paths,) how often each row of
        `paths` counts, None where units of weight were drawn.

    >>> from settee.measure.paths import paths_of
    >>> len(list(resampled(paths_of([["web"], ["web"]]), 3, seed=1)))
    3
    """
    rng = np.random.default_rng(seed)
    distinct = paths.collapse()
    if paths.group is None and paths.before_s is None:
        for _ in range(n):
            yield _units(distinct, rng), None
        return
    row, _ = first_of_each(paths.indptr, paths.step)
    unit = np.arange(paths.n_paths) if paths.group is None else paths.group
    _, unit = np.unique(unit, return_inverse=True)
    n_units = int(unit.max(initial=-1)) + 1
    for _ in range(n):
        times = rng.poisson(1.0, n_units).astype(np.float64)[unit]
        converted, nulls, value = (
            np.asarray(np.bincount(row, weight * times, distinct.n_paths), np.float64)
            for weight in (paths.converted, paths.nulls, paths.value)
        )
        yield (
            Paths(distinct.channels, distinct.indptr, distinct.step, converted, nulls, value),
            times,
        )


def _units(distinct: Paths, rng: np.random.Generator) -> Paths:
    """Each unit of weight drawn as one; a conversion is worth the mean of its path."""
    converted = rng.poisson(distinct.converted).astype(np.float64)
    nulls = rng.poisson(distinct.nulls).astype(np.float64)
    kept = np.divide(
        converted, distinct.converted, out=np.zeros_like(converted), where=distinct.converted > 0
    )
    return Paths(
        distinct.channels, distinct.indptr, distinct.step, converted, nulls, distinct.value * kept
    )
