"""Keep the state of every household: what runs, what is known of its persons, what was answered.

A view of the record. Whatever a fold learns from 500 journal entries, and that it has come to entry
500, is one SQLite transaction; so is what an imported account says. Any number of processes may
fold: who holds the write lock sees in the file how far the others came, and goes on from there.
Each row carries the number of the transaction that wrote it, so that a reader can keep decoded
states and ask for 10 microseconds whether they are still true.

What was answered only grows, so it lies in a table of its own, a part for each transaction.

Reads / Writes: one SQLite file.
Source: Kleppmann (2017), "Designing Data-Intensive Applications", ch. 11 (state from logs).
Not here: what the states mean (people).
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple

from settee.store.closing import Closing
from settee.store.errors import plain_errors
from settee.store.sqlite import Layout, open_file, writing

_LAYOUT = Layout(
    name="households view",
    application_id=0x5E77EE03,
    version=1,
    statements=(
        # `version` is the transaction that wrote the row; `passed_us` how far the household is.
        """CREATE TABLE households (
            account_id TEXT PRIMARY KEY,
            version INTEGER NOT NULL,
            passed_us INTEGER NOT NULL,
            running BLOB NOT NULL,
            persons BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE answers (
            account_id TEXT NOT NULL,
            part INTEGER NOT NULL,
            answers BLOB NOT NULL,
            PRIMARY KEY (account_id, part)
        ) STRICT, WITHOUT ROWID""",
        "CREATE TABLE segments (segment_id TEXT PRIMARY KEY) STRICT",
        # One row: folded up to `journal_offset`, by this many transactions, under these conditions.
        "CREATE TABLE mark (journal_offset INTEGER NOT NULL, version INTEGER NOT NULL, "
        "conditions BLOB NOT NULL, under_way BLOB NOT NULL) STRICT",
        "INSERT INTO mark VALUES (0, 0, x'', x'')",
    ),
)
_GET = "SELECT version, passed_us, running, persons FROM households WHERE account_id = ?"
_VERSION = "SELECT version FROM households WHERE account_id = ?"
_LOOK = "SELECT (SELECT version FROM households WHERE account_id = ?), journal_offset FROM mark"
_PUT = (
    "INSERT INTO households VALUES (?, ?, ?, ?, ?) ON CONFLICT (account_id) DO UPDATE SET "
    "version = excluded.version, passed_us = excluded.passed_us, running = excluded.running, "
    "persons = excluded.persons"
)
_ANSWERS = "SELECT answers FROM answers WHERE account_id = ? ORDER BY part"
_IDS = "SELECT account_id FROM households WHERE account_id > ? ORDER BY account_id LIMIT ?"
_PASSED = (
    "SELECT account_id FROM households WHERE passed_us >= ? AND account_id > ? "
    "ORDER BY account_id LIMIT ?"
)
_MARK = "SELECT journal_offset, conditions, under_way FROM mark"


class HouseholdState(NamedTuple):
    """The state of one account.

    Args:
        version: The transaction that wrote it; 0 when nothing did.
        passed_us: Microseconds since 1970-01-01 UTC up to which its sessions are taken in.
        running: What runs, opaque here.
        persons: What is known of its persons, opaque here.
    """

    version: int
    passed_us: int
    running: bytes
    persons: bytes


@dataclass(frozen=True)
class HouseholdMark:
    """How far the view is.

    Args:
        journal_offset: Offset of the last journal entry that is in it.
        segment_ids: Imported segments that are in it.
        conditions: What else it was made with, opaque here; empty at first.
        under_way: Which part of a larger piece of work is done, opaque here; empty for none.
    """

    journal_offset: int
    segment_ids: frozenset[str]
    conditions: bytes
    under_way: bytes


class HouseholdChange:
    """One write transaction; made by `Households.changing`.

    Args:
        connection: Inside a transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.mark = _mark(connection)
        connection.execute("UPDATE mark SET version = version + 1")
        self.version: int = connection.execute("SELECT version FROM mark").fetchone()[0]

    def get(self, account_id: str) -> HouseholdState | None:
        """The state of an account as it is inside this transaction."""
        return _state(self._connection, account_id)

    def version_of(self, account_id: str) -> int:
        """The transaction that wrote the account's state, 0 when none did."""
        return _version(self._connection, account_id)

    def put(self, account_id: str, passed_us: int, running: bytes, persons: bytes) -> None:
        """Replace the state of an account."""
        row = (account_id, self.version, passed_us, running, persons)
        self._connection.execute(_PUT, row)

    def add_answers(self, account_id: str, answers: bytes) -> None:
        """Keep what was answered, behind everything before; once an account and transaction."""
        row = (account_id, self.version, answers)
        self._connection.execute("INSERT INTO answers VALUES (?, ?, ?)", row)

    def forget(self, account_id: str) -> None:
        """Remove all about an account."""
        for table in ("households", "answers"):
            sql = f"DELETE FROM {table} WHERE account_id = ?"  # noqa: S608 -- names are above
            self._connection.execute(sql, (account_id,))

    def clear(self) -> None:
        """Remove everything, and how far the view is."""
        for table in ("households", "answers", "segments"):
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 -- names are above
        self._connection.execute(
            "UPDATE mark SET journal_offset = 0, conditions = x'', under_way = x''"
        )

    def passed(self, at_us: int, after: str, limit: int) -> list[str]:
        """Accounts that have taken in sessions up to that instant or later, sorted.

        Args:
            at_us: Microseconds since 1970-01-01 UTC.
            after: Only ids behind this one.
            limit: Most ids to give.
        """
        found = self._connection.execute(_PASSED, (at_us, after, limit)).fetchall()
        return [account_id for (account_id,) in found]

    def move_to(self, journal_offset: int) -> None:
        """Say that the journal is in the view up to here."""
        self._connection.execute("UPDATE mark SET journal_offset = ?", (journal_offset,))

    def add_segments(self, segment_ids: Sequence[str]) -> None:
        """Say that these imported segments are in the view."""
        rows = [(segment_id,) for segment_id in segment_ids]
        self._connection.executemany("INSERT OR IGNORE INTO segments VALUES (?)", rows)

    def set_under_way(self, under_way: bytes) -> None:
        """Say which part of a larger piece of work is done."""
        self._connection.execute("UPDATE mark SET under_way = ?", (under_way,))

    def set_conditions(self, conditions: bytes) -> None:
        """Say what else the view is made with."""
        self._connection.execute("UPDATE mark SET conditions = ?", (conditions,))


class Households(Closing):
    """The view "who lives in each account"; any threads and processes may use the file.

    Args:
        path: The file; made when missing, and it may be deleted to start anew.

    Raises:
        SetteeError: If the file cannot be used; see `store.errors`. Every method may raise
            StoreBusy, DiskFull, StoreDamaged, StoreUnavailable and, after `close`, StoreClosed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = open_file(path, _LAYOUT)
        self._reader = open_file(path, _LAYOUT)
        self._writing = threading.Lock()
        self._reading = threading.Lock()

    def get(self, account_id: str) -> HouseholdState | None:
        """The state of an account, None when nothing is known of it."""
        with self._reading, plain_errors(self._path):
            return _state(self._reader, account_id)

    def version_of(self, account_id: str) -> int:
        """The transaction that wrote the account's state, 0 when none did."""
        with self._reading, plain_errors(self._path):
            return _version(self._reader, account_id)

    def look(self, account_id: str) -> tuple[int, int]:
        """What `version_of` and `offset` say, both of the same instant."""
        with self._reading, plain_errors(self._path):
            version, offset = self._reader.execute(_LOOK, (account_id,)).fetchone()
        return version or 0, offset

    def answers(self, account_id: str) -> list[bytes]:
        """What was answered about an account, in the order of adding."""
        with self._reading, plain_errors(self._path):
            found = self._reader.execute(_ANSWERS, (account_id,)).fetchall()
        return [answers for (answers,) in found]

    def mark(self) -> HouseholdMark:
        """How far the view is."""
        with self._reading, plain_errors(self._path):
            return _mark(self._reader)

    def offset(self) -> int:
        """Offset of the last journal entry that is in the view; cheaper than `mark`."""
        with self._reading, plain_errors(self._path):
            row = self._reader.execute("SELECT journal_offset FROM mark").fetchone()
        return int(row[0])

    def n_accounts(self) -> int:
        """How many accounts the view holds."""
        with self._reading, plain_errors(self._path):
            row = self._reader.execute("SELECT COUNT(*) FROM households").fetchone()
        return int(row[0])

    def account_ids(self, after: str = "", limit: int = 1000) -> list[str]:
        """Accounts that the view holds, sorted.

        Args:
            after: Only ids behind this one.
            limit: Most ids to give.
        """
        with self._reading, plain_errors(self._path):
            found = self._reader.execute(_IDS, (after, max(limit, 0))).fetchall()
        return [account_id for (account_id,) in found]

    @contextmanager
    def changing(self) -> Iterator[HouseholdChange]:
        """One write transaction: kept whole at the end, or not at all on any error."""
        with self._writing, plain_errors(self._path), writing(self._writer):
            yield HouseholdChange(self._writer)

    def close(self) -> None:
        """Let the file go; closing twice is harmless."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()


def _state(connection: Connection, account_id: str) -> HouseholdState | None:
    row = connection.execute(_GET, (account_id,)).fetchone()
    return None if row is None else HouseholdState(*row)


def _version(connection: Connection, account_id: str) -> int:
    row = connection.execute(_VERSION, (account_id,)).fetchone()
    return 0 if row is None else int(row[0])


def _mark(connection: Connection) -> HouseholdMark:
    offset, conditions, under_way = connection.execute(_MARK).fetchone()
    segments = connection.execute("SELECT segment_id FROM segments").fetchall()
    return HouseholdMark(offset, frozenset(one for (one,) in segments), conditions, under_way)
