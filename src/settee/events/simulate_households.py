"""Let invented households share accounts, and know at every event who it was.

Each household lives from a random stream of its own, made from the seed and its number, so it is
the same in a world of ten and of fifty thousand, and on any number of workers. A household of the
default world has 3 members who leave some 900 events in 90 days.

Reads: a seed.  Writes: nothing.
Source: O'Neill (2015), seed sequences as numpy has them, for independent streams.
Not here: files and processes (events.simulate_files), the small demo world (events.simulate).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from settee.core import Item
from settee.events.simulate_calendar import Calendar
from settee.events.simulate_homes import Home, draw_home
from settee.events.simulate_lines import Change, SimulatedHousehold
from settee.events.simulate_shopping import shop
from settee.events.simulate_stage import Stage, check_sizes, make_stage
from settee.events.simulate_touches import CONTACTS, TrueEffects, contact
from settee.events.simulate_visits import Visits, draw_visits
from settee.events.simulate_watching import Rows, watch
from settee.events.simulate_world import World

_DAY_S = 86_400
_CODE_BITS = 40
_CODE_FACTOR = 0x9E3779B97F | 1  # odd, so that no two numbers have one code


def simulate_households(
    world: World, seed: int, n_households: int, n_days: int, end_at: datetime
) -> tuple[tuple[Item, ...], Iterator[SimulatedHousehold]]:
    """Simulate a service whose accounts are shared; the same arguments give the same bytes.

    Args:
        world: The dials; see `make_world`.
        seed: Of every random choice, 0 or more.
        n_households: Accounts, at least 1; a household is the same whatever this number is.
        n_days: Days of the record, 7 to 3,660.
        end_at: Where it ends, aware; it begins `n_days` before.

    Returns:
        The catalogue, and the households, made while they are read.

    Raises:
        BadInput: If a number is out of its range, or the end names no time zone.

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
    # Advertising has a stream of its own: its dials leave every session as it is.
    streams = np.random.SeedSequence(stage.seed, spawn_key=(number,)).spawn(2)
    rng, ads_rng = (np.random.default_rng(stream) for stream in streams)
    home = draw_home(rng, stage.world, stage.calendar.n_days)
    if rng.random() < stage.world.shoppers:
        visits, rows = shop(rng, stage, home)
    else:
        visits, rows = watch(rng, stage, home, draw_visits(rng, stage, home))
    contacts, contact_rows, effects = contact(ads_rng, stage, home)
    places = _both(_places(rng, stage, home, visits), _places(ads_rng, stage, home, contacts))
    n_before = len(rows)
    contact_rows["visit"] += len(visits.at_s)
    rows = np.concatenate([rows, contact_rows])
    order = np.argsort(rows["at_s"], kind="stable")
    rank = np.empty(len(order), np.intp)
    rank[order] = np.arange(len(order))
    account_id = _account_id(stage.seed, number)
    return _household(account_id, stage, home, places, rows[order], effects.at(rank[n_before:]))


def _account_id(seed: int, number: int) -> str:
    """An id that no other household of the world has, and that tells no order."""
    code = (seed * 0x2545F491 + (number + 1) * _CODE_FACTOR) % (1 << _CODE_BITS)
    return f"a{code:010x}"


@dataclass(frozen=True)
class _Places:
    """Where each visit is, as it is reported: (n visits,) each."""

    device: NDArray[np.int16]
    device_type: NDArray[np.int8]
    platform: NDArray[np.int8]
    profile: NDArray[np.int16]
    is_session: NDArray[np.bool_]


def _places(rng: np.random.Generator, stage: Stage, home: Home, visits: Visits) -> _Places:
    day = (visits.at_s - stage.calendar.start_s) / _DAY_S
    devices, device = home.devices, visits.device
    is_updated = day >= devices.update_day[device]
    is_replaced = day >= devices.replaced_day[device]
    is_second = rng.random(len(day)) < home.platform_share[visits.actor]
    return _Places(
        device=(2 * device + is_replaced).astype(np.int16),
        device_type=devices.type[device, is_updated.astype(np.intp)].astype(np.int8),
        platform=(is_second + 2 * is_updated).astype(np.int8),
        profile=_profiles(rng, stage.world, home, visits),
        is_session=np.ones(len(day), dtype=np.bool_),
    )


def _both(sessions: _Places, contacts: _Places) -> _Places:
    """Sessions, then contacts, which are no sessions and in which no profile is picked."""
    joined = {
        one.name: np.concatenate([getattr(sessions, one.name), getattr(contacts, one.name)])
        for one in fields(_Places)
    }
    n_sessions = len(sessions.device)
    joined["is_session"][n_sessions:] = False
    joined["profile"][n_sessions:] = -1
    return _Places(**joined)


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


def _household(
    account_id: str, stage: Stage, home: Home, places: _Places, rows: Rows, effects: TrueEffects
) -> SimulatedHousehold:
    """Events with all that their visit says about device, service and profile."""
    of = rows["visit"]
    named = ("at_s", "kind", "item", "value", "duration_s", "contact", "revenue_cents")
    return SimulatedHousehold(
        account_id=account_id,
        person_ids=home.labels,
        device_ids=tuple(one for pair in home.devices.ids for one in pair),
        profile_ids=home.profile_ids,
        items=stage.tastes.items,
        contacts=CONTACTS,
        device=places.device[of],
        device_type=places.device_type[of],
        platform=places.platform[of],
        profile=places.profile[of],
        session=np.where(places.is_session[of], of, -1).astype(np.int32),
        persons=rows["persons"].copy(),
        is_guest=rows["is_guest"].copy(),
        changes=tuple(_changes(stage.calendar, home)),
        effects=effects,
        **{name: rows[name].copy() for name in named},
    )


def _changes(calendar: Calendar, home: Home) -> Iterator[Change]:
    """What becomes different in the record, in no order that tells who is who."""
    devices = home.devices
    before = [pair[0] for pair in devices.ids]
    ends = [
        ("joined", home.labels, home.join_day), ("left", home.labels, home.leave_day),
        ("hours_moved", home.labels, home.shift_day),
        ("hours_rotate", home.labels, np.where(home.is_rotating, 0.0, np.inf)),
        ("taste_drifts", home.labels, np.where(home.drifts[: home.n], 0.0, np.inf)),
        ("device_updated", before, devices.update_day),
        ("device_replaced", before, devices.replaced_day),
    ]  # fmt: skip
    for what, names, days in ends:
        for name, day in sorted(zip(names, days.tolist(), strict=True)):
            if np.isfinite(day):
                yield Change(what, name, calendar.start_s + int(day * _DAY_S))
