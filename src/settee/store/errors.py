"""Say what is wrong with stored files in words, with the file's name and a next step.

SQLite knows some thirty error codes; five matter to whoever runs settee: somebody else holds the
file, the disk is full, the file is damaged, the file is newer than this program, and the file
cannot be reached. Code 13 of a journal becomes "journal.db: the disk is full".

Reads / Writes: nothing.
Source: SQLite result codes, https://www.sqlite.org/rescode.html.
Not here: the families and their HTTP status (core.errors).
"""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from settee.core import BadInput, Conflict, Damaged, NotFound, SetteeError, Unavailable

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class StoreBusy(Unavailable):
    """Another process holds a file for longer than we wait."""

    code = "store_busy"


class DiskFull(Unavailable):
    """There is no room to write."""

    code = "disk_full"


class StoreUnavailable(Unavailable):
    """A file cannot be opened, read or written."""

    code = "store_unavailable"


class VaultAway(StoreUnavailable):
    """Where hot state is kept cannot be reached; what needs it is refused, not guessed."""

    code = "state_away"


class VaultLost(VaultAway):
    """What is kept there may not be what it was; it is taken up, or built, anew."""

    code = "state_lost"


class StoreClosed(Unavailable):
    """It was closed before it was used."""

    code = "store_closed"


class StoreDamaged(Damaged):
    """A file does not hold what settee wrote."""

    code = "store_damaged"


class SchemaTooNew(Conflict):
    """A file was written by a newer settee."""

    code = "schema_too_new"


class RowTaken(Conflict):
    """Another row has that name already."""

    code = "row_taken"


class Stale(Conflict):
    """Somebody else moved on since the caller looked."""

    code = "stale"


class BadRecord(BadInput):
    """A record cannot be stored as it is."""

    code = "bad_record"


class BadBundle(BadInput):
    """What was to be written cannot be part of a bundle."""

    code = "bad_bundle"


class BundleDamaged(Damaged):
    """A bundle is not, byte for byte, what was written."""

    code = "bundle_damaged"


class BundleNotFound(NotFound):
    """There is no such bundle."""

    code = "bundle_not_found"


def from_sqlite(error: sqlite3.Error, path: Path) -> SetteeError:
    """The settee error that tells what a SQLite error about the file at `path` means.

    >>> full = sqlite3.OperationalError("database or disk is full")
    >>> full.sqlite_errorcode = sqlite3.SQLITE_FULL
    >>> from_sqlite(full, Path("journal.db")).message
    'journal.db: the disk is full; nothing of this write was stored.'
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(
            f"{path}: another process kept the file locked; nothing of this write was stored.",
            hint="Try again; if it stays, see who has the file open.",
        )
    if code == sqlite3.SQLITE_FULL:
        return _disk_full(path)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreDamaged(
            f"{path}: {error}; a SQLite file that settee wrote is expected.",
            hint="Restore the file from a backup; a view may be deleted and is then rebuilt.",
        )
    if "closed database" in str(error):
        return StoreClosed(f"{path}: closed; open it again before use.")
    return StoreUnavailable(
        f"{path}: {error}; a file on a local disk that can be read and written is expected.",
        hint="Check that the folder exists and belongs to this user.",
    )


def from_os(error: OSError, path: Path) -> SetteeError:
    """The settee error that tells what an error of the operating system about `path` means.

    >>> from_os(OSError(errno.EACCES, "Permission denied"), Path("bundles")).message
    'bundles: Permission denied.'
    """
    if error.errno in _DISK_FULL:
        return _disk_full(path)
    return StoreUnavailable(
        f"{path}: {error.strerror or error}.",
        hint="Check that the folder exists and belongs to this user.",
    )


def _disk_full(path: Path) -> DiskFull:
    return DiskFull(
        f"{path}: the disk is full; nothing of this write was stored.",
        hint="Free some space, then send it again.",
    )


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and the system inside the block into errors about `path`.

    Raises:
        SetteeError: See `from_sqlite` and `from_os`.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise from_sqlite(error, path) from error
    except OSError as error:
        raise from_os(error, path) from error
