"""Open the tables' database through SQLAlchemy, with honest transactions and plain errors.

Python's sqlite3 opens transactions late and by guesswork; here each starts where it is written, and
one that will write takes the write lock at once, so it never fails half-way for want of it.

Reads / Writes: one SQLite database in write-ahead-log mode.
Source: SQLAlchemy 2, "Serializable isolation / Savepoints / Transactional DDL" for SQLite;
https://www.sqlite.org/pragma.html#pragma_data_version.
Not here: the tables (store.schema) and what is kept in them (store.tables).
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from settee.core import BadInput
from settee.store import schema
from settee.store.errors import StoreClosed, plain_errors
from settee.store.migrations import HEAD
from settee.store.sqlite import BUSY_S, use_wal

_WRITE = "settee_write"


class Database:
    """A database at the version that this code knows.

    Args:
        url_or_path: A path, or ``sqlite:///…``; the file is made when missing.
        busy_s: Seconds to wait for another process's lock (speed only).

    Raises:
        BadInput: If the address is of another kind.
        SchemaTooNew: If a newer settee wrote it.
        SetteeError: If it cannot be opened; see `store.errors`.
    """

    def __init__(self, url_or_path: str | Path, busy_s: float = BUSY_S) -> None:
        self.path = _path_of(url_or_path)
        self._is_closed = False
        self._watching: sqlite3.Connection | None = None
        self._watches = threading.Lock()
        with plain_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(self.path)),
            connect_args={"timeout": busy_s, "check_same_thread": False},
        )
        sa.event.listen(self._engine, "connect", self._on_connect)
        sa.event.listen(self._engine, "begin", _on_begin)
        try:
            with self.reading() as connection:
                is_current = schema.current_version(connection) == HEAD
            if not is_current:
                with self.writing() as connection:
                    schema.upgrade(connection, str(self.path))
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent look at the tables."""
        with self._transaction(is_write=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One write transaction, alone from its start: committed at the end, or not at all."""
        with self._transaction(is_write=True) as connection:
            yield connection

    def changes(self) -> int:
        """Another number once anything was committed, by whomever; ten microseconds to ask.

        Raises:
            SetteeError: If the file cannot be read.
        """
        with self._watches, plain_errors(self.path):
            if self._is_closed:
                raise StoreClosed(f"{self.path}: closed; open the tables again before use.")
            if self._watching is None:
                # It writes nothing, so every commit is another connection's, which is what counts.
                self._watching = sqlite3.connect(
                    self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
                )
            number: int = self._watching.execute("PRAGMA data_version").fetchone()[0]
        return number

    def close(self) -> None:
        """Let the file go; closing twice is harmless."""
        self._is_closed = True
        with self._watches:
            if self._watching is not None:
                self._watching.close()
                self._watching = None
        self._engine.dispose()

    @contextmanager
    def _transaction(self, *, is_write: bool) -> Iterator[sa.Connection]:
        if self._is_closed:
            raise StoreClosed(f"{self.path}: closed; open the tables again before use.")
        with plain_errors(self.path):
            try:
                with self._engine.connect() as connection:
                    chosen = connection.execution_options(**{_WRITE: is_write})
                    with chosen.begin():
                        yield chosen
            except sa.exc.DBAPIError as error:  # plain_errors understands the original
                raise (error.orig or error) from error

    def _on_connect(self, connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin where we say so, in _on_begin
        use_wal(connection, self.path)
        connection.execute("PRAGMA synchronous = full")


def _on_begin(connection: sa.Connection) -> None:
    is_write = connection.get_execution_options().get(_WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _path_of(url_or_path: str | Path) -> Path:
    """The file that an address names.

    >>> _path_of("sqlite:///home/tables.db").as_posix()
    'home/tables.db'
    """
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return Path(url_or_path)
    kind, _, place = url_or_path.partition("://")
    if kind != "sqlite" or not place.startswith("/") or place in ("/", "/:memory:"):
        raise BadInput(
            f'"{kind}://…" is no address of tables; a path or sqlite:///PATH is accepted.',
            hint="Leave it out to keep the tables under `home`.",
        )
    return Path(place[1:])
