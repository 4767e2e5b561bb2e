"""What a view of accounts promises wherever its states are kept: in a file, or in Redis."""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settee.core import KINDS
from settee.store import (
    Entry,
    Preferences,
    Preferred,
    Profiles,
    Shown,
    StoreClosed,
    StoreDamaged,
)
from settee.store.preferences import PREFERENCES_LAYOUT
from settee.store.profiles import PROFILES_LAYOUT
from settee.store.redis_calls import RedisCalls
from settee.store.shown import SHOWN_LAYOUT
from settee.store.vault import Change, Vault
from settee.store.vault_redis import RedisVault
from settee.store.vault_sqlite import SqliteVault
from tests.store.facts import entry, exposure, merge, preferences
from tests.store.redis_server import Server, running

Opener = Callable[[], Vault]
_numbers = itertools.count()
_LAYOUTS = {"profiles": PROFILES_LAYOUT, "shown": SHOWN_LAYOUT, "preferences": PREFERENCES_LAYOUT}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


class Place:
    """Opens vaults on the same states; `another` is an empty one."""

    def __init__(self, kind: str, folder: Path, server: Server | None) -> None:
        self._kind, self._folder, self._server = kind, folder, server
        self._name = f"v{next(_numbers)}"

    def another(self) -> "Place":
        return Place(self._kind, self._folder, self._server)

    def vault(self, name: str = "profiles") -> Vault:
        if self._server is None:
            return SqliteVault(self._folder / f"{self._name}-{name}.db", _LAYOUTS[name])
        return RedisVault(RedisCalls(self._server.url, 5.0), f"{self._name}:{name}")

    def profiles(self, max_events: int = 2000, **options: Any) -> Profiles:
        return Profiles(self.vault(), max_events, **options)


