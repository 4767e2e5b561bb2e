import os
import stat

import pytest

from settee.core import to_json
from settee.events import RefusedFiles
from settee.events.quarantine import MAX_RAW
from settee.events.refused import NoSuchQuarantine, QuarantineUnreadable


def line(reason, number=1, raw="x"):
    row = {"file": "events.csv", "line": number, "reason": reason, "detail": "why", "raw": raw}
    return to_json(row) + b"\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "imp_1.jsonl").write_bytes(
        line("bad_at", 7) + line("bad_id", 8) + line("bad_at", 9)
    )
    (tmp_path / "2026-11-20.jsonl").write_bytes(line("bad_event", raw="y" * 9000) + b'{"file": "li')
    os.utime(tmp_path / "imp_1.jsonl", (1, 1))
    return tmp_path


def test_files_come_with_their_reasons_the_one_that_grew_last_first(folder):
    live, imported = RefusedFiles(folder).files()
    assert (live.name, live.n_rows) == ("2026-11-20.jsonl", 2)
    assert imported.reasons == {"bad_at": 2, "bad_id": 1}
    assert list(imported.reasons) == ["bad_at", "bad_id"]


def test_counts_follow_a_file_that_grows(folder):
    files = RefusedFiles(folder)
    assert files.files()[0].n_rows == 2
    with (folder / "2026-11-20.jsonl").open("ab") as file:
        file.write(b"\n" + line("bad_event"))
    assert files.files()[0].n_rows == 3


def test_rows_come_page_by_page_and_by_reason(folder):
    files = RefusedFiles(folder)
    assert [one.line for one in files.rows("imp_1.jsonl", 2)] == [7, 8]
    assert [one.line for one in files.rows("imp_1.jsonl", 2, after=2)] == [9]
    assert [one.number for one in files.rows("imp_1.jsonl", 9, reason="bad_at")] == [1, 3]


def test_a_long_row_is_cut_and_half_a_line_is_told_as_such(folder):
    first, second = RefusedFiles(folder).rows("2026-11-20.jsonl", 9)
    assert len(first.raw) == MAX_RAW
    assert (second.reason, second.number) == ("unreadable", 2)


@pytest.mark.parametrize("name", ["none.jsonl", "../tables.db", "..", "imp_1.jsonl/", ""])
def test_only_files_of_the_quarantine_are_read(folder, name):
    (folder.parent / "tables.db").write_bytes(b"secret")
    with pytest.raises(NoSuchQuarantine):
        RefusedFiles(folder).rows(name, 5)


def test_no_folder_is_no_file(tmp_path):
    assert RefusedFiles(tmp_path / "none").files() == []


def test_a_file_that_cannot_be_read_is_said_so(folder):
    (folder / "imp_2.jsonl").mkdir()
    with pytest.raises(QuarantineUnreadable):
        RefusedFiles(folder).files()
    assert stat.S_ISDIR((folder / "imp_2.jsonl").stat().st_mode)
