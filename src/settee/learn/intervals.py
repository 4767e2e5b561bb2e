"""Say how sure a mean over people is, by drawing the same number of people again and again.

Every resample weighs each person by how often it was drawn, so the means of all metrics of all
systems under one resample are a single matrix product, and differences between systems are paired
for free. With 100 people of whom half score 1, the interval of the mean is about .40 to .60.

Reads / Writes: nothing.
Source: Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter 13 (percentile).
Not here: sequential tests of live experiments.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
"""Share of resamples inside an interval."""
_CELLS = 2_000_000  # person draws held in memory at once


@dataclass(frozen=True)
class Figure:
    """A mean over people and its interval; low and high are None where there is no interval."""

    value: float
    low: float | None = None
    high: float | None = None

    def as_dict(self) -> dict[str, float | None]:
        """Value, low and high, rounded to six places so that text is stable."""
        return {
            "value": round(self.value, 6),
            "low": None if self.low is None else round(self.low, 6),
            "high": None if self.high is None else round(self.high, 6),
        }

    @property
    def excludes_zero(self) -> bool:
        """Does the interval lie wholly on one side of zero?"""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def resampled_means(
    values: NDArray[np.float64], n_resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Means over people under resampling of people with replacement.

    Args:
        values: (n_people, n_columns), NaN where a person has no answer; n_people at least 1.
        n_resamples: Number of resamples, at least 1.
        rng: Draws the people.

    Returns:
        (n_resamples, n_columns); a mean is over the drawn people that have an answer, and NaN
        where none of them has.
    """
    n_people, n_columns = values.shape
    is_known = ~np.isnan(values)
    filled = np.where(is_known, values, 0.0)
    means = np.empty((n_resamples, n_columns))
    chunk = max(1, _CELLS // n_people)
    for start in range(0, n_resamples, chunk):
        rows = min(chunk, n_resamples - start)
        drawn = rng.integers(n_people, size=(rows, n_people))
        drawn += np.arange(rows)[:, None] * n_people
        counts = np.bincount(drawn.reshape(-1), minlength=rows * n_people)
        weights = counts.reshape(rows, n_people).astype(np.float64)
        known = weights @ is_known
        total = weights @ filled
        means[start : start + rows] = np.divide(
            total, known, out=np.full_like(total, np.nan), where=known > 0
        )
    return means


def figures(
    values: NDArray[np.float64], n_resamples: int, rng: np.random.Generator
) -> list[Figure | None]:
    """Mean and percentile interval of each column.

    Args:
        values: (n_people, n_columns), NaN where a person has no answer.
        n_resamples: Resamples behind each interval; *changes results* within their noise.
        rng: Draws the people; the same draws serve all columns.

    Returns:
        One figure per column, None where no person has an answer.

    >>> rng = np.random.default_rng(0)
    >>> [figure] = figures(np.repeat([[0.0], [1.0]], 50, axis=0), 1000, rng)
    >>> figure.value, round(figure.low, 1), round(figure.high, 1)
    (0.5, 0.4, 0.6)
    """
    if not len(values):
        return [None] * values.shape[1]
    means = resampled_means(values, n_resamples, rng)
    answers: list[Figure | None] = []
    for column in range(values.shape[1]):
        known = values[~np.isnan(values[:, column]), column]
        if not len(known):
            answers.append(None)
            continue
        drawn = means[~np.isnan(means[:, column]), column]
        low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        answers.append(Figure(float(known.mean()), float(low), float(high)))
    return answers
