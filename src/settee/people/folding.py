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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec
from msgspec.structs import replace

from settee.core import PeopleSettings
from settee.events import Progress, activity, no_progress
from settee.people.account import Account, Facts, Keeper, facts_of
from settee.people.answers import Log, pack_log
from settee.people.building import Builder, Imports, Lived, events_by_account
from settee.people.cache import AccountCache, Warm
from settee.people.corrections import RECORD_KIND, from_record
from settee.people.happenings import happening_of, is_event
from settee.store import Entry, History, HouseholdChange, Households, Journal, Segment

_BATCH = 2000
_REBUILT_AT_ONCE = 2000
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
            try:
                self._refresh()
                for position, segments in self._new_imports():
                    self._follow(position)
                    self._import(position, segments, progress)
                self._follow(None)
            except _Outdated:
                return

    # -- conditions ----------------------------------------------------------------------------

    def _refresh(self) -> None:
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
            self._move_from(before, wanted)
            with self._sources.households.changing() as change:
                change.set_conditions(packed)
        self._conditions = packed

    def _move_from(self, before: bytes, wanted: _Conditions) -> None:
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
            stale = change.passed(since_s * _MICROS)
            loaded = change.mark.segment_ids
        segments = [one for one in self._sources.history.segments() if one.segment_id in loaded]
        for start in range(0, len(stale), _REBUILT_AT_ONCE):
            with self._changing() as change:
                self._rebuild(change, stale[start : start + _REBUILT_AT_ONCE], {}, segments)

    @contextmanager
    def _changing(self) -> Iterator[HouseholdChange]:
        """A transaction under the conditions of this fold."""
        with self._sources.households.changing() as change:
            if change.mark.conditions != self._conditions:
                raise _Outdated
            yield change

    # -- imported segments ---------------------------------------------------------------------

    def _new_imports(self) -> list[tuple[int, list[Segment]]]:
        """Segments that are not in the view, by the journal offset that they came after."""
        loaded = self._sources.households.mark().segment_ids
        position = 0
        found: dict[int, list[Segment]] = {}
        for segment in self._sources.history.segments():
            position = max(position, segment.journal_offset or 0)
            if segment.origin == "import" and segment.segment_id not in loaded:
                found.setdefault(position, []).append(segment)
        return list(found.items())

    def _import(self, position: int, segments: Sequence[Segment], progress: Progress) -> None:
        """Take in segments; done twice, or by two processes at once, it gives the same."""
        history, total = self._sources.history, sum(one.n_rows for one in segments)
        new = {one.segment_id for one in segments}
        done = 0
        for part in activity(history, segments=segments):
            progress("people", done, total)
            with self._changing() as change:
                if new <= change.mark.segment_ids:  # another process was faster
                    return
                known = {one for one in part.account_ids if change.version_of(one)}
                builder = Builder(self.keeper, self._sources.settings)
                for account in builder.imported(part, position, leave_out=known):
                    _keep(change, account)
                newest = {one: [(position, at)] for one, at in part.newest_us() if one in known}
                loaded = new | change.mark.segment_ids
                all_segments = [one for one in history.segments() if one.segment_id in loaded]
                self._rebuild(change, sorted(known), newest, all_segments)
            done += len(part)
        progress("people", total, total)
        with self._changing() as change:
            change.add_segments(sorted(new))

    def _rebuild(
        self,
        change: HouseholdChange,
        account_ids: Sequence[str],
        newest: Mapping[str, Imports],
        segments: Sequence[Segment],
    ) -> None:
        """Build accounts anew, out of these segments and the journal as far as it is in the view.

        Args:
            change: A transaction.
            account_ids: Accounts that the view holds.
            newest: What is imported just now.
            segments: All imports that are to be in it.
        """
        builder = Builder(self.keeper, self._sources.settings)
        facts = {one: _facts(change, one) for one in account_ids}
        imports = {
            one: list(dict.fromkeys([*facts[one].imports, *newest.get(one, ())]))
            for one in account_ids
        }
        lived = [one for one in account_ids if facts[one].is_live]
        entries = self._entries_of(lived, change.mark.journal_offset)
        for account_id in account_ids:
            change.forget(account_id)
        history, only_imported = self._sources.history, sorted({*account_ids} - {*lived})
        if only_imported:
            for part in activity(history, segments=segments, account_ids=only_imported):
                for account in builder.imported_again(part, imports):
                    _keep(change, account)
        left = dict.fromkeys(lived)
        if lived:
            for part in activity(history, segments=segments, account_ids=lived):
                for one, events in events_by_account(part):
                    del left[one]
                    _keep(change, builder.lived(one, events, Lived(entries[one], imports[one])))
        for one in left:
            _keep(change, builder.lived(one, [], Lived(entries[one], imports[one])))

    def _entries_of(self, account_ids: Sequence[str], until: int) -> dict[str, list[Entry]]:
        """Journal entries of some accounts, up to an offset."""
        found: dict[str, list[Entry]] = {one: [] for one in account_ids}
        after = 0 if found else until
        while after < until and (entries := self._sources.journal.read(after, _BATCH)):
            after = entries[-1].offset
            for entry in entries:
                if entry.record.account_id in found and entry.offset <= until:
                    found[entry.record.account_id].append(entry)
        return found

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
