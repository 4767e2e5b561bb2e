"""Keep the states of a view in one SQLite file.

A change is one write transaction: SQLite lets one process write at a time, so whoever holds the
lock sees the newest offset. An import of a million rows is one transaction too, and readers go on
with what was there before it.

Reads / Writes: one SQLite file in write-ahead-log mode.
Not here: what the states are (store.account_view), the same in Redis (store.vault_redis).
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

from settee.store.errors import plain_errors
from settee.store.item_numbers import ItemNumbers
from settee.store.sqlite import Layout, open_file, writing
from settee.store.vault import Change, Found, Joined, Mark, Merge

T = TypeVar("T")
_MERGES = (
    "CREATE TABLE merges (number INTEGER PRIMARY KEY, account_id TEXT NOT NULL UNIQUE, "
    "into_id TEXT NOT NULL) STRICT"
)
_MARK = "SELECT journal_offset, n_loads, (SELECT COALESCE(MAX(number), 0) FROM merges) FROM mark"
_ONE = "SELECT state FROM states WHERE account_id = ?"
_FOUND = f"SELECT m.*, ({_ONE}) FROM ({_MARK}) AS m"  # noqa: S608 -- both parts are above
_PUT = (
    "INSERT INTO states (account_id, state) VALUES (?, ?) "
    "ON CONFLICT (account_id) DO UPDATE SET state = excluded.state"
)
_LAST = "\U0010ffff"  # sorts behind whatever an id goes on with
_INTO = "SELECT into_id FROM merges WHERE account_id = ?"
_MERGE = "INSERT INTO merges (account_id, into_id) VALUES (?, ?)"


def vault_layout(name: str, application_id: int) -> Layout:
    """What the file of a view is.

    Args:
        name: What to call it in messages.
        application_id: Number that marks the file as ours.
    """
    return Layout(
        name=name,
        application_id=application_id,
        version=2,
        statements=(
            "CREATE TABLE states (account_id TEXT PRIMARY KEY, state BLOB NOT NULL) STRICT",
            "CREATE TABLE items (item_no INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE) STRICT",
            "CREATE TABLE segments (segment_id TEXT PRIMARY KEY) STRICT",
            # One row: the journal is folded up to `journal_offset`; `n_loads` segments are in.
            "CREATE TABLE mark (journal_offset INTEGER NOT NULL, n_loads INTEGER NOT NULL) STRICT",
            "INSERT INTO mark VALUES (0, 0)",
            _MERGES,
        ),
    )


class SqliteVault:
    """A vault in a file; it may be deleted to start anew.

    Args:
        path: The file; made when missing.
        layout: From `vault_layout`.

    Raises:
        SetteeError: If the file cannot be used; see `store.errors`.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self._path = path
        self._writer = open_file(path, layout)
        with plain_errors(path):
            _bring_up(self._writer, layout)
        self._reader = open_file(path, layout)
        # An import holds _writing for as long as it takes; nobody who reads ever waits for that.
        self._writing = threading.RLock()
        self._reading = threading.Lock()
        self._numbers = ItemNumbers()
        self._numbers.refresh(self._reader)

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return str(self._path)

    def mark(self) -> Mark:
        """How far it is."""
        with self._reading, plain_errors(self._path):
            return Mark(*self._reader.execute(_MARK).fetchone())

    def renew(self) -> None:
        """A file is never out of reach for a while: there is nothing to take up."""

    def clear(self) -> None:
        """Drop all that is there."""
        with self._writing, plain_errors(self._path), writing(self._writer):
            for table in ("states", "items", "segments", "merges"):
                self._writer.execute(f"DELETE FROM {table}")  # noqa: S608 -- names are above
            self._writer.execute("UPDATE mark SET journal_offset = 0, n_loads = 0")
        self._numbers = ItemNumbers()

    def get(self, account_id: str) -> Found:
        """The state of an account."""
        with self._reading, plain_errors(self._path):
            *mark, raw = self._reader.execute(_FOUND, (account_id,)).fetchone()
        return Found(raw, Mark(*mark))

    def change(self, work: Callable[[Change], T]) -> T:
        """Do some work as one write transaction; the work is called once."""
        with self._writing, plain_errors(self._path), self._transaction():
            return work(_Transaction(self._writer))

    def load_segment(
        self, segment_id: str, parts: Iterable[tuple[str, bytes]], joined: Joined
    ) -> None:
        """Add rows to accounts in one transaction."""
        with self._writing, plain_errors(self._path), self._transaction():
            done = "SELECT 1 FROM segments WHERE segment_id = ?"
            if self._writer.execute(done, (segment_id,)).fetchone():
                return
            change = _Transaction(self._writer)
            for account_id, rows in parts:
                root = change.root(account_id)
                change.put({root: joined(change.stored([root]).get(root), rows)})
            self._writer.execute("INSERT INTO segments VALUES (?)", (segment_id,))
            self._writer.execute("UPDATE mark SET n_loads = n_loads + 1")

    def merges(self, after: int) -> list[Merge]:
        """Merges with numbers over `after`, in order."""
        query = "SELECT number, account_id, into_id FROM merges WHERE number > ? ORDER BY number"
        with self._reading, plain_errors(self._path):
            return [Merge(*row) for row in self._reader.execute(query, (after,))]

    def item_nos(self, item_ids: Sequence[str]) -> list[int]:
        """Numbers of items from 0 on, given on first use; they stay while the file lives."""
        numbers = self._numbers.known(item_ids)
        if numbers is None:
            with self._writing, plain_errors(self._path):
                if self._writer.in_transaction:  # inside `load_segment` of this thread
                    numbers = self._numbers.assign(self._writer, item_ids)
                else:
                    with self._transaction():
                        numbers = self._numbers.assign(self._writer, item_ids)
        return numbers

    def item_ids(self) -> list[str]:
        """Ids of all items that have a number; the position is the number."""
        with self._reading, plain_errors(self._path):
            self._numbers.refresh(self._reader)
            return self._numbers.ids()

    def n_accounts(self) -> int:
        """How many accounts have a state."""
        query = "SELECT COUNT(*) FROM states"
        with self._reading, plain_errors(self._path):
            return int(self._reader.execute(query).fetchone()[0])

    def account_ids(self, limit: int, offset: int, begins: str = "") -> list[str]:
        """Ids of accounts that have a state and an id that begins so, sorted."""
        query = (
            "SELECT account_id FROM states WHERE account_id >= ? AND account_id < ?"
            " ORDER BY account_id LIMIT ? OFFSET ?"
        )
        with self._reading, plain_errors(self._path):
            asked = (begins, begins + _LAST, limit, offset)
            found = self._reader.execute(query, asked).fetchall()
        return [account_id for (account_id,) in found]

    def close(self) -> None:
        """Let the file go; closing twice is harmless."""
        with self._writing, self._reading:
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


