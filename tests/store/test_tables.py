import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from settee.core import BadInput, Item, SetteeError
from settee.store import (
    DiskFull,
    Release,
    Report,
    RowTaken,
    Segment,
    Stale,
    StoreBusy,
    StoreClosed,
    StoreDamaged,
    StoreUnavailable,
    Tables,
)
from settee.store.database import Database

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SEGMENT = Segment("s1", "import", "ratings.csv", 3, -5, 7, None, "ab" * 32, NOON)


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    with Tables(tmp_path / "home" / "tables.db") as opened:
        yield opened


def item(item_id: str, title: str = "") -> Item:
    return Item(item_id=item_id, title=title)


def test_items_come_back_sorted_by_id(tables: Tables) -> None:
    assert tables.put_items([item("m2", "Two"), item("m1", "One")], NOON) == 2
    assert list(tables.items()) == [item("m1", "One"), item("m2", "Two")]
    assert tables.n_items() == 2


def test_every_field_of_an_item_comes_back(tables: Tables) -> None:
    full = Item(
        item_id="m1", title="né", kind="film", tags=("a", "b"), year=1999, language="fr",
        age_rating=12, duration_s=5400.0, price_cents=-1, text="…", image_embedding=(0.5, -1.0),
        available_from=NOON, available_to=NOON + timedelta(days=1), stock=0, margin=0.25,
    )  # fmt: skip
    tables.put_items([full], NOON)
    assert list(tables.items()) == [full]


def test_putting_an_item_again_counts_only_a_change(tables: Tables) -> None:
    tables.put_items([item("m1", "One"), item("m2", "Two")], NOON)
    assert tables.put_items([item("m1", "One")], NOON) == 0
    assert tables.put_items([item("m1", "Uno"), item("m2", "Two"), item("m3")], NOON) == 2
    assert [one.title for one in tables.items()] == ["Uno", "Two", ""]
    assert tables.put_items([], NOON) == 0


def test_the_last_of_two_items_with_one_id_counts(tables: Tables) -> None:
    assert tables.put_items([item("m1", "first"), item("m1", "last")], NOON) == 1
    assert list(tables.items()) == [item("m1", "last")]


def test_chosen_items_leave_out_the_unknown(tables: Tables) -> None:
    tables.put_items([item("m1"), item("m2"), item("m3")], NOON)
    assert [one.item_id for one in tables.items(["m3", "m9", "m1", "m1"])] == ["m1", "m3"]
    assert list(tables.items([])) == []


def test_more_items_than_a_page_are_all_there_once(tables: Tables) -> None:
    ids = [f"m{number:04}" for number in range(1001)]
    assert tables.put_items([item(one) for one in reversed(ids)], NOON) == 1001
    assert [one.item_id for one in tables.items()] == ids
    assert [one.item_id for one in tables.items(ids)] == ids
    assert tables.put_items([item(one, "new") for one in ids], NOON) == 1001
    assert tables.n_items() == 1001


def test_the_mark_rises_only_when_an_item_changes(tables: Tables) -> None:
    marks = [tables.items_mark()]
    for title in ("One", "One", "Uno"):
        tables.put_items([item("m1", title)], NOON)
        marks.append(tables.items_mark())
    assert marks == [0, 1, 1, 2]


def test_items_since_a_mark_are_those_that_changed(tables: Tables) -> None:
    tables.put_items([item("m1"), item("m2"), item("m3")], NOON)
    mark = tables.items_mark()
    tables.put_items([item("m2", "new"), item("m3"), item("m4")], NOON)
    assert [one.item_id for one in tables.items(changed_after=mark)] == ["m2", "m4"]
    assert [one.item_id for one in tables.items(["m1", "m2"], changed_after=mark)] == ["m2"]


def test_segments_come_back_in_the_order_of_adding(tables: Tables) -> None:
    sealed = replace(SEGMENT, segment_id="s0", origin="journal", journal_offset=9)
    tables.add_segment(SEGMENT)
    tables.add_segment(sealed)
    assert tables.segments() == [SEGMENT, sealed]


def test_adding_a_segment_twice_changes_nothing(tables: Tables) -> None:
    tables.add_segment(SEGMENT)
    tables.add_segment(SEGMENT)
    with pytest.raises(RowTaken, match='segment "s1" is there with other content'):
        tables.add_segment(replace(SEGMENT, n_rows=4))
    assert tables.segments() == [SEGMENT]


def test_of_two_that_seal_the_same_entries_one_is_refused(tables: Tables) -> None:
    first = replace(SEGMENT, segment_id="j1", origin="journal", journal_offset=10)
    tables.add_segment(SEGMENT)
    tables.add_segment(first, after_offset=0)
    with pytest.raises(Stale, match="sealed up to offset 10, not 0"):
        tables.add_segment(replace(first, segment_id="j2", journal_offset=12), after_offset=0)
    tables.add_segment(replace(first, segment_id="j3", journal_offset=12), after_offset=10)
    tables.add_segment(first, after_offset=0)  # the same again is no conflict
    assert [one.segment_id for one in tables.segments()] == ["s1", "j1", "j3"]


