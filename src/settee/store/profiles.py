"""Keep what each account did lately, ready for the next answer.

A view of the journal: state and offset change in one SQLite transaction, so a crash counts nothing
twice. Between transactions, events that were folded wait in memory and are already seen by `get`.

Several processes fold the same journal into the same file. Each list in memory knows the offset up
to which it is complete, and so does the file: if the file is complete up to 200 because another
process was faster, our own waiting events up to 200 are dropped instead of being counted again.

Reads: journal entries, rows of imported segments.  Writes: one SQLite file.
Source: Kleppmann (2017), "Designing Data-Intensive Applications", ch. 11 (state from logs).
Not here: order and size of a list (store.profile_events), numbers of items (store.item_numbers).
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.core import ITEM_KINDS
from settee.store.closing import Closing
from settee.store.errors import StoreDamaged, plain_errors
from settee.store.item_numbers import ItemNumbers
from settee.store.journal import Entry
from settee.store.profile_events import (
    KIND_NO,
    NO_EVENTS,
    PROFILE_DTYPE,
    Chunk,
    Events,
    accounts_of,
    merge_events,
)
from settee.store.sqlite import Layout, open_file, writing

_LAYOUT = Layout(
    name="profiles view",
    application_id=0x5E77EE02,
    version=1,
    statements=(
        "CREATE TABLE profiles (account_id TEXT PRIMARY KEY, events BLOB NOT NULL) STRICT",
        "CREATE TABLE items (item_no INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE) STRICT",
        "CREATE TABLE segments (segment_id TEXT PRIMARY KEY) STRICT",
        # One row: the journal is folded up to `journal_offset`; `n_loads` segments were loaded.
        "CREATE TABLE mark (journal_offset INTEGER NOT NULL, n_loads INTEGER NOT NULL) STRICT",
        "INSERT INTO mark VALUES (0, 0)",
    ),
)
_MARK = "SELECT journal_offset, n_loads FROM mark"
_ONE = "SELECT events FROM profiles WHERE account_id = ?"
_LOAD = f"SELECT journal_offset, ({_ONE}) FROM mark"  # noqa: S608 -- both parts are above
_PUT = (
    "INSERT INTO profiles (account_id, events) VALUES (?, ?) "
    "ON CONFLICT (account_id) DO UPDATE SET events = excluded.events"
)
_MAX_PENDING = 50_000
_ENTRY_BYTES = 300  # of an account in the cache beside its events


class _Fact(msgspec.Struct):
    """The fields of a journalled event that a profile keeps."""

    item_id: str = ""
    value: float | None = None
    duration_s: float | None = None


_fact_decoder = msgspec.json.Decoder(_Fact)


class _Pending(NamedTuple):
    offset: int
    item_no: int
    kind: int
    at_s: int
    value: float


class _Cached(NamedTuple):
    events: Events
    offset: int  # the list holds every entry of the journal up to here


class Profiles(Closing):
    """The view "what each account did lately"; any threads and processes may use the file.

    Args:
        path: The file; made when missing, and it may be deleted to start anew.
        max_events: Newest events kept an account.
        max_cached_bytes: Memory for lists that were asked for lately (speed only).

    Raises:
        SetteeError: If the file cannot be used; see `store.errors`. Every method may raise
            StoreBusy, DiskFull, StoreDamaged, StoreUnavailable and, after `close`, StoreClosed.
    """

    def __init__(
        self, path: Path, max_events: int = 2000, *, max_cached_bytes: int = 128 * 1024 * 1024
    ) -> None:
        self._path = path
        self._max_events = max_events
        self._max_cached_bytes = max_cached_bytes
        self._writer = open_file(path, _LAYOUT)
        self._reader = open_file(path, _LAYOUT)
        # Who needs both locks takes _writing first. Nobody waits for another process's write lock
        # while holding _state, so `get` never waits for an import that is under way.
        self._writing = threading.RLock()
        self._state = threading.Lock()
        self._numbers = ItemNumbers()
        self._numbers.refresh(self._reader)
        self._cache: OrderedDict[str, _Cached] = OrderedDict()
        self._n_cached_bytes = 0
        self._pending: dict[str, list[_Pending]] = {}
        self._n_pending = 0
        self._offset: int
        self._n_loads: int
        self._offset, self._n_loads = self._reader.execute(_MARK).fetchone()
        self._on_disk = self._offset
        self._is_closed = False

    def get(self, account_id: str) -> Events:
        """What the account did lately: rows of PROFILE_DTYPE, oldest first, empty when unknown.

        The rows cannot be written to. While nothing changes and the list stays cached, the very
        same array is given, so that what was derived from it can be kept beside it.
        """
        with self._state:
            cached = self._cache.get(account_id)
            pending = self._pending.get(account_id)
            if cached is not None and (pending is None or pending[-1].offset <= cached.offset):
                self._cache.move_to_end(account_id)
                return cached.events
            if cached is None:
                cached = self._load(account_id)
            events = self._merge(cached, pending or [])
            self._remember(account_id, _Cached(events, max(cached.offset, self._offset)))
            return events

    def item_nos(self, item_ids: Sequence[str]) -> NDArray[np.uint32]:
        """Numbers of items, assigned on first use; they stay as they are while the file lives."""
        numbers = self._numbers.known(item_ids)
        if numbers is None:
            with self._writing, plain_errors(self._path):
                if self._writer.in_transaction:  # inside `load_segment` of this thread
                    numbers = self._numbers.assign(self._writer, item_ids)
                else:
                    with self._transaction():
                        numbers = self._numbers.assign(self._writer, item_ids)
        return np.array(numbers, dtype=np.uint32)

    def item_ids(self) -> list[str]:
        """Ids of all items that have a number; the position is the number."""
        with self._state, plain_errors(self._path):
            self._numbers.refresh(self._reader)
            return self._numbers.ids()

    def apply(self, entries: Sequence[Entry]) -> int:
        """Fold journal entries; those folded before, by offset, change nothing.

        The tail of the journal is to be applied in order and without gaps, starting after
        `offset()`, by one thread. Entries about no item are passed over. A call without entries
        looks whether another process loaded a segment.

        Returns:
            How many entries went into a profile.

        Raises:
            StoreDamaged: If an entry is not JSON of an event.
        """
        after = self._offset
        fresh = [entry for entry in entries if entry.offset > after]
        facts = [(entry, _fact(entry)) for entry in fresh if entry.record.kind in ITEM_KINDS]
        facts = [(entry, fact) for entry, fact in facts if fact.item_id]
        numbers = self.item_nos([fact.item_id for _, fact in facts]).tolist()
        with self._state:
            self._see_loads()
            n_folded = 0
            for (entry, fact), item_no in zip(facts, numbers, strict=True):
                if entry.offset > self._offset:
                    waiting = self._pending.setdefault(entry.record.account_id, [])
                    waiting.append(_pending(entry, fact, item_no))
                    n_folded += 1
            if fresh:
                self._offset = max(self._offset, fresh[-1].offset)
            self._n_pending += n_folded
            is_full = self._n_pending >= _MAX_PENDING
        if is_full:
            self.flush()
        return n_folded

    def flush(self) -> None:
        """Write what was folded, and up to where, in one transaction.

        Also looks, as `apply` does, whether another process loaded a segment.
        """
        with self._state:
            self._see_loads()
        with self._writing, plain_errors(self._path):
            if self._on_disk == self._offset:
                return
            merged: dict[str, Events] = {}
            with self._transaction():
                on_disk: int = self._writer.execute(_MARK).fetchone()[0]
                with self._state:
                    upto = self._offset
                    pending = {name: list(rows) for name, rows in self._pending.items()}
                if on_disk < upto:  # otherwise another process has folded all of it already
                    for account_id, rows in pending.items():
                        stored = _Cached(self._stored(account_id), on_disk)
                        merged[account_id] = self._merge(stored, rows)
                    self._writer.executemany(
                        _PUT, ((name, events.tobytes()) for name, events in merged.items())
                    )
                    self._writer.execute("UPDATE mark SET journal_offset = ?", (upto,))
            with self._state:
                self._on_disk = upto
                self._settle(pending, merged, upto)

    def offset(self) -> int:
        """Offset of the last journal entry that was folded here; apply what comes after it."""
        return self._offset

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
        with self._writing, plain_errors(self._path):
            with self._transaction():
                done = "SELECT 1 FROM segments WHERE segment_id = ?"
                if self._writer.execute(done, (segment_id,)).fetchone():
                    return
                for chunk in rows:
                    for account_id, events in accounts_of(chunk):
                        kept = events[-self._max_events :]
                        before = self._stored(account_id)
                        if len(before):
                            kept = merge_events(before, kept, self._max_events)
                        self._writer.execute(_PUT, (account_id, kept.tobytes()))
                self._writer.execute("INSERT INTO segments VALUES (?)", (segment_id,))
                self._writer.execute("UPDATE mark SET n_loads = n_loads + 1")
            with self._state:
                self._see_loads()

    def n_accounts(self) -> int:
        """How many accounts the file holds; `flush` first to count the very latest."""
        with self._state, plain_errors(self._path):
            row = self._reader.execute("SELECT COUNT(*) FROM profiles").fetchone()
        return int(row[0])

    def account_ids(self, limit: int, offset: int = 0) -> list[str]:
        """Ids of accounts that the file holds, sorted; `flush` first to see the very latest.

        Args:
            limit: Most ids to give.
            offset: How many to pass over first.
        """
        query = "SELECT account_id FROM profiles ORDER BY account_id LIMIT ? OFFSET ?"
        with self._state, plain_errors(self._path):
            found = self._reader.execute(query, (max(limit, 0), max(offset, 0))).fetchall()
        return [account_id for (account_id,) in found]

    def close(self) -> None:
        """Write what was folded, then let the file go; closing twice is harmless."""
        with self._writing:
            if self._is_closed:
                return
            try:
                self.flush()
            finally:
                with self._state:
                    self._is_closed = True
                    self._forget_all()
                    self._writer.close()
                    self._reader.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """A write transaction; numbers given in it are kept with it or forgotten with it."""
        try:
            with writing(self._writer):
                yield
        except BaseException:
            self._numbers.forget()
            raise
        self._numbers.keep()

    def _merge(self, base: _Cached, pending: list[_Pending]) -> Events:
        fresh = [row[1:] for row in pending if row.offset > base.offset]
        if not fresh:
            return base.events
        return merge_events(base.events, np.array(fresh, PROFILE_DTYPE), self._max_events)

    def _stored(self, account_id: str) -> Events:
        row = self._writer.execute(_ONE, (account_id,)).fetchone()
        return NO_EVENTS if row is None else self._events(account_id, row[0])

    def _load(self, account_id: str) -> _Cached:
        with plain_errors(self._path):
            offset, raw = self._reader.execute(_LOAD, (account_id,)).fetchone()
        return _Cached(NO_EVENTS if raw is None else self._events(account_id, raw), offset)

    def _events(self, account_id: str, raw: bytes) -> Events:
        if len(raw) % PROFILE_DTYPE.itemsize:
            raise StoreDamaged(
                f'{self._path}: the profile of "{account_id}" has {len(raw)} bytes; a multiple of '
                f"{PROFILE_DTYPE.itemsize} is expected.",
                hint="Delete the file; it is a view and is built again.",
            )
        return np.frombuffer(raw, dtype=PROFILE_DTYPE)[-self._max_events :]

    def _remember(self, account_id: str, cached: _Cached) -> None:
        self._forget(account_id)
        self._cache[account_id] = cached
        self._n_cached_bytes += cached.events.nbytes + _ENTRY_BYTES
        while self._n_cached_bytes > self._max_cached_bytes:
            self._forget(next(iter(self._cache)))

    def _forget(self, account_id: str) -> None:
        cached = self._cache.pop(account_id, None)
        if cached is not None:
            self._n_cached_bytes -= cached.events.nbytes + _ENTRY_BYTES

    def _forget_all(self) -> None:
        self._cache.clear()
        self._n_cached_bytes = 0

    def _settle(
        self, written: dict[str, list[_Pending]], merged: dict[str, Events], upto: int
    ) -> None:
        """Entries up to `upto` are in the file: let go of those that wait for it in memory."""
        for account_id, rows in written.items():
            left = [row for row in self._pending.pop(account_id) if row.offset > upto]
            if left:  # applied while the file was being written
                self._pending[account_id] = left
            cached = self._cache.get(account_id)
            if cached is not None and cached.offset < rows[-1].offset:
                self._forget(account_id)
                if account_id in merged:
                    self._remember(account_id, _Cached(merged[account_id], upto))
        self._n_pending = sum(map(len, self._pending.values()))

    def _see_loads(self) -> None:
        """Start the cache anew when a segment was loaded, by us or by another process."""
        with plain_errors(self._path):
            n_loads = self._reader.execute(_MARK).fetchone()[1]
        if n_loads != self._n_loads:
            self._n_loads = n_loads
            self._forget_all()


def _fact(entry: Entry) -> _Fact:
    try:
        return _fact_decoder.decode(entry.record.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StoreDamaged(
            f"journal entry {entry.offset} cannot be read: {error}; wire JSON is expected.",
            hint="settee doctor checks the journal.",
        ) from None


def _pending(entry: Entry, fact: _Fact, item_no: int) -> _Pending:
    value = fact.duration_s if fact.value is None else fact.value
    return _Pending(
        entry.offset,
        item_no,
        KIND_NO[entry.record.kind],
        entry.record.at_us // 1_000_000,
        math.nan if value is None else value,
    )
