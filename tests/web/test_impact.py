import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.world import open_door

FOUNDING = {
    "users": 100_000, "revenue_user_month_cents": 1500, "lift": 0.15, "lift_of": "engagement",
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    door, engine = open_door(tmp_path_factory.mktemp("impact"))
    yield door
    engine.close()


def test_the_founding_figures_are_2_7_million_and_an_upper_bound(client):
    answer = client("POST", "/v1/impact", json.dumps(FOUNDING).encode())
    assert answer.status == 200
    found = answer.json
    assert found["revenue_cents"] == {"value": 270_000_000.0, "low": None, "high": None}
    assert found["claim"] == "upper_bound"
    assert "Engagement is not revenue" in found["notes"][0]


def test_the_same_question_has_the_same_bytes(client):
    body = json.dumps({**FOUNDING, "lift_low": 0.1, "lift_high": 0.3}).encode()
    first, again = (client("POST", "/v1/impact", body).body for _ in range(2))
    assert first == again


def test_a_refusal_names_the_figure(client):
    answer = client("POST", "/v1/impact", json.dumps({**FOUNDING, "margin": 2}).encode())
    assert answer.status == 400
    assert answer.json["error"]["place"] == "margin"
    assert answer.json["error"]["code"] == "bad_impact"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.sampled_from([*FOUNDING, "treated", "months"]), JSON), st.booleans())
def test_whatever_is_sent_is_answered_or_refused(client, change, is_whole):
    asked = {**FOUNDING, **change} if is_whole else change
    answer = client("POST", "/v1/impact", json.dumps(asked).encode())
    assert answer.status in (200, 400)
