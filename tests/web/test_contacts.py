"""Consent and the suppression list over HTTP, with a whole workspace behind the door."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from settee.app import Workspace
from settee.core import Settings
from settee.web import create_app
from tests.respond.world import NOW
from tests.web.world import Client


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace(Settings(home=tmp_path), lambda: NOW)
    yield workspace
    workspace.close()


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return Client(create_app(workspace))


def send(client: Client, method: str, path: str, **body: object):
    return client(method, path, json.dumps(body).encode(), content_type="application/json")


def test_what_was_put_is_told_and_a_repeat_changes_nothing(client: Client) -> None:
    path = "/v1/accounts/a/7/contact"
    said = {"consent": {"email": True, "*": False}, "event_id": "c1"}
    assert send(client, "PUT", path, **said).json == {"event_id": "c1", "is_new": True}
    assert not send(client, "PUT", path, consent={"email": False}, event_id="c1").json["is_new"]
    send(client, "PUT", path, child=True, person_id="p1")
    told = client("GET", path).json
    assert told["consent"] == {"*": False, "email": True}
    assert told["child"] is None
    assert told["persons"]["p1"]["child"] is True
    assert client("GET", "/v1/accounts/b/contact").json["consent"] == {}


def test_who_is_suppressed_is_kept_as_a_hash(client: Client, workspace: Workspace) -> None:
    done = send(client, "POST", "/v1/suppressions", entries=["number-seven", "a8,p1"], why="phone")
    assert done.json == {"n_changed": 2, "is_freed": False}
    assert not any("number-seven" in entry for entry in workspace.suppression.entries())
    freed = send(client, "POST", "/v1/suppressions", entries=["number-seven", "x"], is_freed=True)
    assert freed.json == {"n_changed": 1, "is_freed": True}
    assert [one.what for one in workspace.audience_log()] == ["freed", "suppressed"]


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PUT", "/v1/accounts/a/contact", b"{}", "bad_contact"),
        ("PUT", "/v1/accounts/a\x7f/contact", b'{"child": true}', "bad_id"),
        ("GET", "/v1/accounts/a\x7f/contact", b"", "bad_id"),
        ("POST", "/v1/suppressions", b"", "bad_request"),
        ("POST", "/v1/suppressions", b'{"entries": []}', "bad_request"),
        ("POST", "/v1/suppressions", b'{"entries": ["a\\nb"]}', "bad_request"),
        ("POST", "/v1/suppressions", b'{"entries": ["a\\u0001b"]}', "bad_id"),
    ],
)
def test_what_cannot_be_understood_is_refused(
    client: Client, method: str, path: str, body: bytes, code: str
) -> None:
    refused = client(method, path, body, content_type="application/json")
    assert (refused.status, refused.code) == (400, code)
