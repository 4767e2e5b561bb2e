from contextlib import closing
from pathlib import Path

import pytest

from settee.core import JournalSettings
from settee.store import Journal, Record, StoreDamaged, Tables
from settee.store.health import (
    TRIAL_EVENTS,
    complaints,
    sqlite_version,
    tables_version,
    try_journal,
    try_wal,
)


def journal_of(path: Path, n: int) -> None:
    with closing(Journal(path, JournalSettings())) as journal:
        journal.append([Record(f"e{i}", "a", "browse", i, b"x" * 500) for i in range(n)])


def test_sqlite_is_new_enough_for_strict_tables() -> None:
    assert sqlite_version() >= (3, 37, 0)


def test_a_sound_file_has_no_complaints(tmp_path: Path) -> None:
    journal_of(tmp_path / "journal.db", 10)
    assert complaints(tmp_path / "journal.db") == []


def test_a_torn_page_is_found(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal_of(path, 2000)
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2 // 4096 * 4096
    raw[middle + 8 : middle + 40] = b"\x0f" * 32  # where the cells of the page begin
    path.write_bytes(raw)
    assert complaints(path)
    raw[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(raw)
    with pytest.raises(StoreDamaged):
        complaints(path)


def test_a_file_that_is_not_sqlite_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"no database" * 500)
    with pytest.raises(StoreDamaged):
        complaints(path)
    with pytest.raises(StoreDamaged):
        tables_version(path)


def test_tables_have_the_version_that_this_settee_writes(tmp_path: Path) -> None:
    Tables(tmp_path / "tables.db").close()
    found, head = tables_version(tmp_path / "tables.db")
    assert found == head


def test_a_file_without_tables_has_no_version(tmp_path: Path) -> None:
    journal_of(tmp_path / "journal.db", 1)
    assert tables_version(tmp_path / "journal.db")[0] is None


def test_a_trial_journal_gives_back_what_was_written_and_leaves_nothing(tmp_path: Path) -> None:
    assert try_journal(tmp_path, JournalSettings()) == TRIAL_EVENTS
    try_wal(tmp_path)
    assert list(tmp_path.iterdir()) == []
