import json

import pytest

import settee.audiences.ready as ready_module
from settee.store import Sliceable, write_sliced
from settee.web import create_app
from settee.web.errors import BadRequest
from settee.web.reached import number_of
from tests.web.world import Client

AT_M1 = "/v1/items/m1/audience"


@pytest.fixture
def client(engine, monkeypatch):
    monkeypatch.setattr(ready_module, "NEWS_S", 0.0)
    names = [f"a{number}" for number in range(150)]
    members = [json.dumps({"account_id": one, "probability": 0.5}).encode() for one in names]
    head = b'{"item_id":"m1","how":"model","horizon_days":30.0,"members":['
    one = Sliceable("m1", head, members, [(name, "") for name in names], 0, 0.0)
    write_sliced(engine.world.home / "reach", [one], {"mark": [0]})
    return Client(create_app(engine))


def who(response):
    return [one["account_id"] for one in response.json["members"]]


def test_as_many_people_as_are_asked_for_the_likeliest_first(client):
    assert who(client("GET", AT_M1, query=b"n=2")) == ["a0", "a1"]
    assert len(who(client("GET", AT_M1, query=b"n=1000"))) == 150
    assert len(who(client("GET", AT_M1))) == 100


def test_who_names_no_number_gets_as_many_people_as_the_setting_says(client, engine):
    wanted = engine.settings.precomputed.model_copy(update={"n": 3})
    engine.settings = engine.settings.model_copy(update={"precomputed": wanted})
    few = Client(create_app(engine))
    assert who(few("GET", AT_M1)) == ["a0", "a1", "a2"]
    assert who(few("GET", AT_M1, query=b"n=2")) == ["a0", "a1"]
    assert len(who(client("GET", AT_M1))) == 100


def test_whoever_took_consent_back_is_in_no_answer_from_then_on(client, engine):
    before = client("GET", AT_M1, query=b"n=2")
    engine.watch.refused.add("a0")
    after = client("GET", AT_M1, query=b"n=2", if_none_match=before.headers["etag"])
    assert (after.status, who(after)) == (200, ["a1", "a2"])
    assert after.headers["etag"] != before.headers["etag"]


def test_the_same_answer_again_is_a_304_without_a_body(client):
    first = client("GET", AT_M1, query=b"n=2")
    assert first.headers["cache-control"] == "private, no-cache"
    for tag in (first.headers["etag"], "*", f'"x", W/{first.headers["etag"]}'):
        again = client("GET", AT_M1, query=b"n=2", if_none_match=tag)
        assert (again.status, again.body) == (304, b"")
    other = client("GET", AT_M1, query=b"n=3", if_none_match=first.headers["etag"])
    assert other.status == 200


def test_an_item_without_an_answer_is_not_found(client):
    response = client("GET", "/v1/items/m2/audience")
    assert (response.status, response.code) == (404, "no_audience_yet")
    assert client("POST", AT_M1, b"{}").status == 405


@pytest.mark.parametrize("query", [b"n=0", b"n=1001", b"n=", b"n=1&n=2", b"k=1", b"n=-1", b"\xff"])
def test_any_other_query_is_refused(query):
    with pytest.raises(BadRequest):
        number_of(query)


def test_a_number_is_read_in_any_spelling():
    assert number_of(b"n=%32%30") == 20
