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
