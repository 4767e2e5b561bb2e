"""Set the stage that all households of a world share: the dials, the calendar, the catalogue.

Reads: a seed.  Writes: nothing.
Not here: the households (events.simulate_households).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from settee.core import BadInput
from settee.events.simulate_calendar import Calendar, make_calendar
from settee.events.simulate_tastes import Tastes, make_tastes
from settee.events.simulate_world import World

_LEAST = {"seed": 0, "households": 1, "days": 7}


@dataclass(frozen=True)
class Stage:
    """What all households of a world have in common."""

    world: World
    seed: int
    calendar: Calendar
    tastes: Tastes


def check_sizes(seed: int, n_households: int, n_days: int) -> None:
    """Refuse a world that is too small.

    Raises:
        BadInput: If seed is negative, there is no household, or there are fewer than 7 days.
    """
    for name, number in (("seed", seed), ("households", n_households), ("days", n_days)):
        if number < _LEAST[name]:
            raise BadInput(f"{name} is {number}; it must be at least {_LEAST[name]}.", place=name)


def make_stage(world: World, seed: int, n_days: int, end_at: datetime) -> Stage:
    """Draw catalogue and calendar.

    Args:
        world: The dials.
        seed: Of every random choice, 0 or more.
        n_days: Days of the record, at least 7.
        end_at: Where it ends, aware; it begins `n_days` before.

    Raises:
        BadInput: If a number is too small, or the end names no time zone.
    """
    check_sizes(seed, 1, n_days)
    if end_at.tzinfo is None:
        raise BadInput(f"the end {end_at} has no time zone; it must be aware.", place="end_at")
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    start_at = end_at - timedelta(days=n_days)
    tastes = make_tastes(rng, world, n_days, start_at)
    calendar = make_calendar(rng, world, tastes.oldest, start_at, n_days)
    return Stage(world, seed, calendar, tastes)