def test_reports_come_newest_first_by_kind(tables: Tables) -> None:
    for number, kind in enumerate(["import", "evaluation", "import"]):
        tables.add_report(f"r{number}", kind, NOON, {"number": number, "title": "né"})
    assert [one.report_id for one in tables.reports()] == ["r2", "r1", "r0"]
    assert tables.reports("import", 1) == [
        Report("r2", "import", NOON, {"number": 2, "title": "né"})
    ]
    assert tables.reports("none") == tables.reports(limit=0) == tables.reports(limit=-1) == []


def test_a_report_id_is_used_once(tables: Tables) -> None:
    tables.add_report("r1", "import", NOON, {})
    with pytest.raises(RowTaken, match='report "r1" is there already'):
        tables.add_report("r1", "evaluation", NOON, {})


def test_the_newest_release_is_in_use(tables: Tables) -> None:
    assert tables.current_release() is None
    tables.add_release("v1", NOON, "first", {"ndcg@10": 0.3})
    tables.add_release("v2", NOON, "better", {})
    tables.add_release("v1", NOON - timedelta(days=1), "rollback", {})  # a clock may go back
    assert tables.current_release() == "v1"
    assert [one.reason for one in tables.releases()] == ["rollback", "better", "first"]
    assert tables.releases()[2] == Release("v1", NOON, "first", {"ndcg@10": 0.3})


def test_instants_keep_their_microsecond_and_become_utc(tables: Tables) -> None:
    at = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=2)))
    tables.add_release("v1", at, "", {})
    assert tables.releases()[0].at == at
    assert tables.releases()[0].at.tzinfo == UTC


def test_a_view_remembers_its_last_state(tables: Tables) -> None:
    assert tables.view_offset("counts") is None
    tables.set_view_offset("counts", {"offset": 1})
    tables.set_view_offset("counts", {"offset": 2, "of": ["a"]})
    assert tables.view_offset("counts") == {"offset": 2, "of": ["a"]}
    assert tables.view_offset("other") is None


def test_another_opener_sees_what_was_stored(tmp_path: Path) -> None:
    with (
        Tables(tmp_path / "tables.db") as one,
        Tables(f"sqlite:///{tmp_path}/tables.db") as two,
    ):
        one.put_items([item("m1")], NOON)
        assert list(two.items()) == [item("m1")]
    with Tables(str(tmp_path / "tables.db")) as three:
        assert three.n_items() == 1


USES: list[Callable[[Tables], Any]] = [
    lambda tables: tables.put_items([item("m1")], NOON),
    lambda tables: list(tables.items()),
    lambda tables: tables.current_release(),
]


@pytest.mark.parametrize("use", USES)
def test_use_after_close_says_so(tmp_path: Path, use: Callable[[Tables], Any]) -> None:
    tables = Tables(tmp_path / "tables.db")
    tables.close()
    tables.close()
    with pytest.raises(StoreClosed):
        use(tables)


@pytest.mark.parametrize(
    "address", ["postgresql://db/settee", "sqlite://", "sqlite:///", "sqlite:///:memory:", "x://y"]
)
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="is no address of tables"):
        Tables(address)


def test_an_address_that_is_refused_tells_no_password() -> None:
    with pytest.raises(BadInput) as caught:
        Tables("postgresql://me:hunter2@db/settee")
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "tables.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreDamaged):
        Tables(tmp_path / "tables.db")


def test_a_place_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    for place in (tmp_path, tmp_path / "home" / "tables.db"):
        with pytest.raises(StoreUnavailable):
            Tables(place)


def test_a_lock_that_stays_is_told_as_busy(tmp_path: Path) -> None:
    with (
        closing(Database(tmp_path / "tables.db", busy_s=0.01)) as database,
        closing(sqlite3.connect(tmp_path / "tables.db", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy), database.writing():
            pass
        with database.reading():
            pass  # readers do not wait


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    big = [Item(item_id=f"m{number}", text="x" * 5000) for number in range(50)]
    with Tables(tmp_path / "tables.db") as tables:
        with tables._database.reading() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 20")
        with pytest.raises(DiskFull):
            tables.put_items(big, NOON)
        assert tables.n_items() == 0


def delete_and_fail(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
        raise KeyError


def test_an_error_inside_a_transaction_undoes_it(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "tables.db")) as database:
        with pytest.raises(KeyError):
            delete_and_fail(database)
        with database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT COUNT(*) FROM alembic_version").scalar()
        assert rows == 1


def test_a_mistake_in_our_own_sql_is_a_settee_error(tmp_path: Path) -> None:
    with (
        closing(Database(tmp_path / "tables.db")) as database,
        pytest.raises(SetteeError),
        database.reading() as connection,
    ):
        connection.exec_driver_sql("SELECT nothing FROM nowhere")


def test_whoever_commits_a_change_is_noticed_and_reading_is_none(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "t.db")) as mine, closing(Database(mine.path)) as other:
        before = mine.changes()
        with mine.reading() as connection:
            connection.execute(sa.text("SELECT * FROM items")).fetchall()
        assert mine.changes() == before
        with other.writing() as connection:
            connection.execute(sa.text("DELETE FROM items"))
        by_other = mine.changes()
        with mine.writing() as connection:
            connection.execute(sa.text("DELETE FROM items"))
        assert len({before, by_other, mine.changes()}) == 3
        mine.close()
        with pytest.raises(StoreClosed):
            mine.changes()
