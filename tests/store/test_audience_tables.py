import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from settee.core import NotFound
from settee.store import (
    AudienceTables,
    ExportSet,
    Logged,
    RowTaken,
    StoreDamaged,
    StoredAudience,
    SuppressionTable,
    Tables,
)

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)
ONE = StoredAudience("aud1", NOON, "ada", "spring", 2, b"{}")


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    with Tables(tmp_path / "tables.db") as tables:
        yield tables


@pytest.fixture
def kept(tables: Tables) -> AudienceTables:
    return AudienceTables(tables.database)


def some(*numbers: int) -> ExportSet:
    hashes = np.array(numbers, np.uint64)
    return ExportSet(hashes, hashes + np.uint64(1))


def test_an_audience_comes_back_as_it_was_kept(kept: AudienceTables) -> None:
    assert kept.add(ONE, b"members").number == 1
    kept.add(replace(ONE, audience_id="aud2"), b"others")
    assert kept.audience("aud1") == replace(ONE, number=1)
    assert kept.members("aud2") == b"others"
    assert [one.audience_id for one in kept.audiences(5)] == ["aud2", "aud1"]
    assert [one.audience_id for one in kept.audiences(1, 1)] == ["aud1"]
    assert kept.audiences(-1) == []


def test_an_id_is_taken_once(kept: AudienceTables) -> None:
    kept.add(ONE, b"")
    with pytest.raises(RowTaken, match='audience "aud1" already'):
        kept.add(ONE, b"other")
    assert kept.members("aud1") == b""


def test_what_is_not_there_is_not_found(kept: AudienceTables) -> None:
    with pytest.raises(NotFound, match='no audience "x"'):
        kept.audience("x")
    with pytest.raises(NotFound, match='no audience "x"'):
        kept.members("x")


def test_a_salt_is_drawn_once_and_each_has_its_own(kept: AudienceTables, tables: Tables) -> None:
    assert kept.salt("exports") == AudienceTables(tables.database).salt("exports")
    assert kept.salt("exports") != kept.salt("suppressions")
    assert len(kept.salt("exports")) == 32


def test_an_export_sees_those_before_it_that_are_not_forgotten(kept: AudienceTables) -> None:
    seen = []

    def out(members: ExportSet, at: datetime, since: datetime) -> Logged:
        def decide(earlier):  # type: ignore[no-untyped-def] -- its type is that of release
            seen.append([one.accounts.tolist() for one in earlier])
            assert all((one.units == one.accounts + np.uint64(1)).all() for one in earlier)
            return members, {"n": len(members.accounts)}

        return kept.release("aud1", at=at, since=since, who="ada", decide=decide)

    assert out(some(1, 2**63), NOON, NOON).body == b'{"n":2}'
    out(some(5), NOON + timedelta(days=1), NOON)
    out(some(), NOON + timedelta(days=2), NOON + timedelta(hours=1))
    assert seen == [[], [[1, 2**63]], [[5]]]


def test_an_export_that_is_refused_leaves_nothing(kept: AudienceTables) -> None:
    def refuse(_: object):  # type: ignore[no-untyped-def] -- it gives nothing
        raise ValueError("too few")

    with pytest.raises(ValueError, match="too few"):
        kept.release("aud1", at=NOON, since=NOON, who="ada", decide=refuse)
    assert kept.history(5) == []


def test_the_log_tells_what_was_done_newest_first(kept: AudienceTables) -> None:
    kept.log("made", at=NOON, who="ada", audience_id="aud1", n=3)
    kept.log("suppressed", at=NOON, who="bo", n=1)
    assert [(one.what, one.who) for one in kept.history(5)] == [
        ("suppressed", "bo"),
        ("made", "ada"),
    ]
    assert [one.body for one in kept.history(5, "aud1")] == [b'{"n":3}']
    assert kept.check() == 2


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE audience_log SET body = x'78' WHERE number = 2",
        "UPDATE audience_log SET who = 'eve' WHERE number = 1",
        "UPDATE audience_log SET at_us = at_us + 1 WHERE number = 1",
        "UPDATE audience_log SET what = 'made' WHERE number = 2",
        "UPDATE audience_log SET audience_id = 'x' WHERE number = 3",
        "DELETE FROM audience_log WHERE number = 1",
        "DELETE FROM audience_log WHERE number = 2",
    ],
)
def test_whoever_alters_the_log_breaks_a_seal(
    kept: AudienceTables, tmp_path: Path, harm: str
) -> None:
    for number in range(3):
        kept.log("exported", at=NOON, who="ada", audience_id="aud1", n=number)
    assert kept.check() == 3
    with closing(sqlite3.connect(tmp_path / "tables.db")) as connection:
        connection.execute(harm)
        connection.commit()
    with pytest.raises(StoreDamaged, match="of the log of audiences is not what was written"):
        kept.check()


def test_hashes_of_an_odd_length_are_damage(kept: AudienceTables, tmp_path: Path) -> None:
    kept.release("a", at=NOON, since=NOON, who="ada", decide=lambda _: (some(1), {}))
    with closing(sqlite3.connect(tmp_path / "tables.db")) as connection:
        connection.execute("UPDATE audience_exports SET units = x'00'")
        connection.commit()
    with pytest.raises(StoreDamaged, match="1 bytes of hashes"):
        kept.release("a", at=NOON, since=NOON, who="ada", decide=lambda _: (some(1), {}))


def test_the_suppression_list_counts_what_is_new_and_what_goes(tables: Tables) -> None:
    listed = SuppressionTable(tables.database)
    assert listed.mark() == (0, 0)
    assert listed.suppress(["x", "y", "x"], at=NOON, who="ada", why="asked") == 2
    mark = listed.mark()
    assert listed.suppress(["y", "z"], at=NOON, who="ada", why="") == 1
    assert listed.suppress([], at=NOON, who="ada", why="") == 0
    assert listed.mark() != mark
    assert listed.entries() == {"x", "y", "z"}
    assert listed.free(["x", "q"]) == 1
    assert listed.free([]) == 0
    assert listed.entries() == {"y", "z"}
