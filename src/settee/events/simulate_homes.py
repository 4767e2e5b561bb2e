"""Invent one household: its members, their devices, tastes, hours and ways, from its own stream.

Nobody is a type. Every trait is drawn by itself from a continuous spread: how many tastes, one to
three usual hours on working days and at weekends, which devices, how long, how attentive, how
often (one person in six makes half of the sessions). Members share part of their tastes and hours.

Reads: a random generator of the household alone.  Writes: nothing.
Not here: what they then do (events.simulate_visits, events.simulate_watching).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES
from settee.events.simulate_tastes import N_TASTES
from settee.events.simulate_world import World
from settee.events.simulate_zones import PLAIN_ZONES, SAVING_ZONES, Zone

MAX_SIZE = 8
N_GUESTS = 3
PLATFORMS = ("stream", "sport", "stream-2", "sport-2")
"""The two services, and what they are called after an update of their app."""
_PEAKS = 3
_TV, _DESKTOP, _MOBILE, _TABLET, _CONSOLE, _OTHER = (
    DEVICE_TYPES.index(name) for name in ("tv", "desktop", "mobile", "tablet", "console", "other")
)
_RENAMED = {_TV: _OTHER, _DESKTOP: _OTHER, _MOBILE: _TABLET, _TABLET: _MOBILE, _CONSOLE: _TV}
_NEVER = np.inf
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Hours:
    """Usual hours: (n, 2, 3) for each actor, on working days and at weekends, up to three peaks."""

    peak: Floats
    spread: Floats
    weight_sums: Floats  # running sums to 1


@dataclass(frozen=True)
class Devices:
    """The devices of a household; row d of each is device d.

    Args:
        ids: Two for each device: before and after it is replaced.
        type: (n, 2) as reported before and after an update of its app.
        update_day: (n,) day of the update, infinite for never.
        replaced_day: (n,) day on which the second id appears.
        owner: (n,) person, -1 for a device of all.
    """

    ids: tuple[tuple[str, str], ...]
    type: NDArray[np.int64]
    update_day: Floats
    replaced_day: Floats
    owner: NDArray[np.int64]

    @property
    def is_screen(self) -> NDArray[np.bool_]:
        """(n,) can several persons watch it together?"""
        return np.isin(self.type[:, 0], (_TV, _CONSOLE))


@dataclass(frozen=True)
class Home:
    """A household as it is; row a of an array is actor a: the members, then the usual guests.

    Args:
        n: Members, 1 to 8.
        labels: Of the members; opaque, in no order.
        taste: (n + guests, 30) shares at the start.
        taste_later: The same at the end of the record; another where it `drifts`.
        drifts: (n + guests,) does the taste turn slowly into another?
        rate: (n,) sessions a day.
        weekend: (n,) factor on it at weekends.
        join_day: (n,) and `leave_day`: between them the member is there.
        hours: Usual hours of all actors.
        shift_day: (n,) from when the hours are `shift_h` later.
        is_rotating: (n,) are they `shift_h` later every other week instead?
        device_sums: (n + guests, n_devices) running sums of the shares of the devices.
        platform_share: (n + guests,) share of the second service.
        manners: (n + guests, 7) see `MANNERS`.
        profile_ids: One for each member, or none.
        zone: Where the clock on the wall hangs.
    """

    n: int
    labels: tuple[str, ...]
    taste: Floats
    taste_later: Floats
    drifts: NDArray[np.bool_]
    rate: Floats
    weekend: Floats
    join_day: Floats
    leave_day: Floats
    hours: Hours
    shift_day: Floats
    shift_h: Floats
    is_rotating: NDArray[np.bool_]
    devices: Devices
    device_sums: Floats
    platform_share: Floats
    manners: Floats
    profile_ids: tuple[str, ...]
    zone: Zone


MANNERS = ("more", "finish", "pause", "search", "look", "judge", "browse")
"""Chances: one more title, to the end, a pause, a search, a look at the page, a word, a browse."""
_MANNERS_MEAN = np.array([0.52, 0.62, 0.15, 0.12, 0.30, 0.10, 0.45])


def draw_home(rng: np.random.Generator, world: World, n_days: int) -> Home:
    """Invent a household for a record of `n_days` days.

    >>> home = draw_home(np.random.default_rng(7), World(size_mean=4), 90)
    >>> 1 <= home.n <= 8, home.taste.sum(axis=1).round(6).tolist() == [1.0] * (home.n + 3)
    (True, True)
    """
    n = 1 + min(int(rng.poisson(world.size_mean - 1)), MAX_SIZE - 1)
    n_actors = n + N_GUESTS
    taste = _tastes(rng, world, n)
    drifts = rng.random(n_actors) < world.taste_drift
    later = np.where(drifts[:, None], _own_tastes(rng, world, n_actors), taste)
    join_day, leave_day = _stays(rng, world, n, n_days)
    devices = _devices(rng, world, n, n_days)
    is_moved = rng.random(n) < world.moved_shifts
    is_rotating = (rng.random(n) < world.rotating_shifts) & ~is_moved
    shift_day = np.where(is_moved, rng.uniform(0.3, 0.75, n) * n_days, _NEVER)
    uses_two = rng.random() < world.two_platforms
    spread = world.activity_spread
    picks = rng.random() < world.profiles
    return Home(
        n=n,
        labels=_tokens(rng, "p", n),
        taste=taste,
        taste_later=later,
        drifts=drifts,
        rate=np.minimum(
            world.sessions_mean / 90 * rng.lognormal(-(spread**2) / 2, spread, n), 120 / 90
        ),
        weekend=rng.lognormal(0.25, 0.3, n),
        join_day=join_day,
        leave_day=leave_day,
        hours=_hours(rng, world, n),
        shift_day=shift_day,
        shift_h=rng.choice([-1, 1], n) * rng.uniform(5, 9, n),
        is_rotating=is_rotating,
        devices=devices,
        device_sums=_device_sums(rng, world, devices, n),
        platform_share=rng.beta(0.5, 0.8, n_actors) * uses_two,
        manners=rng.beta(8 * _MANNERS_MEAN, 8 * (1 - _MANNERS_MEAN), (n_actors, len(MANNERS))),
        profile_ids=_tokens(rng, "r", n) if picks else (),
        zone=_zone(rng, world),
    )


def _tokens(rng: np.random.Generator, prefix: str, n: int) -> tuple[str, ...]:
    return tuple(
        f"{prefix}{one:016x}" for one in rng.integers(0, 2**63, n, dtype=np.int64).tolist()
    )


def _own_tastes(rng: np.random.Generator, world: World, n: int) -> Floats:
    return rng.dirichlet(np.full(N_TASTES, 1 / (2 * world.taste_focus)), n)


def _tastes(rng: np.random.Generator, world: World, n: int) -> Floats:
    """(n + guests, 30): what the household has in common, and each one's own; guests only own."""
    own = _own_tastes(rng, world, n + 1 + N_GUESTS)
    overlap = np.where(np.arange(n + N_GUESTS) < n, world.taste_overlap, 0.0)[:, None]
    taste: Floats = overlap * own[-1] + (1 - overlap) * own[:-1]
    if n > 1 and rng.random() < world.twins:
        one, other = rng.permutation(n)[:2]
        taste[other] = 0.95 * taste[one] + 0.05 * taste[other]
    return taste


