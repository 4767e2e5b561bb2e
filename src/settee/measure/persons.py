"""Give each contact and conversion of a shared account to a person, as likely as they were there.

A contact on the tablet at eight that was .8 Ann's is hers in eight of ten drawn worlds and Bob's in
two. Each world has plain paths; all of them together are the paths of persons, each counting one
twentieth where there are twenty. How far the worlds disagree widens the intervals. What lies in one
session is of one person in each world; of whom nothing is known, the whole account is one.

Reads: history, households.  Writes: nothing.
Source: Rubin (1987), "Multiple Imputation for Nonresponse in Surveys", rules (3.1.2) to (3.1.5).
Not here: how persons are told apart (people), paths (measure.gather).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.core import Conflict, PeopleSettings
from settee.events import Contacts, Progress, activity, no_progress
from settee.measure.gather import Ints, Rows
from settee.people import Household, People, Sessions, Who, sessions_of
from settee.store import History

_MICROS = 1_000_000
_PART_ACCOUNTS = 5_000
_HOUR_US = 3_600 * _MICROS
_NOW = (0,)
_ANY_HOUR = tuple(range(0, 24, 3))
"""A contact comes when the sender likes, so its clock tells nothing of who is there."""
Floats = NDArray[np.float64]


class PersonsOff(Conflict):
    """Credit by persons is asked for where persons are not looked for."""

    code = "persons_off"


@dataclass(frozen=True)
class Whose:
    """Whose each row of contacts may be.

    Units are accounts first, each standing for a guest or for an account of which no person is
    known, then persons.

    Args:
        n_accounts: Size of the account space.
        person_ids: Unit ``n_accounts + i`` is person i.
        indptr: (n + 1,) int64; row i may be of ``unit[indptr[i]:indptr[i + 1]]``.
        unit: (m,) int64 units.
        p: (m,) float64 probability of each; those of a row sum to 1.
        draw: (n,) int64; rows of one number are of one session, and so of one person.
    """

    n_accounts: int
    person_ids: tuple[str, ...]
    indptr: Ints
    unit: Ints
    p: Floats
    draw: Ints

    @property
    def n_units(self) -> int:
        """Accounts and persons."""
        return self.n_accounts + len(self.person_ids)

    @property
    def n_known(self) -> int:
        """Rows that some person is known for."""
        return int(np.count_nonzero(np.diff(self.indptr) > 1))

    def expected(self, row: int) -> dict[str, float]:
        """Probability of each person of one row."""
        first, last = self.indptr[row : row + 2].tolist()
        named = zip(self.unit[first:last].tolist(), self.p[first:last].tolist(), strict=True)
        return {self.person_ids[u - self.n_accounts]: p for u, p in named if u >= self.n_accounts}


def whose_contacts(
    contacts: Contacts,
    history: History,
    people: People,
    settings: PeopleSettings,
    progress: Progress = no_progress,
) -> Whose:
    """Whose each contact and conversion may have been, from all that is known now.

    What lies in a session of its device is of whoever was there in it. Elsewhere device, kind of
    device and service tell, and of a conversion the clock.

    Args:
        contacts: All of them.
        history: The record with the sessions.
        people: Who lives in the accounts.
        settings: How long a silence ends a session.
        progress: Told how many accounts are done.

    Raises:
        SetteeError: If the record or the households cannot be used.
    """
    table = _Table.of(contacts)
    accounts = np.flatnonzero(np.diff(table.bounds))
    n_done = 0
    for first in range(0, len(accounts), _PART_ACCOUNTS):
        names = [contacts.account_ids[one] for one in accounts[first : first + _PART_ACCOUNTS]]
        for part in activity(history, account_ids=names):
            sessions = sessions_of(part, settings)
            place = {name: number for number, name in enumerate(sessions.account_ids)}
            for name in sessions.account_ids:
                table.add(name, sessions.of_account(place[name]), people, settings.gap_s)
                n_done += 1
            progress("whose", n_done, len(accounts))
    return table.whose()


def drawn(whose: Whose, contacts: Contacts, n: int, seed: int) -> Rows:
    """Worlds in which each row is somebody's, behind each other: unit ``w * n_units + u``.

    Args:
        whose: As likely as who was there.
        contacts: The same rows.
        n: Worlds.
        seed: Of the draws.
    """
    m = len(contacts)
    chance = np.random.default_rng(seed).random((n, int(whose.draw.max(initial=-1)) + 1))
    total = np.cumsum(whose.p)
    start = total[whose.indptr[:-1]] - whose.p[whose.indptr[:-1]]
    end = total[whose.indptr[1:] - 1]
    aimed = start + chance[:, whose.draw] * (end - start)  # (n, m)
    found = np.searchsorted(total, aimed.ravel(), side="right").reshape(n, m)
    found = np.clip(found, whose.indptr[:-1], whose.indptr[1:] - 1)
    unit = whose.unit[found] + whose.n_units * np.arange(n)[:, None]
    return Rows(
        place=np.tile(np.arange(m, dtype=np.int64), n),
        unit=unit.ravel(),
        group=np.tile(contacts.account.astype(np.int64), n),
        weight=1.0 / n,
    )


@dataclass(frozen=True)
class Widened:
    """Intervals that know that it is not known who was there.

    Args:
        low: (...) lower ends.
        high: (...) upper ends.
        missing: (...) part of the variance that is there because persons are not known, 0 to 1.
    """

    low: Floats
    high: Floats
    missing: Floats


def widened(point: Floats, low: Floats, high: Floats, worlds: Floats) -> Widened:
    """Widen intervals by how far worlds disagree.

    The variance is that of the given 95 % intervals plus (1 + 1/n) times that between worlds; the
    ends keep their share below and above the point.

    Args:
        point: (...) figures of all worlds together.
        low: (...) lower ends from resampling accounts.
        high: (...) upper ends.
        worlds: (n, ...) the figures of each world by itself, n at least 2.

    >>> one = np.array([10.0])
    >>> wide = widened(one, one - 1.96, one + 1.96, np.array([[9.0], [11.0], [10.0]]))
    >>> wide.low.round(1).tolist(), wide.missing.round(2).tolist()
    ([6.3], [0.57])
    """
    from scipy.special import ndtri, stdtrit  # loads much, and serving needs none

    n = len(worlds)
    between = worlds.var(axis=0, ddof=1) * (1 + 1 / n)
    within = ((high - low) / (2 * ndtri(0.975))) ** 2
    total = within + between
    with np.errstate(divide="ignore", invalid="ignore"):
        missing = np.where(total > 0, between / total, 0.0)
        freedom = np.where(missing > 0, (n - 1) / missing**2, np.inf)
        factor = np.where(within > 0, np.sqrt(total / within), 1.0)
    quantile = np.where(
        np.isfinite(freedom), stdtrit(np.minimum(freedom, 1e9), 0.975), ndtri(0.975)
    )
    factor *= quantile / ndtri(0.975)
    none = quantile * np.sqrt(between)  # where resampling accounts says nothing
    below = np.where(within > 0, (point - low) * factor, none)
    above = np.where(within > 0, (high - point) * factor, none)
    return Widened(np.maximum(point - below, 0.0), point + above, missing)


class _Table:
    """Rows of `Whose` as accounts come."""

    def __init__(self, contacts: Contacts, bounds: Ints) -> None:
        self.contacts = contacts
        self.bounds = bounds
        self._number = {name: place for place, name in enumerate(contacts.account_ids)}
        self._persons: dict[str, int] = {}
        n = len(contacts)
        self._said: list[list[tuple[int, float]]] = [[] for _ in range(n)]
        self._draw = np.arange(n, dtype=np.int64)

    @classmethod
    def of(cls, contacts: Contacts) -> "_Table":
        accounts = np.arange(len(contacts.account_ids) + 1)
        return cls(contacts, np.searchsorted(contacts.account, accounts).astype(np.int64))

    def add(self, account_id: str, sessions: Sessions, people: People, gap_s: float) -> None:
        """Say whose the contacts of one account were."""
        account = self._number[account_id]
        first, last = self.bounds[account : account + 2].tolist()
        rows = self.contacts.between(first, last)
        known_us = max(int(rows.at_us.max()), int(sessions.end_us.max(initial=0)))
        household: Household | None = people.household(
            account_id, known_us + round((gap_s + 1) * _MICROS)
        )
        if household is None:
            return
        within = _session_of(rows, sessions, gap_s)
        is_in = within >= 0
        used, where = np.unique(within[is_in], return_inverse=True)
        recalled = household.recall(sessions.take(used))
        for place, said in zip(np.flatnonzero(is_in).tolist(), where.tolist(), strict=True):
            self._say(first + place, [recalled[said]])
        for chosen, hours in (
            (~is_in & rows.is_conversion, _NOW),
            (~is_in & ~rows.is_conversion, _ANY_HOUR),
        ):
            alone = rows.where(chosen)
            each = [household.recall(_as_sessions(alone, hour)) for hour in hours]
            for place, said in zip(
                np.flatnonzero(chosen).tolist(), zip(*each, strict=True), strict=True
            ):
                self._say(first + place, said)
        for number in range(len(used)):
            together = first + np.flatnonzero(within == used[number])
            self._draw[together] = together[0]

    def _say(self, row: int, said: Sequence[Who]) -> None:
        """Take down whose a row is, by the mean of what was said of it."""
        found: dict[int, float] = {}
        for who in said:
            for name, p in who.persons:
                number = self._persons.setdefault(name, len(self._persons))
                found[number] = found.get(number, 0.0) + float(p) / len(said)
        self._said[row] = [(number, p) for number, p in sorted(found.items()) if p > 0]

    def whose(self) -> Whose:
        """Everything that was said."""
        n = len(self.contacts.account_ids)
        unit: list[int] = []
        p: list[float] = []
        sizes = [0]
        for row, said in enumerate(self._said):
            named = sum(one for _, one in said)
            unit.append(int(self.contacts.account[row]))
            p.append(max(1.0 - named, 0.0) if named else 1.0)
            total = named + p[-1]
            p[-1] /= total
            unit += [n + number for number, _ in said]
            p += [one / total for _, one in said]
            sizes.append(len(unit))
        draw = np.unique(self._draw, return_inverse=True)[1]
        return Whose(
            n, tuple(self._persons), np.array(sizes, np.int64), np.array(unit, np.int64),
            np.array(p, np.float64), draw.astype(np.int64),
        )  # fmt: skip


def _session_of(rows: Contacts, sessions: Sessions, gap_s: float) -> Ints:
    """(m,) the session that each row lies in, on its own device; -1 for none."""
    found = np.full(len(rows), -1, np.int64)
    ends = sessions.end_us + round(gap_s * _MICROS)
    devices = _names(sessions.device.tolist(), sessions.device_ids)
    for place, (at_us, device) in enumerate(
        zip(rows.at_us.tolist(), _names(rows.device.tolist(), rows.device_ids), strict=True)
    ):
        runs = np.flatnonzero((sessions.start_us <= at_us) & (at_us <= ends))
        same = [one for one in runs.tolist() if devices[one] == device]
        found[place] = same[-1] if same else -1
    return found


def _names(places: list[int], space: tuple[str, ...]) -> list[str]:
    return [space[one] if one >= 0 else "" for one in places]


def _as_sessions(rows: Contacts, hour: int) -> Sessions:
    """Each row as a session in which nothing has happened yet: a device and a clock, moved."""
    n, at_us = len(rows), rows.at_us + hour * _HOUR_US
    return Sessions(
        account_ids=rows.account_ids, device_ids=rows.device_ids, platforms=rows.platforms,
        profile_ids=(), item_ids=(), account=rows.account, device=rows.device,
        device_type=rows.device_type, platform=rows.platform, profile=np.full(n, -1, np.int32),
        start_us=at_us, last_us=at_us, end_us=at_us,
        n_events=np.zeros(n, np.int32), watched_s=np.zeros(n, np.float32),
        item_indptr=np.zeros(n + 1, np.int64), item=np.empty(0, np.int32),
        n_touches=np.empty(0, np.int32),
        last_event_id=tuple(f"{_OUTSIDE}{one}" for one in range(n)),
    )  # fmt: skip


_OUTSIDE = "\x00contact "  # no event has such an id, so no session that is remembered has


def worlds_of(rows: Rows, whose: Whose, unit: Ints) -> Iterator[NDArray[np.bool_]]:
    """Which paths lie in each drawn world, world after world.

    Args:
        rows: From `drawn`.
        whose: What they were drawn from.
        unit: (P,) of the paths gathered from those rows.
    """
    world = unit // whose.n_units
    for number in range(round(1 / rows.weight)):
        yield world == number
