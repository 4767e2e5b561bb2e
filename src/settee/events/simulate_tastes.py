"""Say what each hidden taste watches, week by week, so that a title is one look-up away.

Thirty tastes stand behind what everybody watches. A taste leans to some moods and loves some
circles of titles, and so gives each title a probability; appeal and newness weigh in. The running
sums of all tastes and weeks lie end to end in one sorted array: row 4 holds the numbers 4 to 5,
and a draw for row 4 is one binary search for 4.73.

Reads: a random generator.  Writes: nothing.
Not here: who has which taste (events.simulate_homes), the titles (events.simulate_titles).
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from settee.core import Item
from settee.events.simulate_titles import Titles, make_titles
from settee.events.simulate_world import World

N_TASTES = 30
_WEEK_DAYS = 7


@dataclass(frozen=True)
class Tastes:
    """The catalogue as tastes see it.

    Args:
        items: What the outside may know.
        sums: (n_weeks * N_TASTES * n_titles,) float64, ascending; see above.
        length_s: (n_titles,) float64 seconds.
        is_series: (n_titles,) bool, watched in many parts.
        oldest: Positions of the titles that are out before the world begins.
        phase: (N_TASTES,) float64, the part of the year that a taste belongs to, 0 to 1.
    """

    items: tuple[Item, ...]
    sums: NDArray[np.float64]
    length_s: NDArray[np.float64]
    is_series: NDArray[np.bool_]
    oldest: NDArray[np.int64]
    phase: NDArray[np.float64]

    @property
    def n_titles(self) -> int:
        """Number of titles."""
        return len(self.items)

    def draw(
        self, rng: np.random.Generator, day: NDArray[np.int64], taste: NDArray[np.intp], n: int
    ) -> NDArray[np.int64]:
        """Titles drawn for some viewings.

        Args:
            rng: Of the household.
            day: (n_viewings,) whole days since the start of the world.
            taste: (n_viewings,) which taste it is.
            n: Draws for each.

        Returns:
            (n_viewings, n) positions in `items`.
        """
        row = (day // _WEEK_DAYS) * N_TASTES + taste
        found = np.searchsorted(self.sums, row[:, None] + rng.random((len(row), n)), side="right")
        return np.clip(found - row[:, None] * self.n_titles, 0, self.n_titles - 1)


def make_tastes(rng: np.random.Generator, world: World, n_days: int, start_at: datetime) -> Tastes:
    """Invent a catalogue, and tastes for it, for a world of `n_days` days.

    >>> from datetime import UTC
    >>> world, start = World(n_titles=40), datetime(2026, 1, 1, tzinfo=UTC)
    >>> tastes = make_tastes(np.random.default_rng(7), world, 14, start)
    >>> tastes.draw(np.random.default_rng(7), np.array([0, 13]), np.array([3, 3]), 2).shape
    (2, 2)
    """
    titles = make_titles(rng, world.n_titles, n_days, start_at)
    lean = rng.dirichlet(np.full(titles.mood.shape[1], 0.06), N_TASTES)
    loves = rng.random((N_TASTES, titles.n_circles)) < min(0.5, 3.0 / titles.n_circles)
    fit = np.log(0.02 + lean @ titles.mood.T) + 1.2 * loves[:, titles.circle]
    fit *= world.taste_pull
    rows = [_week(titles, fit, week) for week in range(-(-n_days // _WEEK_DAYS) + 1)]
    sums = np.concatenate(rows) + np.arange(len(rows) * N_TASTES)[:, None]
    return Tastes(
        items=titles.items,
        sums=sums.ravel(),
        length_s=np.round(titles.minutes.astype(np.float64) * 60),
        is_series=titles.minutes <= 60,
        oldest=np.flatnonzero(titles.release_day < 0),
        phase=rng.random(N_TASTES),
    )


def _week(titles: Titles, fit: NDArray[np.float64], week: int) -> NDArray[np.float64]:
    """(N_TASTES, n_titles) running sums from 0 to 1 over what is out when the week begins."""
    age = week * _WEEK_DAYS - titles.release_day
    weight = np.exp(fit + titles.appeal + 1.7 * np.exp(-np.maximum(age, 0) / 9))
    sums = np.cumsum(np.where(age >= 0, weight, 0.0), axis=1)
    shares: NDArray[np.float64] = sums / sums[:, -1:]
    shares[:, -1] = 1.0
    return shares