def _stays(rng: np.random.Generator, world: World, n: int, n_days: int) -> tuple[Floats, Floats]:
    """First and last day of each member; who joins or leaves is never the only one."""
    join_day, leave_day = np.full(n, -_NEVER), np.full(n, _NEVER)
    who = rng.permutation(n)
    if n > 1 and rng.random() < world.new_members:
        join_day[who[0]] = rng.uniform(0.25, 0.7) * n_days
    if n > 1 and rng.random() < world.leaving_members:
        leave_day[who[-1]] = rng.uniform(0.3, 0.8) * n_days
    return join_day, leave_day


def _hours(rng: np.random.Generator, world: World, n: int) -> Hours:
    """One to three usual hours of each actor; weekends are like working days, but not quite."""
    shape = (n + N_GUESTS, 2, _PEAKS)
    peak = _usual_hours(rng, shape)
    common = _usual_hours(rng, (1, 2, _PEAKS))
    is_common = (
        rng.random(shape)
        < np.where(np.arange(shape[0]) < n, world.hour_overlap, 0.0)[:, None, None]
    )
    peak = np.where(is_common, common, peak)
    keeps = rng.random((shape[0], _PEAKS)) < 0.6
    peak[:, 1] = np.where(keeps, peak[:, 0] + rng.normal(0, 0.7, keeps.shape), peak[:, 1])
    n_peaks = rng.choice([1, 2, 3], (shape[0], 2), p=[0.45, 0.35, 0.20])
    weight = rng.gamma(1.5, 1.0, shape) * (np.arange(_PEAKS) < n_peaks[:, :, None])
    spread = world.hour_spread * rng.lognormal(0, 0.35, shape)
    return Hours(peak, spread, np.cumsum(weight, axis=2) / weight.sum(axis=2, keepdims=True))


