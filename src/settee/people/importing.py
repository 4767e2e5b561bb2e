"""Take imported segments into the households view, and build accounts anew out of their past.

Accounts that nobody knows yet are cut out of the columns at once. Of others all that the record
holds is read again: the imports that are in the view, and the journal as far as it is. A few
accounts are one transaction, which also says how far it came, so that work that is cut short, or
shared by two processes, goes on there.

Reads: history, journal.  Writes: the households view.
Not here: the order of all this (people.folding), one account (people.building).
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice

import msgspec

from settee.core import PeopleSettings
from settee.events import Activity, Progress, activity
from settee.people.account import Account, Facts, Keeper, facts_of
from settee.people.answers import Log, pack_log
from settee.people.building import Builder, Imports, Lived, Past, events_by_account
from settee.store import (
    History,
    HouseholdChange,
    HouseholdMark,
    Households,
    Journal,
    Segment,
)

_PART_ROWS = 200_000  # imported events that are read at once
_SLICE = 500  # events that are imported in one transaction
_REBUILT_AT_ONCE = 20  # accounts in one transaction
_REBUILT_EVENTS = 100_000  # imported events of accounts whose past is read at once


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


class _UnderWay(msgspec.Struct, frozen=True):
    """Segments that are being taken in, and the last account of which they are."""

    segment_ids: list[str] = []
    after: str | None = None


Changing = Callable[[], AbstractContextManager[HouseholdChange]]
"""Begins a transaction under the conditions of a fold."""


class Importer:
    """Takes segments in.

    Args:
        sources: What it works with.
        keeper: Opens households.
        changing: Begins a transaction.
    """

    def __init__(self, sources: Sources, keeper: Keeper, changing: Changing) -> None:
        self._sources = sources
        self._keeper = keeper
        self._changing = changing

    def next(self) -> tuple[int, list[Segment]] | None:
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

    def take(
        self, position: int, segments: Sequence[Segment], progress: Progress
    ) -> Generator[None]:
        """Take in segments; cut short and begun again, it goes on where it was."""
        new = [one.segment_id for one in segments]
        done, total = 0, sum(one.n_rows for one in segments)
        begun = _under_way(self._sources.households.mark())
        after = begun.after if begun.segment_ids == new else None
        for part in activity(
            self._sources.history, segments=segments, after=after, part_rows=_PART_ROWS
        ):
            for n_done in self._part(part, position, new):
                progress("people", done + n_done, total)
                yield
            done += len(part)
        with self._changing() as change:
            change.add_segments(new)
            change.set_under_way(b"")

    def _part(self, part: Activity, position: int, new: list[str]) -> Iterator[int]:
        """Take in events of whole accounts; how many are done, from time to time."""
        builder = Builder(self._keeper, self._sources.settings)
        size = dict(zip(part.account_ids, part.sizes().tolist(), strict=True))
        newest = {one: [(position, at_us)] for one, at_us in part.newest_us()}
        known = {one for one in part.account_ids if self._sources.households.version_of(one)}
        with self._changing() as change:
            segments = self.segments_in(change, new)
        fresh = builder.imported(part, position, leave_out=known)
        done = 0
        for many in _slices(part.account_ids, size, _REBUILT_EVENTS):
            for _ in self.again([one for one in many if one in known], newest, segments):
                yield done
            for some in _slices(many, size, _SLICE):
                n_fresh = sum(one not in known for one in some)
                met = self._keep_fresh(islice(fresh, n_fresh), _UnderWay(new, some[-1]))
                for _ in self.again(met, newest, segments):
                    pass
                done += sum(size[one] for one in some)
                yield done

    def _keep_fresh(self, accounts: Iterable[Account], under_way: _UnderWay) -> list[str]:
        """Write accounts that were not in the view; those that came to life meanwhile."""
        met = []
        with self._changing() as change:
            for account in accounts:
                if change.version_of(account.account_id):
                    met.append(account.account_id)
                else:
                    keep(change, account)
            if not met:
                change.set_under_way(msgspec.json.encode(under_way))
        return met

    def segments_in(self, change: HouseholdChange, new: Sequence[str] = ()) -> list[Segment]:
        """Imported segments that are in the view or about to be."""
        there = {*change.mark.segment_ids, *new}
        return [one for one in self._sources.history.segments() if one.segment_id in there]

    def again(
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
        builder = Builder(self._keeper, self._sources.settings)
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
                    keep(change, builder.again(one, events.get(one, []), lived))
            yield start + len(some)


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


def keep(change: HouseholdChange, account: Account) -> int:
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
