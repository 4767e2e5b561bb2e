"""Lay down what the whole world has in common: weekends, holidays, seasons, live events.

A holiday makes a Tuesday a Sunday for everybody; a live event brings one household in three before
the screen in the very same minute, whatever their usual hours are.

Reads: a random generator.  Writes: nothing.
Not here: who takes part (events.simulate_visits).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from settee.events.simulate_world import World

_DAY_S = 86_400
_LIVE_TITLES = 50  # live events are about a few titles


@dataclass(frozen=True)
class Calendar:
    """The days of the record, which begins at `start_s`.

    Args:
        start_s: Seconds since 1970, UTC.
        n_days: Days of the record.
        is_weekend: (n_days,) bool, or a holiday.
        lift: (n_days,) factor on the activity of all.
        year_part: (n_days,) how much of the year has passed, 0 to 1.
        live_s: (n_live,) int64, instants of the live events, and `live_title` which title it is.
    """

    start_s: int
    n_days: int
    is_weekend: NDArray[np.bool_]
    lift: NDArray[np.float64]
    year_part: NDArray[np.float64]
    live_s: NDArray[np.int64]
    live_title: NDArray[np.int64]

    @property
    def end_s(self) -> int:
        """End of the record, seconds since 1970."""
        return self.start_s + self.n_days * _DAY_S


def make_calendar(
    rng: np.random.Generator,
    world: World,
    titles: NDArray[np.int64],
    start_at: datetime,
    n_days: int,
) -> Calendar:
    """Draw the calendar of a world.

    Args:
        rng: Of the world.
        world: The dials.
        titles: What live events may be about: titles that are out when the world begins.
        start_at: When the record begins, aware.
        n_days: Days of the record.

    >>> from datetime import UTC
    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> calm = World(holidays=0, seasons=0, live_events=0)
    >>> calendar = make_calendar(np.random.default_rng(7), calm, np.arange(3), start, 7)
    >>> calendar.is_weekend.tolist(), len(calendar.live_s)
    ([False, False, True, True, False, False, False], 0)
    """
    days = [start_at + timedelta(days=day) for day in range(n_days)]
    is_weekend = np.array([day.weekday() >= 5 for day in days])
    year_part = np.array([(day.timetuple().tm_yday - 1) / 366 for day in days])
    is_holiday = rng.random(n_days) < world.holidays
    season = 1 + world.seasons * np.cos(2 * np.pi * (year_part - 0.04))
    n_live = int(rng.poisson(world.live_events * n_days / 30))
    live_day = rng.integers(0, n_days, n_live)
    hour = rng.choice([14.0, 18.0, 19.0, 19.75, 20.0], n_live)
    start_s = int(start_at.timestamp())
    return Calendar(
        start_s=start_s,
        n_days=n_days,
        is_weekend=is_weekend | is_holiday,
        lift=season * np.where(is_holiday, 1.5, 1.0),
        year_part=year_part,
        live_s=np.sort(start_s + live_day * _DAY_S + (hour * 3600).astype(np.int64)),
        live_title=rng.choice(titles[:_LIVE_TITLES], n_live),
    )
