import json
from urllib.parse import quote

import pytest

from settee.core import Settings, Unavailable
from tests.respond.world import at, event, with_settings
from tests.web.world import open_door


def put(client, payload, **headers):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return client("PUT", "/v1/items", body, **headers)


def test_put_items_in_all_forms(client):
    assert put(client, {"item_id": "new"}).json == {"accepted": 1, "changed": 1, "rejected": []}
    assert put(client, [{"item_id": "new"}]).json["changed"] == 0
    assert put(client, {"items": [{"item_id": "b1"}, {"item_id": "b2"}]}).json["changed"] == 2
    lines = put(client, b'{"item_id":"c1"}\n{"item_id":"c2"}', content_type="application/x-ndjson")
    assert lines.json["changed"] == 2


def test_bad_item_is_refused_by_position_and_the_rest_is_kept(client, engine):
    response = put(
        client, [{"item_id": "good"}, {"title": "nameless"}, {"item_id": "x", "year": 1}]
    )
    assert response.json["accepted"] == 1
    assert [one["position"] for one in response.json["rejected"]] == [1, 2]
    assert [item.item_id for item in engine.tables.items(["good", "x"])] == ["good"]
    single = put(client, {"title": "nameless"})
    assert (single.status, single.code) == (400, "bad_item")


def test_put_stock_counts_from_the_next_answer_on(client):
    ask = ("GET", "/v1/recommendations")
    shown = client(*ask, query=b"account_id=x&k=8").json["items"]
    assert "fargo" in [one["item_id"] for one in shown]
    put(client, {"item_id": "fargo", "stock": 0})
    answer = client(*ask, query=b"account_id=x&k=8").json
    assert "fargo" not in [one["item_id"] for one in answer["items"]]
    assert answer["removed"] == {"out_of_stock": 1}


def test_batch_limit_holds_for_items(tmp_path):
    client, engine = open_door(tmp_path, with_settings(Settings(), serve={"max_batch": 1}))
    response = put(client, [{"item_id": "a"}, {"item_id": "b"}])
    assert (response.status, response.code) == (413, "body_too_large")
    engine.close()


def test_item_view_says_whether_it_can_be_shown(client):
    seen = client("GET", "/v1/items/alien").json
    assert seen["item"]["title"] == "Alien"
    assert (seen["is_servable"], seen["is_available"]) == (True, True)
    put(client, {"item_id": "brand-new"})
    fresh = client("GET", "/v1/items/brand-new").json
    assert (fresh["is_servable"], fresh["is_available"]) == (True, True)
    missing = client("GET", "/v1/items/nothing")
    assert (missing.status, missing.code) == (404, "no_such_item")


@pytest.mark.parametrize("item_id", ["a/b", "a b", "ü?&#", "similar"])
def test_ids_may_hold_what_urls_dislike(client, item_id):
    put(client, {"item_id": item_id, "title": "T"})
    assert client("GET", f"/v1/items/{item_id}").json["item"]["item_id"] == item_id
    assert quote(item_id, safe="")


def test_similar_items(client):
    response = client("GET", "/v1/items/alien/similar", query=b"k=2")
    assert response.status == 200
    assert len(response.json["items"]) == 2
    unknown = client("GET", "/v1/items/nothing/similar")
    assert (unknown.status, unknown.code) == (404, "unknown_item")


@pytest.mark.parametrize("query", [b"k=0", b"k=201", b"k=x", b"k=1001"])
def test_similar_refuses_a_number_out_of_range(client, query):
    response = client("GET", "/v1/items/alien/similar", query=query)
    assert response.status == 400
    assert response.json["error"]["place"] == "k"


def test_similar_without_a_model_is_503(tmp_path):
    client, engine = open_door(tmp_path, with_model=False)
    response = client("GET", "/v1/items/alien/similar")
    assert (response.status, response.code) == (503, "no_model")
    engine.close()


def test_account_view(client, engine):
    engine.world.happened(event("e1", "x", "alien", minutes=-3))
    seen = client("GET", "/v1/accounts/x").json
    assert seen["n_events"] == 1
    assert seen["latest"][0]["item_id"] == "alien"
    missing = client("GET", "/v1/accounts/nobody")
    assert (missing.status, missing.code) == (404, "unknown_account")


def test_path_ids_over_the_limit_are_refused(client):
    response = client("GET", "/v1/accounts/" + "a" * 129)
    assert (response.status, response.code) == (400, "bad_request")
    assert response.json["error"]["place"] == "account_id"
    assert "a" * 20 not in response.body.decode()


def test_health_is_up_even_when_nothing_can_be_answered(tmp_path, monkeypatch):
    client, engine = open_door(tmp_path, with_model=False)
    assert client("GET", "/health").json == {"is_up": True}
    ready = client("GET", "/ready")
    assert (ready.status, ready.json["rung"]) == (200, "catalogue")

    def gone():
        raise Unavailable("gone")

    monkeypatch.setattr(engine.journal, "last_offset", gone)
    unready = client("GET", "/ready")
    assert (unready.status, unready.json["journal"]) == (503, "unavailable")
    engine.close()


def test_ready_names_the_rung_and_the_version(client):
    ready = client("GET", "/ready").json
    assert ready["is_ready"]
    assert (ready["journal"], ready["rung"], ready["n_items"]) == ("ok", "fusion", 8)
    assert len(ready["model_version"]) == 16


def test_figures_count_requests_events_answers_and_ages(client):
    event_body = {
        "event_id": "e1", "account_id": "x", "kind": "play", "item_id": "alien",
        "at": at(-1).isoformat(),
    }  # fmt: skip
    client("POST", "/v1/events", json.dumps([event_body, {}]).encode())
    client("GET", "/v1/items/alien")
    client("GET", "/v1/items/secret-name")
    client("BREW", "/coffee/secret-name")
    page = client("GET", "/metrics").body.decode()
    for line in (
        'settee_events_total{outcome="accepted"} 1.0',
        'settee_events_total{outcome="rejected"} 1.0',
        'settee_requests_total{method="GET",route="/v1/items/{item_id}",status="200"} 1.0',
        'settee_requests_total{method="other",route="other",status="404"} 1.0',
        'settee_errors_total{code="no_such_item"} 1.0',
        "settee_journal_lag_events 1.0",
    ):
        assert line in page
    assert "settee_data_age_seconds" in page
    assert "secret-name" not in page


def test_ages_are_nan_without_a_model(tmp_path):
    client, engine = open_door(tmp_path, with_model=False)
    page = client("GET", "/metrics").body.decode()
    assert "settee_data_age_seconds NaN" in page
    assert "settee_model_age_seconds NaN" in page
    engine.close()
