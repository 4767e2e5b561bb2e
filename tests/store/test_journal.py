import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import JournalSettings, Overloaded, TooLarge
from settee.store import Appended, BadRecord, DiskFull, Journal, Record, StoreBusy, StoreClosed
from settee.store import journal as module

DEFAULT = JournalSettings()


def record(event_id: str, kind: str = "play", at_us: int = 1) -> Record:
    return Record(event_id, "a1", kind, at_us, b'{"event_id":"' + event_id.encode() + b'"}')


def records(*event_ids: str) -> list[Record]:
    return [record(event_id) for event_id in event_ids]


def ids(journal: Journal, after: int = 0) -> list[str]:
    return [entry.record.event_id for entry in journal.read(after, 1_000_000)]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal.db", DEFAULT) as opened:
        yield opened


def test_a_fact_is_known_by_its_id(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_event_key", lambda _: 7)
    journal.append(records("e1", "e2"))
    assert [journal.has(one) for one in ("e1", "e2", "e3")] == [True, True, False]
    found = [journal.find(one) for one in ("e1", "e2", "e3")]
    assert [one and one.record.event_id for one in found] == ["e1", "e2", None]
    journal.close()
    with pytest.raises(StoreClosed):
        journal.has("e1")


@contextmanager
def held(journal: Journal) -> Iterator[None]:
    """Let nothing be committed inside the block; the first submission waits for the lock."""
    with closing(sqlite3.connect(journal._path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_what_was_appended_is_read_in_order(journal: Journal) -> None:
    appended = journal.append([record("e1", at_us=-5), record("e2", "exposure")])
    assert appended == Appended(2, 0, 2, (True, True))
    first, second = journal.read(0, 10)
    assert first.record == record("e1", at_us=-5)
    assert second.record == record("e2", "exposure")
    assert (first.offset, second.offset, journal.last_offset()) == (1, 2, 2)


def test_an_empty_journal_is_empty(journal: Journal) -> None:
    assert journal.read(0, 10) == []
    assert journal.last_offset() == 0
    assert journal.append([]) == Appended(0, 0, 0, ())


def test_a_reader_goes_on_where_it_was(journal: Journal) -> None:
    journal.append(records("e1", "e2", "e3"))
    assert [entry.offset for entry in journal.read(1, 1)] == [2]
    assert [entry.offset for entry in journal.read(2, 5)] == [3]
    assert journal.read(3, 5) == journal.read(0, 0) == journal.read(0, -1) == []


def test_an_event_sent_twice_counts_once_within_and_across_batches(journal: Journal) -> None:
    assert journal.append(records("e1", "e2", "e1")).is_new == (True, True, False)
    again = journal.append(records("e2", "e3", "e3", "e1"))
    assert again.is_new == (False, True, False, False)
    assert (again.n_new, again.n_duplicate) == (1, 3)
    assert ids(journal) == ["e1", "e2", "e3"]
    assert again.last_offset == journal.last_offset()


def test_the_first_of_two_events_with_one_id_stays(journal: Journal) -> None:
    journal.append([record("e1", at_us=1)])
    journal.append([record("e1", at_us=2)])
    assert [entry.record.at_us for entry in journal.read(0, 9)] == [1]


def test_ids_whose_keys_collide_are_told_apart(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_event_key", lambda event_id: module._MAX_KEY - len(event_id) % 2)
    assert journal.append(records("a", "b", "c", "bb", "a")).is_new == (True,) * 4 + (False,)
    assert journal.append(records("c", "d", "bb")).is_new == (False, True, False)
    assert sorted(ids(journal)) == ["a", "b", "bb", "c", "d"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(["e1", "e2", "e3", "e4", "e5"]), max_size=6), max_size=6),
    st.integers(1, 4),
    st.integers(1, 2**64),
)
def test_any_batches_give_each_event_once_at_its_first_place(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[str]],
    max_batch: int,
    n_keys: int,
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.db"
    with (
        pytest.MonkeyPatch.context() as patch,
        Journal(path, JournalSettings(max_batch=max_batch, synchronous="normal")) as journal,
    ):
        if n_keys < 4:
            patch.setattr(module, "_event_key", lambda event_id: int(event_id[1:]) % n_keys)
        futures = [journal.submit(records(*batch)) for batch in batches]
        seen: set[str] = set()
        for batch, future in zip(batches, futures, strict=True):
            expected = []
            for event_id in batch:
                expected.append(event_id not in seen)
                seen.add(event_id)
            assert future.result().is_new == tuple(expected)
        entries = journal.read(0, 100)
    assert sorted(entry.record.event_id for entry in entries) == sorted(seen)
    offsets = [entry.offset for entry in entries]
    assert offsets == sorted(set(offsets))


def test_the_journal_is_there_after_a_restart(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db", DEFAULT) as first:
        first.append(records("e1"))
    with Journal(tmp_path / "journal.db", DEFAULT) as second:
        assert second.append(records("e1", "e2")).is_new == (False, True)
        assert ids(second) == ["e1", "e2"]


def test_many_that_wait_share_a_commit(journal: Journal) -> None:
    with held(journal):
        futures = [journal.submit(records(f"e{number}")) for number in range(50)]
        assert journal.n_waiting == 50
    assert [future.result().n_new for future in futures] == [1] * 50
    assert journal.n_commits <= 2
    assert journal.n_waiting == 0


def test_max_batch_bounds_what_shares_a_commit(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db", JournalSettings(max_batch=10)) as journal:
        with held(journal):
            futures = [journal.submit(records(f"e{number}")) for number in range(51)]
        for future in futures:
            future.result()
        assert journal.n_commits in (6, 7)  # the first may have been taken alone
        assert journal.append(records(*(f"f{number}" for number in range(25)))).n_new == 25


def test_beyond_max_waiting_nothing_is_taken(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db", JournalSettings(max_waiting=3)) as journal:
        with held(journal):
            future = journal.submit(records("e1", "e2"))
            with pytest.raises(Overloaded, match="2 events wait for the disk and 2 more") as full:
                journal.submit(records("e3", "e4"))
            assert full.value.retry_after_s >= 1
            last = journal.submit(records("e5"))
        assert (future.result().n_new, last.result().n_new) == (2, 1)
        assert ids(journal) == ["e1", "e2", "e5"]
        assert journal.append(records("e3", "e4")).n_new == 2


def test_a_batch_that_can_never_fit_is_too_large(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.db", JournalSettings(max_waiting=2)) as journal:
        with pytest.raises(TooLarge, match="3 events in one submission; the journal takes at most"):
            journal.submit(records("e1", "e2", "e3"))
        assert journal.n_waiting == 0


@pytest.mark.parametrize(("synchronous", "number"), [("full", 2), ("normal", 1)])
def test_synchronous_decides_whether_a_commit_survives_a_power_cut(
    tmp_path: Path, synchronous: str, number: int
) -> None:
    settings = JournalSettings.model_validate({"synchronous": synchronous})
    with Journal(tmp_path / "journal.db", settings) as journal:
        assert journal._writer.execute("PRAGMA synchronous").fetchone() == (number,)


def test_closing_stores_what_was_taken_and_takes_no_more(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db", DEFAULT)
    futures = [journal.submit(records(f"e{number}")) for number in range(20)]
    journal.close()
    journal.close()
    assert all(future.result().n_new == 1 for future in futures)
    for use in (
        lambda: journal.submit(records("late")),
        lambda: journal.append(records("late")),
        lambda: journal.read(0, 1),
        journal.last_offset,
    ):
        with pytest.raises(StoreClosed):
            use()
    with Journal(tmp_path / "journal.db", DEFAULT) as again:
        assert again.last_offset() == 20


def test_a_caller_that_gave_up_in_time_stores_nothing(journal: Journal) -> None:
    with held(journal):
        first = journal.submit(records("e1"))
        while not first.running():  # until the writer waits for the lock
            pass
        given_up, kept = journal.submit(records("e2", "e3")), journal.submit(records("e4"))
        assert given_up.cancel()
    kept.result()
    assert ids(journal) == ["e1", "e4"]
    assert journal.n_waiting == 0


def test_a_record_that_cannot_be_stored_does_not_harm_the_others(journal: Journal) -> None:
    with held(journal):
        futures: list[Future[Appended]] = [
            journal.submit(records("e1")),
            journal.submit([record("e2"), record("e3", at_us=2**63)]),
            journal.submit([Record("e4", "a1", "play", "noon", b"")]),  # type: ignore[arg-type] # wrong on purpose
            journal.submit(records("e5")),
        ]
    assert futures[0].result().n_new == futures[3].result().n_new == 1
    for future in futures[1:3]:
        with pytest.raises(BadRecord, match="nothing of its batch was taken"):
            future.result()
    assert ids(journal) == ["e1", "e5"]


def test_an_id_that_is_no_text_is_refused_at_the_door(journal: Journal) -> None:
    with pytest.raises(BadRecord, match="text in UTF-8 is expected"):
        journal.submit([Record("\ud800", "a1", "play", 1, b"")])


def test_a_full_disk_fails_the_batch_whole_and_the_journal_goes_on(journal: Journal) -> None:
    journal.append(records("e1"))
    (pages,) = journal._writer.execute("PRAGMA page_count").fetchone()
    journal._writer.execute(f"PRAGMA max_page_count = {pages}")
    big = [Record(f"b{number}", "a1", "play", 1, b"x" * 2000) for number in range(20)]
    with pytest.raises(DiskFull, match="the disk is full"):
        journal.append(big)
    assert ids(journal) == ["e1"]
    journal._writer.execute("PRAGMA max_page_count = 100000")
    assert journal.append(big).n_new == 20


def test_a_database_that_stays_locked_fails_the_batch_and_the_journal_goes_on(
    journal: Journal,
) -> None:
    journal._writer.execute("PRAGMA busy_timeout = 10")
    with held(journal), pytest.raises(StoreBusy):
        journal.append(records("e1"))
    assert journal.append(records("e1")).n_new == 1


def test_the_tail_sees_what_another_opener_appends(tmp_path: Path) -> None:
    path, stop = tmp_path / "journal.db", threading.Event()
    with Journal(path, DEFAULT) as ours, Journal(path, DEFAULT) as theirs:
        ours.append(records("e1"))
        tail = ours.tail(0, stop, poll_s=0.001)
        assert [entry.record.event_id for entry in next(tail)] == ["e1"]
        later = threading.Timer(0.02, lambda: theirs.append(records("e2", "e3")))
        later.start()
        assert [entry.record.event_id for entry in next(tail)] == ["e2", "e3"]
        later.join()
        stop.set()
        assert list(tail) == []


def test_two_openers_share_one_order_and_one_memory(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal(path, DEFAULT) as ours, Journal(path, DEFAULT) as theirs:
        assert ours.append(records("e1", "e2")).n_new == 2
        assert theirs.append(records("e2", "e3")).is_new == (False, True)
        assert ids(ours) == ids(theirs) == ["e1", "e2", "e3"]


def test_a_reader_never_passes_an_offset_that_is_still_to_come(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    fast = JournalSettings(synchronous="normal")
    stop = threading.Event()
    with Journal(path, fast) as one, Journal(path, fast) as two, Journal(path, fast) as reader:

        def append(journal: Journal, name: str) -> None:
            for number in range(60):
                journal.append(records(f"{name}{number}", f"{name}{number}x"))

        writers = [
            threading.Thread(target=append, args=(journal, name))
            for journal, name in ((one, "o"), (two, "t"))
        ]
        for writer in writers:
            writer.start()
        seen: list[int] = []
        for entries in reader.tail(0, stop, poll_s=0.0001):
            seen += [entry.offset for entry in entries]
            if len(seen) == 240:
                stop.set()
        for writer in writers:
            writer.join()
        assert seen == [entry.offset for entry in reader.read(0, 1000)]
