import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settee.app.attribution import AttributionWork
from tests.web.test_impact import JSON
from tests.web.world import Engine, open_door

PATHS = [
    {"path": ["mail", "web"], "conversions": 120, "value_cents": 9000, "nulls": 300},
    {"path": ["web"], "conversions": 80, "nulls": 500},
]
ROUTE = "/v1/attribution"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "attribute", AttributionWork.attribute, raising=False)
        door, engine = open_door(tmp_path_factory.mktemp("attribution"))
        yield door
        engine.close()


def test_counted_paths_are_credited(client):
    body = json.dumps({"paths": PATHS, "methods": ["last", "linear"]}).encode()
    answer = client("POST", ROUTE, body)
    assert answer.status == 200
    found = answer.json
    assert [one["method"] for one in found["methods"]] == ["last", "linear"]
    assert [row["conversions"] for row in found["methods"][1]["channels"]] == [60.0, 140.0]
    assert "not causal" in found["cautions"][0]


def test_the_same_question_has_the_same_bytes(client):
    body = json.dumps({"paths": PATHS}).encode()
    first, again = (client("POST", ROUTE, body).body for _ in range(2))
    assert first == again


def test_a_refusal_names_the_field(client):
    answer = client("POST", ROUTE, json.dumps({"by": "device"}).encode())
    assert answer.status == 400
    assert answer.json["error"]["place"] == "by"
    assert answer.json["error"]["code"] == "bad_credit_query"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.sampled_from(["by", "since", "paths", "holdout", "unit", "x"]), JSON,
                       min_size=1, max_size=3))  # fmt: skip
def test_whatever_is_sent_has_an_answer_or_a_plain_refusal(client, body):
    body = {**body, "x": body.get("x")}
    answer = client("POST", ROUTE, json.dumps(body).encode())
    assert answer.status == 400
    assert answer.json["error"]["code"] == "bad_credit_query"
