"""Fold the record into households, in its own order, a transaction at a time.

An imported segment comes after the journal entries that were sealed before it. One that tells of an
account's past builds that account anew, out of all that the record holds of it, so a May that is
imported after June was lived is taken in all the same. The state is a function of the record and
the populations; whatever process is killed, the next one goes on where the last transaction ended.

Reads: journal, history.  Writes: the households view.
Source: Kleppmann (2017), "Designing Data-Intensive Applications", ch. 11 (state from logs).
Not here: one account (people.account), many at once (people.building), asking (people.view).
"""

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

import msgspec
from msgspec.structs import replace

from settee.core import PeopleSettings
from settee.events import Activity, Progress, activity, no_progress
from settee.people.account import Account, Facts, Keeper, facts_of
from settee.people.answers import Log, pack_log
from settee.people.building import Builder, Imports, Lived, Past, events_by_account
from settee.people.cache import AccountCache, Warm
from settee.people.corrections import RECORD_KIND, from_record
from settee.people.happenings import happening_of, is_event
from settee.store import (
    Entry,
    History,
    HouseholdChange,
    HouseholdMark,
    Households,
    Journal,
    Segment,
)

_BATCH = 2000
_SLICE = 500  # events that are imported in one transaction
_REBUILT_AT_ONCE = 20  # accounts in one transaction
_REBUILT_TOGETHER = 500  # accounts whose past is read at once
_REBUILT_EVENTS = 100_000  # imported events of accounts whose past is read at once
_MICROS = 1_000_000
_NEVER_S = 2**40


@dataclass(frozen=True)
class Sources:
    """What a fold works with.

    Args:
        households: Where the states are kept.
        journal: Live facts.
        history: Imported facts.
        settings: Gap and lateness; with others than those of the file everything is built anew.
        keeper: Tells the keeper with the populations that are in use now; asked at each fold, and
            the same object as long as they are the same.
    """

    households: Households
    journal: Journal
    history: History
    settings: PeopleSettings
    keeper: Callable[[], Keeper]


class _Conditions(msgspec.Struct, frozen=True):
    """What the states were made with; those that passed `stale_s` may be of others."""

    settings: dict[str, Any]
    generations: list[tuple[int, str]]
    stale_s: int | None = None


class _UnderWay(msgspec.Struct, frozen=True):
    """Segments that are being taken in, and the last account of which they are."""

    segment_ids: list[str] = []
    after: str | None = None


class _Outdated(Exception):
    """Another process folds under other conditions; the next fold asks again."""


