import gzip
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settee.core import KINDS, BadInput, Item, SetteeError, to_json
from settee.events import ImportStopped, UnknownLayout
from tests.events.worlds import HEADER, NOW, Home

RATINGS = HEADER + "1,10,4.0,1000000000\n1,20,3.5,1000000100\n2,10,5.0,1000000200\n"
ROWS = [
    ("1", "10", "rate", 1000000000.0, 4.0),
    ("1", "20", "rate", 1000000100.0, 3.5),
    ("2", "10", "rate", 1000000200.0, 5.0),
]
LOOSE = ("checks.max_bad_share=1", "checks.max_duplicate_share=1")


# -- layouts as published ----------------------------------------------------------------------


def test_ratings_csv_is_understood_as_it_is(home: Home) -> None:
    report = home.take(home.text("ratings.csv", RATINGS))
    assert home.rows() == ROWS
    assert (report.n_rows, report.n_new, report.n_quarantined, report.passed) == (3, 3, 0, True)
    assert report.quarantine_path is None
    assert home.tables.reports("import", 1)[0].body == json.loads(to_json(report.as_dict()))


def test_movielens_100k_gives_ratings_and_latin_titles_with_year_and_genres(home: Home) -> None:
    home.text("ml-100k/u.data", "1\t10\t4\t1000000000\n1\t20\t3.5\t1000000100\n")
    home.text("ml-100k/ua.base", "1\t10\t4\t1000000000\n")
    home.text("ml-100k/u.user", "1|24|M|technician|85711\n")
    flags = "|".join("1" if place in (5, 8) else "0" for place in range(19))
    home.text(
        "ml-100k/u.item", f"10|Amélie (2001)|01-Jan-2001||http://x|{flags}\n".encode("latin-1")
    )
    report = home.take(home.path / "given" / "ml-100k", "checks.max_before_item_share=1",
                       "checks.max_unknown_item_share=1")  # fmt: skip
    assert home.rows() == ROWS[:2]
    assert list(home.tables.items()) == [
        Item(item_id="10", title="Amélie", tags=("Comedy", "Drama"), year=2001)
    ]
    assert [(one.name, one.n_rows) for one in report.files] == [("u.data", 2), ("u.item", 1)]


def test_movielens_1m_in_its_archive_is_read_with_its_double_colons(home: Home) -> None:
    path = home.path / "ml-1m.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ml-1m/README", "read me")
        archive.writestr("ml-1m/users.dat", "1::F::1::10::48067\n")
        archive.writestr(
            "ml-1m/ratings.dat", "1::10::4::1000000000\n1::x::4::1\n2::10::5::1000000200\n"
        )
        archive.writestr("ml-1m/movies.dat", "10::Cité: Two (1995)::Drama|War\n".encode("latin-1"))
    report = home.take(path, *LOOSE)
    assert home.rows() == [ROWS[0], ROWS[2]]
    assert home.quarantine(report) == [
        {"file": "ml-1m/ratings.dat", "line": 2, "reason": "bad_item_id",
         "detail": 'column "movieId" holds no whole number', "raw": "1::x::4::1"}
    ]  # fmt: skip
    assert [one.title for one in home.tables.items()] == ["Cité: Two"]


def test_movielens_latest_takes_titles_and_passes_over_links_and_tags(home: Home) -> None:
    folder = home.text("small/ratings.csv", RATINGS).parent
    home.text("small/links.csv", "movieId,imdbId,tmdbId\n10,1,2\n")
    home.text("small/tags.csv", "userId,movieId,tag,timestamp\n1,10,funny,1000000000\n")
    home.text(
        "small/movies.csv",
        'movieId,title,genres\n10,"American President, The (1995)",Comedy|Drama\n'
        "20,Nameless,(no genres listed)\n",
    )
    report = home.take(folder)
    assert report.items_added == 2
    assert list(home.tables.items()) == [
        Item(item_id="10", title="American President, The", tags=("Comedy", "Drama"), year=1995),
        Item(item_id="20", title="Nameless"),
    ]
    assert home.rows() == ROWS


# -- containers and forms ----------------------------------------------------------------------


