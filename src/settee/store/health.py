"""Examine files and disk for `settee doctor`, without changing what is stored.

Reads the pages of a file as SQLite's quick check does, which finds torn pages and broken trees in
about a second per GB; the trial journal is a file of its own that is gone afterwards.

Reads: stored files.  Writes: a temporary folder beside them.
Source: https://www.sqlite.org/pragma.html#pragma_quick_check.
Not here: bundles and segments, which carry hashes of their own (store.bundle, store.history).
"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from settee.core import JournalSettings
from settee.store.errors import plain_errors
from settee.store.journal import Journal, Record
from settee.store.migrations import HEAD
from settee.store.sqlite import use_wal

TRIAL_EVENTS = 100
"""Events that `try_journal` writes."""


def sqlite_version() -> tuple[int, int, int]:
    """Version of the SQLite library in this process."""
    major, minor, patch = sqlite3.sqlite_version_info
    return major, minor, patch


def complaints(path: Path) -> list[str]:
    """What SQLite's quick check says against a file; empty when it is sound.

    Args:
        path: An SQLite file that exists.

    Raises:
        StoreDamaged: If the file is too damaged to be read, or no SQLite file at all.
        StoreUnavailable: If it cannot be opened.
    """
    with plain_errors(path), closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("PRAGMA quick_check").fetchall()
    return [row[0] for row in rows if row[0] != "ok"]


def tables_version(path: Path) -> tuple[str | None, str]:
    """Version of the tables in a file, and the version that this settee writes.

    Args:
        path: The file of the tables, which exists.

    Raises:
        StoreDamaged: If it is no SQLite file at all.
        StoreUnavailable: If it cannot be opened.
    """
    with plain_errors(path), closing(sqlite3.connect(path)) as connection:
        named = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'")
        if not named.fetchall():
            return None, HEAD
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return (row[0] if row else None), HEAD


def try_wal(folder: Path) -> None:
    """Make a file with a write-ahead log in `folder`, and remove it.

    Raises:
        StoreUnavailable: If the disk cannot hold such a log.
    """
    with tempfile.TemporaryDirectory(prefix=".trial-", dir=folder) as trial:
        path = Path(trial) / "wal.db"
        with plain_errors(path), closing(sqlite3.connect(path)) as connection:
            use_wal(connection, path)


def try_journal(folder: Path, settings: JournalSettings) -> int:
    """Append events to a trial journal in `folder`, open it again, and count those read back.

    Args:
        folder: Where the journal lives, so that the same disk is tried.
        settings: As the real journal's.

    Returns:
        Events that came back as they were written, of TRIAL_EVENTS.

    Raises:
        SetteeError: If the disk refuses; see `store.errors`.
    """
    written = [
        Record(f"trial-{number}", "trial", "browse", number, b"{}")
        for number in range(TRIAL_EVENTS)
    ]
    with tempfile.TemporaryDirectory(prefix=".trial-", dir=folder) as trial:
        path = Path(trial) / "journal.db"
        with closing(Journal(path, settings)) as journal:
            journal.append(written)
        with closing(Journal(path, settings)) as journal:
            entries = journal.read(0, TRIAL_EVENTS + 1)
    return sum(entry.record == one for entry, one in zip(entries, written, strict=False))
