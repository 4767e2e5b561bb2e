import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]


def test_a_tenant_is_made_with_a_key_listed_and_removed(run: Run, tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    status, secret, err = run("tenant", "create", "acme", *home)
    assert (status, secret[:7]) == (0, "settee_")
    assert "not shown again" in err
    made = json.loads(run("tenant", "create", "other", *home, "--json")[1])
    assert made["tenant_id"] == "other"
    listed = json.loads(run("tenant", "list", *home, "--json")[1])
    assert [(one["tenant_id"], one["n_keys"]) for one in listed] == [
        ("default", 0), ("acme", 1), ("other", 1),
    ]  # fmt: skip
    assert "acme" in run("tenant", "list", *home)[1]
    (tmp_path / "tenants" / "acme" / "theirs").write_text("x")
    assert "stays as it is" in run("tenant", "remove", "acme", *home)[1]
    assert (tmp_path / "tenants" / "acme" / "theirs").exists()
    assert run("tenant", "create", "acme", *home)[0] == 5
    gone = json.loads(run("tenant", "remove", "other", "--delete-data", *home, "--json")[1])
    assert gone["is_removed"]
    assert not (tmp_path / "tenants" / "other").exists()
    assert run("tenant", "remove", "other", *home)[0] == 4


def test_any_command_works_for_a_tenant_and_on_its_own_data(run: Run, tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    run("tenant", "create", "acme", *home)
    run("--tenant", "acme", "key", "create", "web", *home)
    names = [
        one["name"] for one in json.loads(run("key", "list", "--tenant=acme", *home, "--json")[1])
    ]
    assert sorted(names) == ["owner", "web"]
    assert json.loads(run("key", "list", *home, "--json")[1]) == []
    assert run("key", "revoke", "web", *home)[0] == 4
    assert run("key", "revoke", "web", "--tenant", "acme", *home)[0] == 0


@pytest.mark.parametrize("command", ["serve", "demo", "tenant create x", "tenant remove x"])
def test_what_is_for_all_tenants_is_refused_for_one(run: Run, tmp_path: Path, command: str) -> None:
    home = ("--home", str(tmp_path), "--tenant", "acme")
    run("tenant", "create", "acme", "--home", str(tmp_path))
    status, _, err = run(*command.split(), *home)
    assert status == 2
    assert "not_for_a_tenant" in err


def test_a_tenant_that_is_not_there_is_not_made_by_a_typing_error(run: Run, tmp_path: Path) -> None:
    for name, status in (("acne", 4), ("../x", 2)):
        assert run("key", "list", "--tenant", name, "--home", str(tmp_path))[0] == status
    assert not (tmp_path / "tenants").exists()


def test_a_key_keeps_the_terms_it_was_made_on(run: Run, tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    status, _, err = run("key", "create", "web", *home)
    assert status == 0
    assert "role owner may do everything" in err
    words = "--role service --scope answers.read --scope items.read --rate 2.5 --burst 9 --quota 70"
    run("key", "create", "app", *words.split(), "--expires", "2h", *home)
    app = json.loads(run("key", "list", *home, "--json")[1])[1]
    assert (app["role"], app["scopes"]) == ("service", ["answers.read", "items.read"])
    assert (app["rate_per_s"], app["burst"], app["quota_per_day"]) == (2.5, 9, 70)
    assert (app["n_today"], app["last_used_at"]) == (0, None)
    listed = run("key", "list", *home)
    assert "service*" in listed[1].replace("\n", "")
    assert "only some permissions" in listed[2]


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("--role root", "role"),
        ("--expires yesterday", "--expires"),
        ("--expires 2020-01-01T00:00:00Z", "expires_at"),
        ("--expires 2030-01-01T00:00:00", "--expires"),
        ("--burst 3", "burst"),
        ("--role service --scope rules.write", "scopes"),
    ],
)
def test_odd_terms_are_refused(run: Run, tmp_path: Path, words: str, place: str) -> None:
    status, _, err = run("key", "create", "x", *words.split(), "--home", str(tmp_path))
    assert status == 2
    assert f"place: {place}" in err