def _usual_hours(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Evenings more than other hours, and no hour never."""
    evening, any_time = rng.normal(20.2, 1.8, shape), rng.uniform(6.0, 24.0, shape)
    return np.where(rng.random(shape) < 0.5, evening, any_time)


def _devices(rng: np.random.Generator, world: World, n: int, n_days: int) -> Devices:
    """One or two televisions, perhaps a tablet, a computer and a console, and telephones."""
    has = rng.random(4) < np.array([0.35, 0.5, 0.5, 0.25])
    shared = [_TV, *np.array([_TV, _TABLET, _DESKTOP, _CONSOLE])[has].tolist()]
    owners = np.flatnonzero(rng.random(n) < 0.85)
    kinds = np.array([*shared, *[_MOBILE] * len(owners)], dtype=np.int64)
    order = rng.permutation(len(kinds))  # no position tells whose it is
    owner = np.concatenate([np.full(len(shared), -1), owners])[order]
    n_devices = len(kinds)
    renamed = np.array([_RENAMED[kind] for kind in kinds.tolist()])
    days = rng.uniform(0.2, 0.8, (2, n_devices)) * n_days
    does = rng.random((2, n_devices)) < np.array([[world.app_updates], [world.new_devices]])
    tokens = _tokens(rng, "d", 2 * n_devices)
    return Devices(
        ids=tuple(zip(tokens[::2], tokens[1::2], strict=True)),
        type=np.column_stack([kinds, renamed])[order],
        update_day=np.where(does[0], days[0], _NEVER),
        replaced_day=np.where(does[1], days[1], _NEVER),
        owner=owner,
    )


def _device_sums(rng: np.random.Generator, world: World, devices: Devices, n: int) -> Floats:
    """(n + guests, n_devices) running sums of each actor's shares of the devices."""
    is_tv = (devices.type[:, 0] == _TV).astype(np.float64)
    is_rest = (devices.owner < 0) & (is_tv == 0)
    actors = np.arange(n + N_GUESTS)[:, None]
    is_own = (devices.owner == actors).astype(np.float64)
    rest = max(0.05, 1.0 - world.shared_tv - world.own_device)
    base = world.shared_tv * is_tv / is_tv.sum() + world.own_device * is_own
    base = base + rest * is_rest / max(1, is_rest.sum()) + 1e-3 * (devices.owner < 0)
    share = rng.standard_gamma(np.maximum(world.device_habit * base, 1e-9)) + 1e-12 * (base > 0)
    sums: Floats = np.cumsum(share, axis=1) / share.sum(axis=1, keepdims=True)
    return sums


def _zone(rng: np.random.Generator, world: World) -> Zone:
    is_away, saves, pick = rng.random(3)
    if is_away >= world.time_zones:
        return Zone(0, "")
    zones = SAVING_ZONES if saves < world.daylight_saving else PLAIN_ZONES
    return zones[int(pick * len(zones))]
