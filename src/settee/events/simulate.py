"""Let invented households watch invented titles, one day at a time, and write down the events.

A day takes all sessions at once: a person picks the title with the highest weight plus Gumbel
noise, which is a draw in proportion to exp(weight). The weight adds taste, loved circles, the
circle just watched, appeal, newness, passing trends, and what suits the device; so tags, what is
watched together, time and context all carry some truth, and none carries all of it. The default
world has 600 accounts and about 1,320 persons, who leave some 92,000 events in 60 days.

Reads: a seed.  Writes: the files it is asked for. Memory: one day, and a byte for each person
and title.
Source: Maddison, Tarlow & Minka (2014), "A* Sampling", for the Gumbel trick.
Not here: guests, moving habits, advertising; who watched stays beside the events, never in them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput, Event, Item, from_epoch_s, to_json
from settee.events.simulate_people import SLOT_TYPES, People, make_people
from settee.events.simulate_titles import Titles, make_titles

_DAY_S = 86_400
_TINY = np.float32(1e-30)
_LEAST = {"seed": 0, "accounts": 1, "titles": 12, "days": 1}
_ROUNDS = 4  # most titles in one session
_BLOCK = 2048  # sessions weighed at once
_KINDS = (
    "browse", "search", "view", "play", "pause", "stop", "complete", "rate", "like", "dislike",
    "wishlist",
)  # fmt: skip
_PHONE = SLOT_TYPES.index("mobile")
_CODE = {kind: code for code, kind in enumerate(_KINDS)}
_ROW = np.dtype([
    ("at_s", "<i8"), ("person", "<i4"), ("kind", "u1"), ("title", "<i4"), ("slot", "u1"),
    ("value", "<f4"), ("duration_s", "<i4"),
])  # fmt: skip
Rows = NDArray[np.void]


@dataclass(frozen=True)
class SimulatedDay:
    """The events of one day in order, and who made each: (n_events,) int32 persons."""

    events: list[Event]
    person: NDArray[np.int32]


def simulate(
    seed: int, n_accounts: int, n_titles: int, n_days: int, end_at: datetime
) -> tuple[tuple[Item, ...], Iterator[Event]]:
    """Simulate a streaming service; the same arguments give the same bytes.

    Args:
        seed: Of every random choice, 0 or more.
        n_accounts: Households, at least 1.
        n_titles: Size of the catalogue, at least 12.
        n_days: Days, at least 1.
        end_at: Where the record ends, aware; it begins `n_days` before.

    Returns:
        The items, and the events in order of time, made while they are read.

    Raises:
        BadInput: If a number is too small.

    >>> from datetime import UTC
    >>> items, events = simulate(7, 5, 24, 10, datetime(2026, 1, 1, tzinfo=UTC))
    >>> len(items), next(events).event_id
    (24, 'e0000001')
    """
    items, days = simulate_days(seed, n_accounts, n_titles, n_days, end_at)
    return items, chain.from_iterable(day.events for day in days)


def simulate_days(
    seed: int, n_accounts: int, n_titles: int, n_days: int, end_at: datetime
) -> tuple[tuple[Item, ...], Iterator[SimulatedDay]]:
    """As `simulate`, with the truth beside the events of each day.

    Raises:
        BadInput: If a number is too small.
    """
    numbers = {"seed": seed, "accounts": n_accounts, "titles": n_titles, "days": n_days}
    for name, number in numbers.items():
        if number < (least := _LEAST[name]):
            raise BadInput(f"{name} is {number}; it must be at least {least}.", place=name)
    start_at = end_at - timedelta(days=n_days)
    rng = np.random.default_rng(seed)
    titles = make_titles(rng, n_titles, n_days, start_at)
    people = make_people(rng, n_accounts, titles.n_circles, n_days)
    world = _World(
        rng=rng,
        titles=titles,
        people=people,
        has_seen=np.zeros((people.n_people, n_titles), dtype=np.bool_),
        last_circle=np.full(people.n_people, -1, dtype=np.int32),
        trends=_Trends.draw(rng, titles.n_circles, n_days),
        start_s=int(start_at.timestamp()),
    )
    return titles.items, _days(world, n_days)


def write_world(folder: Path, items: tuple[Item, ...], events: Iterator[Event]) -> int:
    """Write ``items.jsonl`` and ``events.jsonl`` in the wire format; returns the number of events.

    Args:
        folder: Made if it is not there; files of these names are replaced.
        items: The catalogue.
        events: Read once, written as they come.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "items.jsonl").open("wb") as file:
        file.writelines(to_json(item) + b"\n" for item in items)
    n_events = 0
    with (folder / "events.jsonl").open("wb") as file:
        for event in events:
            file.write(to_json(event) + b"\n")
            n_events += 1
    return n_events


