"""Append facts durably, in one order for everybody, each exactly once.

Many callers, one disk: a writer thread takes everything that waits and stores it in one commit, so
that 1,000 callers pay for one flush instead of 1,000. A caller is told "done" only after the flush.
An `event_id` seen before is counted as a duplicate and changes nothing.

Offsets are given under SQLite's write lock and become visible in that order, also between
processes: whoever has read up to 7 will never see a 6 appear.

Reads / Writes: one SQLite file in write-ahead-log mode.
Source: DeWitt et al. (1984), "Implementation Techniques for Main Memory Database Systems"
(group commit).
Not here: what a fact may look like (core.schema), folding it into views (store.profiles, events).
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from settee.core import JournalSettings, Overloaded, TooLarge
from settee.store.closing import Closing
from settee.store.errors import BadRecord, StoreClosed, from_sqlite, plain_errors
from settee.store.sqlite import Layout, open_file, writing

_LAYOUT = Layout(
    name="journal",
    application_id=0x5E77EE01,
    version=1,
    statements=(
        # AUTOINCREMENT: an offset is never used twice, even after its entry was erased.
        """CREATE TABLE entries (
            "offset" INTEGER PRIMARY KEY AUTOINCREMENT,
            event_key INTEGER NOT NULL UNIQUE,
            event_id TEXT NOT NULL,
            account_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            at_us INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT""",
    ),
)
_INSERT = (
    "INSERT INTO entries (event_key, event_id, account_id, kind, at_us, body) "
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (event_key) DO NOTHING"
)
_READ = (
    'SELECT "offset", event_id, account_id, kind, at_us, body FROM entries '
    'WHERE "offset" > ? ORDER BY "offset" LIMIT ?'
)
_LAST = 'SELECT COALESCE(MAX("offset"), 0) FROM entries'
_NEW_IDS = 'SELECT event_id FROM entries WHERE "offset" > ?'
_HAS_ID = "SELECT event_id FROM entries WHERE event_key = ?"
_FIND = 'SELECT "offset", event_id, account_id, kind, at_us, body FROM entries WHERE event_key = ?'
_CACHE_KIB = 65_536
_MAX_KEY = 2**63 - 1
_Row = tuple[int, str, str, str, int, bytes]


@dataclass(frozen=True, slots=True)
class Record:
    """One fact, ready to be stored.

    Args:
        event_id: Makes a repeat harmless; unique in the journal.
        account_id: Whom it is about.
        kind: A kind of event, ``exposure`` for an answer of our own, ``people`` for a correction
            of who was there, ``preferences`` for what somebody said they like, or ``merge`` for an
            account that is a part of another from then on.
        at_us: Microseconds since 1970-01-01 UTC.
        body: The whole fact as wire JSON.
    """

    event_id: str
    account_id: str
    kind: str
    at_us: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored fact: `offset` starts at 1 and rises with every entry."""

    offset: int
    record: Record


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of one submission.

    Args:
        n_new: Records that were stored.
        n_duplicate: Records whose `event_id` was there already, or earlier in the submission.
        last_offset: Offset of the newest entry once this submission was in.
        is_new: One truth value a record, in the order of the submission.
    """

    n_new: int
    n_duplicate: int
    last_offset: int
    is_new: tuple[bool, ...]


class _Submission(NamedTuple):
    rows: list[_Row]
    future: Future[Appended]


class Journal(Closing):
    """The append-only log of facts in one file; any number of processes may have it open.

    Args:
        path: The file; made when missing.
        settings: Size of commits, back-pressure and durability.

    Raises:
        SetteeError: If the file cannot be used; see `store.errors`.
    """

    def __init__(self, path: Path, settings: JournalSettings) -> None:
        self._path = path
        self._settings = settings
        self._writer = open_file(path, _LAYOUT, synchronous=settings.synchronous)
        self._writer.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._reader = open_file(path, _LAYOUT)
        self._reading = threading.Lock()
        self._wake = threading.Condition()
        self._queue: deque[_Submission] = deque()
        self._n_waiting = 0
        self._n_commits = 0
        self._is_closed = False
        self._thread = threading.Thread(target=self._write, name="settee-journal", daemon=True)
        self._thread.start()

    @property
    def n_waiting(self) -> int:
        """Events that were taken and are not yet on disk."""
        return self._n_waiting

    @property
    def n_commits(self) -> int:
        """Commits that this object made; far fewer than submissions when many wait."""
        return self._n_commits

    def submit(self, records: Sequence[Record]) -> Future[Appended]:
        """Queue records; the future is done once they are durable, and fails when they are not.

        One submission is stored whole or not at all.

        Args:
            records: Facts in the order in which they are to be stored.

        Raises:
            BadRecord: If an `event_id` is not text that UTF-8 can write.
            Overloaded: If more than `max_waiting` events would wait; nothing was taken.
            TooLarge: If these records alone are more than `max_waiting`.
            StoreClosed: After `close`.
        """
        rows = [_row(record) for record in records]
        limit = self._settings.max_waiting
        if len(rows) > limit:
            raise TooLarge(
                f"{len(rows):,} events in one submission; the journal takes at most {limit:,}.",
                hint="Send smaller batches, or raise journal.max_waiting.",
            )
        future: Future[Appended] = Future()
        with self._wake:
            if self._is_closed:
                raise StoreClosed(f"{self._path}: closed; open the journal again before use.")
            if self._n_waiting + len(rows) > limit:
                raise Overloaded(
                    f"{self._n_waiting:,} events wait for the disk and {len(rows):,} more would "
                    f"pass the limit of {limit:,}; nothing was taken.",
                    hint="Send the same batch again a little later.",
                )
            self._queue.append(_Submission(rows, future))
            self._n_waiting += len(rows)
            self._wake.notify()
        return future

    def append(self, records: Sequence[Record]) -> Appended:
        """Store records and wait until they are durable.

        Raises:
            SetteeError: As `submit`, or what kept the records from being stored.
        """
        return self.submit(records).result()

    def read(self, after: int, limit: int) -> list[Entry]:
        """Entries with offsets strictly greater than `after`, in order.

        Args:
            after: Offset of the last entry that is known, 0 for none.
            limit: Most entries to give.

        Raises:
            StoreClosed: After `close`.
        """
        with self._reading, plain_errors(self._path):
            rows = self._reader.execute(_READ, (after, max(limit, 0))).fetchall()
        return [Entry(row[0], Record(*row[1:])) for row in rows]

    def has(self, event_id: str) -> bool:
        """Is a fact of that id stored?

        Raises:
            StoreClosed: After `close`.
        """
        with self._reading, plain_errors(self._path):
            return _free_key(self._reader, _event_key(event_id), event_id) is None

    def find(self, event_id: str) -> Entry | None:
        """The fact of that id, None when there is none.

        Raises:
            StoreClosed: After `close`.
        """
        key = _event_key(event_id)
        with self._reading, plain_errors(self._path):
            while (row := self._reader.execute(_FIND, (key,)).fetchone()) is not None:
                if row[1] == event_id:
                    return Entry(row[0], Record(*row[1:]))
                key = _next_key(key)
        return None

    def tail(self, after: int, stop: threading.Event, poll_s: float = 0.1) -> Iterator[list[Entry]]:
        """Entries after `after` as they come, whichever process appended them.

        Args:
            after: Offset of the last entry that is known, 0 for none.
            stop: Ends the iteration once set.
            poll_s: Seconds between looks while nothing comes (speed only).

        Yields:
            At least one entry each time.

        Raises:
            StoreClosed: After `close`.
        """
        while not stop.is_set():
            entries = self.read(after, self._settings.max_batch)
            if entries:
                after = entries[-1].offset
                yield entries
            else:
                stop.wait(poll_s)

    def last_offset(self) -> int:
        """Offset of the newest entry, 0 when there is none.

        Raises:
            StoreClosed: After `close`.
        """
        with self._reading, plain_errors(self._path):
            last: int = self._reader.execute(_LAST).fetchone()[0]
        return last

    def close(self) -> None:
        """Store everything that was taken, then let the file go; closing twice is harmless."""
        with self._wake:
            self._is_closed = True
            self._wake.notify()
        self._thread.join()
        with self._reading:
            self._reader.close()
        self._writer.close()

    def _write(self) -> None:
        while group := self._take():
            outcomes = self._store(group)
            with self._wake:
                self._n_waiting -= sum(len(submission.rows) for submission in group)
            for submission, outcome in zip(group, outcomes, strict=True):
                if isinstance(outcome, Appended):
                    submission.future.set_result(outcome)
                else:
                    submission.future.set_exception(outcome)

    def _take(self) -> list[_Submission]:
        """What shares the next commit; empty once closed and drained."""
        group: list[_Submission] = []
        n_events = 0
        with self._wake:
            while not group:
                self._wake.wait_for(lambda: self._queue or self._is_closed)
                if not self._queue:
                    break
                while self._queue:
                    n_events += len(self._queue[0].rows)
                    if group and n_events > self._settings.max_batch:
                        break
                    submission = self._queue.popleft()
                    if submission.future.set_running_or_notify_cancel():
                        group.append(submission)
                    else:  # its caller gave up before anything was written
                        self._n_waiting -= len(submission.rows)
                        n_events -= len(submission.rows)
        return group

    def _store(self, group: list[_Submission]) -> list[Appended | Exception]:
        """Commit the group; a submission that cannot be stored does not harm the others."""
        try:
            return list(self._commit(group))
        except sqlite3.Error as error:
            if not isinstance(error, sqlite3.IntegrityError | sqlite3.InterfaceError):
                return [from_sqlite(error, self._path)] * len(group)
            reason: Exception = error
        except Exception as error:  # noqa: BLE001 -- the writer must outlive any single submission
            reason = error
        if len(group) > 1:
            return [outcome for submission in group for outcome in self._store([submission])]
        refusal = BadRecord(f"a record cannot be stored: {reason}; nothing of its batch was taken.")
        refusal.__cause__ = reason
        return [refusal]

    def _commit(self, group: list[_Submission]) -> list[Appended]:
        with writing(self._writer):
            last: int = self._writer.execute(_LAST).fetchone()[0]
            outcomes: list[Appended] = []
            for submission in group:
                outcomes.append(self._insert(submission.rows, last))
                last = outcomes[-1].last_offset
        self._n_commits += 1
        return outcomes

    def _insert(self, rows: list[_Row], last: int) -> Appended:
        n_before = self._writer.total_changes
        self._writer.executemany(_INSERT, rows)
        n_new = self._writer.total_changes - n_before
        if n_new == len(rows):
            is_new: tuple[bool, ...] = (True,) * n_new
        else:
            fresh = {event_id for (event_id,) in self._writer.execute(_NEW_IDS, (last,))}
            marks = []
            for row in rows:
                marks.append(row[1] in fresh or self._insert_beside(row))
                fresh.discard(row[1])
            is_new = tuple(marks)
        n_new = sum(is_new)
        newest: int = self._writer.execute(_LAST).fetchone()[0]
        return Appended(n_new, len(rows) - n_new, newest, is_new)

    def _insert_beside(self, row: _Row) -> bool:
        """Store a row whose key was taken, under the next free key; False if it is a repeat."""
        key = _free_key(self._writer, row[0], row[1])
        if key is None:
            return False
        self._writer.execute(_INSERT, (key, *row[1:]))
        return True


def _free_key(connection: sqlite3.Connection, key: int, event_id: str) -> int | None:
    """The first key from `key` on that no entry has; None if one of them is of that id."""
    while (there := connection.execute(_HAS_ID, (key,)).fetchone()) is not None:
        if there[0] == event_id:
            return None
        key = _next_key(key)
    return key


def _next_key(key: int) -> int:
    return key + 1 if key < _MAX_KEY else -_MAX_KEY


def _row(record: Record) -> _Row:
    try:
        key = _event_key(record.event_id)
    except UnicodeEncodeError:
        raise BadRecord(f"{record.event_id!r} is no event_id; text in UTF-8 is expected.") from None
    return (key, record.event_id, record.account_id, record.kind, record.at_us, record.body)


def _event_key(event_id: str) -> int:
    """64 bits that stand for an id: an index of them is a third of an index of random ids.

    Two ids with one key are told apart by looking at the ids (`_free_key`).
    """
    return int.from_bytes(blake2b(event_id.encode(), digest_size=8).digest(), "little", signed=True)
