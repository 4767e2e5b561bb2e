import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from settee.core import BadInput, Conflict, NotAllowed, NotFound
from settee.govern import BadKey, Keys, NewKey
from settee.store import Tables

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    with Tables(tmp_path / "tables.db") as opened:
        yield opened


@pytest.fixture
def keys(tables: Tables) -> Keys:
    return Keys(tables)


def test_a_fresh_key_opens_the_door(keys: Keys) -> None:
    made = keys.create("shop", NOON)
    assert keys.check(made.secret, NOON).key == made.key
    assert (made.key.name, made.key.created_at, made.key.revoked_at) == ("shop", NOON, None)
    assert keys.all() == [made.key]


def test_a_secret_has_256_random_bits_and_says_whose_it_is(keys: Keys) -> None:
    secrets = [keys.create(f"key {number}", NOON).secret for number in range(3)]
    assert len(set(secrets)) == 3
    assert all(secret.startswith("settee_") and len(secret) == 7 + 43 for secret in secrets)


def test_only_a_hash_is_stored(keys: Keys, tmp_path: Path) -> None:
    made = keys.create("shop", NOON)
    assert made.key.key_hash == hashlib.sha256(made.secret.encode()).hexdigest()
    with closing(sqlite3.connect(tmp_path / "tables.db")) as connection:
        dump = "\n".join(connection.iterdump())
    assert made.key.key_hash in dump
    assert made.secret not in dump
    assert made.secret.removeprefix("settee_") not in dump


def test_a_secret_does_not_show_in_logs(keys: Keys) -> None:
    made = keys.create("shop", NOON)
    assert isinstance(made, NewKey)
    assert made.secret not in repr(made) + str(made)


@pytest.mark.parametrize("presented", [None, ""])
def test_no_key_is_told_apart_from_a_wrong_one(keys: Keys, presented: str | None) -> None:
    with pytest.raises(BadKey, match="no key was sent"):
        keys.check(presented, NOON)


@pytest.mark.parametrize("presented", ["settee_x", "~", "\ud800", "x" * 100_000, "\0"])
def test_a_wrong_key_is_not_allowed(keys: Keys, presented: str) -> None:
    made = keys.create("shop", NOON)
    for wrong in (presented, made.secret[:-1], made.secret + " ", made.key.key_hash):
        with pytest.raises(NotAllowed, match="unknown, expired or revoked") as caught:
            keys.check(wrong, NOON)
        assert wrong not in caught.value.message


def test_a_revoked_key_opens_nothing(keys: Keys) -> None:
    one, two = keys.create("one", NOON), keys.create("two", NOON)
    keys.check(one.secret, NOON)
    keys.revoke("one", NOON)
    keys.revoke(two.key.key_id, NOON)
    for made in (one, two):
        with pytest.raises(BadKey):
            keys.check(made.secret, NOON)
    assert [key.revoked_at for key in keys.all()] == [NOON, NOON]
    keys.create("one", NOON)  # the name is free again


@pytest.mark.parametrize("name", ["none", "", "gone"])
def test_only_a_working_key_can_be_revoked(keys: Keys, name: str) -> None:
    keys.create("gone", NOON)
    keys.revoke("gone", NOON)
    with pytest.raises(NotFound, match="no working key"):
        keys.revoke(name, NOON)


def test_two_working_keys_cannot_share_a_name(keys: Keys) -> None:
    keys.create("shop", NOON)
    with pytest.raises(Conflict):
        keys.create("shop", NOON)


@pytest.mark.parametrize("name", ["", "x" * 129, "a\nb", "\x1b[31m"])
def test_an_odd_name_is_refused(keys: Keys, name: str) -> None:
    with pytest.raises(BadInput, match="cannot name a key"):
        keys.create(name, NOON)
    assert keys.all() == []


def test_what_another_process_does_is_noticed_within_a_second(tables: Tables) -> None:
    here, there = Keys(tables), Keys(tables)
    made = there.create("shop", NOON)
    here.check(made.secret, NOON)
    there.revoke("shop", NOON)
    here.check(made.secret, NOON + timedelta(milliseconds=900))
    with pytest.raises(BadKey):
        here.check(made.secret, NOON + timedelta(seconds=1))


def test_a_clock_that_was_set_back_does_not_keep_a_revoked_key_alive(tables: Tables) -> None:
    here, there = Keys(tables), Keys(tables)
    made = there.create("shop", NOON)
    here.check(made.secret, NOON)
    there.revoke("shop", NOON)
    with pytest.raises(BadKey):
        here.check(made.secret, NOON - timedelta(hours=1))
