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

_ACCEPTED = {"seed": (0, 2**63), "households": (1, 2**31), "days": (7, 3_660)}


@dataclass(frozen=True)
class Stage:
    """What all households of a world have in common."""

    world: World
    seed: int
    calendar: Calendar
    tastes: Tastes


def check_sizes(seed: int, n_households: int, n_days: int) -> None:
    """Refuse a world that is too small or too large.

    Raises:
        BadInput: If seed is negative, there is no household, or days are not 7 to 3,660.
    """
    for name, number in (("seed", seed), ("households", n_households), ("days", n_days)):
        least, most = _ACCEPTED[name]
        if not least <= number <= most:
            raise BadInput(
                f"{name} is {number:,}; it must be between {least:,} and {most:,}.", place=name
            )


def make_stage(world: World, seed: int, n_days: int, end_at: datetime) -> Stage:
    """Draw catalogue and calendar.

    Args:
        world: The dials.
        seed: Of every random choice, 0 or more.
        n_days: Days of the record, 7 to 3,660.
        end_at: Where it ends, aware; it begins `n_days` before.

    Raises:
        BadInput: If a number is out of its range, or the end names no time zone.
    """
    check_sizes(seed, 1, n_days)
    if end_at.tzinfo is None:
        raise BadInput(f"the end {end_at} has no time zone; it must be aware.", place="end_at")
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    start_at = end_at - timedelta(days=n_days)
    tastes = make_tastes(rng, world, n_days, start_at)
    calendar = make_calendar(rng, world, tastes.oldest, start_at, n_days)
    return Stage(world, seed, calendar, tastes)
