"""Lists that nobody is shown, and the dials that change them."""

import json

import pytest

from settee.core import Settings
from settee.govern import Terms
from settee.web import create_app
from tests.respond.people import ANN, BOB, People, Who
from tests.respond.world import ITEMS, NOW, at, event, with_settings
from tests.web.world import Client, Engine, open_door

PIN = b'[[rules]]\nname = "top"\nkind = "pin"\nitem = "heat"\nrank = 1\n'


@pytest.fixture
def door(tmp_path):
    unhurried = {"source_budget_ms": 1e6, "total_budget_ms": 1e6}
    client, engine = open_door(tmp_path, with_settings(Settings(), respond=unhurried))
    engine.world.happened(
        event("1", "x", "alien", minutes=-31), event("2", "x", "casino", minutes=-21)
    )
    yield client, engine
    engine.close()


@pytest.fixture
def client(door):
    return door[0]


def preview(client, **fields):
    return client("POST", "/v1/preview", json.dumps({"account_id": "x", **fields}).encode())


def shown(answer):
    return [one["item_id"] for one in answer.json["items"]]


def played(minutes, item_id="dune", **more):
    when = f"2026-11-20T12:{minutes:02d}:00Z"
    return {"event_id": f"t{minutes}", "account_id": "x", "kind": "play", "item_id": item_id,
            "at": when, **more}  # fmt: skip


def test_the_list_is_that_of_an_answer_and_makes_no_exposure(door):
    client, engine = door
    body = json.dumps({"account_id": "x", "k": 3, "explain": "full"}).encode()
    answer = client("POST", "/v1/recommendations", body)
    engine.journal.append([])
    before = engine.journal.last_offset()
    tried = preview(client, k=3, explain="full")
    assert tried.status == 200
    assert shown(tried) == shown(answer)
    assert (tried.json["exposure_id"], tried.json["journalled"]) == ("", False)
    engine.journal.append([])
    assert engine.journal.last_offset() == before


def test_variety_and_rules_are_changed_for_the_preview_alone(door):
    client, engine = door
    tags = {name: {"tags": (("odd", "even")[n % 2],)} for n, name in enumerate(ITEMS)}
    engine.world.put_titles(**tags)
    engine.responder().refresh_items()
    client("PUT", "/v1/rules", PIN, content_type="application/toml")
    as_set = preview(client, k=4)
    assert shown(as_set)[0] == "heat"
    assert shown(preview(client, k=4, rules=False))[0] != "heat"
    varied = preview(client, k=2, rules=False, variety=1.0)
    assert shown(varied) != shown(preview(client, k=2, rules=False))
    assert shown(preview(client, k=4)) == shown(as_set)


def test_exploration_is_asked_for_and_says_what_chance_did(client):
    calm = preview(client, k=4)
    assert {one["propensity"] for one in calm.json["items"]} == {1.0}
    explored = preview(client, k=4, explore=1.0)
    assert any(one["explored"] for one in explored.json["items"])


def test_another_instant_and_a_session_that_was_not_sent_tell_who_is_there(tmp_path):
    people = People(answer=Who(((BOB, 0.9), (ANN, 0.1))))
    client, engine = open_door(tmp_path, people=people)
    answer = preview(client, at="2026-11-27T21:00:00Z", events=[played(1)], device_type="tv")
    assert answer.status == 200, answer.body
    assert answer.json["at"] == "2026-11-27T21:00:00Z"
    assert answer.json["person"]["persons"][0]["person_id"] == BOB
    moment = people.asked[-1]
    assert [one.item_id for one in moment.events] == ["dune"]
    assert (moment.device_type, moment.at_us) == ("tv", 1_795_813_200_000_000)
    engine.close()


@pytest.mark.parametrize("account_id", ["x", "nobody"])
def test_a_preview_amid_events_is_the_list_that_comes_after_they_are_sent(door, account_id):
    client, engine = door
    engine.world.now = at(60)
    engine.responder().renew()  # what happened before counts in both
    session = [
        {"event_id": f"{account_id}{n}", "account_id": account_id, "kind": "play", "item_id": item,
         "at": at(n).isoformat()}
        for n, item in enumerate(("brazil", "dune"))
    ]  # fmt: skip
    asked = {"account_id": account_id, "k": 4, "explain": "full"}
    before = client("POST", "/v1/preview", json.dumps(asked).encode())
    tried = client("POST", "/v1/preview", json.dumps(asked | {"events": session}).encode())
    assert shown(tried) != shown(before)
    assert client("POST", "/v1/events", json.dumps(session).encode()).json["accepted"] == 2
    sent = client("POST", "/v1/preview", json.dumps(asked).encode())
    assert tried.json["items"] == sent.json["items"]
    assert tried.json["removed"] == sent.json["removed"]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"variety": 1.5}, "variety"),
        ({"explore": -1}, "explore"),
        ({"at": "1969-01-01T00:00:00Z"}, "at"),
        ({"k": 0}, "k"),
        ({"loud": True}, "body"),
        ({"device_type": "fridge"}, "device_type"),
        ({"events": [played(1, device_id="d9")]}, "events[0].device_id"),
        ({"events": [played(1) | {"account_id": "y"}]}, "events[0].account_id"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(client, fields, place):
    refused = preview(client, **fields)
    assert refused.status == 400
    assert refused.json["error"]["place"] == place


def test_to_leave_out_rules_one_must_be_allowed_to_read_them(tmp_path):
    settings = with_settings(Settings(), serve={"require_key": "always"})
    engine = Engine(tmp_path, settings)
    key = engine.keys.create("shop", NOW, Terms("service", (), "default")).secret
    asked = Client(create_app(engine))
    body = json.dumps({"account_id": "x"}).encode()
    assert asked("POST", "/v1/preview", body, x_api_key=key).status == 200
    body = json.dumps({"account_id": "x", "rules": False}).encode()
    refused = asked("POST", "/v1/preview", body, x_api_key=key)
    assert (refused.status, refused.code) == (403, "not_permitted")
    engine.close()
