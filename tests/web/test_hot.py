import gzip
import json

import pytest

from settee.core import Overloaded, Settings
from tests.respond.world import at, with_settings
from tests.web.world import open_door


def an_event(event_id: str, account_id: str = "x", item_id: str = "alien", **more) -> dict:
    base = {"event_id": event_id, "account_id": account_id, "kind": "play", "item_id": item_id}
    return base | {"at": at(-5).isoformat()} | more


def post(client, payload, **headers):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return client("POST", "/v1/events", body, **headers)


# -- events --------------------------------------------------------------------------------------


def test_single_event_is_stored_before_the_answer(client, engine):
    response = post(client, an_event("e1"))
    assert response.status == 200
    assert response.json == {"accepted": 1, "duplicates": 0, "rejected": []}
    assert engine.journal.read(0, 9)[0].record.event_id == "e1"


@pytest.mark.parametrize("form", ["array", "envelope", "ndjson"])
def test_batch_forms_mean_the_same(client, engine, form):
    events = [an_event(f"e{number}") for number in range(3)]
    headers = {}
    body = json.dumps(events if form == "array" else {"events": events}).encode()
    if form == "ndjson":
        body = b"\n".join(json.dumps(one).encode() for one in events) + b"\n\n"
        headers = {"content_type": "application/x-ndjson; charset=utf-8"}
    assert post(client, body, **headers).json["accepted"] == 3
    assert engine.journal.last_offset() == 3


def test_bad_event_is_refused_by_position_and_the_rest_is_kept(client, engine):
    events = [an_event("e1"), {"event_id": "e2"}, an_event("e3", kind="dance"), an_event("e4")]
    response = post(client, events)
    assert response.status == 200
    assert response.json["accepted"] == 2
    assert [one["position"] for one in response.json["rejected"]] == [1, 2]
    assert {one["error"]["code"] for one in response.json["rejected"]} == {"bad_event"}
    assert [one.position for one in engine.refused] == [1, 2]
    assert engine.journal.last_offset() == 2


def test_positions_count_on_over_the_slices_of_a_large_batch(client):
    events = [an_event(f"e{number}") for number in range(600)]
    events[599] = {}
    assert [one["position"] for one in post(client, events).json["rejected"]] == [599]


def test_single_bad_event_answers_with_its_error(client, engine):
    response = post(client, {"event_id": "e1"})
    assert (response.status, response.code) == (400, "bad_event")
    assert len(engine.refused) == 1


def test_event_sent_twice_counts_once(client):
    post(client, an_event("e1"))
    again = post(client, [an_event("e1"), an_event("e2"), an_event("e2")])
    assert again.json == {"accepted": 1, "duplicates": 2, "rejected": []}


def test_empty_batch_is_no_error(client):
    assert post(client, []).json == {"accepted": 0, "duplicates": 0, "rejected": []}


def test_event_from_the_future_is_refused(client):
    response = post(client, an_event("e1", at=at(60 * 24 * 30).isoformat()))
    assert (response.status, response.code) == (400, "bad_event")
    assert response.json["error"]["place"] == "at"


def test_full_journal_asks_to_come_back_later_and_stores_nothing(client, engine, monkeypatch):
    def full(_records):
        raise Overloaded("too many", retry_after_s=7)

    monkeypatch.setattr(engine.journal, "submit", full)
    response = post(client, an_event("e1"))
    assert (response.status, response.code) == (429, "overloaded")
    assert response.headers["retry-after"] == "7"
    assert engine.journal.last_offset() == 0


def test_gzip_body_is_unfolded(client):
    packed = gzip.compress(json.dumps([an_event("e1")]).encode())
    assert post(client, packed, content_encoding="gzip").json["accepted"] == 1


def test_batch_and_body_limits_are_settings(tmp_path):
    small = with_settings(Settings(), serve={"max_batch": 2, "max_body_bytes": 2048})
    client, engine = open_door(tmp_path, small)
    assert post(client, [an_event(f"e{n}") for n in range(3)]).code == "body_too_large"
    large = post(client, b" " * 2049)
    assert (large.status, large.code) == (413, "body_too_large")
    assert large.headers["connection"] == "close"
    assert engine.journal.last_offset() == 0
    engine.close()


def test_next_recommendation_reflects_the_event(client):
    ask = ("GET", "/v1/recommendations")
    assert client(*ask, query=b"account_id=x").json["rung"] == "popular"
    post(client, an_event("e1", item_id="alien"))
    answer = client(*ask, query=b"account_id=x").json
    assert answer["rung"] == "fusion"
    assert "alien" not in [one["item_id"] for one in answer["items"]]


# -- recommendations -----------------------------------------------------------------------------


def test_get_and_post_ask_the_same(client):
    asked = client("GET", "/v1/recommendations", query=b"account_id=x&k=2&exclude=fargo")
    body = b'{"account_id": "x", "k": 2, "exclude": ["fargo"]}'
    posted = client("POST", "/v1/recommendations", body)
    assert asked.status == posted.status == 200
    assert asked.json["items"] == posted.json["items"]
    assert len(asked.json["items"]) == 2
    assert asked.json["removed"] == {"excluded": 1}


def test_number_of_items_defaults_to_the_setting(tmp_path):
    client, engine = open_door(tmp_path, with_settings(Settings(), respond={"k": 4, "max_k": 5}))
    assert len(client("GET", "/v1/recommendations", query=b"account_id=x").json["items"]) == 4
    refused = client("GET", "/v1/recommendations", query=b"account_id=x&k=6")
    assert (refused.status, refused.json["error"]["place"]) == (400, "k")
    engine.close()


def test_answer_is_counted_by_rung(client):
    client("GET", "/v1/recommendations", query=b"account_id=x")
    page = client("GET", "/metrics").body.decode()
    assert 'settee_answers_total{because="no_history",rung="popular"} 1.0' in page


def test_nothing_to_show_is_503(tmp_path):
    client, engine = open_door(tmp_path, with_model=False)
    ids = "&exclude=".join(engine.responder()._serving.offer.item_ids)
    response = client("GET", "/v1/recommendations", query=f"account_id=x&exclude={ids}".encode())
    assert (response.status, response.code) == (503, "nothing_to_show")
    engine.close()


@pytest.mark.parametrize("path", ["/v1/events", "/v1/recommendations"])
def test_other_methods_are_refused_with_what_is_accepted(client, path):
    response = client("DELETE", path)
    assert (response.status, response.code) == (405, "method_refused")
    assert "POST" in response.headers["allow"]
