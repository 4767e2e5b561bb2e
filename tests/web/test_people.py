import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import SetteeError
from settee.people import PersonEvent, SessionAnswer
from settee.web.who import read_correction
from tests.respond.people import lived

WAS = {"event_id": "c1", "kind": "was", "sessions": ["e9"], "persons": ["p_a"]}


def tell(client, payload, account_id="x"):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return client("POST", f"/v1/accounts/{account_id}/people/corrections", body)


def test_the_persons_of_an_account_are_shown(client, engine):
    engine.people.households["x"] = lived()
    engine.people.happened.append(PersonEvent("born", 60, ("p_a",), (("sessions", 8.0),)))
    engine.people.said.append(SessionAnswer("e9", {"p_a": 0.9}, together=False, unsure=False))
    response = client("GET", "/v1/accounts/x/people")
    assert response.status == 200
    found = response.json
    assert (found["account_id"], found["stage"]) == ("x", "persons")
    (person,) = found["persons"]
    assert person["share"] == 1.0
    assert len(person["hours"]) == 24
    assert person["devices"][0]["device_id"] == "d1"
    assert found["changes"] == [{
        "kind": "born", "at": "1970-01-01T00:01:00Z", "person_ids": ["p_a"],
        "evidence": {"sessions": 8.0}, "reversible": False,
    }]  # fmt: skip
    assert found["sessions"] == [
        {"event_id": "e9", "persons": {"p_a": 0.9}, "together": False, "unsure": False}
    ]


def test_an_account_id_with_a_slash_has_persons_too(client, engine):
    engine.people.households["a/7"] = lived("a/7")
    assert client("GET", "/v1/accounts/a/7/people").json["account_id"] == "a/7"
    assert tell(client, WAS, "a/7").status == 200
    assert engine.corrected[0][0] == "a/7"


def test_nobody_is_404(client):
    response = client("GET", "/v1/accounts/stranger/people")
    assert (response.status, response.code) == (404, "unknown_account")


def test_a_correction_is_taken_in_once(client, engine):
    assert tell(client, WAS).json == {"event_id": "c1", "is_new": True}
    assert tell(client, WAS).json == {"event_id": "c1", "is_new": False}
    (account_id, correction, event_id), _ = engine.corrected
    assert (account_id, event_id) == ("x", "c1")
    assert (correction.kind, correction.sessions, correction.persons) == ("was", ("e9",), ("p_a",))


def test_a_correction_without_a_name_is_given_one(client, engine):
    assert tell(client, {"kind": "guest", "sessions": ["e9"]}).json["event_id"] == "made-up"
    assert engine.corrected[0][2] is None


def test_a_person_who_is_not_there_is_404(client):
    assert tell(client, WAS, "nobody").code == "no_such_person"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "bad_request"),
        (b"[]", "bad_request"),
        (b"{}", "bad_correction"),
        ({"kind": "was", "sessions": ["e9"]}, "bad_correction"),
        ({"kind": "dance"}, "bad_correction"),
        (WAS | {"event_id": ""}, "bad_request"),
        (WAS | {"event_id": 7}, "bad_request"),
        (WAS | {"why": "because"}, "bad_correction"),
    ],
)
def test_a_bad_correction_is_refused(client, engine, payload, code):
    response = tell(client, payload)
    assert (response.status, response.code) == (400, code)
    assert engine.corrected == []


PIECES = st.sampled_from([
    b'{"kind":"was"', b',"sessions":["e9"]', b',"persons":["p_a"]', b',"event_id":"c1"', b"}",
    b',"event_id":null', b',"name":"x"', b"[", b'"\\ud800"', b"\xff", b"\x00", b"1e999",
])  # fmt: skip


@given(body=st.binary(max_size=60) | st.lists(PIECES, max_size=8).map(b"".join))
def test_any_bytes_are_read_or_refused(body):
    with contextlib.suppress(SetteeError):
        read_correction(body)
