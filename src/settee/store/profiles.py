"""Keep what each account did lately, ready for the next answer.

A profile is the account's newest 2,000 events about items, in bytes that numpy reads as they are:
the play of item 7 at noon is 17 bytes. Imported segments and live entries go into the same list.

Reads: journal entries, rows of imported segments.  Writes: a vault.
Not here: how a view follows the journal (store.account_view), order and size of a list
(store.profile_events), numbers of items (store.item_numbers).
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.core import ITEM_KINDS
from settee.store.account_view import AccountView
from settee.store.errors import StoreDamaged
from settee.store.journal import Entry
from settee.store.merging import unreadable
from settee.store.profile_events import (
    KIND_NO,
    NO_EVENTS,
    PROFILE_DTYPE,
    Chunk,
    Events,
    accounts_of,
    event_order,
    merge_events,
    read_only,
)
from settee.store.stable_numbers import Numbers
from settee.store.vault import Vault
from settee.store.vault_sqlite import SqliteVault, vault_layout

PROFILES_LAYOUT = vault_layout("profiles view", 0x5E77EE02)
_Row = tuple[int, int, int, float]  # as in PROFILE_DTYPE


class _Fact(msgspec.Struct):
    """The fields of a journalled event that a profile keeps."""

    item_id: str = ""
    value: float | None = None
    duration_s: float | None = None


_decoder = msgspec.json.Decoder(_Fact)


class _EventsForm:
    """A profile is a list of events; the newest stay."""

    empty = NO_EVENTS

    def __init__(self, max_events: int) -> None:
        self._max_events = max_events

    def take(
        self, entries: Sequence[Entry], item_nos: Callable[[Sequence[str]], list[int]]
    ) -> list[tuple[Entry, list[_Row]]]:
        facts = [(entry, _fact(entry)) for entry in entries if entry.record.kind in ITEM_KINDS]
        facts = [(entry, fact) for entry, fact in facts if fact.item_id]
        numbers = item_nos([fact.item_id for _, fact in facts])
        return [
            (entry, [_row(entry, fact, number)])
            for (entry, fact), number in zip(facts, numbers, strict=True)
        ]

    def add(self, state: Events, rows: Sequence[_Row]) -> Events:
        return merge_events(state, np.array(rows, PROFILE_DTYPE), self._max_events)

    def join(self, state: Events, other: Events) -> Events:
        return merge_events(state, other, self._max_events)

    def renumber(self, state: Events, swap: Callable[[Numbers], Numbers]) -> Events:
        other = state.copy()
        other["item_no"] = swap(state["item_no"])
        return read_only(other[event_order(other)])

    def size(self, state: Events) -> int:
        return state.nbytes

    def to_bytes(self, state: Events) -> bytes:
        return state.tobytes()

    def from_bytes(self, account_id: str, raw: bytes) -> Events:
        if len(raw) % PROFILE_DTYPE.itemsize:
            raise StoreDamaged(
                f'the profile of "{account_id}" has {len(raw)} bytes; a multiple of '
                f"{PROFILE_DTYPE.itemsize} is expected.",
                hint="Delete profiles.db, or what Redis holds; it is a view and is built again.",
            )
        return np.frombuffer(raw, dtype=PROFILE_DTYPE)[-self._max_events :]


class Profiles(AccountView[Events, _Row]):
    """The view "what each account did lately"; any threads and processes may use it.

    `get` gives rows of PROFILE_DTYPE, oldest first, that cannot be written to.

    Args:
        where: A file, made when missing, that may be deleted to start anew; or another vault.
        max_events: Newest events kept an account.
        max_cached_bytes: Memory for lists that were asked for lately (speed only).

    Raises:
        SetteeError: If the vault cannot be used; see `store.errors`.
    """

    def __init__(
        self,
        where: Path | Vault,
        max_events: int = 2000,
        *,
        max_cached_bytes: int = 128 * 1024 * 1024,
    ) -> None:
        vault = SqliteVault(where, PROFILES_LAYOUT) if isinstance(where, Path) else where
        super().__init__(vault, _EventsForm(max_events), max_cached_bytes=max_cached_bytes)
        self._max_events = max_events

    def item_nos(self, item_ids: Sequence[str]) -> NDArray[np.uint32]:
        """Numbers of items, assigned on first use; they stay as they are in this process."""
        return np.array(self._numbers.nos(item_ids), dtype=np.uint32)

    def item_ids(self) -> list[str]:
        """Ids of all items that have a number; the position is the number."""
        return self._numbers.ids()

    def suppose(self, account_id: str, entries: Sequence[Entry]) -> "SupposedProfiles":
        """The profiles as if more entries of an account had been applied; nothing is written.

        Args:
            account_id: Whose.
            entries: That were not applied.

        Raises:
            StoreDamaged: If an entry is not what settee journals.
        """
        before = self.get(account_id)  # what it names has a number by now
        number = {item_id: place for place, item_id in enumerate(self.item_ids())}

        def nos(item_ids: Sequence[str]) -> list[int]:
            return [number.setdefault(one, len(number)) for one in item_ids]

        rows = [row for _, some in self._form.take(entries, nos) for row in some]
        events = self._form.add(before, rows) if rows else before
        return SupposedProfiles(self, self.root(account_id), events, tuple(number))

    def load_segment(self, segment_id: str, rows: Iterable[Chunk]) -> None:
        """Fold an imported segment, whole or not at all; a segment loaded before changes nothing.

        Args:
            segment_id: Names the segment.
            rows: Chunks (account_ids, item_nos, kinds, at_s, value), one value a row each, sorted
                by account; an account may go on in the next chunk. `kinds` are KIND_NO numbers,
                `value` as in PROFILE_DTYPE. Whoever makes the rows may call `item_nos`.

        Raises:
            ValueError: If columns of a chunk differ in length.
        """

        def parts() -> Iterator[tuple[str, bytes]]:
            for chunk in rows:
                for account_id, events in accounts_of(chunk):
                    yield account_id, self._encoded(events[-self._max_events :])

        def joined(before: bytes | None, more: bytes) -> bytes:
            if before is None:
                return more
            state = self._form.from_bytes("", before)
            return self._form.join(state, self._form.from_bytes("", more)).tobytes()

        with self._writing:
            self._vault.load_segment(segment_id, parts(), joined)
            self._look()


@dataclass(frozen=True)
class SupposedProfiles:
    """Profiles of which one is otherwise.

    Args:
        profiles: The others.
        account_id: Whose is otherwise.
        events: What it is.
        ids: Ids of items; the position is the number.
    """

    profiles: Profiles
    account_id: str
    events: Events
    ids: tuple[str, ...]

    def get(self, account_id: str) -> Events:
        """Events of an account, oldest first."""
        if self.profiles.root(account_id) == self.account_id:
            return self.events
        return self.profiles.get(account_id)

    def item_ids(self) -> list[str]:
        """Ids of all items that have a number; the position is the number."""
        return list(self.ids)


def _fact(entry: Entry) -> _Fact:
    try:
        return _decoder.decode(entry.record.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(entry, error) from None


def _row(entry: Entry, fact: _Fact, item_no: int) -> _Row:
    value = fact.duration_s if fact.value is None else fact.value
    return (
        item_no,
        KIND_NO[entry.record.kind],
        entry.record.at_us // 1_000_000,
        math.nan if value is None else value,
    )
