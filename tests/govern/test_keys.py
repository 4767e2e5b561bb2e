import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from settee.core import BadInput, Conflict, NotAllowed, NotFound, new_id
from settee.govern import (
    BadKey,
    Key,
    Keys,
    Limits,
    NewKey,
    NotPermitted,
    Terms,
    Used,
    must_cover,
    must_hold,
)
from settee.govern.keys import caller_of
from settee.store import AccessTables, Tables

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


def test_a_key_that_expired_opens_nothing(keys: Keys) -> None:
    made = keys.create("shop", NOON, Terms(expires_at=NOON + timedelta(hours=1)))
    keys.check(made.secret, NOON + timedelta(minutes=59))
    for later in (timedelta(hours=1), timedelta(days=9)):
        with pytest.raises(BadKey):
            keys.check(made.secret, NOON + later)


def test_what_a_key_may_do_comes_from_its_role_and_scopes(tables: Tables, keys: Keys) -> None:
    AccessTables(tables.database).add_tenant("acme", NOON)
    terms = Terms("service", ("answers.read",), "acme", rate_per_s=4.0, quota_per_day=9)
    found = keys.check(keys.create("shop", NOON, terms).secret, NOON)
    assert (found.tenant_id, found.role) == ("acme", "service")
    assert found.permissions == {"answers.read", "self.read"}
    assert (found.interval_us, found.window_us, found.quota_per_day) == (250_000, 1_000_000, 9)


@pytest.mark.parametrize(
    ("terms", "place"),
    [
        (Terms("root"), "role"),
        (Terms("service", ("rules.write",)), "scopes"),
        (Terms("owner", ("nothing",)), "scopes"),
        (Terms(expires_at=NOON), "expires_at"),
        (Terms(rate_per_s=0.0), "rate_per_s"),
        (Terms(rate_per_s=float("nan")), "rate_per_s"),
        (Terms(rate_per_s=float("inf")), "rate_per_s"),
        (Terms(burst=3), "burst"),
        (Terms(rate_per_s=1.0, burst=0), "burst"),
        (Terms(quota_per_day=0), "quota_per_day"),
        (Terms(quota_per_day=-1), "quota_per_day"),
    ],
)
def test_terms_that_cannot_be_are_refused_and_no_key_is_made(
    keys: Keys, terms: Terms, place: str
) -> None:
    with pytest.raises(BadInput) as caught:
        keys.create("shop", NOON, terms)
    assert caught.value.place == place
    assert keys.all() == []


def test_keys_of_tenants_are_apart(tables: Tables, keys: Keys) -> None:
    AccessTables(tables.database).add_tenant("acme", NOON)
    ours = keys.create("shop", NOON)
    theirs = keys.create("shop", NOON, Terms(tenant_id="acme"))
    assert keys.all("acme") == [theirs.key]
    with pytest.raises(NotFound):
        keys.revoke(theirs.key.key_id, NOON)
    keys.revoke("shop", NOON, "acme")
    assert keys.check(ours.secret, NOON).tenant_id == "default"
    with pytest.raises(BadKey):
        keys.check(theirs.secret, NOON)


def test_nobody_makes_or_revokes_a_key_that_may_do_more_than_they(keys: Keys) -> None:
    owner, admin = caller_of(made(keys, "owner")), caller_of(made(keys, "admin"))
    must_hold(owner, Terms("owner"), NOON)
    must_hold(admin, Terms("admin", expires_at=NOON + timedelta(days=1)), NOON)
    with pytest.raises(NotPermitted, match=r"tenants\.read, tenants\.write"):
        must_hold(admin, Terms("owner"), NOON)
    with pytest.raises(NotPermitted):
        must_cover(admin, made(keys, "owner", expires_at=NOON + timedelta(days=1)))
    must_cover(owner, made(keys, "service"))


def test_nobody_makes_a_key_that_outlives_their_own(keys: Keys) -> None:
    soon = NOON + timedelta(hours=1)
    guest = caller_of(made(keys, "owner", expires_at=soon))
    must_hold(guest, Terms(expires_at=soon), NOON)
    for ends_at in (None, soon + timedelta(seconds=1)):
        with pytest.raises(NotPermitted, match="outlive"):
            must_hold(guest, Terms(expires_at=ends_at), NOON)


def made(keys: Keys, role: str, **terms: Any) -> Key:
    return keys.create(new_id("n", NOON), NOON, Terms(role, **terms)).key


def test_a_tenant_that_was_removed_is_out_within_a_second(tables: Tables) -> None:
    here, access = Keys(tables), AccessTables(tables.database)
    access.add_tenant("acme", NOON)
    secret = here.create("shop", NOON, Terms(tenant_id="acme")).secret
    now_us = int(NOON.timestamp() * 1e6)
    assert here.has_tenant("acme", now_us)
    here.check(secret, NOON)
    access.remove_tenant("acme", NOON)
    with pytest.raises(BadKey):
        here.check(secret, NOON + timedelta(seconds=1))
    assert not here.has_tenant("acme", now_us + 1_000_000)
    assert not here.knows_tenant("acme")


def test_a_key_of_a_newer_settee_opens_nothing_and_keeps_nobody_else_out(
    tables: Tables, caplog: pytest.LogCaptureFixture
) -> None:
    keys = Keys(tables)
    strange = Key("key_x", "new", hashlib.sha256(b"new").hexdigest(), NOON, role="archivist")
    AccessTables(tables.database).add_key(strange)
    known = keys.create("shop", NOON)
    assert keys.check(known.secret, NOON).key == known.key
    assert "key_x" in caplog.text
    with pytest.raises(BadKey):
        keys.check("new", NOON)


def test_more_keys_than_can_be_counted_apart_are_not_made(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("settee.govern.keys.MAX_KEYS", 1)
    keys.create("one", NOON)
    with pytest.raises(Conflict, match="1 keys work"):
        keys.create("two", NOON)
    keys.revoke("one", NOON)
    keys.create("two", NOON)


def test_uses_of_a_key_are_told_where_they_are_counted(tables: Tables, tmp_path: Path) -> None:
    limits = Limits(tmp_path / "limits.bin", 3)
    counted, uncounted = Keys(tables, limits), Keys(tables)
    key = counted.create("shop", NOON).key
    limits.take(caller_of(key), int(NOON.timestamp() * 1e6))
    assert counted.used(key, NOON) == Used(1, NOON)
    assert uncounted.used(key, NOON) == Used(0, None)
    again = counted.create("other", NOON)
    counted.revoke("shop", NOON)
    assert counted.create("third", NOON).key.slot == key.slot != again.key.slot
    limits.close()
