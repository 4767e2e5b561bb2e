from contextlib import closing
from pathlib import Path

import pytest

from settee.core import JournalSettings
from settee.store import Health, Journal, Record, StoreDamaged, StoreUnavailable, Tables


@pytest.fixture
def health(tmp_path: Path) -> Health:
    return Health(tmp_path, JournalSettings())


def fill_journal(home: Path, n: int) -> Path:
    path = home / "journal.db"
    with closing(Journal(path, JournalSettings())) as journal:
        journal.append([Record(f"e{i}", "a", "browse", i, b"x" * 500) for i in range(n)])
    return path


def test_sqlite_is_new_enough_for_strict_tables(health: Health) -> None:
    assert health.sqlite_version >= (3, 37, 0)


def test_sound_files_have_no_complaints(health: Health) -> None:
    fill_journal(health.home, 10)
    Tables(health.home / "tables.db").close()
    assert health.journal_complaints() == health.tables_complaints() == []


def test_a_torn_page_is_found(health: Health) -> None:
    path = fill_journal(health.home, 2000)
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2 // 4096 * 4096
    raw[middle + 8 : middle + 40] = b"\x0f" * 32  # where the cells of the page begin
    path.write_bytes(raw)
    assert health.journal_complaints()
    raw[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(raw)
    with pytest.raises(StoreDamaged):
        health.journal_complaints()


def test_a_file_that_is_not_there_is_not_made(health: Health) -> None:
    with pytest.raises(StoreUnavailable):
        health.journal_complaints()
    assert list(health.home.iterdir()) == []


def test_a_file_that_is_not_sqlite_is_refused(health: Health) -> None:
    (health.home / "tables.db").write_bytes(b"no database" * 500)
    with pytest.raises(StoreDamaged):
        health.tables_complaints()
    with pytest.raises(StoreDamaged):
        health.tables_version()


def test_tables_have_the_version_that_this_settee_writes(health: Health) -> None:
    Tables(health.home / "tables.db").close()
    found, head = health.tables_version()
    assert found == head


def test_a_file_without_tables_has_no_version(health: Health) -> None:
    fill_journal(health.home, 1).rename(health.home / "tables.db")
    assert health.tables_version()[0] is None


def test_a_trial_journal_gives_back_what_was_written_and_leaves_nothing(health: Health) -> None:
    n_written, n_back = health.try_journal()
    assert n_written == n_back > 0
    health.try_wal()
    assert list(health.home.iterdir()) == []
