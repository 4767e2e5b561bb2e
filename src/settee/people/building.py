"""Build accounts out of all that the record holds of them, many at a time.

What is imported first comes in columns and is cut at once; only what still runs is taken event by
event. An account of which more is told later is put together event by event: imported ones are
sorted into place, and a live one is too late if newer ones had come when it came, by either way.

Reads: columns of events, journal entries.  Writes: nothing.
Not here: which accounts are built and where they are kept (people.view).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from settee.core import PeopleSettings
from settee.events import Activity
from settee.people.account import Account, Keeper, ToldAt
from settee.people.corrections import RECORD_KIND, from_record
from settee.people.happenings import happening_of, happenings_at, is_event
from settee.people.sessionizer import Happening
from settee.people.sessions import NO_PRESENCE, cut_sessions
from settee.store import Entry, Journal

_MICROS = 1_000_000
_NEVER = -(2**62)
_PAGE = 5000
Imports = Sequence[tuple[int, int]]
"""Journal offset that an import came after, and the newest instant that it brought."""


@dataclass(frozen=True)
class Lived:
    """What the journal holds of an account.

    Args:
        entries: In their order.
        imports: What was imported between them.
    """

    entries: Sequence[Entry]
    imports: Imports


@dataclass(frozen=True)
class Builder:
    """Makes accounts.

    Args:
        keeper: Opens households.
        settings: Gap and lateness.
    """

    keeper: Keeper
    settings: PeopleSettings

    def imported(
        self, part: Activity, position: int, leave_out: Collection[str] = ()
    ) -> Iterator[Account]:
        """Accounts of which nothing is known but these events.

        Args:
            part: Events of whole accounts.
            position: The journal offset that they came after.
            leave_out: Accounts not to build.
        """
        found = cut_sessions(part, self.settings)
        is_open = np.append(~found.is_closed, False)[found.session]
        open_places = np.flatnonzero(is_open)
        bounds = np.searchsorted(
            part.account[open_places], np.arange(len(part.account_ids) + 1)
        ).tolist()
        for number, account_id in enumerate(part.account_ids):
            if account_id in leave_out:
                continue
            account = Account(account_id, self.keeper, self.settings)
            newest_us = int(found.newest_us[number])
            for event in happenings_at(part, open_places[bounds[number] : bounds[number + 1]]):
                account.sessionizer.add(event)
            account.sessionizer.pass_time(newest_us)
            first, last = found.sessions.account_indptr[number : number + 2].tolist()
            closed = np.arange(first, last)[found.is_closed[first:last]]
            account.learn(found.sessions.take(closed))
            account.imported([(position, newest_us)])
            yield account

    def again(self, account_id: str, imported: Sequence[Happening], lived: Lived) -> Account:
        """An account out of all that the record holds of it.

        Args:
            account_id: Which one.
            imported: Its imported events.
            lived: The rest.
        """
        account = Account(account_id, self.keeper, self.settings)
        kept, told, n_late = self._in_time(lived)
        for event in sorted([*imported, *kept], key=lambda one: (one.at_us, one.event_id)):
            account.sessionizer.add(event)
        account.sessionizer.pass_time(max((at for _, at in lived.imports), default=_NEVER))
        named = {name for one in told for name in one.correction.sessions}
        by_id = {one.event_id: one for one in (*imported, *kept) if one.event_id in named}
        for one in told:
            for name in one.correction.sessions:
                if name in by_id:
                    account.note(one.correction, one.at_us, by_id[name])
        account.rebuilt(told, n_late, is_live=bool(kept or told or n_late))
        account.imported(lived.imports)
        return account

    def _in_time(self, lived: Lived) -> tuple[list[Happening], list[ToldAt], int]:
        """Live events that came in time, corrections, and how many events were too late."""
        kept: list[Happening] = []
        told: list[ToldAt] = []
        newest_us, n_late = _NEVER, 0
        for entry in lived.entries:
            before = (at for offset, at in lived.imports if offset < entry.offset)
            newest_us = max(newest_us, *before, _NEVER)
            if entry.record.kind == RECORD_KIND:
                told.append(ToldAt(from_record(entry.record), entry.record.at_us, newest_us))
            elif is_event(entry):
                event = happening_of(entry)
                if event.at_us < newest_us - self.settings.lateness_s * _MICROS:
                    n_late += event.kind not in NO_PRESENCE
                else:
                    newest_us = max(newest_us, event.at_us)
                    kept.append(event)
        return kept, told, n_late


class Past:
    """Journal entries of some accounts, read once.

    Args:
        journal: Where they are.
        account_ids: Whose.
    """

    def __init__(self, journal: Journal, account_ids: Sequence[str]) -> None:
        self._journal = journal
        self._found: dict[str, list[Entry]] = {one: [] for one in account_ids}
        self._offset = 0

    def until(self, offset: int) -> Mapping[str, Sequence[Entry]]:
        """Those up to an offset, in their order; offsets only rise from call to call."""
        while self._offset < offset:
            entries = self._journal.read(self._offset, _PAGE)
            there = [one for one in entries if one.offset <= offset]
            for entry in there:
                if entry.record.account_id in self._found:
                    self._found[entry.record.account_id].append(entry)
            is_full = len(there) == _PAGE
            self._offset = there[-1].offset if is_full else offset
        return self._found


def events_by_account(part: Activity) -> Iterator[tuple[str, list[Happening]]]:
    """The events of each account of a part."""
    bounds = np.searchsorted(part.account, np.arange(len(part.account_ids) + 1)).tolist()
    for number, account_id in enumerate(part.account_ids):
        places = np.arange(bounds[number], bounds[number + 1])
        yield account_id, happenings_at(part, places)
