"""Find accounts: those that did something lately first, the newest first, then the others by id.

Whoever folds the journal hands each entry to `Lately`, which remembers whose the latest events are.
A service that was just started looks through the last 20,000 entries once; most of a journal are
answers that were given, so looking through it for each question would take the longer, the more is
asked. Behind these accounts stand others whose profile is known, by id, such as those of an import.

Reads: the journal once, profiles.  Writes: memory.
Not here: what is known of one account (respond.account).
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import UNSET, UnsetType

from settee.core import KINDS
from settee.store import Entry, HotState, Journal

_MOST = 20_000
_WINDOW = 2_000
_REMEMBERED = 10_000
_MICROS = 1_000_000
_EVENTS = frozenset(KINDS) - {"exposure"}


class AccountSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account, and when it did something last; absent where nothing about items is known."""

    account_id: str
    last_at: datetime | UnsetType = UNSET


class Accounts(msgspec.Struct, frozen=True):
    """Accounts, the first of them the latest active; `n_lately` of them were active lately."""

    accounts: list[AccountSeen]
    n_lately: int


class Lately:
    """The accounts that sent an event lately; any threads may use it.

    Args:
        journal: Looked through once, from its end; what comes later is handed over.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._at_us: OrderedDict[str, int] = OrderedDict()
        self._offset: int | None = None

    def take(self, entries: Sequence[Entry]) -> None:
        """Remember whose the events among these entries are; what is known already is passed over.

        Args:
            entries: Of the journal, in order.

        Raises:
            SetteeError: If the journal cannot be read.
        """
        with self._lock:
            if entries and self._offset is not None:  # before the look back it would see them
                self._remember(entries)

    def newest(self) -> list[tuple[str, int]]:
        """Account and instant in microseconds of its latest event, the newest first.

        Raises:
            SetteeError: If the journal cannot be read.
        """
        with self._lock:
            if self._offset is None:
                self._look_back()
            return list(reversed(self._at_us.items()))

    def _look_back(self) -> None:
        end = self._journal.last_offset()
        self._offset = max(end - _MOST, 0)
        while self._offset < end:
            found = self._journal.read(self._offset, min(_WINDOW, end - self._offset))
            if not found:
                break
            self._remember(found)

    def _remember(self, entries: Sequence[Entry]) -> None:
        known = self._offset or 0
        for entry in entries:
            record = entry.record
            if entry.offset > known and record.kind in _EVENTS:
                before_us = self._at_us.pop(record.account_id, record.at_us)
                self._at_us[record.account_id] = max(before_us, record.at_us)
        self._offset = max(known, entries[-1].offset)
        while len(self._at_us) > _REMEMBERED:
            self._at_us.popitem(last=False)


def find_accounts(lately: Lately, state: HotState, limit: int, begins: str = "") -> Accounts:
    """Accounts whose id begins so.

    Args:
        lately: Who was active.
        state: Where profiles are.
        limit: Most accounts to give.
        begins: How the id begins; empty for any.

    Raises:
        SetteeError: If the journal or the profiles cannot be read.
    """
    active: dict[str, int] = {}
    for account_id, at_us in lately.newest():
        root = state.root(account_id)
        if root.startswith(begins):
            active[root] = max(active.get(root, 0), at_us // _MICROS)
        if len(active) == limit:
            break
    found = [AccountSeen(name, _instant(at_s)) for name, at_s in active.items()]
    n_others = limit - len(active)
    others = state.profiles.account_ids(limit, begins=begins) if n_others else []
    for name in [one for one in others if one not in active][:n_others]:
        events = state.profiles.get(name)
        last_at = _instant(int(events["at_s"][-1])) if len(events) else UNSET
        found.append(AccountSeen(name, last_at))
    return Accounts(found, len(active))


def _instant(at_s: int) -> datetime:
    return datetime.fromtimestamp(at_s, tz=UTC)