@pytest.fixture(params=["file", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    server = request.getfixturevalue("server") if request.param == "redis" else None
    return Place(request.param, tmp_path, server)


def rows(profiles: Profiles, account_id: str = "a") -> list[tuple[str, str, int]]:
    ids = profiles.item_ids()
    return [
        (ids[row["item_no"]], KINDS[row["kind"]], int(row["at_s"]))
        for row in profiles.get(account_id)
    ]


def chunk(profiles: Profiles, *events: tuple[str, str, int]) -> Any:
    return (
        [account_id for account_id, _, _ in events],
        profiles.item_nos([item_id for _, item_id, _ in events]),
        np.zeros(len(events), np.uint8),
        np.array([at_s for _, _, at_s in events], np.int64),
        np.ones(len(events), np.float32),
    )


def test_what_was_flushed_is_there_after_a_restart(place: Place) -> None:
    with place.profiles() as profiles:
        profiles.apply([entry(1, at_s=5), entry(2, account_id="b", at_s=6)])
    with place.profiles() as again:
        assert again.offset() == 2
        assert again.apply([entry(1), entry(2)]) == 0
        assert rows(again) == [("m1", "play", 5)]
        assert again.account_ids(10) == ["a", "b"]
        assert again.account_ids(1, 1) == ["b"]
        assert again.account_ids(-1, -1) == []
        assert again.account_ids(9, begins="b") == ["b"]
        assert again.account_ids(9, begins="c") == []
        assert again.n_accounts() == 2


def test_what_was_not_flushed_is_folded_again_after_a_crash(place: Place) -> None:
    crashed, entries = place.profiles(), [entry(1), entry(2, at_s=1)]
    crashed.apply(entries[:1])
    crashed.flush()
    crashed.apply(entries)
    with place.profiles() as again:  # the other never said good-bye
        assert again.offset() == 1
        assert again.apply(entries) == 1
        assert len(again.get("a")) == 2
    crashed.close()
    with place.profiles() as third:
        assert len(third.get("a")) == 2


def test_two_that_fold_the_same_journal_count_each_entry_once(place: Place) -> None:
    entries = [entry(n, item_id=f"m{n}", at_s=n) for n in range(1, 7)]
    with place.profiles() as one, place.profiles() as two:
        one.apply(entries[:4])
        two.apply(entries[:2])
        one.flush()
        two.apply(entries[2:5])
        assert len(two.get("a")) == 5
        two.flush()  # 1 to 4 are there already
        one.apply(entries[4:])
        one.flush()
        two.apply(entries[5:])
        two.flush()
        for profiles in (one, two):
            assert [at_s for _, _, at_s in rows(profiles)] == [1, 2, 3, 4, 5, 6]
    with place.profiles() as third:
        assert [at_s for _, _, at_s in rows(third)] == [1, 2, 3, 4, 5, 6]


def test_threads_that_fold_at_once_through_many_openers_lose_nothing(place: Place) -> None:
    entries = [entry(n, f"a{n % 7}", f"m{n % 5}", at_s=n) for n in range(1, 121)]

    def fold(profiles: Profiles, step: int) -> None:
        while (after := profiles.offset()) < len(entries):
            profiles.apply(entries[after : after + step])
            profiles.flush()

    opened = [place.profiles() for _ in range(4)]
    threads = [
        threading.Thread(target=fold, args=(profiles, step))
        for profiles, step in zip(opened, (3, 5, 7, 40), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with place.another().profiles() as alone:
        alone.apply(entries)
        for account in range(7):
            name = f"a{account}"
            assert {tuple(rows(one, name)) for one in opened} == {tuple(rows(alone, name))}
    for one in opened:
        one.close()


def test_items_are_numbered_from_zero_and_keep_their_number(place: Place) -> None:
    with place.profiles() as one, place.profiles() as two:
        assert one.item_nos(["m9", "m1", "m9"]).tolist() == [0, 1, 0]
        assert two.item_nos(["m2", "m1"]).tolist() == [2, 1]
        assert one.item_ids() == two.item_ids() == ["m9", "m1", "m2"]
    with place.profiles() as again:
        assert again.item_nos(["m2"]).tolist() == [2]
        assert again.item_ids() == ["m9", "m1", "m2"]


def test_a_segment_is_loaded_once(place: Place) -> None:
    with place.profiles() as profiles, place.profiles() as other:
        for _ in range(2):
            events = [("a", "m1", 1), ("a", "m2", 2), ("b", "m2", 2)]
            profiles.load_segment("s1", [chunk(profiles, *events)])
            assert [one for one, _, _ in rows(profiles)] == ["m1", "m2"]
            assert len(rows(profiles, "b")) == 1
        other.load_segment("s1", [chunk(other, ("a", "m1", 1))])
        assert len(rows(other)) == 2
        assert other.offset() == 0


def test_a_segment_that_breaks_off_leaves_no_event(place: Place) -> None:
    def chunks(profiles: Profiles) -> Iterator[Any]:
        yield chunk(profiles, ("a", "m1", 1))
        raise KeyError("the source broke")

    with place.profiles() as profiles:
        profiles.item_nos(["m0"])
        with pytest.raises(KeyError):
            profiles.load_segment("s1", chunks(profiles))
        assert len(profiles.get("a")) == 0
        profiles.load_segment("s1", [chunk(profiles, ("a", "m1", 1))])
        assert rows(profiles) == [("m1", "play", 1)]
        assert profiles.item_ids()[0] == "m0"


def test_a_segment_that_another_loads_is_seen_at_the_next_look(place: Place) -> None:
    with place.profiles() as one, place.profiles() as two:
        two.apply([entry(1, at_s=5)])
        assert len(two.get("a")) == 1
        one.load_segment("s1", [chunk(one, ("a", "m2", 1))])
        two.apply([])
        assert [item_id for item_id, _, _ in rows(two)] == ["m2", "m1"]


def test_an_account_that_becomes_a_part_of_another_brings_what_it_did(place: Place) -> None:
    with place.profiles() as one, place.profiles() as two:
        before = [entry(1, "anon", "m1", 1), entry(2, "a", "m2", 2)]
        for profiles in (one, two):
            profiles.apply(before)
            assert len(profiles.get("a")) == len(profiles.get("anon")) == 1
        one.apply([merge(3, "a", "anon"), entry(4, "anon", "m3", 4)])
        assert [item_id for item_id, _, _ in rows(one)] == ["m1", "m2", "m3"]
        assert one.get("anon") is one.get("a")
        two.apply([])  # sees the merge, though it has not come to that entry
        assert [item_id for item_id, _, _ in rows(two, "anon")] == ["m1", "m2"]
        two.apply([merge(3, "a", "anon"), entry(4, "anon", "m3", 4)])
        assert rows(two) == rows(one)
        assert two.root("anon") == "a"
    with place.profiles() as again:
        assert again.account_ids(9) == ["a"]
        assert again.n_accounts() == 1
        assert len(again.get("anon")) == 3


def test_one_that_lags_behind_never_shows_half_of_a_merge(place: Place) -> None:
    with place.profiles() as fast, place.profiles() as slow:
        entries = [entry(1, "anon", "m1", 1), entry(2, "a", "m2", 2), merge(3, "a", "anon")]
        slow.apply(entries[:1])
        fast.apply(entries)
        # Nothing of "anon" or "a" is in the memory of the slow one but the first entry.
        assert [item_id for item_id, _, _ in rows(slow, "anon")] == ["m1", "m2"]
        assert [item_id for item_id, _, _ in rows(slow, "a")] == ["m1", "m2"]
        slow.apply(entries[1:])
        slow.flush()
        assert len(slow.get("a")) == 2


def test_merges_chain_and_those_that_cross_or_repeat_change_nothing(place: Place) -> None:
    with place.profiles() as profiles:
        profiles.apply([
            entry(1, "x", "m1", 1), entry(2, "y", "m2", 2), entry(3, "z", "m3", 3),
            merge(4, "y", "x"), merge(5, "z", "y"),
            merge(6, "z", "x"),  # x is a part of another already
            merge(7, "x", "z"),  # they are one already
            merge(8, "z", "z"),
            merge(9, "w", "nobody"),
            entry(10, "x", "m4", 4),
        ])  # fmt: skip
        for name in ("x", "y", "z"):
            assert [item_id for item_id, _, _ in rows(profiles, name)] == ["m1", "m2", "m3", "m4"]
        assert profiles.root("nobody") == "w"
        assert profiles.offset() == 10
        assert len(profiles.get("w")) == 0


def test_a_segment_that_comes_after_a_merge_goes_where_the_account_went(place: Place) -> None:
    with place.profiles() as profiles:
        profiles.apply([merge(1, "a", "anon"), merge(2, "b", "a")])
        events = [("a", "m1", 1), ("anon", "m2", 2), ("b", "m3", 3)]
        profiles.load_segment("s1", [chunk(profiles, *events)])
        assert [item_id for item_id, _, _ in rows(profiles, "b")] == ["m1", "m2", "m3"]
        assert profiles.account_ids(9) == ["b"]


def test_what_is_there_can_be_dropped_and_folded_again(place: Place) -> None:
    entries = [entry(1, "anon", "m1", 1), merge(2, "a", "anon"), entry(3, "a", "m2", 3)]
    with place.profiles() as profiles:
        profiles.apply(entries)
        expected = profiles.get("a").tobytes()
    vault = place.vault()
    vault.clear()
    vault.close()
    with place.profiles() as again:
        assert (again.offset(), again.n_accounts(), again.item_ids()) == (0, 0, [])
        again.apply(entries)
        assert again.get("a").tobytes() == expected


def test_counts_and_preferences_are_kept_the_same_way(place: Place) -> None:
    def opened() -> tuple[Shown, Preferences]:
        return Shown(place.vault("shown")), Preferences(place.vault("preferences"))

    entries = [
        exposure(1, "anon", ["m1", "m2"]), preferences(2, "anon", tags=["Crime"]),
        exposure(3, "a", ["m1"]), merge(4, "a", "anon"),
    ]  # fmt: skip
    shown, preferred = opened()
    with shown, preferred:
        shown.apply(entries)
        preferred.apply(entries)
    shown, preferred = opened()
    with shown, preferred:
        item_no, times = shown.counts("anon", 0)
        assert [shown.item_ids()[number] for number in item_no] == ["m1", "m2"]
        assert times.tolist() == [2, 1]
        assert preferred.get("a").of() == Preferred(("Crime",))


def test_a_state_of_odd_size_is_damaged(place: Place) -> None:
    with place.profiles() as profiles:
        vault = place.vault()

        def spoil(change: Change) -> None:
            change.put({"a": b"\0"})

        vault.change(spoil)
        vault.close()
        with pytest.raises(StoreDamaged, match='profile of "a" has 1 bytes; a multiple of 17'):
            profiles.get("a")


def test_use_after_close_says_so(place: Place) -> None:
    profiles = place.profiles()
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
    with place.profiles() as again:
        assert len(again.get("a")) == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from(["m1", "m2", "m3"]),
            st.integers(0, 5),
            st.sampled_from(["play", "like", "search"]),
        ),
        st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["a", "b", "c"])),
    ),
    max_size=14,
)
Step = tuple[str, str, int, str] | tuple[str, str]


