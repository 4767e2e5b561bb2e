import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settee.core import ImportSettings, SetteeError, TooLarge
from settee.events import NothingToImport, files
from settee.events.files import BadEncoding, Member, as_plain_text, open_members
from settee.events.items import read_items, table_rows
from settee.events.layouts import UnknownLayout, recognise
from settee.events.rows import csv_rows, json_rows


def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir(exist_ok=True)
    return folder


def member(tmp_path: Path, content: bytes, name: str = "x.csv") -> Member:
    path = tmp_path / name
    path.write_bytes(content)
    return Member(name, path, "text")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.text(alphabet="ab\r\n", max_size=30).map(str.encode), block=st.integers(1, 5))
def test_mixed_line_ends_become_one_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, block: int
) -> None:
    monkeypatch.setattr(files, "_BLOCK", block)
    path, found = as_plain_text(member(tmp_path, content), scratch(tmp_path), "auto")
    wanted = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    got = path.read_bytes()
    assert got == wanted or got.replace(b"\r\n", b"\n") == wanted
    assert found.n_returns in (0, found.n_newlines)


def test_latin_text_becomes_utf_8_only_when_it_must(tmp_path: Path) -> None:
    given = member(tmp_path, "é".encode("latin-1"))
    assert as_plain_text(given, scratch(tmp_path), "latin-1")[0].read_text("utf-8") == "é"
    assert as_plain_text(member(tmp_path, b"e"), scratch(tmp_path), "latin-1")[0].name == "x.csv"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_named(tmp_path: Path, encoding: str) -> None:
    content = "\ufeffa,b\n".encode(encoding)
    with pytest.raises(BadEncoding, match="UTF-8 or latin-1 is expected"):
        as_plain_text(member(tmp_path, content), scratch(tmp_path), "auto")


def test_a_folder_without_anything_readable_says_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "given" / "__MACOSX").mkdir(parents=True)
    (tmp_path / "given" / "__MACOSX" / "a.csv").write_text("x")
    (tmp_path / "given" / ".hidden.csv").write_text("x")
    (tmp_path / "given" / "picture.png").write_text("x")
    with pytest.raises(NothingToImport, match="no readable file"):
        open_members(tmp_path / "given", scratch(tmp_path))


def test_names_inside_an_archive_lead_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("/../escape.csv", "a,b\n")
        archive.writestr(f"{tmp_path}/escape.csv", "a,b\n")
        archive.mkdir("folder.csv")
    (found,) = open_members(path, scratch(tmp_path))
    assert found.path.parent == scratch(tmp_path)
    assert not (tmp_path / "escape.csv").exists()


def test_an_archive_that_does_not_fit_on_the_disk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", b"0" * 1_000_000)
    monkeypatch.setattr(files, "_SPARE_BYTES", 2**62)
    with pytest.raises(TooLarge, match=r"bomb.csv does not fit"):
        open_members(path, scratch(tmp_path))


def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = member(tmp_path, b"a,b\n")

    def refuse(*_args: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SetteeError, match="Permission denied"):
        open_members(given.path, tmp_path)


# -- layouts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"user_id;item_id;rating;ts\n1;2;3;4\n", "events"),
        (b"User ID|Item-Id|Rating|Timestamp\n1|2|3|4\n", "events"),
        (b"userId::movieId::rating::timestamp\n1::2::3::4\n", "events"),
        (b'"user_id","item_id","rating","ts"\n', "events"),
        (b"id,name,category\n1,2,3\n", "items"),
    ],
)
def test_separators_and_spellings_of_names_are_understood(
    tmp_path: Path, content: bytes, name: str
) -> None:
    assert recognise(member(tmp_path, content), ImportSettings()).holds == name


@pytest.mark.parametrize(
    "content", [b"[1,2]\n", b"{oops\n", b"[[[[[\n", b"just words\n", b'"\n', b"a" * 70_000]
)
def test_what_is_no_table_is_named(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnknownLayout, match=r"x\.csv"):
        recognise(member(tmp_path, content), ImportSettings())


# -- rows and items ----------------------------------------------------------------------------


def test_a_quoted_cell_may_span_lines_but_not_without_end(tmp_path: Path) -> None:
    good = b'1,"a\nb"\n'
    endless = b'2,"a\n' + b"x,y\n" * 300
    odd = b'3,"x"y"z,"\n4,d\n'
    path = member(tmp_path, good + endless + odd + b"5," + b"z" * 2_000_001 + b"\n").path
    rows = list(csv_rows(path, ",", 2, has_header=False))
    assert (rows[0].cells, rows[0].line) == (["1", "a\nb"], 1)
    assert (rows[1].line, rows[1].reason and rows[1].reason.code) == (3, "broken_quote")
    assert rows[2].cells == ["x", "y"]
    assert rows[-1].reason is not None
    assert rows[-1].reason.code == "line_too_long"
    assert [row.cells for row in rows][-2] == ["4", "d"]


def test_two_quotes_in_the_wrong_place_spoil_their_row(tmp_path: Path) -> None:
    path = member(tmp_path, b'"a"b",c"\n1,2,3\n\xff,2\n1\n').path
    reasons = [row.reason and row.reason.code for row in csv_rows(path, ",", 2, has_header=False)]
    assert reasons == ["broken_quote", "too_many_columns", "bad_encoding", "too_few_columns"]


def test_json_cells_become_texts(tmp_path: Path) -> None:
    path = member(tmp_path, b'{"a":1,"b":true,"c":[1],"d":null,"e":"x","f":1.5}\n7\n').path
    good, bad = json_rows(path, tuple("abcdefg"))
    assert good.cells == ["1", "true", "[1]", None, "x", "1.5", None]
    assert bad.reason is not None


def test_cells_of_items_are_read_by_their_field(tmp_path: Path) -> None:
    columns = "item_id,title,year,duration_s,stock,available_from,image_embedding,age_rating"
    rows = (
        "m1,A (2001-),,90,3.0,2020-01-01,[0.5;1],12\n"
        "m2,B,1999.0,long,many,never,0.5,x\n"
        "m3,C,19,1,1,2020-01-01T00:00:00+01:00,,\n"
    )
    given = member(tmp_path, f"{columns}\n{rows}".encode())
    layout = recognise(given, ImportSettings())
    read = list(read_items(csv_rows(given.path, ",", 8, has_header=True), layout))
    assert read[0].item is None  # an embedding is separated by commas
    assert read[1].reason is not None
    assert read[1].reason.code == "bad_age_rating"
    assert read[2].reason is not None
    assert read[2].reason.code == "bad_year"


def test_cells_of_tables_keep_their_type(tmp_path: Path) -> None:
    from datetime import date, datetime

    layout = recognise(
        Member("i.parquet", tmp_path, "parquet"),
        ImportSettings(),
        [(name, "") for name in ("item_id", "title", "year", "available_from", "available_to")],
    )
    page = {
        "item_id": [1, 2.0, "c"],
        "title": ["A", "B", object()],
        "year": [2001.0, date(1999, 1, 1), 2.5],
        "available_from": [date(2020, 1, 1), datetime(2020, 1, 1), 5],  # noqa: DTZ001 -- as data frames write it
        "available_to": [None, None, None],
    }
    found = list(read_items(table_rows(iter([page])), layout))
    assert [one.item and one.item.item_id for one in found] == ["1", "2", None]
    assert [one.item and one.item.year for one in found] == [2001, 1999, None]
    assert found[2].row.line == 3
