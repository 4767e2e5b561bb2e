import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import KINDS
from settee.store import (
    KIND_NO,
    NO_EVENTS,
    PROFILE_DTYPE,
    DiskFull,
    Entry,
    Profiles,
    Record,
    StoreBusy,
    StoreClosed,
    StoreDamaged,
    merge_events,
)
from settee.store import account_view as view_module
from settee.store import profiles as module
from settee.store import vault_sqlite as vault_module
from settee.store.profile_events import accounts_of


def entry(
    offset: int, account_id: str = "a", item_id: str = "m1", at_s: float = 0, **fields: Any
) -> Entry:
    kind = fields.pop("kind", "play")
    body = json.dumps({"event_id": f"e{offset}", "item_id": item_id, **fields}).encode()
    return Entry(offset, Record(f"e{offset}", account_id, kind, int(at_s * 1_000_000), body))


def rows(profiles: Profiles, account_id: str = "a") -> list[tuple[str, str, int]]:
    ids = profiles.item_ids()
    return [
        (ids[row["item_no"]], KINDS[row["kind"]], int(row["at_s"]))
        for row in profiles.get(account_id)
    ]


Chunk = tuple[list[str], Any, Any, Any, Any]


def chunk(profiles: Profiles, *events: tuple[str, str, int]) -> Chunk:
    return (
        [account_id for account_id, _, _ in events],
        profiles.item_nos([item_id for _, item_id, _ in events]),
        np.zeros(len(events), np.uint8),
        np.array([at_s for _, _, at_s in events], np.int64),
        np.ones(len(events), np.float32),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "profiles.db"


@pytest.fixture
def profiles(path: Path) -> Iterator[Profiles]:
    with Profiles(path) as opened:
        yield opened


def test_an_unknown_account_did_nothing(profiles: Profiles) -> None:
    assert len(profiles.get("nobody")) == 0
    assert profiles.get("nobody").dtype == PROFILE_DTYPE
    assert profiles.offset() == 0
    assert profiles.item_ids() == profiles.account_ids(10) == []


def test_what_was_folded_is_seen_at_once_oldest_first(profiles: Profiles) -> None:
    assert profiles.apply([entry(1, item_id="m2", at_s=20), entry(2, item_id="m1", at_s=10)]) == 2
    assert rows(profiles) == [("m1", "play", 10), ("m2", "play", 20)]
    assert profiles.offset() == 2
    profiles.apply([entry(3, item_id="m3", at_s=30, kind="like")])
    assert rows(profiles)[-1] == ("m3", "like", 30)


def test_entries_about_no_item_move_the_offset_only(profiles: Profiles) -> None:
    others = [entry(1, kind="search"), entry(2, kind="exposure"), entry(3, item_id="")]
    assert profiles.apply(others) == 0
    assert (len(profiles.get("a")), profiles.offset()) == (0, 3)
    profiles.flush()
    assert profiles.n_accounts() == 0


def test_folding_the_same_entries_again_changes_nothing(profiles: Profiles) -> None:
    entries = [entry(1), entry(2, at_s=1), entry(3, at_s=2)]
    assert profiles.apply(entries[:2]) == 2
    assert profiles.apply(entries) == 1
    assert profiles.apply(entries) == profiles.apply([]) == 0
    assert len(profiles.get("a")) == 3


def test_the_value_is_the_rating_or_else_the_duration(profiles: Profiles) -> None:
    profiles.apply([
        entry(1, at_s=1, kind="rate", value=4.5),
        entry(2, at_s=2, duration_s=90),
        entry(3, at_s=3, value=0, duration_s=90),
        entry(4, at_s=4),
    ])  # fmt: skip
    assert str(profiles.get("a")["value"].tolist()) == "[4.5, 90.0, 0.0, nan]"


def test_instants_are_whole_seconds_rounded_down(profiles: Profiles) -> None:
    profiles.apply([entry(1, at_s=1.999), entry(2, at_s=-0.5)])
    assert profiles.get("a")["at_s"].tolist() == [-1, 1]


def test_only_the_newest_events_are_kept(path: Path) -> None:
    with Profiles(path, max_events=2) as profiles:
        profiles.apply(
            [entry(n, item_id=f"m{n}", at_s=at) for n, at in ((1, 30), (2, 10), (3, 20))]
        )
        assert [item_id for item_id, _, _ in rows(profiles)] == ["m3", "m1"]
        profiles.apply([entry(4, item_id="m4", at_s=40)])
        assert [item_id for item_id, _, _ in rows(profiles)] == ["m1", "m4"]
        profiles.apply([entry(5, item_id="m5", at_s=1)])  # too old to be kept
        assert [item_id for item_id, _, _ in rows(profiles)] == ["m1", "m4"]
    with Profiles(path, max_events=1) as narrower:
        assert [item_id for item_id, _, _ in rows(narrower)] == ["m4"]


def test_rows_cannot_be_written_over(profiles: Profiles) -> None:
    profiles.apply([entry(1)])
    for _ in range(2):
        with pytest.raises(ValueError, match="read-only"):
            profiles.get("a")["at_s"] = 1
        profiles.flush()
    assert not NO_EVENTS.flags.writeable


def test_the_same_array_is_given_until_the_account_changes(profiles: Profiles) -> None:
    profiles.apply([entry(1)])
    first = profiles.get("a")
    profiles.apply([entry(2, account_id="b")])
    profiles.flush()
    assert profiles.get("a") is first
    profiles.apply([entry(3)])
    assert profiles.get("a") is not first


def test_what_was_flushed_is_there_after_a_restart(path: Path) -> None:
    with Profiles(path) as profiles:
        profiles.apply([entry(1, at_s=5), entry(2, account_id="b", at_s=6)])
    with Profiles(path) as again:
        assert again.offset() == 2
        assert again.apply([entry(1), entry(2)]) == 0
        assert rows(again) == [("m1", "play", 5)]
        assert again.account_ids(10) == ["a", "b"]
        assert again.account_ids(1, 1) == ["b"]
        assert again.account_ids(-1, -1) == []
        assert again.n_accounts() == 2


def test_what_was_not_flushed_is_folded_again_after_a_crash(path: Path) -> None:
    crashed, entries = Profiles(path), [entry(1), entry(2, at_s=1)]
    crashed.apply(entries[:1])
    crashed.flush()
    crashed.apply(entries)
    with Profiles(path) as again:  # the other never said good-bye
        assert again.offset() == 1
        assert again.apply(entries) == 1
        assert len(again.get("a")) == 2
    crashed.close()
    with Profiles(path) as third:
        assert len(third.get("a")) == 2


def test_a_flush_that_fails_half_way_leaves_the_file_as_it_was(
    path: Path, profiles: Profiles
) -> None:
    profiles.apply([entry(1)])
    profiles.flush()
    (pages,) = profiles._vault._writer.execute("PRAGMA page_count").fetchone()
    profiles._vault._writer.execute(f"PRAGMA max_page_count = {pages}")
    more = [entry(n, account_id=f"b{n}", at_s=n) for n in range(2, 1002)]
    profiles.apply(more)
    with pytest.raises(DiskFull):
        profiles.flush()
    with Profiles(path) as other:
        assert (other.offset(), other.n_accounts()) == (1, 1)
    assert len(profiles.get("b5")) == 1  # still known here
    profiles._vault._writer.execute("PRAGMA max_page_count = 100000")
    profiles.flush()
    with Profiles(path) as other:
        assert (other.offset(), other.n_accounts()) == (1001, 1001)


def test_much_that_waits_is_written_by_itself(
    path: Path, profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_module, "MAX_WAITING", 3)
    profiles.apply([entry(1), entry(2)])
    with Profiles(path) as other:
        assert other.offset() == 0
    profiles.apply([entry(3)])
    with Profiles(path) as other:
        assert other.offset() == 3


def test_memory_is_bounded_and_what_was_dropped_comes_back(path: Path) -> None:
    with Profiles(path, max_cached_bytes=1000) as profiles:
        profiles.apply([entry(n, account_id=f"a{n}", at_s=n) for n in range(1, 51)])
        for _ in range(2):
            for n in range(1, 51):
                assert rows(profiles, f"a{n}") == [("m1", "play", n)]
            profiles.flush()
        assert len(profiles._cache) <= 3
        assert profiles._n_cached_bytes <= 1000
    with Profiles(path, max_cached_bytes=0) as uncached:
        assert rows(uncached, "a7") == [("m1", "play", 7)]
        assert (len(uncached._cache), uncached._n_cached_bytes) == (0, 0)


def test_the_account_asked_for_last_stays_longest(path: Path) -> None:
    with Profiles(path, max_cached_bytes=650) as profiles:
        for account_id in ("a", "b", "a", "c"):
            profiles.get(account_id)
        assert list(profiles._cache) == ["a", "c"]


def test_items_are_numbered_from_zero_and_keep_their_number(path: Path) -> None:
    with Profiles(path) as one, Profiles(path) as two:
        assert one.item_nos(["m9", "m1", "m9"]).tolist() == [0, 1, 0]
        assert two.item_nos(["m2", "m1"]).tolist() == [2, 1]
        assert one.item_ids() == two.item_ids() == ["m9", "m1", "m2"]
        assert one.item_nos([]).dtype == np.uint32
    with Profiles(path) as again:
        assert again.item_nos(["m2"]).tolist() == [2]
        assert again.item_ids() == ["m9", "m1", "m2"]


def test_threads_that_number_items_at_once_agree(path: Path) -> None:
    ids = [f"m{number}" for number in range(40)]
    found: list[dict[str, int]] = []
    with Profiles(path) as one, Profiles(path) as two:

        def number(profiles: Profiles, seed: int) -> None:
            mine = np.random.default_rng(seed).permutation(ids).tolist()
            numbers = {}
            for item_id in mine:
                numbers[item_id] = int(profiles.item_nos([item_id])[0])
                profiles.item_ids()
            found.append(numbers)

        threads = [
            threading.Thread(target=number, args=(profiles, seed))
            for seed, profiles in enumerate([one, two, one, two])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found[0] == found[1] == found[2] == found[3]
        assert one.item_ids() == two.item_ids() == sorted(ids, key=found[0].__getitem__)


def test_an_entry_that_is_not_json_is_told_with_its_offset(profiles: Profiles) -> None:
    broken = Entry(7, Record("e7", "a", "play", 1, b'{"item_id":'))
    with pytest.raises(StoreDamaged, match="journal entry 7 cannot be read"):
        profiles.apply([broken])
    assert profiles.offset() == 0


def test_a_profile_of_odd_size_is_damaged(path: Path, profiles: Profiles) -> None:
    profiles.flush()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO states VALUES ('a', x'00')")
    with pytest.raises(StoreDamaged, match='profile of "a" has 1 bytes; a multiple of 17'):
        profiles.get("a")


def test_a_merge_that_is_not_json_is_told_with_its_offset(profiles: Profiles) -> None:
    with pytest.raises(StoreDamaged, match="journal entry 7 cannot be read"):
        profiles.apply([Entry(7, Record("e7", "a", "merge", 1, b"{}"))])


def old_file(path: Path) -> None:
    """A file as settee wrote it before accounts could become one."""
    path.parent.mkdir(parents=True)
    row = np.array([(0, 0, 5, 1.0)], PROFILE_DTYPE).tobytes()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            "PRAGMA journal_mode = wal; PRAGMA application_id = 0x5E77EE02;"
            "CREATE TABLE profiles (account_id TEXT PRIMARY KEY, events BLOB NOT NULL) STRICT;"
            "CREATE TABLE items (item_no INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE) STRICT;"
            "CREATE TABLE segments (segment_id TEXT PRIMARY KEY) STRICT;"
            "CREATE TABLE mark (journal_offset INTEGER NOT NULL, n_loads INTEGER NOT NULL) STRICT;"
            "INSERT INTO mark VALUES (1, 0); INSERT INTO items VALUES (0, 'm1');"
            "PRAGMA user_version = 1;"
        )
        connection.execute("INSERT INTO profiles VALUES ('a', ?)", (row,))


def test_a_file_of_an_older_settee_is_taken_over(path: Path) -> None:
    old_file(path)
    for _ in range(2):
        with Profiles(path) as taken_over:
            assert taken_over.offset() == 1
            assert rows(taken_over) == [("m1", "play", 5)]
            assert taken_over.root("a") == "a"


def test_two_that_take_over_an_older_file_at_once_do_it_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_file(path)
    writing = vault_module.writing
    others: list[Profiles] = []

    def slow(connection: sqlite3.Connection) -> Any:
        monkeypatch.setattr(vault_module, "writing", writing)
        if not others:
            others.append(Profiles(path))  # another process is faster
        return writing(connection)

    monkeypatch.setattr(vault_module, "writing", slow)
    with Profiles(path) as taken_over:
        assert rows(taken_over) == rows(others[0]) == [("m1", "play", 5)]
    others[0].close()


# Several processes: two openers of one file share nothing but the file.


def test_two_that_fold_the_same_journal_count_each_entry_once(path: Path) -> None:
    entries = [entry(n, item_id=f"m{n}", at_s=n) for n in range(1, 7)]
    with Profiles(path) as one, Profiles(path) as two:
        one.apply(entries[:4])
        two.apply(entries[:2])
        assert len(two.get("a")) == 2
        one.flush()
        two.apply(entries[2:5])
        assert len(two.get("a")) == 5
        two.flush()  # the file holds 1 to 4 already
        one.apply(entries[4:])
        one.flush()
        two.apply(entries[5:])
        two.flush()
        for profiles in (one, two):
            assert [at_s for _, _, at_s in rows(profiles)] == [1, 2, 3, 4, 5, 6]
    with Profiles(path) as third:
        assert [at_s for _, _, at_s in rows(third)] == [1, 2, 3, 4, 5, 6]
        assert third.offset() == 6


def test_the_slower_of_two_drops_what_the_faster_has_written(path: Path) -> None:
    entries = [entry(n, at_s=n) for n in range(1, 6)]
    with Profiles(path) as fast, Profiles(path) as slow:
        assert len(slow.get("a")) == 0  # cached before anything happened
        slow.apply(entries[:2])
        fast.apply(entries)
        fast.flush()
        slow.flush()
        assert (slow.offset(), slow._n_waiting) == (2, 0)
        assert len(slow.get("a")) == 5
        slow.apply(entries)
        assert len(slow.get("a")) == 5
        slow.apply([entry(6, at_s=6)])
        assert len(slow.get("a")) == 6


def test_a_cached_account_shows_what_another_folded_once_the_tail_is_applied(path: Path) -> None:
    with Profiles(path) as one, Profiles(path) as two:
        assert len(two.get("a")) == 0
        one.apply([entry(1), entry(2, at_s=1)])
        one.flush()
        two.apply([entry(1), entry(2, at_s=1)])
        assert two.get("a").tobytes() == one.get("a").tobytes()


def test_entries_that_come_while_the_file_is_written_wait_for_the_next_time(
    path: Path, profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles.apply([entry(1, at_s=1)])
    decoded = Profiles._decoded
    calls: list[str] = []

    def busy(self: Profiles, account_id: str, raw: bytes | None) -> Any:
        if not calls:
            calls.append(account_id)
            profiles.apply([entry(2, at_s=2), entry(3, "b")])
            assert len(profiles.get("a")) == 2
        return decoded(self, account_id, raw)

    monkeypatch.setattr(Profiles, "_decoded", busy)
    profiles.flush()
    with Profiles(path) as other:
        assert (other.offset(), len(other.get("a"))) == (1, 1)
    assert len(profiles.get("a")) == 2
    profiles.flush()
    with Profiles(path) as other:
        assert (other.offset(), len(other.get("a"))) == (3, 2)


def test_a_second_thread_that_applies_the_same_entries_adds_nothing(
    profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = module._fact
    calls: list[Entry] = []

    def slow(one: Entry) -> Any:
        if not calls:
            calls.append(one)
            profiles.apply([entry(1)])  # somebody else is faster
        return decode(one)

    monkeypatch.setattr(module, "_fact", slow)
    assert profiles.apply([entry(1)]) == 0
    assert len(profiles.get("a")) == 1


def test_getting_does_not_wait_for_another_process_that_writes(
    path: Path, profiles: Profiles
) -> None:
    profiles._vault._writer.execute("PRAGMA busy_timeout = 10")
    profiles.item_nos(["m1"])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        profiles.apply([entry(1)])  # of an item that has its number
        assert len(profiles.get("a")) == 1
        with pytest.raises(StoreBusy):
            profiles.apply([entry(2, item_id="new")])
        with pytest.raises(StoreBusy):
            profiles.flush()
        assert len(profiles.get("a")) == 1
        other.execute("ROLLBACK")
    profiles.apply([entry(2, item_id="new")])
    profiles.flush()
    assert len(profiles.get("a")) == 2


# Segments.


def test_a_segment_is_loaded_once(path: Path, profiles: Profiles) -> None:
    for _ in range(2):
        profiles.load_segment("s1", [chunk(profiles, ("a", "m1", 1), ("b", "m2", 2))])
        assert (rows(profiles, "a"), rows(profiles, "b")) == (
            [("m1", "play", 1)],
            [("m2", "play", 2)],
        )
    with Profiles(path) as other:
        other.load_segment("s1", [chunk(other, ("a", "m1", 1))])
        assert rows(other) == [("m1", "play", 1)]
        assert other.offset() == 0


def test_an_account_may_go_on_in_the_next_chunk(profiles: Profiles) -> None:
    chunks = [
        chunk(profiles, ("a", "m1", 3), ("a", "m2", 1)),
        chunk(profiles, ("a", "m3", 2), ("b", "m1", 9)),
        chunk(profiles),
    ]
    profiles.load_segment("s1", chunks)
    assert [item_id for item_id, _, _ in rows(profiles)] == ["m2", "m3", "m1"]
    assert profiles.n_accounts() == 2


def test_a_segment_keeps_only_the_newest_of_many(path: Path) -> None:
    with Profiles(path, max_events=2) as profiles:
        events = [("a", "m1", at_s) for at_s in (5, 1, 4, 2)]
        profiles.load_segment("s1", [chunk(profiles, *events)])
        assert profiles.get("a")["at_s"].tolist() == [4, 5]


def test_items_may_be_numbered_while_a_segment_is_loaded(path: Path, profiles: Profiles) -> None:
    def chunks() -> Iterator[Chunk]:
        yield chunk(profiles, ("a", "m1", 1), ("a", "m2", 2))
        yield chunk(profiles, ("b", "m2", 1), ("b", "m3", 2))

    profiles.load_segment("s1", chunks())
    with Profiles(path) as other:
        assert other.item_ids() == profiles.item_ids() == ["m1", "m2", "m3"]
        assert rows(other, "b") == [("m2", "play", 1), ("m3", "play", 2)]


def test_a_segment_that_breaks_off_leaves_nothing(profiles: Profiles) -> None:
    profiles.item_nos(["m0"])

    def chunks() -> Iterator[Chunk]:
        yield chunk(profiles, ("a", "m1", 1))
        raise KeyError("the source broke")

    with pytest.raises(KeyError):
        profiles.load_segment("s1", chunks())
    assert len(profiles.get("a")) == 0
    assert profiles.item_ids() == ["m0"]
    assert profiles.item_nos(["m2", "m1"]).tolist() == [1, 2]
    profiles.load_segment("s1", [chunk(profiles, ("a", "m1", 1))])
    assert rows(profiles) == [("m1", "play", 1)]


def test_a_chunk_of_uneven_columns_is_refused(profiles: Profiles) -> None:
    account_ids, *columns = chunk(profiles, ("a", "m1", 1), ("a", "m2", 2))
    columns[2] = columns[2][:1]
    with pytest.raises(ValueError, match="2 account_ids, but 1 values of at_s"):
        profiles.load_segment("s1", [(account_ids, *columns)])


@pytest.mark.parametrize("look", ["apply", "flush"])
def test_a_segment_that_another_process_loads_is_seen_at_the_next_look(
    path: Path, look: str
) -> None:
    with Profiles(path) as one, Profiles(path) as two:
        two.apply([entry(1, at_s=5)])
        assert len(two.get("a")) == 1
        one.load_segment("s1", [chunk(one, ("a", "m2", 1))])
        if look == "apply":
            two.apply([])
        else:
            two.flush()
        assert [item_id for item_id, _, _ in rows(two)] == ["m2", "m1"]


def test_use_after_close_says_so(path: Path) -> None:
    profiles = Profiles(path)
    profiles.apply([entry(1)])
    profiles.get("a")
    profiles.close()
    profiles.close()
    for use in (
        lambda: profiles.get("a"),
        lambda: profiles.apply([entry(2)]),
        profiles.flush,
        profiles.item_ids,
        profiles.n_accounts,
        lambda: profiles.account_ids(1),
        lambda: profiles.item_nos(["new"]),
        lambda: profiles.load_segment("s1", []),
    ):
        with pytest.raises(StoreClosed):
            use()
    with Profiles(path) as again:
        assert len(again.get("a")) == 1


def test_every_kind_has_a_number_that_fits() -> None:
    assert [KINDS[number] for number in KIND_NO.values()] == list(KINDS)
    assert len(KINDS) <= 256


# Laws.

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["m1", "m2", "m3"]),
        st.integers(0, 5),
        st.sampled_from(["play", "like", "search"]),
        st.sampled_from([None, 1.0, 2.5]),
    ),
    max_size=14,
)


