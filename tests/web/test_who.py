import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import SetteeError
from settee.people import Moment
from settee.web.who import asked_who, who_is_there
from tests.respond.people import ANN, BOB, Who
from tests.respond.world import NOW, at
from tests.web.test_hot import an_event

NOW_US = int(NOW.timestamp()) * 1_000_000
FULL = {
    "account_id": "x", "device_id": "d1", "device_type": "tv", "platform": "web",
    "profile_id": "kids",
}  # fmt: skip


def ask(client, payload):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return client("POST", "/v1/who", body)


def test_who_is_there_is_told_with_stage_and_bits(client, engine):
    engine.people.answer = Who(
        ((ANN, 0.71236), (BOB, 0.2)), guest=0.08764, together=0.3, signals=(("device", 1.23456),)
    )
    response = ask(client, FULL)
    assert response.status == 200
    assert response.json == {
        "account_id": "x",
        "at": "2026-11-21T20:00:00Z",
        "stage": "persons",
        "persons": [
            {"person_id": ANN, "probability": 0.7124},
            {"person_id": BOB, "probability": 0.2},
        ],
        "guest": 0.0876,
        "together": 0.3,
        "is_together": False,
        "is_unsure": False,
        "signals": [{"name": "device", "bits": 1.235}],
    }
    assert engine.people.asked == [Moment("x", NOW_US, "d1", "tv", "web", "kids")]
    page = client("GET", "/metrics").body.decode()
    assert 'settee_who_total{stage="persons",unsure="false"} 1.0' in page


def test_the_running_session_and_another_instant_can_be_sent(client, engine):
    events = [an_event("e1", device_id="d1", duration_s=60)]
    asked = {"account_id": "x", "device_id": "d1", "at": at(-4).isoformat(), "events": events}
    assert ask(client, asked).status == 200
    (moment,) = engine.people.asked
    assert moment.at_us == NOW_US - 240_000_000
    assert [(one.event_id, one.lasted_us) for one in moment.events] == [("e1", 60_000_000)]


def test_without_persons_to_look_for_the_account_is_all_there_is():
    found = who_is_there(Moment("x", NOW_US), None)
    assert (found.stage, found.persons, found.is_unsure) == ("account", [], True)


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        (b"", "body"),
        (b"{}", "account_id"),
        ({"account_id": ""}, "account_id"),
        ({"account_id": "x", "when": 1}, "body"),
        ({"account_id": "x", "device_type": "fridge"}, "device_type"),
        ({"account_id": "x", "at": "yesterday"}, "at"),
        ({"account_id": "x", "at": "2026-11-21T20:00:00"}, "at"),
        ({"account_id": "x", "at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"account_id": "x", "at": "9999-12-31T23:59:59-14:00"}, "at"),
        ({"account_id": "x", "events": [an_event("e1", account_id="y")]}, "events[0].account_id"),
        ({"account_id": "x", "events": [an_event("e1", device_id="d")]}, "events[0].device_id"),
        ({"account_id": "x", "events": [an_event("e1")] * 1001}, "events"),
    ],
)
def test_a_bad_question_is_refused_with_its_place(client, engine, payload, place):
    response = ask(client, payload)
    assert (response.status, response.code) == (400, "bad_request")
    assert response.json["error"]["place"] == place
    assert engine.people.asked == []


def test_a_bad_event_is_refused_as_everywhere(client):
    response = ask(client, {"account_id": "x", "events": [{"event_id": "e1"}]})
    assert (response.status, response.code) == (400, "bad_event")


def test_other_methods_are_refused(client):
    assert client("GET", "/v1/who").code == "method_refused"


PIECES = st.sampled_from([
    b'{"account_id":"x"', b',"events":[', b'{"event_id":"e1","account_id":"x","kind":"browse",',
    b'"at":"2026-11-21T20:14:03Z"', b',"at":"1969-12-31T00:00:00Z"', b"}", b"]", b"{", b'"\\ud800"',
    b',"device_id":null', b',"device_type":"tv"', b"1e999", b"\xff", b"\x00", b"null",
])  # fmt: skip


@given(body=st.binary(max_size=60) | st.lists(PIECES, max_size=9).map(b"".join))
def test_any_bytes_are_read_or_refused(body):
    with contextlib.suppress(SetteeError):
        assert isinstance(asked_who(body, NOW), Moment)
