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
from dataclasses import dataclass
from pathlib import Path

from settee.core import JournalSettings
from settee.store.errors import plain_errors
from settee.store.journal import Journal, Record
from settee.store.migrations import HEAD
from settee.store.sqlite import use_wal

_JOURNAL = "journal.db"
_TABLES = "tables.db"
_N_TRIAL = 100


@dataclass(frozen=True)
class Health:
    """Examinations of one home folder.

    Args:
        home: A folder that exists; its disk is the one that is tried.
        settings: How the trial journal writes, as the real one.
    """

    home: Path
    settings: JournalSettings

    @property
    def sqlite_version(self) -> tuple[int, int, int]:
        """Version of the SQLite library in this process."""
        major, minor, patch = sqlite3.sqlite_version_info
        return major, minor, patch

    def journal_complaints(self) -> list[str]:
        """What SQLite's quick check says against the journal; empty when it is sound.

        Raises:
            StoreDamaged: If the file is too damaged to be read, or no SQLite file at all.
            StoreUnavailable: If it is not there or cannot be opened.
        """
        return _complaints(self.home / _JOURNAL)

    def tables_complaints(self) -> list[str]:
        """What SQLite's quick check says against the tables; empty when they are sound.

        Raises:
            StoreDamaged: If the file is too damaged to be read, or no SQLite file at all.
            StoreUnavailable: If it is not there or cannot be opened.
        """
        return _complaints(self.home / _TABLES)

    def tables_version(self) -> tuple[str | None, str]:
        """Version of the tables as they are, None for none, and the one that this settee writes.

        Raises:
            StoreDamaged: If the file is no SQLite file at all.
            StoreUnavailable: If it is not there or cannot be opened.
        """
        path = self.home / _TABLES
        with plain_errors(path), closing(_open(path)) as connection:
            laid = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'")
            if not laid.fetchall():
                return None, HEAD
            row = connection.execute("SELECT MAX(version_num) FROM alembic_version").fetchone()
        return row[0], HEAD

    def try_wal(self) -> None:
        """Make a file with a write-ahead log, and remove it.

        Raises:
            StoreUnavailable: If the disk cannot hold such a log.
        """
        with tempfile.TemporaryDirectory(prefix=".trial-", dir=self.home) as trial:
            path = Path(trial) / "wal.db"
            with plain_errors(path), closing(sqlite3.connect(path)) as connection:
                use_wal(connection, path)

    def try_journal(self) -> tuple[int, int]:
        """Append events to a trial journal, open it again, and count those that came back.

        Returns:
            Events written, and those read back as they were written.

        Raises:
            SetteeError: If the disk refuses; see `store.errors`.
        """
        written = [
            Record(f"trial-{number}", "trial", "browse", number, b"{}")
            for number in range(_N_TRIAL)
        ]
        with tempfile.TemporaryDirectory(prefix=".trial-", dir=self.home) as trial:
            path = Path(trial) / _JOURNAL
            with closing(Journal(path, self.settings)) as journal:
                journal.append(written)
            with closing(Journal(path, self.settings)) as journal:
                entries = journal.read(0, _N_TRIAL + 1)
        back = sum(entry.record == one for entry, one in zip(entries, written, strict=False))
        return len(written), back


def _complaints(path: Path) -> list[str]:
    with plain_errors(path), closing(_open(path)) as connection:
        rows = connection.execute("PRAGMA quick_check").fetchall()
    return [row[0] for row in rows if row[0] != "ok"]


def _open(path: Path) -> sqlite3.Connection:
    # mode=rw: a file that is not there is an error, not made.
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