def entries_of(steps: Sequence[tuple[str, str, int, str, float | None]]) -> list[Entry]:
    return [
        entry(number, account_id, item_id, at_s, kind=kind, value=value)
        for number, (account_id, item_id, at_s, kind, value) in enumerate(steps, start=1)
    ]


def state(profiles: Profiles) -> dict[str, list[str]]:
    """Lists of both accounts, in words that do not depend on the numbers of items."""
    ids = profiles.item_ids()
    return {
        account_id: sorted(
            f"{row['at_s']} {ids[row['item_no']]} {row['kind']} {row['value']}"
            for row in profiles.get(account_id)
        )
        for account_id in ("a", "b")
    }


@settings(max_examples=25, deadline=None)
@given(STEPS, st.integers(1, 20), st.data())
def test_folding_one_by_one_or_in_batches_by_one_or_by_two_gives_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, str, int, str, float | None]],
    max_events: int,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("profiles")
    entries = entries_of(steps)
    with Profiles(folder / "at_once.db", max_events) as at_once:
        at_once.item_nos(["m1", "m2", "m3"])
        at_once.apply(entries)
        expected = {account_id: at_once.get(account_id).tobytes() for account_id in ("a", "b")}
    with (
        Profiles(folder / "steps.db", max_events) as one,
        Profiles(folder / "steps.db", max_events, max_cached_bytes=350) as two,
    ):
        one.item_nos(["m1", "m2", "m3"])
        for _ in range(data.draw(st.integers(0, 12))):
            profiles = data.draw(st.sampled_from([one, two]))
            action = data.draw(st.sampled_from(["apply", "apply", "get", "flush"]))
            if action == "apply":
                after = profiles.offset()
                profiles.apply(entries[after : after + data.draw(st.integers(1, 4))])
            elif action == "get":
                profiles.get(data.draw(st.sampled_from(["a", "b"])))
            else:
                profiles.flush()
        for profiles in (one, two):
            profiles.apply(entries[profiles.offset() :])
            for account_id, events in expected.items():
                assert profiles.get(account_id).tobytes() == events
            profiles.flush()
    with Profiles(folder / "steps.db", max_events) as again:
        assert again.offset() == len(entries)
        for account_id, events in expected.items():
            assert again.get(account_id).tobytes() == events


