import json
from urllib.parse import urlencode

import pytest

from tests.respond.world import event
from tests.web.world import open_door


@pytest.fixture
def door(tmp_path):
    client, engine = open_door(tmp_path)
    engine.world.happened(
        event("1", "x", "alien", minutes=-31), event("2", "x", "casino", minutes=-21)
    )
    yield client, engine
    engine.close()


@pytest.fixture
def client(door):
    return door[0]


def get(client, **fields):
    return client("GET", "/v1/explain", query=urlencode(fields, doseq=True).encode())


def post(client, **fields):
    return client("POST", "/v1/explain", json.dumps(fields).encode())


def without_time(told):
    del told["at"]
    return told


def test_query_and_body_ask_the_same(client):
    fields = {"account_id": "x", "item_id": "eraser", "k": 3, "device_type": "tv"}
    one, other = get(client, **fields), post(client, **fields)
    assert (one.status, other.status) == (200, 200)
    assert without_time(one.json) == without_time(other.json)


def test_the_reason_is_that_of_the_answer_in_full(client):
    body = json.dumps({"account_id": "x", "k": 3, "explain": "full"}).encode()
    answer = client("POST", "/v1/recommendations", body).json
    for item in answer["items"]:
        told = get(client, account_id="x", item_id=item["item_id"], k=3).json
        assert told["rank"] == item["rank"]
        assert [part["kind"] for part in told["item"]["adds"]] == [
            part["kind"] for part in item["adds"]
        ]
        for shown in (told["item"], item):
            total = sum(part["adds"] for part in shown["adds"])
            assert total == pytest.approx(shown["score"], abs=1e-6)


def test_what_is_hidden_says_by_which_rule(client):
    told = get(client, account_id="x", item_id="alien").json
    assert (told["removed_by"], told["rank"], told["item"]) == ("seen", None, None)
    more = post(client, account_id="x", item_id="heat", exclude=["heat"]).json
    assert more["removed_by"] == "excluded"


def played(item_id, **more):
    return {"event_id": f"e-{item_id}", "account_id": "x", "kind": "play", "item_id": item_id,
            "at": "2026-11-21T19:55:00Z", **more}  # fmt: skip


def test_why_is_asked_about_another_instant_and_amid_what_was_not_sent(client):
    at = "2026-11-21T20:30:00Z"
    asked = {"account_id": "x", "item_id": "gattaca", "k": 4, "at": at}
    assert get(client, **asked).json["at"] == post(client, **asked).json["at"] == at
    amid = asked | {"events": [played("eraser")]}
    body = json.dumps({name: amid[name] for name in ("account_id", "k", "at", "events")}).encode()
    listed = client("POST", "/v1/preview", body).json["items"]
    (rank,) = [one["rank"] for one in listed if one["item_id"] == "gattaca"]
    assert post(client, **amid).json["rank"] == rank
    assert post(client, **amid | {"item_id": "eraser"}).json["removed_by"] == "seen"
    assert post(client, **asked | {"item_id": "eraser"}).json["removed_by"] is None


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"at": "1969-01-01T00:00:00Z"}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"events": [played("heat", account_id="y")]}, "events[0].account_id"),
        ({"events": [played("heat", device_id="d1")]}, "events[0].device_id"),
        ({"events": [{"event_id": "e"}]}, "account_id"),
    ],
)
def test_a_moment_that_cannot_be_asked_about_is_refused_with_its_place(client, fields, place):
    refused = post(client, account_id="x", item_id="heat", **fields)
    assert refused.status == 400
    assert place in json.dumps(refused.json["error"])


def test_a_query_takes_no_events(client):
    refused = get(client, account_id="x", item_id="heat", events="e1")
    assert (refused.status, refused.json["error"]["place"]) == (400, "events")


def test_asking_makes_no_exposure(door):
    client, engine = door
    before = engine.journal.last_offset()
    get(client, account_id="x", item_id="eraser")
    assert engine.journal.last_offset() == before


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"account_id": "x"}, 400, "item_id"),
        ({"item_id": "heat"}, 400, "account_id"),
        ({"account_id": "x", "item_id": "heat", "explain": "full"}, 400, "explain"),
        ({"account_id": "x", "item_id": "heat", "device_type": "fridge"}, 400, "fridge"),
        ({"account_id": "x", "item_id": "heat", "k": 900}, 400, "max_k"),
        ({"account_id": "x", "item_id": "no-such-item"}, 404, "no-such-item"),
    ],
)
def test_what_cannot_be_asked_is_refused(client, fields, status, says):
    for ask in (get, post):
        answer = ask(client, **fields)
        assert answer.status == status
        assert says in json.dumps(answer.json["error"])
