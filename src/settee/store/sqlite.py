"""Open SQLite files the same way everywhere: write-ahead log, waiting for locks, a known version.

A fresh file may be opened by two processes at once: whoever takes the write lock first lays the
tables, the other finds them. A file with version 3 under code that knows 2 is refused, not guessed.

Reads / Writes: the file it is given.
Source: https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_application_id.
Not here: tables that change by migration (store.tables).
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from settee.store.errors import SchemaTooNew, StoreDamaged, StoreUnavailable, plain_errors

BUSY_S = 10.0
"""Seconds that a statement waits for another process's lock before it gives up."""
_CHECKPOINT_PAGES = 8000  # an index without order touches a page an event; copy each more rarely
_WAL_TRIES = 100
_WAL_PAUSE_S = 0.05


@dataclass(frozen=True)
class Layout:
    """What a file is and which tables it holds.

    Args:
        name: What to call the file in messages.
        application_id: Number that marks the file as ours.
        version: Version of the tables.
        statements: SQL that lays them, in order.
    """

    name: str
    application_id: int
    version: int
    statements: tuple[str, ...]


def open_file(
    path: Path,
    layout: Layout,
    *,
    synchronous: Literal["full", "normal"] = "normal",
    busy_s: float = BUSY_S,
) -> sqlite3.Connection:
    """A connection to the file at `path`, which is laid out first when it is fresh.

    The connection is in autocommit mode and may be used by any thread, one at a time.

    Args:
        path: The file; its folder is made when missing.
        layout: What the file must be.
        synchronous: full: a commit survives a power cut; normal: a crash of this process.
        busy_s: Seconds to wait for a lock (speed only).

    Raises:
        SchemaTooNew: If a newer settee wrote the file.
        StoreDamaged: If the file is not SQLite, or is somebody else's.
        StoreBusy: If another process keeps it locked.
        StoreUnavailable: If it cannot be opened.
    """
    with plain_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=busy_s, isolation_level=None, check_same_thread=False
        )
        try:
            use_wal(connection, path)
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            _lay(connection, path, layout)
        except BaseException:
            connection.close()
            raise
    return connection


def use_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Switch the file to a write-ahead log, so that readers never wait for the writer.

    Raises:
        StoreUnavailable: If the disk cannot hold such a log.
        sqlite3.OperationalError: If another process keeps the file locked.
    """
    n_left = _WAL_TRIES
    mode = None
    while mode is None:  # SQLite itself does not wait for a lock during this switch
        n_left -= 1
        try:
            mode = connection.execute("PRAGMA journal_mode = wal").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not n_left:
                raise
            time.sleep(_WAL_PAUSE_S)
    if mode != "wal":
        raise StoreUnavailable(
            f'{path}: this disk offers journal mode "{mode}"; "wal" is needed.',
            hint="Put `home` on a local disk.",
        )


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction: committed at the end, rolled back on any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some errors end the transaction by themselves
            connection.execute("ROLLBACK")
        raise


def _lay(connection: sqlite3.Connection, path: Path, layout: Layout) -> None:
    if _is_laid(connection, path, layout):
        return
    with writing(connection):
        if _is_laid(connection, path, layout):  # another process was faster
            return
        for statement in layout.statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {layout.application_id}")
        connection.execute(f"PRAGMA user_version = {layout.version}")


def _is_laid(connection: sqlite3.Connection, path: Path, layout: Layout) -> bool:
    # Tables first: another process may lay the file between two looks, and whoever sees its tables
    # must not have asked for the owner before there was one.
    tables: Sequence[object] = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
    owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner != layout.application_id and (owner or tables):
        raise StoreDamaged(
            f"{path}: holds something else than a settee {layout.name}.",
            hint="Move that file away or set another `home`.",
        )
    if version > layout.version:
        raise SchemaTooNew(
            f"{path}: the {layout.name} has version {version}; this settee knows up to version "
            f"{layout.version}.",
            hint="Upgrade settee.",
        )
    return bool(tables)
