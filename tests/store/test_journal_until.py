from pathlib import Path

import pytest

from settee.core import JournalSettings
from settee.store import Journal, JournalUntil, Record
from settee.store.journal_until import ReadOnly


def test_entries_come_to_be_there_as_it_moves_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal(path, JournalSettings()) as journal:
        journal.append([Record(f"e{n}", "a", "play", n, b"{}") for n in range(1, 5)])
        with JournalUntil(path, JournalSettings()) as past:
            assert (past.read(0, 9), past.last_offset()) == ([], 0)
            past.move_to(2)
            assert [one.offset for one in past.read(0, 9)] == [1, 2]
            assert past.last_offset() == 2
            past.move_to(99)
            assert past.last_offset() == 4
            with pytest.raises(ReadOnly, match="1 records for a journal that is only read"):
                past.append([Record("e9", "a", "play", 9, b"{}")])
        found = journal.find("e3")
        assert found is not None
        assert found.offset == 3
        assert journal.find("nobody") is None
