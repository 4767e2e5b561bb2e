import csv
import stat
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from settee.audiences import AudienceQuery, BadExport, Members, NotExported, write_file

QUERY = AudienceQuery(item_id="m", campaign="spring", channel="email")
MEMBERS = Members(('a,"1', "b"), ("", "p"), np.array([0.25, 0.125]), np.zeros(2, np.bool_))
ROWS = [
    {"account_id": 'a,"1', "person_id": "", "rank": 1, "probability": 0.25,
     "campaign": "spring", "channel": "email"},
    {"account_id": "b", "person_id": "p", "rank": 2, "probability": 0.125,
     "campaign": "spring", "channel": "email"},
]  # fmt: skip


def test_csv_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    write_file(tmp_path / "out.csv", MEMBERS, QUERY)
    write_file(tmp_path / "out.parquet", MEMBERS, QUERY)
    with (tmp_path / "out.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows == [{name: str(value) for name, value in row.items()} for row in ROWS]
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == ROWS


def test_a_file_is_its_owners_alone_and_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    write_file(path, MEMBERS, AudienceQuery(item_id="m"))
    assert path.read_text().startswith("account_id,person_id,rank,probability,campaign,channel")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["out.xlsx", "out", "missing/out.csv", "folder.csv"])
def test_a_name_that_nothing_can_be_written_to_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadExport):
        write_file(tmp_path / name, MEMBERS, QUERY)


def test_an_export_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("settee.audiences.export._write_csv", full)
    with pytest.raises(NotExported, match="could not be written: No space"):
        write_file(path, MEMBERS, QUERY)
    assert [one.read_text() for one in tmp_path.iterdir()] == ["old"]
