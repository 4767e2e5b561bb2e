"""Decide when who sits down before which device: the sessions of one household, without titles.

Every member comes by own hours on own days. Then life happens: a guest takes the remote, the
sister sits down too, the tablet changes hands after the first title, everybody watches the final.
Between two visits to one device lie at least 35 minutes, and nobody is in two places: what would
clash does not take place. So without handovers a session has one crowd to its end.

Reads: a home and a calendar.  Writes: nothing.
Not here: what is watched (events.simulate_watching).
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from settee.events.simulate_calendar import Calendar
from settee.events.simulate_homes import N_GUESTS, Home
from settee.events.simulate_stage import Stage
from settee.events.simulate_world import World
from settee.events.simulate_zones import to_utc

_DAY_S = 86_400
_APART_S = 2_100  # five minutes more than the silence that ends a session
_JOINS_LIVE = 0.35
_GUEST_ALONE = 0.6
_KNOT_DAYS = 5
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Visits:
    """Sessions to be; row v of each array is visit v.

    Args:
        at_s: (n,) start, seconds since 1970 in UTC.
        actor: (n,) whose device, hour and manners they are.
        device: (n,) which device of the home.
        crowd: (n, actors) who is there.
        heir: (n,) who takes over after some title, -1 for nobody.
        live_title: (n,) the title of a live event, -1 for none.
    """

    at_s: Ints
    actor: Ints
    device: Ints
    crowd: Bools
    heir: Ints
    live_title: Ints

    def take(self, keep: NDArray[np.intp] | Bools) -> "Visits":
        """The visits at some places."""
        return Visits(**{one.name: getattr(self, one.name)[keep] for one in fields(self)})


def draw_visits(rng: np.random.Generator, stage: Stage, home: Home) -> Visits:
    """All visits of the record that the household would like, in order of time."""
    world, calendar = stage.world, stage.calendar
    person, day = _days(rng, stage, home)
    is_guest = rng.random(len(person)) < world.guests
    guest = home.n + rng.integers(0, N_GUESTS, len(person))
    actor = np.where(is_guest, guest, person)
    at_s = _instants(rng, home, calendar, actor, day)
    device = _devices(rng, world, home, actor, is_guest)
    crowd = np.zeros((len(person), home.n + N_GUESTS), dtype=np.bool_)
    rows = np.arange(len(person))
    crowd[rows, actor] = True
    has_host = is_guest & (rng.random(len(person)) >= _GUEST_ALONE)
    crowd[rows[has_host], person[has_host]] = True
    is_there = _presence(home, day)
    joins = (rng.random(len(person)) < world.co_viewing) & home.devices.is_screen[device]
    joins &= ~is_guest
    _join(rng, crowd, joins, is_there)
    others, heir = _pick(rng, is_there & ~crowd[:, : home.n])
    is_handed = (rng.random(len(person)) < world.handover) & others
    visits = Visits(
        at_s, actor, device, crowd, np.where(is_handed, heir, -1), np.full(len(person), -1)
    )
    visits = _with_live(rng, stage, home, visits)
    inside = (visits.at_s >= calendar.start_s) & (visits.at_s < calendar.end_s)
    visits = visits.take(inside)
    return visits.take(np.argsort(visits.at_s, kind="stable"))


def _presence(home: Home, day: Ints) -> Bools:
    """(n, members) is the member part of the household on that day?"""
    later: Bools = day[:, None] >= home.join_day
    return later & (day[:, None] < home.leave_day)


def _days(rng: np.random.Generator, stage: Stage, home: Home) -> tuple[Ints, Ints]:
    """Member and day of each visit: how often, at weekends, in spells, while they live there."""
    world, calendar = stage.world, stage.calendar
    n_days = calendar.n_days
    knots = rng.normal(0, world.spells, (home.n, n_days // _KNOT_DAYS + 2))
    at = np.arange(n_days) / _KNOT_DAYS
    low = at.astype(np.intp)
    spell = knots[:, low] * (1 - at + low) + knots[:, low + 1] * (at - low)
    weight = calendar.lift * np.exp(spell - world.spells**2 / 3)
    weight *= np.where(calendar.is_weekend, home.weekend[:, None], 1.0)
    weight *= _presence(home, np.arange(n_days)).T
    counts = rng.poisson(np.minimum(home.rate[:, None] * weight, 4.0))
    person, day = np.nonzero(counts)
    times = counts[person, day]
    return np.repeat(person, times), np.repeat(day, times)


def _instants(
    rng: np.random.Generator, home: Home, calendar: Calendar, actor: Ints, day: Ints
) -> Ints:
    hours, is_weekend = home.hours, calendar.is_weekend[day].astype(np.intp)
    sums = hours.weight_sums[actor, is_weekend]
    which = (rng.random((len(actor), 1)) > sums).sum(axis=1).clip(0, sums.shape[1] - 1)
    hour = hours.peak[actor, is_weekend, which]
    hour = hour + hours.spread[actor, is_weekend, which] * rng.standard_normal(len(actor))
    member = np.minimum(actor, home.n - 1)
    is_late = (actor < home.n) & (
        (day >= home.shift_day[member]) | (home.is_rotating[member] & (day // 7 % 2 == 1))
    )
    hour = np.where(is_late, hour + home.shift_h[member], hour)
    wall_s = calendar.start_s + day * _DAY_S + (hour * 3600).astype(np.int64)
    return to_utc(home.zone, wall_s)


def _devices(
    rng: np.random.Generator, world: World, home: Home, actor: Ints, is_guest: Bools
) -> Ints:
    sums = home.device_sums[actor]
    device = (rng.random((len(actor), 1)) > sums).sum(axis=1).clip(0, sums.shape[1] - 1)
    owner = home.devices.owner
    is_lent = (rng.random(len(actor)) < world.lent) & ~is_guest
    found, lent = _pick(rng, (owner >= 0) & (owner != actor[:, None]))
    return np.where(is_lent & found, lent, device)


def _pick(rng: np.random.Generator, may: Bools) -> tuple[Bools, Ints]:
    """For each row: is there a column that may be taken, and one of them at random."""
    score = rng.random(may.shape) * may
    is_any: Bools = np.any(may, axis=1)
    return is_any, score.argmax(axis=1)


def _join(rng: np.random.Generator, crowd: Bools, joins: Bools, is_there: Bools) -> None:
    """Add one companion to each visit that is shared, and sometimes more."""
    n = is_there.shape[1]
    may = is_there & ~crowd[:, :n] & joins[:, None]
    found, first = _pick(rng, may)
    crowd[:, :n] |= may & (rng.random(may.shape) < 0.2) & found[:, None]
    crowd[np.flatnonzero(found), first[found]] = True


def _with_live(rng: np.random.Generator, stage: Stage, home: Home, visits: Visits) -> Visits:
    """Live events: who wants to see it does, alone or, on a television, together."""
    world, calendar = stage.world, stage.calendar
    n_live = len(calendar.live_s)
    if not n_live:
        return visits
    day = (calendar.live_s - calendar.start_s) // _DAY_S
    wants = _presence(home, day) & (rng.random((n_live, home.n)) < _JOINS_LIVE)
    found, person = _pick(rng, wants)
    device = _devices(rng, world, home, person, np.ones(n_live, dtype=np.bool_))
    together = rng.random(n_live) < min(1.0, 3 * world.co_viewing)
    together &= home.devices.is_screen[device]
    crowd = np.zeros((n_live, visits.crowd.shape[1]), dtype=np.bool_)
    crowd[:, : home.n] = wants & together[:, None]
    crowd[np.arange(n_live), person] = True
    late_s = rng.integers(0, 120, n_live)
    live = Visits(
        calendar.live_s + late_s, person, device, crowd, np.full(n_live, -1), calendar.live_title
    ).take(found)
    return Visits(
        **{
            one.name: np.concatenate([getattr(visits, one.name), getattr(live, one.name)])
            for one in fields(Visits)
        }
    )


def without_clashes(visits: Visits, end_s: Ints) -> Bools:
    """Which visits take place: free device, and nobody in two places.

    Args:
        visits: In order of time.
        end_s: (n,) when each would be over.

    Returns:
        (n,) bool.
    """
    n_actors = visits.crowd.shape[1]
    powers = 1 << np.arange(n_actors)
    heirs = np.where(visits.heir >= 0, 1 << np.maximum(visits.heir, 0), 0)
    masks = (visits.crowd @ powers).tolist()
    free_s: dict[int, int] = {}  # from when a device is free for anybody
    free_actor_s = [0] * n_actors
    keep = np.zeros(len(masks), dtype=np.bool_)
    columns = zip(
        masks, heirs.tolist(), visits.device.tolist(), visits.at_s.tolist(), end_s.tolist(),
        strict=True,
    )  # fmt: skip
    for number, (mask, heir, device, at_s, over_s) in enumerate(columns):
        members = [actor for actor in range(n_actors) if (mask | heir) >> actor & 1]
        if at_s < free_s.get(device, 0) or any(at_s < free_actor_s[actor] for actor in members):
            continue
        keep[number] = True
        free_s[device] = over_s + _APART_S
        for actor in members:
            free_actor_s[actor] = over_s
    return keep
