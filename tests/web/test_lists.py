import time

import pytest

from settee.core import Settings
from settee.web import create_app
from settee.web.errors import BadRequest
from settee.web.lists import account_of
from settee.web.pressure import Pressure
from tests.respond.test_lists import make
from tests.respond.world import event, with_settings
from tests.web.world import Client, Engine

HOME = "/v1/lists/home"


@pytest.fixture
def engine(tmp_path):
    engine = Engine(tmp_path, with_settings(Settings(), serve={"shed_above_ms": 1.0}))
    make(engine.world, engine.responder(), "x")
    yield engine
    engine.close()


@pytest.fixture
def client(engine):
    return Client(create_app(engine))


def test_list_goes_out_as_it_was_made_and_no_exposure_is_journalled(client, engine):
    first, second = (client("GET", HOME, query=b"account_id=x") for _ in range(2))
    assert first.status == 200
    assert first.body == second.body
    assert client("GET", "/stats").json["lists"] == {"ready": 2}
    assert engine.journal.last_offset() == 0


def test_list_that_no_longer_holds_is_computed_at_once_and_never_shows_what_was_seen(
    client, engine
):
    shown = client("GET", HOME, query=b"account_id=x").json["items"][0]["item_id"]
    engine.world.happened(event("e1", "x", shown))
    anew = client("GET", HOME, query=b"account_id=x").json
    assert shown not in {one["item_id"] for one in anew["items"]}
    assert anew["exposure_id"]
    assert anew["journalled"]
    assert client("GET", "/stats").json["lists"] == {"anew": 1, "ready": 1}


def test_account_without_a_list_gets_one_at_once(client):
    told = client("GET", HOME, query=b"account_id=new").json
    assert (told["account_id"], told["list_name"], len(told["items"])) == ("new", "home", 3)


def test_list_that_nobody_made_is_not_found(client):
    response = client("GET", "/v1/lists/evening", query=b"account_id=x")
    assert (response.status, response.code) == (404, "no_such_list")
    assert client("POST", HOME, b"{}").status == 405


def test_lists_that_there_are_are_told(client):
    (told,) = client("GET", "/v1/precomputed").json["lists"]
    assert (told["name"], told["k"], told["computed_at"]) == ("home", 3, "2026-11-21T20:00:00Z")


@pytest.fixture
def crowd(engine):
    pressure = Pressure(1.0, time.monotonic)
    for _ in range(100):
        pressure.saw(9.0)
    return Client(create_app(engine, pressure))


def test_crowd_gets_the_list_that_was_made_ahead_before_it_is_turned_away(crowd):
    replies = [
        crowd("GET", "/v1/recommendations", query=b"account_id=x&k=3&slot=home") for _ in range(5)
    ]
    assert [one.status for one in replies] == [200] * 5
    assert "computed_at" in replies[0].json
    other = [crowd("GET", "/v1/recommendations", query=b"account_id=x&k=2") for _ in range(5)]
    assert {one.status for one in other} == {503}


def test_list_that_must_be_made_anew_may_be_turned_away(crowd):
    replies = [crowd("GET", HOME, query=b"account_id=new") for _ in range(5)]
    assert {one.status for one in replies} == {503}


def test_no_list_stands_in_where_that_is_switched_off(tmp_path):
    settings = with_settings(Settings(), lists={"when_shedding": False})
    engine = Engine(tmp_path, settings)
    make(engine.world, engine.responder(), "x")
    pressure = Pressure(1.0, time.monotonic)
    for _ in range(100):
        pressure.saw(9.0)
    client = Client(create_app(engine, pressure))
    query = b"account_id=x&k=3&slot=home"
    statuses = {client("GET", "/v1/recommendations", query=query).status for _ in range(5)}
    assert statuses == {503}
    engine.close()


@pytest.mark.parametrize(
    ("query", "account_id"),
    [(b"account_id=a7", "a7"), (b"account_id=a%2F7", "a/7"), (b"account_id=%C3%A9", "é")],
)
def test_account_is_read_in_any_spelling(query, account_id):
    assert account_of(query) == account_id


@pytest.mark.parametrize(
    "query",
    [
        b"", b"account_id=", b"k=5", b"account_id=a&k=5", b"account_id=a&account_id=b",
        b"account_id=%FF", b"account_id=%00", b"account_id=" + b"x" * 129, b"\xff",
        b"account_id=" + b"%61" * 129, b"&".join([b"a=1"] * 40),
    ],
)  # fmt: skip
def test_query_that_names_not_one_account_is_refused(query):
    with pytest.raises(BadRequest):
        account_of(query)