def as_parquet(home: Home, name: str, columns: dict[str, Any]) -> Path:
    path = home.text(name, "")
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("form", ["gz", "zip", "tsv", "crlf", "bom", "cr", "parquet", "jsonl"])
def test_the_same_ratings_are_the_same_record_in_every_form(home: Home, form: str) -> None:
    plain = RATINGS.encode()
    if form == "gz":
        path = home.text("ratings.csv.gz", gzip.compress(plain))
    elif form == "zip":
        path = home.text("r.zip", "")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a/ratings.csv", plain)
    elif form == "tsv":
        path = home.text("r.tsv", RATINGS.replace(",", "\t"))
    elif form == "crlf":
        path = home.text("r.csv", plain.replace(b"\n", b"\r\n"))
    elif form == "bom":
        path = home.text("r.csv", b"\xef\xbb\xbf" + plain)
    elif form == "cr":
        path = home.text("r.csv", plain.replace(b"\n", b"\r"))
    elif form == "parquet":
        path = as_parquet(home, "r.parquet", {
            "user_id": [1, 1, 2], "item_id": [10, 20, 10], "rating": [4.0, 3.5, 5.0],
            "ts": [1000000000, 1000000100, 1000000200],
        })  # fmt: skip
    else:
        names = ("user", "product", "stars", "time")
        cells = [(1, 10, 4.0, 1000000000), (1, 20, 3.5, 1000000100), (2, 10, 5.0, 1000000200)]
        path = home.text(
            "r.jsonl",
            "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in cells),
        )
    assert home.take(path).n_new == 3
    assert home.rows() == ROWS


def event(number: int, **more: object) -> dict[str, object]:
    return {
        "event_id": f"e{number}",
        "account_id": "a",
        "kind": "play",
        "at": f"2026-01-01T00:00:{number:02}Z",
        "item_id": "m",
        **more,
    }


def lines(events: Iterable[dict[str, object]]) -> str:
    return "".join(json.dumps(one) + "\n" for one in events)


def test_wire_events_keep_every_field(home: Home) -> None:
    full = event(
        1, device_id="d", device_type="tv", platform="web", ip_hash="h", profile_id="p",
        value=2.5, duration_s=60, revenue_cents=99, currency="EUR", channel="mail",
        campaign="c", cost_micros=5, slot="top", exposure_id="x", rank=3, query="q",
    )  # fmt: skip
    home.take(home.text("e.jsonl", lines([full, {**event(2), "kind": "search"}])))
    names = [name for name in full if name != "at"]
    first, second = home.rows(", ".join(names))
    assert dict(zip(names, first, strict=True)) == {n: v for n, v in full.items() if n != "at"}
    assert second[names.index("event_id")] == "e2"


def test_bad_wire_events_are_kept_with_line_and_reason_and_harm_nobody(home: Home) -> None:
    good, bad = event(1), event(2)
    content = lines([good]) + "{oops\n\n" + lines([
        bad | {"colour": "red"}, bad | {"kind": "sing"}, bad | {"at": "yesterday"},
        bad | {"value": "x"}, bad | {"device_type": "fridge"}, bad | {"rank": 0},
        {"event_id": "e", "account_id": "a", "kind": "play", "at": "2026-01-01T00:00:00Z"},
        bad | {"kind": "rate", "value": 9}, {**bad, "account_id": ""},
        bad | {"at": "2030-01-01T00:00:00Z"}, bad | {"at": "1960-01-01T00:00:00Z"},
        {"kind": "play"},
    ])  # fmt: skip
    report = home.take(home.text("e.jsonl", content), *LOOSE)
    assert report.n_new == 1
    assert home.reasons(report) == [
        (2, "not_json"), (4, "unknown_field"), (5, "unknown_kind"), (6, "bad_at"),
        (7, "bad_value"), (8, "unknown_device_type"), (9, "rank_out_of_range"),
        (10, "missing_item_id"), (11, "rating_out_of_range"), (12, "account_id_out_of_range"),
        (13, "at_in_future"), (14, "at_too_old"), (15, "missing_event_id"),
    ]  # fmt: skip
    assert report.n_rows == 14


