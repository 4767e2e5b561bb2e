import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from settee.core import NotFound
from settee.store import AccessTables, Key, RowTaken, Tables, Tenant

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = Key("key_1", "shop", "cd" * 32, NOON)
FULL = Key(
    "key_2", "shop", "ef" * 32, NOON, None, "acme", "service", ("answers.read", "items.read"),
    NOON + timedelta(days=9), 2.5, 5, 1000, 1,
)  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[AccessTables]:
    with Tables(tmp_path / "tables.db") as opened:
        yield AccessTables(opened.database)


def test_a_key_comes_out_as_it_went_in(tables: AccessTables) -> None:
    tables.add_tenant("acme", NOON)
    assert tables.add_key(KEY) == KEY
    assert tables.add_key(replace(FULL, slot=99)) == FULL, "its slot is the least that is free"
    assert tables.all_keys() == [KEY, FULL]
    assert tables.all_keys("acme") == [FULL]


@pytest.mark.parametrize(
    "other",
    [
        Key("key_2", "shop", "ef" * 32, NOON),
        Key("key_1", "other", "ef" * 32, NOON),
        Key("key_2", "other", KEY.key_hash, NOON),
    ],
    ids=["name", "id", "hash"],
)
def test_a_key_that_is_there_is_not_added(tables: AccessTables, other: Key) -> None:
    tables.add_key(KEY)
    with pytest.raises(RowTaken):
        tables.add_key(other)
    assert tables.all_keys() == [KEY]


def test_a_revoked_key_keeps_its_first_instant_and_frees_name_and_slot(
    tables: AccessTables,
) -> None:
    tables.add_key(KEY)
    tables.revoke_key("key_1", NOON)
    tables.revoke_key("key_1", NOON + timedelta(days=1))
    gone = replace(KEY, revoked_at=NOON)
    assert tables.all_keys() == [gone]
    new = Key("key_2", "shop", "ef" * 32, NOON + timedelta(hours=1))
    assert tables.add_key(new).slot == 0
    assert tables.all_keys() == [gone, new]


def test_what_is_not_there_cannot_be_revoked_or_removed(tables: AccessTables) -> None:
    with pytest.raises(NotFound, match='there is no key "key_9"'):
        tables.revoke_key("key_9", NOON)
    with pytest.raises(NotFound, match='there is no tenant "acme"'):
        tables.remove_tenant("acme", NOON)
    with pytest.raises(NotFound, match='there is no tenant "acme"'):
        tables.add_key(FULL)


def test_a_tenant_takes_its_keys_along_and_may_come_again(tables: AccessTables) -> None:
    tables.add_key(KEY)
    tables.add_tenant("acme", NOON)
    with pytest.raises(RowTaken, match='tenant "acme" is there already'):
        tables.add_tenant("acme", NOON)
    tables.add_key(FULL)
    later = NOON + timedelta(days=1)
    tables.remove_tenant("acme", later)
    assert [key.revoked_at for key in tables.all_keys()] == [None, later]
    assert tables.tenants() == [Tenant("acme", NOON, later)]
    tables.add_tenant("acme", later)
    assert tables.tenants() == [Tenant("acme", later)]
    assert tables.all_keys("acme")[0].revoked_at == later, "its old keys stay out"


def test_every_change_raises_the_mark_and_no_look_does(tables: AccessTables) -> None:
    marks = [tables.mark()]
    for change in (
        lambda: tables.add_key(KEY),
        lambda: tables.add_tenant("acme", NOON),
        lambda: tables.revoke_key("key_1", NOON),
        lambda: tables.remove_tenant("acme", NOON),
    ):
        change()
        marks.append(tables.mark())
        tables.all_keys()
        tables.tenants()
        assert tables.mark() == marks[-1]
    assert marks == [0, 1, 2, 3, 4]


def test_many_threads_that_add_one_name_leave_one_key(tmp_path: Path) -> None:
    outcomes: list[str] = []
    with Tables(tmp_path / "tables.db") as one, Tables(tmp_path / "tables.db") as two:

        def add(tables: Tables, number: int) -> None:
            try:
                key = Key(f"key_{number}", "shop", f"{number:064x}", NOON)
                AccessTables(tables.database).add_key(key)
                outcomes.append("added")
            except RowTaken:
                outcomes.append("taken")

        threads = [
            threading.Thread(target=add, args=(tables, number))
            for number, tables in enumerate([one, two] * 4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["added"] + ["taken"] * 7
        assert len(AccessTables(one.database).all_keys()) == 1
