import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from settee.core import NotFound
from settee.store import RuleTable, Stale, StoreDamaged, Tables

NOON = datetime(2026, 12, 24, 12, 0, 0, 7, tzinfo=UTC)


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    with Tables(tmp_path / "tables.db") as tables:
        yield tables


def table_of(tables: Tables, *bodies: bytes) -> RuleTable:
    table = RuleTable(tables.database)
    for number, body in enumerate(bodies):
        table.add(body, at=NOON + timedelta(hours=number), who="ada", why=f"because {number}")
    return table


def test_before_the_first_version_there_is_none(tables: Tables) -> None:
    table = table_of(tables)
    assert table.mark() == 0
    assert table.current() is None
    assert table.history(5) == []
    assert table.check() == 0


def test_the_newest_version_is_in_force_and_the_others_stay(tables: Tables) -> None:
    table = table_of(tables, b"one", b"two", b"three")
    assert table.mark() == 3
    newest = table.current()
    assert newest is not None
    assert (newest.number, newest.body, newest.who, newest.why) == (3, b"three", "ada", "because 2")
    assert newest.at == NOON + timedelta(hours=2)
    assert [one.body for one in table.history(2)] == [b"three", b"two"]
    assert table.history(-1) == []
    assert table.version(1).body == b"one"
    assert table.check() == 3


def test_a_version_is_given_back_as_it_comes_out_again(tables: Tables) -> None:
    table = table_of(tables)
    zone = timezone(timedelta(hours=3))
    made = table.add(b"x", at=NOON.astimezone(zone), who="bo", why="", restored=1)
    assert made == table.current()
    assert made.restored == 1
    assert len(made.seal) == 64


def test_a_version_that_is_not_there_is_not_found(tables: Tables) -> None:
    with pytest.raises(NotFound, match="no version 4 of the rules; there are 1"):
        table_of(tables, b"one").version(4)


def test_of_two_who_changed_the_same_version_the_second_is_refused(tables: Tables) -> None:
    table = table_of(tables, b"one")
    table.add(b"two", at=NOON, who="ada", why="", after=1)
    with pytest.raises(Stale, match="version 2 of the rules is in force, and these were made"):
        table.add(b"other", at=NOON, who="bo", why="", after=1)
    assert table.mark() == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE rule_versions SET body = x'78' WHERE number = 2",
        "UPDATE rule_versions SET who = 'bo' WHERE number = 1",
        "UPDATE rule_versions SET why = 'no reason' WHERE number = 3",
        "UPDATE rule_versions SET at_us = at_us + 1 WHERE number = 1",
        "UPDATE rule_versions SET restored = 1 WHERE number = 2",
        "DELETE FROM rule_versions WHERE number = 1",
        "DELETE FROM rule_versions WHERE number = 2",
    ],
)
def test_whoever_alters_the_past_breaks_its_seals(
    tables: Tables, tmp_path: Path, change: str
) -> None:
    table = table_of(tables, b"one", b"two", b"three")
    with closing(sqlite3.connect(tmp_path / "tables.db", isolation_level=None)) as connection:
        connection.execute(change)
    with pytest.raises(StoreDamaged, match="of the rules is not what was stored"):
        table.check()


def test_more_versions_than_one_page_are_all_looked_at(tables: Tables) -> None:
    table = table_of(tables, *[b"x"] * 201)
    assert table.check() == 201
