"""Fold the record into households, in its own order, a transaction at a time.

An imported segment comes after the journal entries that were sealed before it. One that tells of an
account's past builds that account anew, out of all that the record holds of it, so a May that is
imported after June was lived is taken in all the same. The state is a function of the record and
the populations; whatever process is killed, the next one goes on where the last transaction ended.

Reads: journal, history.  Writes: the households view.
Source: Kleppmann (2017), "Designing Data-Intensive Applications", ch. 11 (state from logs).
Not here: one account (people.account), many at once (people.importing), asking (people.view).
"""

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from typing import Any

import msgspec
from msgspec.structs import replace

from settee.events import Progress, no_progress
from settee.people.account import Account, Keeper
from settee.people.cache import AccountCache, Warm
from settee.people.corrections import RECORD_KIND, from_record
from settee.people.happenings import happening_of, is_event
from settee.people.importing import Importer, Sources, keep
from settee.store import Entry, HouseholdChange

_BATCH = 2000
_REBUILT_TOGETHER = 100  # accounts whose past is read at once
_OF_OTHERS = {"enabled", "link_threshold", "learn_every_days"}
"""Settings that no state hangs on, other than by the generations."""
_MICROS = 1_000_000
_NEVER_S = 2**40


class _Conditions(msgspec.Struct, frozen=True):
    """What the states were made with; those that passed `stale_s` may be of others."""

    model: str
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
        importer = Importer(self._sources, self.keeper, self._changing)
        while group := importer.next():
            position, segments = group
            self._follow(position)
            yield from importer.take(position, segments, progress)

    # -- conditions ----------------------------------------------------------------------------

    def _refresh(self, progress: Progress) -> Generator[None]:
        """Ask for the keeper; build anew what was built under other settings or populations."""
        keeper = self._sources.keeper()
        if keeper is not self._keeper:
            self._cache.clear()
            self._keeper = keeper
        settings = self._sources.settings.model_dump(mode="json", exclude=_OF_OTHERS)
        wanted = _Conditions(keeper.model, settings, list(keeper.generations))
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
        if was is None or (was.model, was.settings) != (wanted.model, wanted.settings):
            with self._sources.households.changing() as change:
                change.clear()
            return
        since_s = _first_difference(was.generations, wanted.generations)
        since_s = since_s if was.stale_s is None else min(since_s, was.stale_s)
        self._conditions = msgspec.json.encode(replace(wanted, stale_s=since_s))
        with self._sources.households.changing() as change:
            change.set_conditions(self._conditions)  # from here on no other process folds
        importer = Importer(self._sources, self.keeper, self._changing)
        after, done, total = "", 0, self._sources.households.n_accounts()
        while True:
            with self._changing() as change:
                stale = change.passed(since_s * _MICROS, after, _REBUILT_TOGETHER)
                segments = importer.segments_in(change)
            if not stale:
                return
            for n_done in importer.again(stale, {}, segments):
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
        return Warm(change.version, account, keep(change, account))


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