@settings(max_examples=15, deadline=None)
@given(STEPS, STEPS, st.integers(1, 20), st.integers(0, 14))
def test_a_segment_may_come_before_between_or_after_the_journal(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, str, int, str, float | None]],
    imported: list[tuple[str, str, int, str, float | None]],
    max_events: int,
    cut: int,
) -> None:
    folder = tmp_path_factory.mktemp("profiles")
    entries = entries_of(steps)
    events = sorted((account_id, item_id, at_s) for account_id, item_id, at_s, _, _ in imported)
    found = []
    for number, at in enumerate({0, min(cut, len(entries)), len(entries)}):
        with Profiles(folder / f"{number}.db", max_events) as profiles:
            profiles.item_nos(["m1", "m2", "m3"])
            profiles.apply(entries[:at])
            profiles.load_segment("s1", [chunk(profiles, *events)])
            profiles.apply(entries[at:])
            found.append([profiles.get(account_id).tobytes() for account_id in ("a", "b")])
    assert found.count(found[0]) == len(found)


ROWS = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 1), st.integers(0, 4), st.sampled_from([1.0, np.nan])
    ),
    max_size=8,
)


@given(st.lists(ROWS, max_size=5), st.integers(1, 10), st.randoms(use_true_random=False))
def test_merging_in_any_order_and_grouping_keeps_the_same_newest(
    parts: list[list[tuple[int, int, int, float]]], max_events: int, shuffler: Any
) -> None:
    def fold(lists: list[list[tuple[int, int, int, float]]]) -> bytes:
        events = NO_EVENTS
        for one in lists:
            events = merge_events(events, np.array(one, PROFILE_DTYPE), max_events)
            assert len(events) <= max_events
            assert not events.flags.writeable
        return events.tobytes()

    rows_of_all = [row for one in parts for row in one]
    single = [[row] for row in rows_of_all]
    shuffled = list(single)
    shuffler.shuffle(shuffled)
    assert fold(parts) == fold(single) == fold(shuffled) == fold([rows_of_all])