def test_items_come_as_json_lines_csv_and_parquet(home: Home) -> None:
    home.text("items.jsonl", '{"item_id":"j","title":"J","year":1999,"tags":["A"]}\n')
    home.text(
        "items.csv",
        "item_id,title,tags,year,stock,margin,available_from,available_to\n"
        "c,C,A|B,2001,5,0.5,2020-01-01T00:00:00Z,2030-01-01\n",
    )
    as_parquet(home, "given2.parquet", {
        "item_id": [7.0], "title": ["Seven (1995)"], "genres": [["X", "Y"]],
        "release_date": [datetime(1996, 2, 1)],  # noqa: DTZ001 -- as data frames write it
        "duration_s": [60.0], "image_embedding": [[0.5, 1.0]],
    })  # fmt: skip
    report = home.take(home.path / "given")
    assert report.items_added == 3
    items = {item.item_id: item for item in home.tables.items()}
    assert items["c"] == Item(
        item_id="c", title="C", tags=("A", "B"), year=2001, stock=5, margin=0.5,
        available_from=datetime(2020, 1, 1, tzinfo=UTC),
        available_to=datetime(2030, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    assert items["7"] == Item(
        item_id="7", title="Seven", tags=("X", "Y"), year=1996, duration_s=60,
        image_embedding=(0.5, 1.0),
    )  # fmt: skip
    assert items["j"].title == "J"


def test_bad_items_are_quarantined_and_counted(home: Home) -> None:
    path = home.text(
        "items.csv", "item_id,title,year\nm1,One,1999\n,None,1999\nm2,Two,soon\nm3,Three,99999\n"
    )
    with pytest.raises(ImportStopped, match=r"items is 75.00 %"):
        home.take(path)
    report = home.take(path, "checks.max_bad_share=1")
    assert home.reasons(report) == [
        (3, "missing_item_id"),
        (4, "bad_year"),
        (5, "bad_year"),
    ]


# -- mapping -----------------------------------------------------------------------------------


def test_other_names_are_mapped_by_settings(home: Home) -> None:
    path = home.text("k.csv", "kunde;artikel;zeit\n1;10;2001-09-09T01:46:40Z\n")
    with pytest.raises(UnknownLayout, match='"kunde", "artikel", "zeit"') as caught:
        home.take(path)
    assert "account_id" in caught.value.hint
    mapping = 'imports.columns={account_id = "kunde", item_id = "artikel", at = "zeit"}'
    with pytest.raises(BadInput, match="no kind"):
        home.take(path, mapping)
    home.take(path, mapping, "imports.kind=play")
    assert home.rows() == [("1", "10", "play", 1000000000.0, None)]


def test_columns_without_names_are_mapped_by_position(home: Home) -> None:
    mapping = 'imports.columns={account_id = "#2", item_id = "#1", at = "#3"}'
    path = home.text("k.csv", "10,1,1000000000\n20,1,1000000100\n")
    home.take(path, mapping, "imports.kind=play")
    assert [row[:3] for row in home.rows()] == [("1", "10", "play"), ("1", "20", "play")]


def test_a_mapping_to_what_is_not_there_is_an_error(home: Home) -> None:
    path = home.text("k.csv", RATINGS)
    with pytest.raises(BadInput, match='"colour", which is no field'):
        home.take(path, 'imports.columns={colour = "x"}')
    with pytest.raises(BadInput, match="columns #1 to #4"):
        home.take(path, 'imports.columns={account_id = "#9"}')
    with pytest.raises(BadInput, match="no kind"):
        home.take(path, 'imports.columns={account_id = "#1", at = "#4"}')
    with pytest.raises(UnknownLayout):
        home.take(path, 'imports.columns={account_id = "nobody"}')


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("1000000000", 1e9), ("1000000000123", 1000000000.123),
     ("1000000000123456", 1000000000.123456),
     ("1000000000123456789", 1000000000.123456), ("1000000000.5", 1000000000.5),
     ("2001-09-09T01:46:40Z", 1e9), ("2001-09-09 01:46:40", 1e9),
     ("2001-09-09T03:46:40+02:00", 1e9)],
)  # fmt: skip
def test_instants_are_seconds_milliseconds_microseconds_or_text(
    home: Home, cell: str, seconds: float
) -> None:
    home.take(home.text("k.csv", f"user_id,item_id,ts\n1,2,{cell}\n"), "imports.kind=play")
    assert home.rows()[0][3] == pytest.approx(seconds, abs=2e-6)


def test_the_zone_of_instants_without_one_is_a_setting(home: Home) -> None:
    path = home.text("k.csv", "user_id,item_id,ts\n1,2,2001-09-09 01:46:40\n")
    home.take(path, "imports.kind=play", "imports.timezone=Europe/Berlin")
    assert home.rows()[0][3] == 1e9 - 7200
    with pytest.raises(BadInput, match="Nowhere"):
        home.take(path, "imports.timezone=Nowhere")


