"""Describe the persons of an account for people's eyes: when they watch, where, and how surely.

Everything is counted over the sessions that are remembered, by shares: of 40 sessions with .9 of
Ann each, 36 are hers, and 30 of those at nine in the evening make hour 21 a share of .75. Her
confidence is the mean share of the sessions that are hers, .9: what is half hers is not sure.

Reads: sessions of one household and whose they are.  Writes: nothing.
Not here: who is there now (people.posterior), titles and tags (respond), links (people.links).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES, PeopleSettings
from settee.people.channels import CHANNELS
from settee.people.household import Household
from settee.people.links import Link, LinkPrior, Uses, link_things
from settee.people.memory import Memory

_LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Remembered:
    """The sessions that a household remembers, and whose they are.

    Args:
        person_ids: Persons, in the order of the columns.
        responsibility: (n, K) float, rows sum to at most 1; the rest is a guest's.
        end_s: (n,) int64 ends, epoch seconds.
        hour: (n,) int64 hour of the start, 0 to 23, UTC.
        weekday: (n,) int64, 0 is Monday.
        device: (n,) int64 positions in `device_ids`, -1 unknown.
        device_type: (n,) int64 positions in core.DEVICE_TYPES, -1 unknown; of known devices the
            type is not remembered.
        platform: (n,) int64 positions in `platforms`, -1 unknown.
        device_ids: Devices.
        platforms: Products or services.
        owned: Position of a device to the column of whose it was told to be, -1 for nobody's.
    """

    person_ids: tuple[str, ...]
    responsibility: NDArray[np.float32]
    end_s: NDArray[np.int64]
    hour: NDArray[np.int64]
    weekday: NDArray[np.int64]
    device: NDArray[np.int64]
    device_type: NDArray[np.int64]
    platform: NDArray[np.int64]
    device_ids: tuple[str, ...]
    platforms: tuple[str, ...]
    owned: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DeviceUse:
    """A device or service that a person uses.

    Args:
        name: Its id.
        device_type: One of core.DEVICE_TYPES, "" where unknown and for services.
        share: Part of the person's sessions that were there.
        link: Whose it is, how surely, and why.
        is_own: Is it linked to this person?
    """

    name: str
    device_type: str
    share: float
    link: Link
    is_own: bool


@dataclass(frozen=True)
class Portrait:
    """One person as their sessions show them.

    Args:
        person_id: Whose.
        confidence: Mean share of the sessions that are theirs, 0 to 1.
        hours: 24 shares by hour of the start, UTC.
        weekdays: 7 shares, Monday first.
        week: 7 days, Monday first, of 24 shares each; all together sum to 1.
        devices: What they use, the most used first.
        platforms: Likewise.
    """

    person_id: str
    confidence: float
    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    week: tuple[tuple[float, ...], ...]
    devices: tuple[DeviceUse, ...]
    platforms: tuple[DeviceUse, ...]


def remembered(household: Household) -> Remembered:
    """What a household remembers of its sessions, under the persons whom it has now."""
    memory = Memory.from_bytes(household.to_bytes())
    persons = household.persons
    column = {person.number: place for place, person in enumerate(persons)}
    share = memory.share
    responsibility = np.zeros((len(share), len(persons)), np.float32)
    for component, number in enumerate(memory.numbers):
        place = column.get(memory.told.root(number))
        if place is not None:
            responsibility[:, place] += share[:, component]
    symbol = memory.rows["symbol"].astype(np.int64) - 1
    hour, weekday, kind, device, platform = (
        symbol[:, CHANNELS.index(name)]
        for name in ("hour", "weekday", "device_type", "device", "platform")
    )
    return Remembered(
        tuple(person.person_id for person in persons),
        responsibility,
        memory.rows["end_s"].astype(np.int64),
        hour % 24,
        weekday,
        device,
        np.where(kind < len(DEVICE_TYPES), kind, -1),
        platform,
        tuple(memory.places.device),
        tuple(memory.places.platform),
        {
            memory.places.device.index(name): column.get(memory.told.root(number), -1)
            for name, number in memory.told.devices.items()
            if name in memory.places.device
        },
    )


def portraits(household: Household, as_of_s: int, settings: PeopleSettings) -> tuple[Portrait, ...]:
    """Every person of a household, in the order of `persons`.

    Args:
        household: Which one.
        as_of_s: Now, epoch seconds; links age from here.
        settings: Of which `link_threshold` is used.
    """
    return portray(remembered(household), as_of_s, LinkPrior.of(settings))


def portray(remembered: Remembered, as_of_s: int, prior: LinkPrior) -> tuple[Portrait, ...]:
    """Every person of a household.

    Args:
        remembered: Its sessions.
        as_of_s: Now, epoch seconds; links age from here.
        prior: What is known of devices before any is looked at.
    """
    no_type = np.full(len(remembered.end_s), -1)
    places = (
        (remembered.device, remembered.device_type, remembered.device_ids),
        (remembered.platform, no_type, remembered.platforms),
    )
    links = [
        link_things(_uses(remembered, thing, kind), as_of_s, prior, told)
        for (thing, kind, _), told in zip(places, (remembered.owned, {}), strict=True)
    ]
    found = []
    for column, person_id in enumerate(remembered.person_ids):
        mine = remembered.responsibility[:, column].astype(np.float64)
        total = max(float(mine.sum()), 1e-9)
        devices, platforms = (
            _used(mine / total, column, thing, kind, names, link)
            for (thing, kind, names), link in zip(places, links, strict=True)
        )
        found.append(
            Portrait(
                person_id,
                float((mine * mine).sum() / total),
                _shares(remembered.hour, mine / total, 24),
                _shares(remembered.weekday, mine / total, 7),
                _week(remembered, mine / total),
                devices,
                platforms,
            )
        )
    return tuple(found)


def usual_hours(hours: Sequence[float], most: float = 0.8) -> list[tuple[int, int]]:
    """The fewest hours that hold most of a person's sessions, as spans from start to end.

    Args:
        hours: 24 shares.
        most: Part of the sessions that they hold together.

    >>> usual_hours([0.0] * 19 + [0.2, 0.5, 0.3] + [0.0] * 2)
    [(20, 22)]
    >>> usual_hours([0.5] + [0.0] * 22 + [0.5])
    [(23, 1)]
    """
    order = sorted(range(24), key=lambda hour: (-hours[hour], hour))
    chosen: set[int] = set()
    for hour in order:
        if sum(hours[one] for one in chosen) >= most - 1e-9 or hours[hour] <= 0:
            break
        chosen.add(hour)
    if len(chosen) in (0, 24):
        return [(0, 24)] if chosen else []
    starts = sorted(hour for hour in chosen if (hour - 1) % 24 not in chosen)
    return [(start, _end(start, chosen)) for start in starts]


def _end(start: int, chosen: set[int]) -> int:
    hour = start
    while hour % 24 in chosen:
        hour += 1
    return hour if hour <= 24 else hour - 24


def _uses(remembered: Remembered, thing: NDArray[np.int64], kind: NDArray[np.int64]) -> Uses:
    return Uses(
        thing, kind, remembered.end_s, remembered.hour.astype(np.float64),
        remembered.responsibility,
    )  # fmt: skip


def _used(
    weight: NDArray[np.float64],
    column: int,
    thing: NDArray[np.int64],
    kind: NDArray[np.int64],
    names: Sequence[str],
    links: Sequence[Link],
) -> tuple[DeviceUse, ...]:
    found = []
    for link in links:
        on = thing == link.thing
        share = float(weight[on].sum())
        types = kind[on & (kind >= 0)]
        if share >= _LEAST_SHARE:
            found.append(
                DeviceUse(
                    names[link.thing],
                    DEVICE_TYPES[int(types[-1])] if len(types) else "",
                    share,
                    link,
                    link.is_linked and link.place == column,
                )
            )
    return tuple(sorted(found, key=lambda one: (-one.share, one.name)))


def _week(remembered: Remembered, weight: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    shares = _shares(remembered.weekday * 24 + remembered.hour, weight, 7 * 24)
    return tuple(shares[day * 24 : (day + 1) * 24] for day in range(7))


def _shares(symbol: NDArray[np.int64], weight: NDArray[np.float64], size: int) -> tuple[float, ...]:
    return tuple(np.bincount(symbol, weight, size).tolist())
