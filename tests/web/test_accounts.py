"""First picks and merges over HTTP, with a whole workspace behind the door."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from settee.app import Workspace
from settee.core import Item, Settings
from settee.web import create_app
from tests.respond.world import ITEMS, NOW
from tests.web.world import Client


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace(Settings(home=tmp_path), lambda: NOW)
    workspace.tables.put_items([Item(item_id=one, title=one.title()) for one in ITEMS], NOW)
    yield workspace
    workspace.close()


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return Client(create_app(workspace))


def post(client: Client, path: str, **body: object):
    return client("POST", path, json.dumps(body).encode(), content_type="application/json")


def test_picks_are_known_to_the_next_request(client: Client) -> None:
    done = post(client, "/v1/accounts/a/7/onboarding", item_ids=["alien", "x"], event_id="on1")
    assert done.status == 200
    assert done.json == {
        "event_id": "on1", "is_new": True, "n_picks": 2, "unknown_items": ["x"],
    }  # fmt: skip
    assert not post(client, "/v1/accounts/a/7/onboarding", item_ids=["alien"], event_id="on1").json[
        "is_new"
    ]
    seen = client("GET", "/v1/accounts/a/7").json
    assert seen["n_by_kind"] == {"like": 2}


def test_a_merge_moves_what_was_done_and_refuses_a_second_place(client: Client) -> None:
    post(client, "/v1/accounts/anon/onboarding", item_ids=["dune"])
    done = post(client, "/v1/accounts/a7/merge", **{"from": "anon"})
    assert done.json == {"account_id": "a7", "from": "anon", "is_new": True}
    assert client("GET", "/v1/accounts/a7").json["latest"][0]["item_id"] == "dune"
    assert client("GET", "/v1/accounts/anon").json["n_events"] == 1
    assert not post(client, "/v1/accounts/a7/merge", **{"from": "anon"}).json["is_new"]
    refused = post(client, "/v1/accounts/b2/merge", **{"from": "anon"})
    assert (refused.status, refused.code) == (409, "merged_elsewhere")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/accounts/a/onboarding", b"", 400, "bad_onboarding"),
        ("/v1/accounts/a/onboarding", b"{}", 400, "bad_onboarding"),
        ("/v1/accounts/a/onboarding", b'{"tags": ["x"], "person_id": "p"}', 404, "no_such_person"),
        ("/v1/accounts/a\x7f/onboarding", b'{"tags": ["x"]}', 400, "bad_id"),
        ("/v1/accounts/a/merge", b'{"from": "a"}', 400, "bad_merge"),
        ("/v1/accounts/a/merge", b'{"from": 3}', 400, "bad_merge"),
        ("/v1/accounts/a\x7f/merge", b'{"from": "b"}', 400, "bad_id"),
    ],
)
def test_what_cannot_be_understood_is_refused(
    client: Client, path: str, body: bytes, status: int, code: str
) -> None:
    refused = client("POST", path, body)
    assert (refused.status, refused.code) == (status, code)


def browse(number: int, account_id: str) -> dict[str, object]:
    return {"event_id": f"b{number}", "account_id": account_id, "kind": "play",
            "item_id": "alien", "at": NOW.isoformat()}  # fmt: skip


def listed(client: Client, query: str = "") -> list[str]:
    answer = client("GET", "/v1/accounts", query=query.encode())
    assert answer.status == 200, answer.body
    return [one["account_id"] for one in answer.json["accounts"]]


def test_accounts_that_were_active_lately_come_first(client: Client) -> None:
    assert listed(client) == []
    events = [browse(1, "anna"), browse(2, "bob"), browse(3, "anna"), browse(4, "abel")]
    assert client("POST", "/v1/events", json.dumps(events).encode()).status == 200
    assert listed(client) == ["abel", "anna", "bob"]
    assert listed(client, "limit=1") == ["abel"]
    assert listed(client, "q=an") == ["anna"]
    assert listed(client, "q=nobody") == []
    found = client("GET", "/v1/accounts").json
    assert found["n_lately"] == 3
    assert found["accounts"][0]["last_at"] == NOW.isoformat().replace("+00:00", "Z")


def test_a_question_is_no_activity_and_a_part_of_an_account_is_not_listed(client: Client) -> None:
    events = [browse(1, "anna"), browse(2, "anon-7")]
    client("POST", "/v1/events", json.dumps(events).encode())
    client("GET", "/v1/recommendations", query=b"account_id=asked")
    post(client, "/v1/accounts/anna/merge", **{"from": "anon-7"})
    assert listed(client) == ["anna"]


def test_a_list_of_accounts_has_an_end(client: Client) -> None:
    assert client("GET", "/v1/accounts", query=b"limit=201").status == 400
    assert client("GET", "/v1/accounts", query=b"limit=0").status == 400