def test_instants_of_parquet_keep_their_type(home: Home) -> None:
    naive = datetime(2001, 9, 9, 1, 46, 40)  # noqa: DTZ001 -- the point of the test
    path = as_parquet(home, "p.parquet", {
        "account_id": ["a", "b", "c"], "item_id": ["m", None, "m"], "kind": ["play"] * 3,
        "at": pa.array([naive, naive, None], pa.timestamp("ns")),
    })  # fmt: skip
    report = home.take(path, *LOOSE, "imports.timezone=Europe/Berlin")
    assert home.rows() == [("a", "m", "play", 1e9 - 7200, None)]
    assert home.reasons(report) == [(2, "missing_item_id"), (3, "missing_at")]
    assert json.loads(home.quarantine(report)[0]["raw"])["account_id"] == "b"


def test_latin_text_is_a_setting(home: Home) -> None:
    path = home.text("k.csv", "user_id,item_id,ts\nJosé,2,1000000000\n".encode("latin-1"))
    report = home.take(path, "imports.kind=play", *LOOSE)
    assert home.reasons(report) == [(2, "bad_encoding")]
    home.take(path, "imports.kind=play", "imports.encoding=latin-1")
    assert home.rows()[0][0] == "José"


def test_memory_and_threads_leave_the_record_as_it_is(home: Home, tmp_path: Path) -> None:
    path = home.text("r.csv", RATINGS)
    home.take(path, "imports.max_memory_mb=256", "imports.threads=1")
    other = Home(tmp_path / "other")
    other.take(path, "imports.threads=0")
    assert home.rows() == other.rows()
    other.tables.close()


def test_numbers_and_instants_of_data_frames_are_read_by_their_type(home: Home) -> None:
    none = float("nan")
    path = as_parquet(home, "p.parquet", {
        "user_id": [7.0, 8.5, none, 9.0, 9.0, 9.0],
        "item_id": [1, 2, 3, 4, 5, 6],
        "ts": [1000000000.0, 1000000000.5, 1e9, none, 1e9, 1e9],
        "rating": [4.0, 4.0, 4.0, 4.0, 1e300, none],
        "event_id": ["a", "b", "c", "d", "e", "f"],
    })  # fmt: skip
    report = home.take(path, *LOOSE)
    assert [row[:2] for row in home.rows()] == [("7", "1"), ("8.5", "2")]
    assert home.reasons(report) == [
        (3, "missing_account_id"), (4, "missing_at"), (5, "bad_value"), (6, "missing_value"),
    ]  # fmt: skip


def test_an_instant_is_no_number(home: Home) -> None:
    path = as_parquet(home, "p.parquet", {
        "account_id": ["a"], "item_id": ["m"], "kind": ["play"], "at": [NOW], "value": [NOW],
        "query": ["q" * 2000], "platform": [5],
    })  # fmt: skip
    assert home.reasons(home.take(path, *LOOSE)) == [(1, "bad_value")]
    path = as_parquet(home, "q.parquet", {
        "account_id": ["a", "b"], "item_id": ["m", "m"], "kind": ["play", "play"],
        "at": [NOW, NOW], "query": ["q" * 2000, "q"], "platform": [5, 6],
    })  # fmt: skip
    assert home.reasons(home.take(path, *LOOSE)) == [(1, "bad_query")]
    assert home.rows("platform") == [("6",)]


def test_a_damaged_page_of_a_parquet_file_is_named(home: Home) -> None:
    path = as_parquet(home, "items.parquet", {"item_id": ["a" * 50], "title": ["b" * 5000]})
    content = bytearray(path.read_bytes())
    content[8:200] = b"\xff" * 192
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"items.parquet cannot be read"):
        home.take(path)


def test_a_file_of_searches_has_no_unknown_items(home: Home) -> None:
    home.tables.put_items([Item(item_id="m")], NOW)
    report = home.take(home.text("s.csv", "user,kind,ts\na,search,1000000000\n"))
    assert (report.n_new, report.passed) == (1, True)
    rows = "user,kind,ts\na,play,1000000000\n"
    assert home.reasons(home.take(home.text("p.csv", rows), *LOOSE)) == [(2, "missing_item_id")]
    rows = "user,item,kind,ts\na,m,rate,1000000000\n"
    assert home.reasons(home.take(home.text("p.csv", rows), *LOOSE)) == [(2, "missing_value")]


# -- bad rows ----------------------------------------------------------------------------------

