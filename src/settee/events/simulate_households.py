"""Let invented households share accounts, and know at every event who it was.

Each household lives from a random stream of its own, made from the seed and its number, so it is
the same in a world of ten and of fifty thousand, and on any number of workers. A household of the
default world has 3 members who leave some 700 events in 90 days.

Reads: a seed.  Writes: nothing.
Source: O'Neill (2015), seed sequences as numpy has them, for independent streams.
Not here: files and processes (events.simulate_files), the small demo world (events.simulate).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput, Item
from settee.events.simulate_calendar import Calendar, make_calendar
from settee.events.simulate_homes import Home, draw_home
from settee.events.simulate_lines import Change, SimulatedHousehold
from settee.events.simulate_tastes import Tastes, make_tastes
from settee.events.simulate_visits import Visits, draw_visits
from settee.events.simulate_watching import Rows, watch
from settee.events.simulate_world import World

_DAY_S = 86_400
_LEAST = {"seed": 0, "households": 1, "days": 7}
_CODE_BITS = 40
_CODE_FACTOR = 0x9E3779B97F | 1  # odd, so that no two numbers have one code


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
        BadInput: If a number is too small.
    """
    check_sizes(seed, 1, n_days)
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    start_at = end_at - timedelta(days=n_days)
    tastes = make_tastes(rng, world, n_days, start_at)
    calendar = make_calendar(rng, world, tastes.oldest, start_at, n_days)
    return Stage(world, seed, calendar, tastes)


def simulate_households(
    world: World, seed: int, n_households: int, n_days: int, end_at: datetime
) -> tuple[tuple[Item, ...], Iterator[SimulatedHousehold]]:
    """Simulate a service whose accounts are shared; the same arguments give the same bytes.

    Args:
        world: The dials; see `make_world`.
        seed: Of every random choice, 0 or more.
        n_households: Accounts, at least 1; a household is the same whatever this number is.
        n_days: Days of the record, at least 7.
        end_at: Where it ends, aware; it begins `n_days` before.

    Returns:
        The catalogue, and the households, made while they are read.

    Raises:
        BadInput: If a number is too small.

    >>> from datetime import UTC
    >>> items, homes = simulate_households(World(), 7, 2, 30, datetime(2026, 1, 1, tzinfo=UTC))
    >>> len(items), len({home.account_id for home in homes})
    (1500, 2)
    """
    check_sizes(seed, n_households, n_days)
    stage = make_stage(world, seed, n_days, end_at)
    return stage.tastes.items, (one_household(stage, number) for number in range(n_households))


def one_household(stage: Stage, number: int) -> SimulatedHousehold:
    """The household of some number, 0 or more."""
    stream = np.random.SeedSequence(stage.seed, spawn_key=(number,))
    rng = np.random.default_rng(stream)
    home = draw_home(rng, stage.world, stage.calendar.n_days)
    visits = draw_visits(rng, stage.world, home, stage.calendar)
    visits, rows = watch(rng, stage.world, home, stage.calendar, stage.tastes, visits)
    code = (stage.seed * 0x2545F491 + (number + 1) * _CODE_FACTOR) % (1 << _CODE_BITS)
    return _columns(rng, stage, home, visits, rows, f"a{code:010x}")


def _columns(
    rng: np.random.Generator,
    stage: Stage,
    home: Home,
    visits: Visits,
    rows: Rows,
    account_id: str,
) -> SimulatedHousehold:
    """Events with all that their visit says about device, service and profile."""
    day = (visits.at_s - stage.calendar.start_s) / _DAY_S
    devices, device = home.devices, visits.device
    is_updated = day >= devices.update_day[device]
    is_replaced = day >= devices.replaced_day[device]
    is_second = rng.random(len(day)) < home.platform_share[visits.actor]
    profile = _profiles(rng, stage.world, home, visits)
    of = rows["visit"]
    return SimulatedHousehold(
        account_id=account_id,
        person_ids=home.labels,
        device_ids=tuple(one for pair in devices.ids for one in pair),
        profile_ids=home.profile_ids,
        items=stage.tastes.items,
        at_s=rows["at_s"].copy(),
        kind=rows["kind"].copy(),
        item=rows["item"].copy(),
        device=(2 * device + is_replaced).astype(np.int16)[of],
        device_type=devices.type[device, is_updated.astype(np.intp)].astype(np.int8)[of],
        platform=(is_second + 2 * is_updated).astype(np.int8)[of],
        profile=profile[of],
        value=rows["value"].copy(),
        duration_s=rows["duration_s"].copy(),
        session=of.copy(),
        persons=rows["persons"].copy(),
        is_guest=rows["is_guest"].copy(),
        changes=tuple(_changes(stage.calendar, home)),
    )


def _changes(calendar: Calendar, home: Home) -> Iterator[Change]:
    """What becomes different in the record, in no order that tells who is who."""
    devices = home.devices
    ends = [
        ("joined", home.labels, home.join_day), ("left", home.labels, home.leave_day),
        ("hours_moved", home.labels, home.shift_day),
        ("hours_rotate", home.labels, np.where(home.is_rotating, 0.0, np.inf)),
        ("taste_drifts", home.labels, np.where(home.drifts[: home.n], 0.0, np.inf)),
        ("device_updated", [pair[0] for pair in devices.ids], devices.update_day),
        ("device_replaced", [pair[0] for pair in devices.ids], devices.replaced_day),
    ]  # fmt: skip
    for what, names, days in ends:
        for name, day in sorted(zip(names, days.tolist(), strict=True)):
            if np.isfinite(day):
                yield Change(what, name, calendar.start_s + int(day * _DAY_S))


def _profiles(
    rng: np.random.Generator, world: World, home: Home, visits: Visits
) -> NDArray[np.int16]:
    """(n visits,) the profile that was picked; a guest takes anybody's."""
    n_visits = len(visits.actor)
    if not home.profile_ids:
        return np.full(n_visits, -1, dtype=np.int16)
    is_wrong = (rng.random(n_visits) < world.profile_wrong) & (home.n > 1)
    other = (visits.actor + rng.integers(1, max(2, home.n), n_visits)) % home.n
    is_wrong |= visits.actor >= home.n
    return np.where(is_wrong, other, visits.actor).astype(np.int16)
