import pytest

from settee.govern import Terms
from settee.web import create_app
from tests.web.world import Client, Engine

BLOCK = b'[[rules]]\nname = "no-dune"\nkind = "block"\nitems.ids = ["dune"]\n'
PIN = b'[[rules]]\nname = "top"\nkind = "pin"\nitem = "heat"\nrank = 1\n'
BOTH = PIN + PIN.replace(b"top", b"two").replace(b"heat", b"dune")
TOML = {"content_type": "application/toml"}
AS_JSON = b'{"rules": [{"name": "no-dune", "kind": "block", "items": {"ids": ["dune"]}}]}'


def shown(client: Client) -> list[str]:
    found = client("GET", "/v1/recommendations", query=b"account_id=new&k=3")
    return [one["item_id"] for one in found.json["items"]]


def flush(engine: Engine) -> None:
    """Wait until the exposures so far are on disk."""
    engine.journal.append([])
    engine.responder().stop()


def test_before_the_first_there_are_no_rules(client):
    assert client("GET", "/v1/rules").json == {"version": 0, "rules": []}
    assert client("GET", "/v1/rules/history").json == {"versions": []}
    assert client("GET", "/v1/rules", query=b"version=1").status == 404
    assert client("POST", "/v1/rules/rollback").code == "no_rules_before"


def test_rules_are_put_in_either_form_and_followed_by_the_next_answer(client):
    put = client("PUT", "/v1/rules", PIN, query=b"why=premiere", **TOML)
    assert put.json == {"version": 1, "n_rules": 1, "restored": None, "conflicts": []}
    assert shown(client)[0] == "heat"
    put = client("PUT", "/v1/rules", AS_JSON, query=b"after=1")
    assert put.json["version"] == 2
    answer = client("GET", "/v1/recommendations", query=b"account_id=new&k=8").json
    assert answer["removed"] == {"no-dune": 1}
    assert "dune" not in [one["item_id"] for one in answer["items"]]
    assert client("GET", "/v1/rules").json == {
        "version": 2,
        "rules": [{"name": "no-dune", "kind": "block", "items": {"ids": ["dune"]}}],
    }
    found = client("GET", "/v1/rules", query=b"version=1", accept="application/toml")
    assert found.body == PIN
    assert found.headers["content-type"].startswith("application/toml")


def test_what_was_and_who_did_it_is_kept_and_one_call_goes_back(client):
    for body in (PIN, BLOCK):
        client("PUT", "/v1/rules", body, query=b"why=test", **TOML)
    back = client("POST", "/v1/rules/rollback", b'{"why": "too bold"}')
    assert (back.json["version"], back.json["restored"]) == (3, 1)
    assert shown(client)[0] == "heat"
    newest, *older = client("GET", "/v1/rules/history").json["versions"]
    assert (newest["version"], newest["why"], newest["restored"]) == (3, "too bold", 1)
    assert newest["who"]
    assert [one["why"] for one in older] == ["test", "test"]
    assert len(client("GET", "/v1/rules/history", query=b"limit=1").json["versions"]) == 1
    assert client("POST", "/v1/rules/rollback", b'{"to": 2}').json["restored"] == 2
    assert client("POST", "/v1/rules/rollback", b'{"to": 9}').code == "no_such_rules"
    assert client("POST", "/v1/rules/rollback", b'{"to": 1, "after": 1}').code == "stale"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "bad_rule"),
        (b"rules = [", TOML, 400, "bad_rule"),
        (PIN, {}, 400, "bad_rule"),  # TOML that says it is JSON
        (
            PIN + PIN.replace(b"top", b"two").replace(b"heat", b"dune"),
            TOML,
            409,
            "rules_contradict",
        ),
    ],
)
def test_rules_that_cannot_be_are_refused_and_what_was_in_force_stays(
    client, body, headers, status, code
):
    refused = client("PUT", "/v1/rules", body, **headers)
    assert (refused.status, refused.code) == (status, code)
    assert client("GET", "/v1/rules").json["version"] == 0


def test_contradictions_are_taken_when_they_are_forced(client):
    put = client("PUT", "/v1/rules", BOTH, query=b"force=true", **TOML)
    assert [one["code"] for one in put.json["conflicts"]] == ["one_rank_two_items"]


def test_of_two_who_changed_the_same_version_the_second_is_refused(client):
    assert client("PUT", "/v1/rules", PIN, query=b"after=0", **TOML).status == 200
    assert client("PUT", "/v1/rules", BLOCK, query=b"after=0", **TOML).code == "stale"


def test_rules_are_checked_without_being_put(client):
    odd = BLOCK.replace(b'ids = ["dune"]', b'ids = ["unheard-of"]')
    found = client("POST", "/v1/rules/check", odd, **TOML).json
    assert found["n_rules"] == 1
    assert [one["code"] for one in found["conflicts"]] == ["no_items"]
    assert [one["items"] for one in found["rules"]] == [{"ids": ["unheard-of"]}]
    assert client("GET", "/v1/rules").json["version"] == 0


def test_a_dry_run_tells_what_would_change(engine, client):
    before = shown(client)
    flush(engine)
    found = client("POST", "/v1/rules/dry-run", PIN, **TOML).json
    assert (found["n_asked"], found["difference"]["n_changed"]) == (1, 1)
    assert found["difference"]["rules"][0]["n_moved"] == 1
    query = b"n=5&slot=home&at=2026-12-24T12:00:00Z"
    assert client("POST", "/v1/rules/dry-run", PIN, query=query, **TOML).json["n_asked"] == 0
    assert shown(client) == before


@pytest.mark.parametrize("at", [b"soon", b"2026-12-24T12:00:00", b"1960-01-01T00:00:00Z"])
def test_an_instant_that_is_none_is_refused(client, at):
    found = client("POST", "/v1/rules/dry-run", PIN, query=b"at=" + at, **TOML)
    assert (found.status, found.json["error"]["place"]) == (400, "at")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"to": 0}', b'{"version": 3}', b"\xff"])
def test_a_rollback_that_cannot_be_read_is_refused(client, body):
    found = client("POST", "/v1/rules/rollback", body)
    assert (found.status, found.code) == (400, "bad_request")


def test_the_name_of_the_key_is_written_down(engine):
    marketer = engine.keys.create("marketing", engine.clock(), Terms("marketer")).secret
    auditor = engine.keys.create("auditing", engine.clock(), Terms("auditor")).secret
    client = Client(create_app(engine))
    assert client("PUT", "/v1/rules", PIN, **TOML, x_api_key=marketer).status == 200
    assert engine.rules_history(1)[0].who == 'key "marketing"'
    assert client("GET", "/v1/rules/history", x_api_key=auditor).status == 200
    assert client("PUT", "/v1/rules", BLOCK, **TOML, x_api_key=auditor).status == 403