SPOILT = (
    "x,10,4,1000000000", "1,,4,1000000000", "1,10,,1000000000", "1,10,9,1000000000",
    "1,10,nan,1000000000", "1,10,4,-5", "1,10,4,4102444800", "1,10,4", "1,10,4,1000000000,9",
    "1,10,4,",
)  # fmt: skip
SPOILT_REASONS = (
    "bad_account_id", "missing_item_id", "missing_value", "rating_out_of_range", "missing_value",
    "at_too_old", "at_in_future", "too_few_columns", "too_many_columns", "missing_at",
)  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_every_bad_row_is_kept_with_its_line_reason_and_text(home: Home, end: str) -> None:
    good = "1,10,4.0,1000000000"
    rows = [good, *(one for pair in zip(SPOILT, ["2" + good] * 10, strict=True) for one in pair)]
    content = end.join(["userId,movieId,rating,timestamp", *rows])
    report = home.take(home.text("ratings.csv", content), *LOOSE)
    step = 2 if end == "\n\n" else 1
    expected = [
        (3 * step - step + 1 + 2 * step * place, reason, raw)
        for place, (reason, raw) in enumerate(zip(SPOILT_REASONS, SPOILT, strict=True))
    ]
    found = [(row["line"], row["reason"], row["raw"]) for row in home.quarantine(report)]
    assert found == [(1 + step * (2 + 2 * n), r, raw) for n, (_, r, raw) in enumerate(expected)]
    assert report.n_new == 2
    assert report.n_rows == 21


def test_lines_are_right_after_quoted_line_ends(home: Home) -> None:
    rows = '1,2,"a\nb",1000000000\n1,,x,1000000000\n1,3,"say ""hi""",1\n,3,,1\n'
    content = "user_id,item_id,note,ts\n" + rows
    report = home.take(home.text("k.csv", content), "imports.kind=play", *LOOSE)
    assert home.reasons(report) == [(4, "missing_item_id"), (6, "missing_account_id")]
    assert report.n_new == 2


def test_a_quote_that_is_never_closed_spoils_its_own_line_only(home: Home) -> None:
    content = (
        'user_id,item_id,note,ts\n1,2,"open,1000000000\n1,3,x,1000000000\n1,4,"a b",1000000000\n'
    )
    report = home.take(home.text("k.csv", content), "imports.kind=play", *LOOSE)
    assert home.reasons(report) == [(2, "broken_quote")]
    assert [row[1] for row in home.rows()] == ["3", "4"]


def test_zero_bytes_and_long_ids_are_refused_by_row(home: Home) -> None:
    content = f"user_id,item_id,ts\na,m,1000000000\nb\0,m,1\n{'c' * 129},m,1\n"
    report = home.take(home.text("k.csv", content), "imports.kind=play", *LOOSE)
    assert home.reasons(report) == [(3, "bad_account_id"), (4, "bad_account_id")]


def test_optional_columns_are_checked_too(home: Home) -> None:
    content = (
        "account_id,item_id,kind,at,device_type,currency,duration_s,rank,value\n"
        "a,m,Play,1000000000,TV,EUR,60,1,\n"
        "a,m,sing,1000000000,,,,,\n"
        "a,m,play,1000000000,fridge,,,,\n"
        "a,m,play,1000000000,,euro,,,\n"
        "a,m,play,1000000000,,,-1,,\n"
        "a,m,play,1000000000,,,long,,\n"
        "a,m,play,1000000000,,,,,1e99\n"
        "a,m,play,1000000000,,,,0,\n"
        "a,m,,1000000000,,,,,\n"
        "a,,search,1000000000,,,,,\n"
    )
    report = home.take(home.text("k.csv", content), *LOOSE, "checks.max_missing_share=1")
    assert [reason for _, reason in home.reasons(report)] == [
        "unknown_kind", "unknown_device_type", "bad_currency", "duration_s_out_of_range",
        "bad_duration_s", "value_out_of_range", "rank_out_of_range", "missing_kind",
    ]  # fmt: skip
    assert home.rows("kind, device_type, duration_s") == [
        ("play", "tv", 60.0),
        ("search", None, None),
    ]


@pytest.mark.parametrize("content", ["", "\n\n", "userId,movieId,rating,timestamp"])
def test_files_without_rows_store_nothing(home: Home, content: str) -> None:
    path = home.text("ratings.csv", content)
    if content.strip():
        report = home.take(path)
        assert (report.n_rows, report.segment_id, report.first_at) == (0, None, None)
    else:
        with pytest.raises(UnknownLayout, match="empty"):
            home.take(path)
    assert home.rows() == []