class Fold:
    """Brings the view up to the record; any threads and processes may, one at a time does.

    Args:
        sources: What it works with.
        cache: Decoded accounts.
    """

    def __init__(self, sources: Sources, cache: AccountCache) -> None:
        self._sources = sources
        self._cache = cache
        self._lock = threading.Lock()
        self._keeper: Keeper | None = None
        self._conditions = b""
        self._work: Generator[None] | None = None

    @property
    def keeper(self) -> Keeper:
        """The keeper of the last fold."""
        return self._keeper or self._sources.keeper()

    def run(self, progress: Progress = no_progress) -> None:
        """Take in all that the record gained.

        Raises:
            SetteeError: If the record or the view cannot be used.
        """
        with self._lock:
            self._stop()
            try:
                for _ in self._steps(progress):
                    pass
                self._follow(None)
            except _Outdated:
                return

    def step(self, progress: Progress = no_progress) -> bool:
        """Take in all of the journal, and a little of what else is to be done.

        Returns:
            Is more to be done?

        Raises:
            SetteeError: If the record or the view cannot be used.
        """
        with self._lock:
            if self._sources.keeper() is not self._keeper:
                self._stop()
            try:
                self._work = self._work or self._steps(progress)
                is_more = any(True for _ in islice(self._work, 1))
                self._follow(None)
            except _Outdated:
                is_more = False
            except BaseException:
                self._stop()
                raise
            if not is_more:
                self._stop()
            return is_more

    def close(self) -> None:
        """Leave work that is under way to the next fold."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        if self._work is not None:
            self._work.close()
        self._work = None

    def _steps(self, progress: Progress) -> Generator[None]:
        """All that is to be done apart from the journal, a little at a time."""
        yield from self._refresh(progress)
        while group := self._next_import():
            yield from self._import(*group, progress)

    # -- conditions ----------------------------------------------------------------------------

    def _refresh(self, progress: Progress) -> Generator[None]:
        """Ask for the keeper; build anew what was built under other settings or populations."""
        keeper = self._sources.keeper()
        if keeper is not self._keeper:
            self._cache.clear()
            self._keeper = keeper
        settings = self._sources.settings.model_dump(mode="json")
        wanted = _Conditions(settings, list(keeper.generations))
        packed = msgspec.json.encode(wanted)
        before = self._sources.households.mark().conditions
        if before != packed:
            yield from self._move_from(before, wanted, progress)
            with self._sources.households.changing() as change:
                change.set_conditions(packed)
        self._conditions = packed

    def _move_from(self, before: bytes, wanted: _Conditions, progress: Progress) -> Generator[None]:
        """Drop or rebuild the states that would be others under the wanted conditions."""
        was = msgspec.json.decode(before, type=_Conditions) if before else None
        if was is None or was.settings != wanted.settings:
            with self._sources.households.changing() as change:
                change.clear()
            return
        since_s = _first_difference(was.generations, wanted.generations)
        since_s = since_s if was.stale_s is None else min(since_s, was.stale_s)
        self._conditions = msgspec.json.encode(replace(wanted, stale_s=since_s))
        with self._sources.households.changing() as change:
            change.set_conditions(self._conditions)  # from here on no other process folds
        after, done, total = "", 0, self._sources.households.n_accounts()
        while True:
            with self._changing() as change:
                stale = change.passed(since_s * _MICROS, after, _REBUILT_TOGETHER)
                segments = self._imports_in(change)
            if not stale:
                return
            for n_done in self._rebuild(stale, {}, segments):
                progress("people", done + n_done, total)
                yield
            after, done = stale[-1], done + len(stale)

    @contextmanager
    def _changing(self) -> Iterator[HouseholdChange]:
        """A transaction under the conditions of this fold."""
        with self._sources.households.changing() as change:
            if change.mark.conditions != self._conditions:
                raise _Outdated
            yield change

    # -- imported segments ---------------------------------------------------------------------

    def _next_import(self) -> tuple[int, list[Segment]] | None:
        """Segments to take in together, and the journal offset that they came after."""
        mark = self._sources.households.mark()
        under_way = _under_way(mark).segment_ids
        position = 0
        found: dict[int, list[Segment]] = {}
        for segment in self._sources.history.segments():
            position = max(position, segment.journal_offset or 0)
            is_new = segment.origin == "import" and segment.segment_id not in mark.segment_ids
            if is_new and (not under_way or segment.segment_id in under_way):
                found.setdefault(position, []).append(segment)
        return next(iter(found.items()), None)

    def _import(
        self, position: int, segments: Sequence[Segment], progress: Progress
    ) -> Generator[None]:
        """Take in segments; cut short and begun again, it goes on where it was."""
        self._follow(position)
        new = [one.segment_id for one in segments]
        done, total = 0, sum(one.n_rows for one in segments)
        begun = _under_way(self._sources.households.mark())
        after = begun.after if begun.segment_ids == new else None
        for part in activity(self._sources.history, segments=segments, after=after):
            for n_done in self._import_part(part, position, new):
                progress("people", done + n_done, total)
                yield
            done += len(part)
        with self._changing() as change:
            change.add_segments(new)
            change.set_under_way(b"")

    def _import_part(self, part: Activity, position: int, new: list[str]) -> Iterator[int]:
        """Take in events of whole accounts; how many are done, from time to time."""
        builder = Builder(self.keeper, self._sources.settings)
        size = dict(zip(part.account_ids, part.sizes().tolist(), strict=True))
        newest = {one: [(position, at_us)] for one, at_us in part.newest_us()}
        known = {one for one in part.account_ids if self._sources.households.version_of(one)}
        with self._changing() as change:
            segments = self._imports_in(change, new)
        for some in _slices(sorted(known), size, _REBUILT_EVENTS):
            for _ in self._rebuild(some, newest, segments):
                yield 0
        fresh = builder.imported(part, position, leave_out=known)
        done = 0
        for some in _slices(part.account_ids, size, _SLICE):
            met = []
            with self._changing() as change:
                for account in islice(fresh, sum(one not in known for one in some)):
                    if change.version_of(account.account_id):  # it came to life meanwhile
                        met.append(account.account_id)
                    else:
                        _keep(change, account)
                if not met:
                    change.set_under_way(msgspec.json.encode(_UnderWay(new, some[-1])))
            for _ in self._rebuild(met, newest, segments):
                pass
            done += sum(size[one] for one in some)
            yield done

    def _imports_in(self, change: HouseholdChange, new: Sequence[str] = ()) -> list[Segment]:
        """Imported segments that are in the view or about to be."""
        there = {*change.mark.segment_ids, *new}
        return [one for one in self._sources.history.segments() if one.segment_id in there]

    def _rebuild(
        self,
        account_ids: Sequence[str],
        newest: Mapping[str, Imports],
        segments: Sequence[Segment],
    ) -> Iterator[int]:
        """Build accounts anew, out of these segments and the journal as far as it is in the view.

        Args:
            account_ids: Accounts that the view holds.
            newest: What is imported just now.
            segments: All imports that are to be in it.

        Yields:
            How many accounts are done.
        """
        if not account_ids:
            return
        builder = Builder(self.keeper, self._sources.settings)
        past = Past(self._sources.journal, account_ids)
        events = {
            one: happenings
            for part in activity(self._sources.history, segments=segments, account_ids=account_ids)
            for one, happenings in events_by_account(part)
        }
        for start in range(0, len(account_ids), _REBUILT_AT_ONCE):
            some = account_ids[start : start + _REBUILT_AT_ONCE]
            with self._changing() as change:
                for one in some:
                    facts = _facts(change, one)
                    imports = _merged([*facts.imports, *newest.get(one, ())])
                    entries = past.until(change.mark.journal_offset)[one] if facts.is_live else []
                    change.forget(one)
                    lived = Lived(entries, imports)
                    _keep(change, builder.again(one, events.get(one, []), lived))
            yield start + len(some)

    # -- the journal ---------------------------------------------------------------------------

    def _follow(self, until: int | None) -> None:
        """Take in the journal up to an offset, or to its end."""
        while self._follow_some(until):
            pass

    def _follow_some(self, until: int | None) -> bool:
        last = self._sources.journal.last_offset() if until is None else until
        if self._sources.households.mark().journal_offset >= last:
            return False
        with self._changing() as change:
            entries = self._sources.journal.read(change.mark.journal_offset, _BATCH)
            entries = [one for one in entries if one.offset <= last]
            if not entries:
                return False
            warm = [self._take(change, *one) for one in _by_account(entries).items()]
            change.move_to(entries[-1].offset)
        for one in warm:
            self._cache.put(one)
        return True

    def _take(self, change: HouseholdChange, account_id: str, entries: Sequence[Entry]) -> Warm:
        """Take entries of one account in, in their order."""
        account = self._cache.take(account_id, change.version_of(account_id))
        if account is None:
            state = change.get(account_id)
            stored = (b"", b"") if state is None else (state.running, state.persons)
            account = Account(account_id, self.keeper, self._sources.settings, *stored)
        for is_correction, some in groupby(entries, key=_is_correction):
            if is_correction:
                for entry in some:
                    account.told(from_record(entry.record), entry.record.at_us)
            else:
                account.take([happening_of(entry) for entry in some])
        return Warm(change.version, account, _keep(change, account))


def _under_way(mark: HouseholdMark) -> _UnderWay:
    return msgspec.json.decode(mark.under_way, type=_UnderWay) if mark.under_way else _UnderWay()


def _slices(account_ids: Sequence[str], size: Mapping[str, int], most: int) -> Iterator[list[str]]:
    """Accounts in their order, a few at a time: some `most` events."""
    some: list[str] = []
    n_events = 0
    for one in account_ids:
        some.append(one)
        n_events += size[one]
        if n_events >= most:
            yield some
            some, n_events = [], 0
    if some:
        yield some


def _merged(imports: Imports) -> list[tuple[int, int]]:
    """One newest instant for each journal offset."""
    return list(dict(sorted(imports)).items())  # the last of each stays, which is the newest


def _keep(change: HouseholdChange, account: Account) -> int:
    """Write an account; how many bytes it has."""
    running, persons = account.running_bytes(), account.persons_bytes()
    change.put(account.account_id, account.passed_us, running, persons)
    if account.log.answers or account.log.events:
        change.add_answers(account.account_id, pack_log(account.log))
        account.log = Log()
    return len(running) + len(persons)


def _facts(change: HouseholdChange, account_id: str) -> Facts:
    state = change.get(account_id)
    return facts_of(b"" if state is None else state.running)


def _is_correction(entry: Entry) -> bool:
    return entry.record.kind == RECORD_KIND


def _by_account(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Events and corrections of each account; answers of our own are passed over."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if is_event(entry) or _is_correction(entry):
            found.setdefault(entry.record.account_id, []).append(entry)
    return found


def _first_difference(was: Sequence[tuple[int, str]], wanted: Sequence[tuple[int, str]]) -> int:
    """Cutoff from which on two lists of populations tell different things."""
    n_same = 0
    for one, other in zip(was, wanted, strict=False):
        if one != other:
            break
        n_same += 1
    return min((until_s for until_s, _ in [*was[n_same:], *wanted[n_same:]]), default=_NEVER_S)