def entries_of(steps: Sequence[Step]) -> list[Entry]:
    return [
        merge(number, step[0], step[1])
        if len(step) == 2
        else entry(number, step[0], step[1], step[2], kind=step[3])
        for number, step in enumerate(steps, start=1)
    ]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS, st.integers(1, 20), st.data())
def test_folding_one_by_one_or_in_batches_by_one_or_by_two_gives_the_same(
    place: Place, steps: list[Step], max_events: int, data: st.DataObject
) -> None:
    entries = entries_of(steps)
    accounts = ("a", "b", "c")
    with place.another().profiles(max_events) as at_once:
        at_once.item_nos(["m1", "m2", "m3"])
        at_once.apply(entries)
        expected = {name: at_once.get(name).tobytes() for name in accounts}
    shared = place.another()
    with (
        shared.profiles(max_events) as one,
        shared.profiles(max_events, max_cached_bytes=350) as two,
    ):
        one.item_nos(["m1", "m2", "m3"])
        for _ in range(data.draw(st.integers(0, 12))):
            profiles = data.draw(st.sampled_from([one, two]))
            action = data.draw(st.sampled_from(["apply", "apply", "get", "flush"]))
            if action == "apply":
                after = profiles.offset()
                profiles.apply(entries[after : after + data.draw(st.integers(1, 4))])
            elif action == "get":
                profiles.get(data.draw(st.sampled_from(accounts)))
            else:
                profiles.flush()
        for profiles in (one, two):
            profiles.apply(entries[profiles.offset() :])
            assert {name: profiles.get(name).tobytes() for name in accounts} == expected
            profiles.flush()
    with shared.profiles(max_events) as again:
        assert again.offset() == len(entries)
        assert {name: again.get(name).tobytes() for name in accounts} == expected


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS, STEPS, st.integers(1, 20), st.integers(0, 14))
def test_a_segment_may_come_before_between_or_after_the_journal(
    place: Place, steps: list[Step], imported: list[Step], max_events: int, cut: int
) -> None:
    entries = entries_of(steps)
    events = sorted(step[:3] for step in imported if len(step) == 4)
    found = []
    for at in (0, min(cut, len(entries)), len(entries)):
        with place.another().profiles(max_events) as profiles:
            profiles.item_nos(["m1", "m2", "m3"])
            profiles.apply(entries[:at])
            profiles.load_segment("s1", [chunk(profiles, *events)])
            profiles.apply(entries[at:])
            found.append([profiles.get(name).tobytes() for name in ("a", "b", "c")])
    assert found.count(found[0]) == len(found)
