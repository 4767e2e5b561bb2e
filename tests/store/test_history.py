import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from settee.core import HISTORY_COLUMNS, ImportSettings, JournalSettings
from settee.store import (
    EVENTS_FILE,
    Cut,
    Engine,
    History,
    Journal,
    Origin,
    Record,
    Stale,
    StoreBusy,
    StoreDamaged,
    Tables,
    Written,
    export_split,
    history,
    seal_journal,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    with Tables(tmp_path / "tables.db") as made:
        yield made


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.db", JournalSettings())
    yield made
    made.close()


@pytest.fixture
def past(tmp_path: Path, tables: Tables) -> History:
    return History(tmp_path / "history", tables)


def add(
    past: History, segment_id: str, at_us: list[int], *, event_ids: list[str | None] | None = None,
    accounts: list[str] | None = None, **more: list[Any],
) -> None:  # fmt: skip
    with past.scratch(segment_id) as scratch:
        folder = scratch / "segment"
        folder.mkdir()
        n = len(at_us)
        ids = event_ids or [None] * n
        table = pa.table(
            {
                "event_id": pa.array(ids, pa.string()),
                "account_id": accounts or ["a"] * n,
                "kind": ["play"] * n,
                "at": pa.array(at_us, pa.timestamp("us")),
                "item_id": ["m"] * n,
                "value": pa.array([None] * n, pa.float32()),
                "duration_s": pa.array([None] * n, pa.float32()),
                **more,
            }
        )
        pq.write_table(table, folder / EVENTS_FILE)
        n_ids = n - ids.count(None)
        written = Written(folder, n, min(at_us, default=0), max(at_us, default=0), n_ids)
        with past.writing():
            past.publish(segment_id, written, Origin("import", "x.csv", NOW))


def record(number: int, kind: str = "play", **more: object) -> Record:
    body = {"event_id": f"e{number}", "account_id": "a", "kind": kind, "item_id": "m", **more}
    at_us = 1_000_000 * number
    return Record(f"e{number}", "a", kind, at_us, json.dumps(body).encode())


def rows(past: History, *columns: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for group in past.row_groups(columns):
        found += zip(*(group.column(name).to_pylist() for name in columns), strict=True)
    return found


# -- segments ----------------------------------------------------------------------------------


def test_a_published_segment_is_listed_with_its_span_and_reads_back(past: History) -> None:
    add(past, "s1", [5, 7])
    (segment,) = past.segments()
    assert (segment.n_rows, segment.first_at_us, segment.last_at_us) == (2, 5, 7)
    assert rows(past, "account_id", "item_id") == [("a", "m"), ("a", "m")]
    assert past.verify() == 1


def test_columns_that_a_segment_lacks_read_as_nothing(past: History) -> None:
    add(past, "s1", [5], device_type=["tv"])
    add(past, "s2", [6])
    assert rows(past, "account_id", "device_type", "rank") == [("a", "tv", None), ("a", None, None)]


def test_segments_that_may_hold_the_same_events_are_those_whose_time_overlaps_or_that_have_ids(
    past: History,
) -> None:
    add(past, "s1", [5, 7])
    add(past, "s2", [10, 20], event_ids=["x", None])
    add(past, "s3", [])
    known = past.known(8, 9)
    assert ([p.parent.name for p in known.by_time], [p.parent.name for p in known.by_id]) == (
        [],
        ["s2"],
    )
    assert [p.parent.name for p in past.known(7, 10).by_time] == ["s1", "s2"]
    assert past.known(None, None).by_time == []


@pytest.mark.parametrize("what", ["flip", "missing", "facts"])
def test_a_segment_that_is_not_what_was_written_is_named(past: History, what: str) -> None:
    add(past, "s1", [5])
    folder = past.folder / "s1"
    if what == "missing":
        shutil.rmtree(folder)
    elif what == "flip":
        (folder / EVENTS_FILE).write_bytes(b"PAR1 and nothing else")
    else:
        (folder / "facts.json").write_bytes(b"{")
    with pytest.raises(StoreDamaged, match="s1"):
        past.verify()
    with pytest.raises(StoreDamaged, match="s1"):
        list(past.row_groups(["at"])) if what != "facts" else past.known(0, 9)


def test_orphans_go_at_the_next_start_but_not_what_a_living_writer_holds(
    past: History, tables: Tables
) -> None:
    (past.folder / "never-listed").mkdir()
    (past.folder / ".scratch-dead").mkdir()
    with past.scratch("alive") as scratch:
        History(past.folder, tables)
        assert [one.name for one in past.folder.iterdir() if one.is_dir()] == [scratch.name]
    with past.writing():
        (past.folder / "being-renamed").mkdir()
        assert past.sweep() == 0
    assert past.sweep() == 1


def test_a_scratch_folder_goes_even_when_its_work_fails(past: History) -> None:
    def work() -> None:
        with past.scratch("s") as scratch:
            (scratch / "x").write_text("x")
            raise KeyError(str(scratch))

    with pytest.raises(KeyError) as failure:
        work()
    assert not Path(failure.value.args[0]).exists()


def test_a_second_writer_waits_and_then_gives_up_in_words(
    past: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_LOCK_S", 0.1)
    with past.writing(), pytest.raises(StoreBusy, match="another import"), past.writing():
        pass
    monkeypatch.setattr(history, "_LOCK_S", 60)
    done = threading.Event()

    def second() -> None:
        with past.writing():
            done.set()

    with past.writing():
        waiting = threading.Thread(target=second)
        waiting.start()
        assert not done.wait(0.1)
    waiting.join()
    assert done.is_set()


# -- the journal -------------------------------------------------------------------------------


def test_sealing_keeps_every_field_and_is_done_once(past: History, journal: Journal) -> None:
    journal.append(
        [record(1, value=4.5, device_type="tv", rank=2), record(2, "search", item_id=None)]
    )
    told: list[tuple[str, int, int]] = []
    segment = seal_journal(past, journal, NOW, lambda *one: told.append(one))
    assert segment is not None
    assert (segment.origin, segment.journal_offset, segment.n_rows) == ("journal", 2, 2)
    assert rows(past, "event_id", "item_id", "value", "device_type", "rank") == [
        ("e1", "m", 4.5, "tv", 2),
        ("e2", None, None, None, None),
    ]
    assert told[-1] == ("seal journal", 2, 2)
    assert seal_journal(past, journal, NOW) is None
    journal.append([record(3)])
    later = seal_journal(past, journal, NOW + timedelta(seconds=1))
    assert later is not None
    assert (later.source, later.n_rows) == ("journal 3 to 3", 1)


def test_an_answer_becomes_a_row_for_each_item_it_showed(past: History, journal: Journal) -> None:
    shown = [{"item_id": "x", "rank": 1, "score": 0.5}, {"item_id": "y", "rank": 2}]
    journal.append([record(1, "exposure", item_id=None, items=shown, slot="top")])
    seal_journal(past, journal, NOW)
    assert rows(past, "kind", "item_id", "rank", "exposure_id", "slot") == [
        ("exposure", "x", 1, "e1", "top"),
        ("exposure", "y", 2, "e1", "top"),
    ]


def test_events_that_an_import_brought_are_not_sealed_again(
    past: History, journal: Journal
) -> None:
    add(past, "s1", [1_000_000], event_ids=["e1"])
    journal.append([record(1), record(2)])
    segment = seal_journal(past, journal, NOW)
    assert segment is not None
    assert (segment.n_rows, segment.journal_offset) == (1, 2)
    assert rows(past, "event_id") == [("e1",), ("e2",)]


def test_a_sealed_journal_of_known_events_still_remembers_how_far_it_came(
    past: History, journal: Journal
) -> None:
    add(past, "s1", [1_000_000], event_ids=["e1"])
    journal.append([record(1)])
    segment = seal_journal(past, journal, NOW)
    assert segment is not None
    assert (segment.n_rows, segment.first_at_us) == (0, 0)
    assert seal_journal(past, journal, NOW) is None
    assert rows(past, "event_id") == [("e1",)]


def test_a_seal_that_another_process_overtook_leaves_nothing(
    past: History, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append([record(1)])

    def overtaken(*_args: object, **_more: object) -> None:
        raise Stale("the journal is sealed up to offset 9")

    with monkeypatch.context() as patch:
        patch.setattr(Tables, "add_segment", overtaken)
        with pytest.raises(Stale):
            seal_journal(past, journal, NOW)
    assert [one.name for one in past.folder.iterdir() if one.is_dir()] == []
    assert seal_journal(past, journal, NOW) is not None


def test_a_segment_that_was_listed_stays_whatever_happens_next(
    past: History, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append([record(1)])
    add_segment = Tables.add_segment

    def listed_then_lost(*args: Any, **more: Any) -> None:
        add_segment(*args, **more)
        raise StoreBusy("the connection was lost")

    monkeypatch.setattr(Tables, "add_segment", listed_then_lost)
    with pytest.raises(StoreBusy):
        seal_journal(past, journal, NOW)
    assert rows(past, "event_id") == [("e1",)]


def test_two_seals_at_once_fold_every_entry_once(past: History, journal: Journal) -> None:
    journal.append([record(number) for number in range(1, 200)])
    threads = [threading.Thread(target=seal_journal, args=(past, journal, NOW)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(rows(past, "event_id")) == sorted((f"e{n}",) for n in range(1, 200))


def test_a_journal_that_cannot_be_read_is_named(past: History, journal: Journal) -> None:
    journal.append([Record("e1", "a", "play", 1, b"[")])
    with pytest.raises(StoreDamaged, match="journal entry 1"):
        seal_journal(past, journal, NOW)
    assert past.segments() == []


CHILD = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from settee.core import JournalSettings
from settee.store import History, Journal, Tables, seal_journal
home = Path(sys.argv[1])
tables = Tables(home / "tables.db")
if sys.argv[2] == "listed":
    real = tables.add_segment
    def die(*args, **more):
        real(*args, **more)
        os.kill(os.getpid(), signal.SIGKILL)
else:
    def die(*args, **more):
        os.kill(os.getpid(), signal.SIGKILL)
tables.add_segment = die
journal = Journal(home / "journal.db", JournalSettings())
seal_journal(History(home / "history", tables), journal, datetime(2026, 1, 1, tzinfo=UTC))
"""


@pytest.mark.parametrize("moment", ["renamed", "listed"])
def test_a_killed_seal_is_done_again_or_not_needed(
    tmp_path: Path, tables: Tables, past: History, journal: Journal, moment: str
) -> None:
    journal.append([record(1), record(2)])
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), moment],
        capture_output=True,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    again = History(past.folder, tables)
    seal_journal(again, journal, NOW)
    assert rows(again, "event_id") == [("e1",), ("e2",)]
    assert again.verify() == 1


# -- splits ------------------------------------------------------------------------------------


def split_rows(folder: Path) -> dict[str, list[tuple[str, int]]]:
    found = {}
    for part in ("train", "valid", "test"):
        table = pq.read_table(folder / f"{part}.parquet")
        micros = table.column("at").cast(pa.int64()).to_pylist()
        found[part] = list(zip(table.column("account_id").to_pylist(), micros, strict=True))
    return found


def test_a_split_by_time_cuts_everybody_at_the_same_instants(past: History, tmp_path: Path) -> None:
    add(past, "s1", [1_000_000, 2_000_000, 3_000_000], accounts=["a", "b", "a"])
    add(past, "s2", [4_000_000], accounts=["c"], device_type=["tv"])
    told: list[str] = []
    n = export_split(past, tmp_path / "out", Cut(3, 4), lambda stage, *_: told.append(stage))
    assert n == {"train": 2, "valid": 1, "test": 1}
    assert split_rows(tmp_path / "out") == {
        "train": [("a", 1_000_000), ("b", 2_000_000)],
        "valid": [("a", 3_000_000)],
        "test": [("c", 4_000_000)],
    }
    assert pq.read_schema(tmp_path / "out" / "test.parquet").names == [
        name for name, _ in HISTORY_COLUMNS if name in (
            "event_id", "account_id", "kind", "at", "item_id", "value", "duration_s", "device_type",
        )
    ]  # fmt: skip
    assert {"write train", "write valid", "write test"} <= set(told)


def test_a_split_by_account_cuts_off_the_newest_events_of_each(
    past: History, tmp_path: Path
) -> None:
    add(past, "s1", [5, 1, 3, 2, 4], accounts=["a"] * 5)
    add(past, "s2", [6, 100], accounts=["a", "b"])
    cut = Cut(valid_share=1 / 6, test_share=1 / 3, is_by_time=False)
    assert export_split(past, tmp_path / "out", cut) == {"train": 4, "valid": 1, "test": 2}
    found = split_rows(tmp_path / "out")
    assert found["test"] == [("a", 5), ("a", 6)]
    assert found["valid"] == [("a", 4)]
    assert found["train"] == [("a", 1), ("a", 2), ("a", 3), ("b", 100)]
    # A second split replaces the first, and nothing else lies there.
    export_split(past, tmp_path / "out", Cut(0, 0))
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == [
        "test.parquet", "train.parquet", "valid.parquet",
    ]  # fmt: skip


def test_silos_have_whole_accounts_and_columns_that_are_filled(
    past: History, tmp_path: Path
) -> None:
    accounts = [f"a{n % 10}" for n in range(40)]
    add(past, "s1", list(range(40)), accounts=accounts)
    add(past, "s2", [100], accounts=["a1"], device_type=["tv"])
    rows = export_split(past, tmp_path / "out", Cut(n_silos=3))
    assert list(rows) == ["silo-1", "silo-2", "silo-3"]
    assert sum(rows.values()) == 41
    seen: dict[str, str] = {}
    for name, n in rows.items():
        table = pq.read_table(tmp_path / "out" / f"{name}.parquet")
        assert len(table) == n
        assert "device_type" not in table.column_names, "filled in one row of 41"
        for account in table.column("account_id").to_pylist():
            assert seen.setdefault(account, name) == name
    assert len(seen) == 10


def test_the_engine_is_bounded_by_its_settings(tmp_path: Path) -> None:
    settings = ImportSettings(max_memory_mb=256, threads=1, timezone="Europe/Berlin")
    with Engine(tmp_path / "spill", settings) as engine:
        found = engine.rows(
            "SELECT name, value FROM duckdb_settings() "
            "WHERE name IN ('memory_limit', 'threads', 'TimeZone')"
        )
    assert sorted(found) == [
        ("TimeZone", "Europe/Berlin"), ("memory_limit", "256.0 MiB"), ("threads", "1"),
    ]  # fmt: skip
