"""The three views together: opened by one setting, killed, lost, out of reach."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from settee.core import BadSettings, JournalSettings, StateSettings
from settee.store import (
    HotState,
    Journal,
    StoreBusy,
    StoreUnavailable,
    VaultAway,
    VaultLost,
    open_state,
    vault_redis,
)
from settee.store import redis_calls as calls_module
from settee.store.redis_calls import NoRedisClient
from settee.store.state import home_token
from settee.store.vault import Change
from settee.store.vault_redis import RedisVault
from tests.store.facts import chunks, entry, exposure, merge, preferences, records
from tests.store.redis_server import Server, running

N_KILLS = 8
N_ENTRIES = 400
ACCOUNTS = ["a", "b", *(f"a{number}" for number in range(10))]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(calls_module, "PAUSE_S", 0.0)
    folder = tmp_path / "redis"
    folder.mkdir()
    with running(folder) as server:
        yield server


def states(state: HotState) -> dict[str, object]:
    """Everything that is known, in words that hang on no number."""
    profile_ids, shown_ids = state.profiles.item_ids(), state.shown.item_ids()
    found: dict[str, object] = {}
    for name in ACCOUNTS:
        item_no, times = state.shown.counts(name, 0)
        found[name] = (
            sorted((profile_ids[row["item_no"]], str(row)[4:]) for row in state.profiles.get(name)),
            {shown_ids[number]: int(n) for number, n in zip(item_no, times, strict=True)},
            state.preferences.get(name).of(),
            state.root(name),
        )
    return found


def in_redis(home: Path, server: Server) -> HotState:
    return open_state(home, StateSettings(url=server.url))


@pytest.mark.parametrize("kind", ["file", "redis"])
def test_folds_that_are_killed_count_nothing_twice_and_lose_nothing(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    home = tmp_path / "home"
    url = request.getfixturevalue("server").url if kind == "redis" else ""
    with Journal(home / "journal.db", JournalSettings()) as journal:
        journal.append(records(N_ENTRIES))
        entries = journal.read(0, N_ENTRIES)
    found = subprocess.run(
        [sys.executable, "-m", "tests.store.state_child", str(home), url, str(N_KILLS)],
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    *killed, spared = json.loads(found.stdout)
    assert -signal.SIGKILL in killed
    assert spared == 0
    with open_state(tmp_path / "peace") as alone:
        alone.profiles.load_segment("s1", chunks(alone.profiles))
        alone.apply(entries)
        expected = states(alone)
    with open_state(home, StateSettings(url=url)) as state:
        assert state.offset() == N_ENTRIES
        assert states(state) == expected


def test_a_redis_that_is_killed_and_comes_back_goes_on_from_what_it_kept(
    tmp_path: Path, server: Server
) -> None:
    server.kill()
    server.start("--appendonly", "yes", "--appendfsync", "always")
    entries = [entry(n, f"a{n % 3}", f"m{n}", n) for n in range(1, 9)]
    with in_redis(tmp_path, server) as state:
        state.apply(entries[:4])
        state.flush()
        state.apply(entries[4:6])  # never written
        server.kill()
        server.start("--appendonly", "yes", "--appendfsync", "always")
        with pytest.raises(VaultAway):
            state.apply(entries[6:])
        assert state.apply(entries[6:]) == 0  # takes up what is there
        assert state.offset() == 4
        with pytest.raises(VaultLost, match="4 of 6 entries"):
            state.profiles.get("a1")
        state.apply(entries[4:])
        assert state.profiles.get("a1")["at_s"].tolist() == [1, 4, 7]


def test_a_redis_that_lost_everything_is_filled_again_and_tells_nothing_meanwhile(
    tmp_path: Path, server: Server
) -> None:
    entries = [
        entry(1, "a", "m1", 1), preferences(2, "a", tags=["Crime"]), exposure(3, "a", ["m1", "m2"]),
        merge(4, "b", "a"), entry(5, "a", "m9", 5),
    ]  # fmt: skip
    with in_redis(tmp_path, server) as state, in_redis(tmp_path, server) as other:
        n_restored = []

        def restore() -> None:
            n_restored.append(1)
            state.profiles.load_segment("s1", chunks(state.profiles))

        state.restore_by(restore)
        state.profiles.load_segment("s1", chunks(state.profiles))
        for one in (state, other):
            one.apply(entries)
            one.flush()
        profile_ids = state.profiles.item_ids()
        assert other.profiles.item_ids() == profile_ids
        server.kill()
        server.start()
        for one in (state, other):
            with pytest.raises(VaultAway):
                one.apply([])
            assert one.apply([]) == 0
            for view in (one.profiles, one.shown, one.preferences):
                with pytest.raises(VaultLost, match="0 of 5 entries"):
                    view.get("a")
        assert not n_restored
        # Whoever comes first numbers the items anew; those who were there go on with their own.
        state.apply([entry(1, "a", "m77", 1)])
        assert n_restored
        state.apply(entries)
        other.apply([])
        other.apply(entries)
        assert state.profiles.item_ids()[: len(profile_ids)] == profile_ids
        assert states(other)["b"] == states(state)["b"]
        assert other.profiles.item_ids()[: len(profile_ids)] == profile_ids


def test_who_was_there_before_a_loss_keeps_the_numbers_of_items(
    tmp_path: Path, server: Server
) -> None:
    entries = [entry(1, "a", "m1", 1), entry(2, "b", "m2", 2), exposure(3, "b", ["m5", "m4"])]
    with in_redis(tmp_path, server) as state:
        state.apply(entries)
        before, shown_before = state.profiles.item_ids(), state.shown.item_ids()
        expected = states(state)
        server.kill()
        server.start()
        with pytest.raises(VaultAway):
            state.apply([])
        state.apply([])
        with in_redis(tmp_path, server) as newcomer:  # is faster, and numbers in another order
            newcomer.profiles.item_nos(["m9", "m2", "m1"])
            state.apply(entries)
            state.flush()
            newcomer.apply(entries)
            assert newcomer.profiles.item_ids() == ["m9", "m2", "m1"]
            assert states(newcomer) == expected
        assert state.profiles.item_ids()[:2] == before
        assert state.shown.item_ids()[:2] == shown_before
        assert states(state) == expected
        state.flush()
        assert states(state) == expected
        server.kill()
        server.start()  # and once more
        with pytest.raises(VaultAway):
            state.apply([])
        state.apply([])
        state.apply(entries)
        assert states(state) == expected
        assert state.profiles.item_ids()[:2] == before


def test_a_redis_out_of_reach_refuses_instead_of_guessing(tmp_path: Path, server: Server) -> None:
    with in_redis(tmp_path, server) as state:
        state.apply([entry(1, "a", "m1", 1)])
        assert len(state.profiles.get("a")) == 1
        server.kill()
        with pytest.raises(VaultAway, match=r"127\.0\.0\.1"):
            state.apply([entry(2, "a", "m1", 2)])
        with pytest.raises(VaultAway) as refused:
            state.profiles.get("a")  # was in memory, but who knows what happened since
        assert refused.value.status == 503
    with pytest.raises(VaultAway):
        in_redis(tmp_path, server)


def test_after_a_failure_nobody_waits_for_redis_again_at_once(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_redis(tmp_path, server) as state:
        monkeypatch.setattr(calls_module, "PAUSE_S", 3600.0)
        server.kill()
        with pytest.raises(VaultAway):
            state.profiles.get("a")
        with pytest.raises(VaultAway):
            state.apply([])
        server.start()
        with pytest.raises(VaultAway, match="a moment ago"):
            state.apply([])


def test_a_home_that_is_begun_anew_has_nothing_of_the_old_one(
    tmp_path: Path, server: Server
) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    for one in (home, other):
        one.mkdir()
    with in_redis(home, server) as state:
        state.apply([entry(1)])
    token = home_token(home)
    assert token == home_token(home) != home_token(other)
    (home / "state.id").unlink()
    for one in (home, other):
        with in_redis(one, server) as state:
            assert state.offset() == 0


@pytest.mark.parametrize("kind", ["file", "redis"])
def test_states_beyond_the_journal_are_begun_anew(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("server").url if kind == "redis" else ""
    settings = StateSettings(url=url)
    with open_state(tmp_path, settings, 0) as state:
        state.apply([entry(1), entry(2), merge(3, "b", "a")])
    with open_state(tmp_path, settings, 3) as state:
        assert state.offset() == 3
    with open_state(tmp_path, settings, 2) as state:
        assert state.offset() == 0
        assert state.root("a") == "a"
        assert len(state.profiles.get("b")) == 0
        assert state.profiles.item_ids() == []


def test_a_url_that_cannot_be_understood_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"state\.url cannot be understood") as refused:
        open_state(tmp_path, StateSettings(url="http://:secret@nowhere"))
    assert "secret" not in refused.value.message
    with pytest.raises(VaultAway) as away:
        open_state(tmp_path, StateSettings(url="redis://:secret@127.0.0.1:1/0"))
    assert "secret" not in away.value.message


def test_without_the_package_the_setting_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(NoRedisClient, match="no package speaks to Redis") as refused:
        open_state(tmp_path, StateSettings(url="redis://127.0.0.1:1"))
    assert "settee[redis]" in refused.value.hint
    open_state(tmp_path).close()  # nobody asked for it


def test_one_view_that_is_new_catches_up_beside_the_others(tmp_path: Path) -> None:
    entries = [entry(1), exposure(2), preferences(3, tags=["x"])]
    with open_state(tmp_path) as state:
        state.apply(entries)
    (tmp_path / "shown.db").unlink()
    with open_state(tmp_path) as state:
        assert state.offset() == 0
        assert state.apply(entries) == 1
        assert state.offset() == 3
        assert len(state.profiles.get("a")) == len(state.shown.get("a")) == 1


def test_memory_is_shared_out_by_the_setting(tmp_path: Path) -> None:
    with open_state(tmp_path, StateSettings(cache_mb=7)) as state:
        assert state.profiles._max_cached_bytes == 4 * 1024 * 1024
    with open_state(tmp_path, StateSettings(cache_mb=0)) as state:
        state.apply([entry(1)])
        assert len(state.profiles.get("a")) == 1
        assert not state.profiles._cache


def test_timeout_and_prefix_are_honoured(tmp_path: Path, server: Server) -> None:
    settings = StateSettings(url=server.url, prefix="mine", timeout_ms=125)
    with open_state(tmp_path, settings) as state:
        vault = state.profiles._vault
        assert vault.name.endswith(f"mine:{home_token(tmp_path)}:profiles")
        assert (
            vault._calls._reader._client.connection_pool.connection_kwargs["socket_timeout"]
            == 0.125
        )


def test_a_redis_that_is_only_slow_is_the_same_one_afterwards(
    tmp_path: Path, server: Server
) -> None:
    with open_state(tmp_path, StateSettings(url=server.url, timeout_ms=30)) as state:
        state.apply([entry(1, "a"), entry(2, "b")])
        server.pause(0.3)
        with pytest.raises(VaultAway, match=r"(?i)time"):
            state.profiles.get("a")
        state.flush()  # may wait
        assert len(state.profiles.get("a")) == 1
        assert state.offset() == 2


def test_a_state_that_goes_back_behind_what_is_known_is_not_believed(
    tmp_path: Path, server: Server
) -> None:
    with in_redis(tmp_path, server) as state:
        state.apply([entry(1, "a"), entry(2, "b")])
        state.flush()
        vault = state.profiles._vault
        vault._calls.write("HSET", vault._key, "offset", 1)  # as an older copy that came back
        with pytest.raises(VaultLost, match="went back"):
            state.profiles.get("c")


def test_a_redis_that_refuses_is_told_in_its_words(tmp_path: Path, server: Server) -> None:
    with in_redis(tmp_path, server) as state:
        vault = state.profiles._vault
        with pytest.raises(StoreUnavailable, match="wrong number of arguments"):
            vault._calls.write("HGET")
        vault._calls.write("CONFIG", "SET", "maxmemory", "1")
        state.apply([])
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            state.apply([entry(1)])
        vault._calls.write("CONFIG", "SET", "maxmemory", "0")
        assert state.apply([entry(1)]) == 1


def test_whoever_is_always_slower_gives_up_with_words(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_redis, "_TRIES", 3)
    with in_redis(tmp_path, server) as state:
        vault = state.profiles._vault
        tried = []

        def work(change: Change) -> None:
            tried.append(1)
            vault._calls.write("HINCRBY", vault._key, "version", 1)  # somebody else
            change.move_to(5)

        with pytest.raises(StoreBusy, match="3 times somebody else wrote first"):
            vault.change(work)
        assert len(tried) == 3


def test_a_segment_that_two_load_at_once_is_there_once(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_redis, "_GROUP", 2)
    with in_redis(tmp_path, server) as one, in_redis(tmp_path, server) as two:
        fast, slow = one.profiles, two.profiles
        load = RedisVault._load
        n_groups = []

        def interrupted(self: RedisVault, *what: object) -> None:
            n_groups.append(1)
            if len(n_groups) == 3:  # the slow one has done two groups
                fast.load_segment("s1", chunks(fast))
            load(self, *what)

        monkeypatch.setattr(RedisVault, "_load", interrupted)
        slow.load_segment("s1", chunks(slow))
        assert len(n_groups) > 5
        fast.apply([])
        for number in range(10):
            assert len(slow.get(f"a{number}")) == len(fast.get(f"a{number}")) == 3
        assert slow._vault.mark().n_loads == 1


def test_states_that_somebody_deletes_are_missed_by_whoever_reads_or_writes(
    tmp_path: Path, server: Server
) -> None:
    with in_redis(tmp_path, server) as state:
        state.apply([entry(1, "a")])
        state.flush()
        vault = state.profiles._vault
        vault._calls.write("FLUSHALL")
        with pytest.raises(VaultLost):
            state.profiles.get("b")
        with pytest.raises(VaultLost):
            state.profiles.item_nos(["new"])
        assert state.apply([entry(2, "a")]) == 0
        assert state.offset() == 0
        assert state.apply([entry(1, "a"), entry(2, "b")]) == 2
        assert state.profiles.item_ids() == ["m1"]


def test_ids_of_many_accounts_come_sorted(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_redis, "_PAGE", 10)
    with in_redis(tmp_path, server) as state:
        state.apply([entry(n, f"a{n:04}", f"m{n}") for n in range(1, 701)])
        state.flush()
        assert state.profiles.account_ids(1000) == [f"a{n:04}" for n in range(1, 701)]
        assert len(state.profiles.item_ids()) == 700


def test_a_file_is_called_by_its_path(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        assert state.profiles._vault.name == str(tmp_path / "profiles.db")
        state.profiles._vault.renew()  # a file is always there