def test_a_path_that_is_not_there_is_named(home: Home) -> None:
    with pytest.raises(SetteeError, match=r"nowhere.csv: no such file"):
        home.take(home.path / "nowhere.csv")


# -- identity ----------------------------------------------------------------------------------


def test_importing_the_same_file_again_adds_nothing(home: Home) -> None:
    path = home.text("r.csv", RATINGS)
    home.take(path)
    again = home.take(path, at=NOW + timedelta(days=1))
    assert (again.n_new, again.n_already, again.segment_id) == (0, 3, None)
    assert home.rows() == ROWS


def test_an_overlapping_file_adds_only_what_is_new(home: Home) -> None:
    home.take(home.text("a.csv", RATINGS))
    report = home.take(home.text("b.csv", RATINGS + "3,10,1.0,1000000050\n"))
    assert (report.n_new, report.n_already) == (1, 3)
    assert len(home.rows()) == 4


def test_ids_are_the_same_whether_a_file_holds_numbers_or_texts(home: Home) -> None:
    home.take(home.text("a.csv", RATINGS))
    texts = "user_id,item_id,rating,ts\n" + RATINGS.removeprefix(HEADER) + "x,10,4,1000000000\n"
    assert home.take(home.text("b.csv", texts)).n_new == 1
    assert home.take(home.text("c.csv", RATINGS)).n_new == 0


def test_the_first_of_two_equal_rows_stays(home: Home) -> None:
    content = HEADER + "1,10,4.0,1000000000\n1,10,2.0,1000000000\n1,10,4.0,1000000001\n"
    report = home.take(home.text("r.csv", content), *LOOSE)
    assert (report.n_duplicate, report.n_new) == (1, 2)
    assert [row[4] for row in home.rows()] == [4.0, 4.0]


def test_an_event_id_is_the_identity_where_there_is_one(home: Home) -> None:
    first = lines([event(1), event(1, item_id="other"), event(2, at="2026-01-01T00:00:01Z")])
    report = home.take(home.text("a.jsonl", first), *LOOSE)
    assert (report.n_duplicate, report.n_new) == (1, 2)
    again = home.take(home.text("b.jsonl", lines([event(2, item_id="n"), event(3)])), *LOOSE)
    assert (again.n_already, again.n_new) == (1, 1)
    assert [row[0] for row in home.rows("event_id")] == ["e1", "e2", "e3"]


def test_rows_without_an_event_id_among_others_are_known_by_what_they_say(home: Home) -> None:
    header = "event_id,account_id,item_id,kind,at\n"
    row = "a,m,play,1000000000\n"
    content = f"{header},{row}e1,{row},{row}e2,{row}"
    report = home.take(home.text("a.csv", content), *LOOSE, "checks.max_missing_share=1")
    assert (report.n_duplicate, report.n_new) == (1, 3)
    again = home.take(home.text("a.csv", content), *LOOSE, "checks.max_missing_share=1")
    assert (again.n_already, again.n_new) == (3, 0)


def test_events_without_an_item_are_known_again(home: Home) -> None:
    content = "account_id,kind,at\na,search,1000000000\na,search,1000000000\n"
    path = home.text("s.csv", content)
    assert home.take(path, *LOOSE).n_new == 1
    assert home.take(path, *LOOSE).n_new == 0
    mixed = "account_id,item_id,kind,at\na,,search,1000000000\na,m,play,1000000000\n"
    assert home.take(home.text("m.csv", mixed), *LOOSE).n_new == 1


def test_ids_beyond_32_bits_are_kept_whole(home: Home) -> None:
    content = HEADER + f"{2**40},10,4,1000000000\n7,{2**33},4,1000000000\n{2**70},1,4,1\n"
    report = home.take(home.text("a.csv", content), *LOOSE)
    assert [row[:2] for row in home.rows()] == [(str(2**40), "10"), ("7", str(2**33))]
    assert home.reasons(report) == [(4, "bad_account_id")]


def test_several_files_of_different_columns_make_one_segment(home: Home) -> None:
    home.text("a.csv", RATINGS)
    home.text("b.csv", HEADER + f"{2**40},10,4.0,1000000000\n")
    home.text("c.csv", "user_id,item_id,kind,ts,device_type\nz,10,play,1000000000,tv\n")
    report = home.take(home.path / "given", "checks.max_missing_share=1")
    assert (report.n_new, len(home.history.segments())) == (5, 1)
    assert home.rows("account_id, kind, device_type")[-1] == ("z", "play", "tv")
    assert home.take(home.path / "given", "checks.max_missing_share=1").n_new == 0


