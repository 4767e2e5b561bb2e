import errno
import sqlite3
from pathlib import Path

import pytest

from settee.core import Conflict, Damaged, SetteeError, Unavailable
from settee.store import (
    BundleDamaged,
    DiskFull,
    SchemaTooNew,
    StoreBusy,
    StoreClosed,
    StoreDamaged,
    StoreUnavailable,
)
from settee.store.errors import from_os, from_sqlite, plain_errors

HERE = Path("journal.db")


def sqlite_error(code: int | None, text: str = "it broke") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    if code is not None:
        error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_BUSY, StoreBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreBusy),
        (sqlite3.SQLITE_LOCKED, StoreBusy),
        (sqlite3.SQLITE_FULL, DiskFull),
        (sqlite3.SQLITE_CORRUPT, StoreDamaged),
        (sqlite3.SQLITE_NOTADB, StoreDamaged),
        (sqlite3.SQLITE_CANTOPEN, StoreUnavailable),
        (sqlite3.SQLITE_READONLY, StoreUnavailable),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreUnavailable),
        (None, StoreUnavailable),
    ],
)
def test_each_sqlite_error_has_one_plain_meaning(
    code: int | None, expected: type[SetteeError]
) -> None:
    error = from_sqlite(sqlite_error(code), HERE)
    assert type(error) is expected
    assert "journal.db" in error.message


def test_use_after_close_is_told_apart() -> None:
    error = from_sqlite(sqlite3.ProgrammingError("Cannot operate on a closed database."), HERE)
    assert isinstance(error, StoreClosed)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_whoever_notices(number: int) -> None:
    assert isinstance(from_os(OSError(number, "full"), HERE), DiskFull)


def test_errors_belong_to_the_families_of_the_core() -> None:
    for kind in (StoreBusy, DiskFull, StoreUnavailable, StoreClosed):
        assert issubclass(kind, Unavailable)
    for damaged in (StoreDamaged, BundleDamaged):
        assert issubclass(damaged, Damaged)
    assert issubclass(SchemaTooNew, Conflict)


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(KeyError), plain_errors(HERE):
        raise KeyError("mine")
    with pytest.raises(StoreUnavailable), plain_errors(HERE):
        raise OSError(errno.EACCES, "Permission denied")