class _Transaction:
    """A change, while the write transaction is open."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.offset: int = connection.execute(_MARK).fetchone()[0]

    def root(self, account_id: str) -> str:
        while row := self._connection.execute(_INTO, (account_id,)).fetchone():
            account_id = row[0]
        return account_id

    def stored(self, account_ids: Sequence[str]) -> Mapping[str, bytes]:
        found = {}
        for account_id in account_ids:
            row = self._connection.execute(_ONE, (account_id,)).fetchone()
            if row is not None:
                found[account_id] = row[0]
        return found

    def put(self, states: Mapping[str, bytes]) -> None:
        self._connection.executemany(_PUT, states.items())

    def merge(self, account_id: str, into: str) -> None:
        self._connection.execute("DELETE FROM states WHERE account_id = ?", (account_id,))
        self._connection.execute(_MERGE, (account_id, into))

    def move_to(self, offset: int) -> None:
        self._connection.execute("UPDATE mark SET journal_offset = ?", (offset,))


def _bring_up(connection: Connection, layout: Layout) -> None:
    """Turn a file of version 1, which knew profiles only and no merges, into one of today."""
    if connection.execute("PRAGMA user_version").fetchone()[0] == layout.version:
        return
    with writing(connection):
        if connection.execute("PRAGMA user_version").fetchone()[0] == layout.version:
            return  # another process was faster
        connection.execute("ALTER TABLE profiles RENAME TO states")
        connection.execute("ALTER TABLE states RENAME COLUMN events TO state")
        connection.execute(_MERGES)
        connection.execute(f"PRAGMA user_version = {layout.version}")