# -- checks ------------------------------------------------------------------------------------

ITEMS = "movieId,title,genres\n10,Late (2020),Drama\n20,Early (1990),Drama\n"


@pytest.mark.parametrize(
    ("check", "rows", "flag"),
    [
        ("schema", "1,10,4\n", "checks.max_bad_share=0.1"),
        ("types", "1,10,four,1000000000\n", "checks.max_bad_share=0.1"),
        ("ranges", "1,10,40,1000000000\n", "checks.max_bad_share=0.1"),
        ("readable", "1,10,40,1000000000\n", "checks.max_bad_share=0.1"),
        ("duplicates", "2,20,4,1000000100\n", "checks.max_duplicate_share=0.1"),
        ("freshness", "", "checks.max_age_days=30"),
        ("consistency", "1,99,4,1000000000\n", "checks.max_unknown_item_share=0.1"),
        ("time of item", "1,10,4,1000000000\n", "checks.max_before_item_share=0.1"),
        ("order", "2,20,4,999999999\n", "checks.max_disorder_share=0.1"),
    ],
)
def test_each_threshold_stops_the_import_before_anything_is_stored(
    home: Home, check: str, rows: str, flag: str
) -> None:
    content = HEADER + "2,20,4,1000000100\n" + rows + "3,20,4,1000000200\n"
    folder = home.text("ml/ratings.csv", content).parent
    home.text("ml/movies.csv", ITEMS)
    loose = [
        f"checks.{name}=1"
        for name in ("max_bad_share", "max_duplicate_share", "max_unknown_item_share",
                     "max_before_item_share")
    ]  # fmt: skip
    with pytest.raises(ImportStopped, match=check) as caught:
        home.take(folder, *loose, flag)
    assert check in caught.value.place
    assert (home.rows(), home.tables.n_items(), home.leftovers()) == ([], 0, [])
    body = home.tables.reports("import", 1)[0].body
    assert body["passed"] is False
    failed = {one["name"] for one in body["checks"] if not one["passed"]}
    assert check in failed
    assert home.take(folder, *loose).passed


def test_completeness_stops_a_column_that_is_mostly_empty(home: Home) -> None:
    rows = "".join(f"a{n},m,play,1000000000,{'tv' if n < 2 else ''}\n" for n in range(10))
    path = home.text("k.csv", "account_id,item_id,kind,at,device_type\n" + rows)
    with pytest.raises(
        ImportStopped, match=r'completeness is 80.00 % \(empty cells of "device_type"'
    ):
        home.take(path)
    assert home.take(path, "checks.max_missing_share=0.8").n_new == 10


def test_the_year_and_the_clock_bound_instants_by_settings(home: Home) -> None:
    path = home.text("r.csv", HEADER + "1,10,4,1000000000\n1,10,4,1795305601\n")
    report = home.take(path, *LOOSE, "checks.min_year=2002")
    assert home.reasons(report) == [(2, "at_too_old"), (3, "at_in_future")]
    assert home.take(path, *LOOSE, "checks.max_future_s=1e9").n_new == 2


def test_quarantine_is_kept_when_the_import_stops(home: Home) -> None:
    path = home.text("r.csv", HEADER + "1,10,4,1000000000\nx,10,4,1\n")
    with pytest.raises(ImportStopped) as caught:
        home.take(path)
    body = home.tables.reports("import", 1)[0].body
    assert str(body["quarantine_path"]) in caught.value.hint
    assert b"bad_account_id" in Path(body["quarantine_path"]).read_bytes()


def naive_disorder(rows: list[tuple[int, int]]) -> int:
    last: dict[int, int] = {}
    n = 0
    for account, at in rows:
        n += at < last.get(account, at)
        last[account] = at
    return n


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 4), st.integers(1, 2)), max_size=20))
def test_counts_equal_those_of_a_plain_loop(home: Home, drawn: list[tuple[int, int, int]]) -> None:
    base = 10 * len(home.tables.reports("import", 1000))  # accounts of this example only
    rows = [(base + account, at, item) for account, at, item in drawn]
    content = HEADER + "".join(f"{a},{i},4,{10**9 + t}\n" for a, t, i in rows)
    report = home.take(home.text("r.csv", content), *LOOSE)
    n_disorder = next(one.n for one in report.checks if one.name == "order")
    assert n_disorder == naive_disorder([(a, t) for a, t, _ in rows])
    assert (report.n_new, report.n_duplicate) == (len(set(rows)), len(rows) - len(set(rows)))
    found = [(int(row[0]), row[3] - 1e9, int(row[1])) for row in home.rows() if int(row[0]) >= base]
    assert sorted(found) == sorted(set(rows))