def write_days(
    folder: Path, items: tuple[Item, ...], days: Iterator[SimulatedDay], seed: int
) -> int:
    """As `write_world`, with ``truth.jsonl`` beside it: who made each event.

    Args:
        folder: Made if it is not there; files of these names are replaced.
        items: The catalogue.
        days: Read once, written as they come.
        seed: Of the world; labels of persons come from it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "truth.jsonl").open("wb") as file:

        def told() -> Iterator[Event]:
            for day in days:
                for event, person in zip(day.events, day.person.tolist(), strict=True):
                    truth = {"event_id": event.event_id, "account_id": event.account_id}
                    named = {"persons": [_label(seed, person)], "guest": False}
                    file.write(to_json(truth | named) + b"\n")
                    yield event

        return write_world(folder, items, told())


@lru_cache(maxsize=100_000)
def _label(seed: int, person: int) -> str:
    """A label that says nothing about the person, nor who else lives there."""
    return "p" + blake2b(f"{seed} {person}".encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class _Trends:
    """Talk of the town: for some days one circle is on everybody's lips."""

    circle: NDArray[np.int64]
    centre: NDArray[np.float64]
    width: NDArray[np.float64]
    n_circles: int

    @classmethod
    def draw(cls, rng: np.random.Generator, n_circles: int, n_days: int) -> "_Trends":
        n = max(1, n_circles * n_days // 60)
        centre, width = rng.uniform(0, n_days, n), rng.uniform(1.5, 5, n)
        return cls(rng.integers(n_circles, size=n), centre, width, n_circles)

    def on(self, day: int) -> NDArray[np.float64]:
        """(n_circles,) lift of each circle on that day."""
        height = 1.6 * np.exp(-0.5 * ((day - self.centre) / self.width) ** 2)
        return np.bincount(self.circle, height, self.n_circles).astype(np.float64)


@dataclass(frozen=True)
class _World:
    rng: np.random.Generator
    titles: Titles
    people: People
    has_seen: NDArray[np.bool_]  # (n_people, n_titles), filled in as days pass
    last_circle: NDArray[np.int32]  # (n_people,), -1 where nothing was watched yet
    trends: _Trends
    start_s: int


@dataclass(frozen=True)
class _Sessions:
    """Those who sit before a screen: person, device slot, and the second of the world it is."""

    who: NDArray[np.int32]
    slot: NDArray[np.int64]
    clock_s: NDArray[np.int64]

    def where(self, keep: NDArray[np.bool_]) -> "_Sessions":
        return _Sessions(self.who[keep], self.slot[keep], self.clock_s[keep])

    def rows(
        self,
        kind: str,
        after_s: int | NDArray[np.int64] = 0,
        title: int | NDArray[np.intp] = -1,
        *,
        value: float | NDArray[np.float64] = np.nan,
        duration_s: int | NDArray[np.int64] = -1,
    ) -> Rows:
        """One event for each session, `after_s` seconds from now."""
        rows = np.empty(len(self.who), _ROW)
        rows["at_s"], rows["person"], rows["slot"] = self.clock_s + after_s, self.who, self.slot
        rows["kind"], rows["title"] = _CODE[kind], title
        rows["value"], rows["duration_s"] = value, duration_s
        return rows


def _days(world: _World, n_days: int) -> Iterator[SimulatedDay]:
    late = np.empty(0, _ROW)  # what goes on after midnight
    n_before = 0
    for day in range(n_days):
        rows = np.concatenate([late, *_one_day(world, day)])
        rows = rows[np.argsort(rows["at_s"], kind="stable")]
        n_today = int(np.searchsorted(rows["at_s"], (day + 1) * _DAY_S))
        rows, late = rows[:n_today], rows[n_today:]
        yield SimulatedDay(list(_events(world, rows, n_before)), rows["person"].copy())
        n_before += n_today


def _one_day(world: _World, day: int) -> list[Rows]:
    rng, people, titles = world.rng, world.people, world.titles
    is_weekend = day % 7 >= 5
    p_session = people.rate * np.where(is_weekend, people.weekend, 1.0) * (people.join_day <= day)
    who = np.flatnonzero(rng.random(people.n_people) < p_session).astype(np.int32)
    hour = np.clip(people.hour[who] + rng.normal(-1.0 * is_weekend, 1.3, len(who)), 5, 24.5)
    slot = (rng.random((len(who), 1)) > people.device_share[who]).sum(axis=1).clip(0, 3)
    sessions = _Sessions(who, slot, day * _DAY_S + (hour * 3600).astype(np.int64))
    age = day - titles.release_day
    buzz = titles.appeal + 1.7 * np.exp(-np.maximum(age, 0) / 9)
    buzz += world.trends.on(day)[titles.circle]
    buzz = np.where(age >= 0, buzz, -np.inf)

    parts = [sessions.where(rng.random(len(who)) < 0.4).rows("browse", -75, duration_s=40)]
    # Two times in three people go on where they stopped last time.
    before = np.where(rng.random(len(who)) < 0.65, world.last_circle[who], -1).astype(np.int32)
    for _ in range(_ROUNDS):
        title, runner_up, match = _choose(world, sessions, buzz.astype(np.float32), before)
        world.has_seen[sessions.who, title] = True
        world.last_circle[sessions.who] = titles.circle[title]
        parts += _approach(world, sessions, title, runner_up)
        watched_s, rows = _watch(world, sessions, title, match)
        parts += rows
        stays = rng.random(len(title)) < np.where(titles.minutes[title] < 60, 0.5, 0.15)
        gap_s = rng.integers(90, 240, len(title))
        sessions = _Sessions(sessions.who, sessions.slot, sessions.clock_s + watched_s + gap_s)
        sessions, before = sessions.where(stays), titles.circle[title[stays]]
    return parts


def _choose(
    world: _World, sessions: _Sessions, buzz: NDArray[np.float32], before: NDArray[np.int32]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Title and runner-up of each session, and how well the title fits the person, about 0 to 2."""
    titles, people = world.titles, world.people
    nobody = np.empty(0, np.intp)
    parts = [(nobody, nobody, np.empty(0, np.float32))]
    for start in range(0, len(sessions.who), _BLOCK):
        who = sessions.who[start : start + _BLOCK]
        slot = sessions.slot[start : start + _BLOCK]
        fit = np.log(0.02 + people.taste[who] @ titles.mood.T)  # (sessions, titles)
        fit += 2.2 * people.loves[who][:, titles.circle]
        weight = 1.6 * fit + buzz
        weight += 2.5 * (before[start : start + _BLOCK, None] == titles.circle)
        weight -= 1.2 * ((slot == _PHONE)[:, None] & (titles.minutes > 60))
        weight -= 7.0 * world.has_seen[who]
        weight[people.age_cap[who][:, None] < titles.age_rating] = -np.inf
        weight -= np.log(world.rng.standard_exponential(weight.shape, np.float32) + _TINY)
        rows = np.arange(len(who))
        first = weight.argmax(axis=1)
        weight[rows, first] = -np.inf
        parts.append((first, weight.argmax(axis=1), fit[rows, first] + 2.2))
    first, second, match = (np.concatenate(column) for column in zip(*parts, strict=True))
    return first, second, match


def _approach(
    world: _World, sessions: _Sessions, title: NDArray[np.intp], runner_up: NDArray[np.intp]
) -> list[Rows]:
    """What comes before watching: a search, a look at the page, a look at another page."""
    p_search, p_view, p_other = world.rng.random((3, len(title)))
    is_other, is_kept = p_other < 0.2, p_other < 0.05
    return [
        sessions.where(p_search < 0.06).rows("search", -60, title[p_search < 0.06]),
        sessions.where(is_other).rows("view", -40, runner_up[is_other], duration_s=12),
        sessions.where(is_kept).rows("wishlist", -30, runner_up[is_kept]),
        sessions.where(p_view < 0.3).rows("view", -20, title[p_view < 0.3], duration_s=18),
    ]


def _watch(
    world: _World, sessions: _Sessions, title: NDArray[np.intp], match: NDArray[np.float32]
) -> tuple[NDArray[np.int64], list[Rows]]:
    """Seconds watched and the events of it: who likes a title finishes it, and may say so."""
    rng = world.rng
    p_end, p_pause, p_opinion = rng.random((3, len(title)))
    is_done = p_end < 1 / (1 + np.exp(-(match - 0.2)))
    share = np.where(is_done, rng.uniform(0.93, 1, len(title)), rng.uniform(0.04, 0.8, len(title)))
    length_s = (share * world.titles.minutes[title] * 60).astype(np.int64)
    stars = 2.7 + 0.55 * match + 0.4 * is_done + rng.normal(0, 0.6, len(title))
    stars = np.clip(np.round(2 * stars) / 2, 0.5, 5)
    says = {
        "pause": (p_pause < 0.08, length_s // 2),
        "complete": (is_done, length_s),
        "stop": (~is_done, length_s),
        "rate": (p_opinion < 0.12, length_s + 15),
        "like": ((p_opinion > 0.88) & (stars >= 4), length_s + 10),
        "dislike": ((p_opinion > 0.95) & (stars < 3), length_s + 10),
    }
    rows = [sessions.rows("play", 0, title, duration_s=length_s)]
    for kind, (is_said, after_s) in says.items():
        value = stars[is_said] if kind == "rate" else np.nan
        rows.append(
            sessions.where(is_said).rows(kind, after_s[is_said], title[is_said], value=value)
        )
    return length_s, rows


def _events(world: _World, rows: Rows, n_before: int) -> Iterator[Event]:
    people, items = world.people, world.titles.items
    device = people.devices[rows["person"], rows["slot"]].tolist()
    account = people.account[rows["person"]].tolist()
    columns = (
        rows[name].tolist() for name in ("at_s", "kind", "title", "slot", "value", "duration_s")
    )
    for number, (at_s, code, title, slot, value, duration_s, account_no, device_no) in enumerate(
        zip(*columns, account, device, strict=True), start=n_before + 1
    ):
        kind = _KINDS[code]
        event: dict[str, str | float | datetime] = {
            "event_id": f"e{number:07d}",
            "account_id": people.account_ids[account_no],
            "kind": kind,
            "at": from_epoch_s(world.start_s + at_s),
            "device_id": f"d{device_no:05d}",
            "device_type": SLOT_TYPES[slot],
        }
        if kind == "search":
            event["query"] = items[title].tags[0]
        elif title >= 0:
            event["item_id"] = items[title].item_id
        if kind == "rate":
            event["value"] = value
        if duration_s >= 0:
            event["duration_s"] = duration_s
        yield msgspec.convert(event, Event)