def test_accounts_of_a_chunk_come_sorted_each() -> None:
    columns = (np.arange(4, dtype=np.uint32), np.zeros(4, np.uint8))
    found = {
        account_id: events["at_s"].tolist()
        for account_id, events in accounts_of(
            (
                ["b", "b", "a", "c"],
                *columns,
                np.array([5, 4, 9, 1]),
                np.ones(4, np.float32),
            )
        )
    }
    assert found == {"b": [4, 5], "a": [9], "c": [1]}


def test_profiles_that_are_supposed_are_those_that_come_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    with Profiles(tmp_path / "profiles.db") as profiles:
        profiles.apply([entry(1, "a", "m1", 10), entry(2, "b", "m2", 20)])
        more = [entry(3, "a", "m9", 30, value=4.0), entry(4, "a", "m2", 25, kind="search")]
        supposed = profiles.suppose("a", more)
        assert [supposed.item_ids()[one["item_no"]] for one in supposed.get("a")] == ["m1", "m9"]
        assert rows(profiles) == [("m1", "play", 10)]
        assert "m9" not in profiles.item_ids()
        assert supposed.get("b").tobytes() == profiles.get("b").tobytes()
        nobody = profiles.suppose("nobody", [entry(3, "nobody", "m1", 30)])
        assert nobody.get("nobody")["at_s"].tolist() == [30]
        profiles.apply(more)
        assert supposed.get("a").tobytes() == profiles.get("a").tobytes()