# -- garbage, kills, progress ------------------------------------------------------------------

NAMES = ("ratings.csv", "u.data", "u.item", "ratings.dat", "movies.dat", "e.jsonl", "p.parquet",
         "items.csv", "x.zip", "x.csv.gz", "folder/movies.csv")  # fmt: skip
STARTS = (
    b"", HEADER.encode(), b"user_id,item_id,rating,ts,note\n1,2,3,1000000000,\"", b"PAR1",
    b"PK\x03\x04",
    b"\x1f\x8b\x08", lines([event(1)]).encode(), b"\xef\xbb\xbf{", b"\xff\xfe", b"1::2::3::4\n",
    b"1\t2\t3\t1000000000\n", b'movieId,title,genres\n1,"', b'{"item_id":"a"}\n',
)  # fmt: skip


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(NAMES),
    start=st.sampled_from(STARTS),
    rest=st.one_of(
        st.binary(max_size=200),
        st.text(alphabet='0123456789,"\n\r:;|\t{}[]e.-Tnull\x00é', max_size=200).map(str.encode),
    ),
)
def test_garbage_is_refused_in_words_and_never_half_stored(
    home: Home, name: str, start: bytes, rest: bytes
) -> None:
    n_before, n_new = len(home.rows("kind")), 0
    path = home.text(name, start + rest)
    with suppress(SetteeError):
        n_new = home.take(path, *LOOSE, "checks.max_missing_share=1").n_new
    kinds = home.rows("kind")
    assert (len(kinds), home.leftovers()) == (n_before + n_new, [])
    assert {kind for (kind,) in kinds} <= set(KINDS)
    home.history.verify()


def test_a_bad_file_among_good_ones_stores_nothing(home: Home) -> None:
    home.text("a.csv", RATINGS)
    home.text("b.parquet", b"PAR1 but no more")
    with pytest.raises(BadInput, match=r"b.parquet cannot be read"):
        home.take(home.path / "given")
    assert (home.rows(), home.leftovers()) == ([], [])


CHILD = """
import os, signal, sys
from pathlib import Path
from tests.events.worlds import Home
home, stage = Home(Path(sys.argv[1])), sys.argv[2]
if stage.startswith("after "):
    name = stage.removeprefix("after ")
    owner = home.tables if hasattr(home.tables, name) else home.history
    real = getattr(owner, name)
    def dying(*args, **more):
        real(*args, **more)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(owner, name, dying)
if stage == "renamed":
    def dying(*args, **more):
        os.kill(os.getpid(), signal.SIGKILL)
    home.tables.add_segment = dying
def progress(name, done, total):
    if name == stage:
        os.kill(os.getpid(), signal.SIGKILL)
home.take(Path(sys.argv[3]), progress=progress)
"""


@pytest.mark.parametrize(
    "stage", ["sort", "write", "store", "renamed", "after put_items", "after publish"]
)
def test_an_import_killed_at_any_point_and_run_again_gives_the_same_record(
    tmp_path: Path, stage: str
) -> None:
    home = Home(tmp_path / "home")
    home.text("ml/movies.csv", "movieId,title,genres\n10,A,\n20,B,\n")
    folder = home.text("ml/ratings.csv", RATINGS).parent
    home.tables.close()
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(home.path), stage, str(folder)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    again = Home(home.path)
    assert again.leftovers() == []
    report = again.take(folder)
    assert report.n_new + report.n_already == 3
    assert again.rows() == ROWS
    assert (again.tables.n_items(), again.history.verify()) == (2, 1)
    again.tables.close()


def test_progress_names_stages_and_reaches_its_end(home: Home) -> None:
    told: list[tuple[str, int, int]] = []
    home.take(home.text("r.csv", RATINGS), progress=lambda *one: told.append(one))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["read r.csv", "count", "order", "sort", "duplicates", "write", "store"]
    last = {stage: (done, total) for stage, done, total in told}
    assert all(done == total for done, total in last.values())
