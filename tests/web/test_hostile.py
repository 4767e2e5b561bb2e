"""Whatever comes in at whatever door, the answer is a refusal with a name and never a bug."""

import json
from collections import Counter
from urllib.parse import urlencode

import pytest
import schemathesis
import schemathesis.engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.engine.events import ScenarioFinished

from settee.app import open_workspace
from settee.core import Settings
from settee.web import create_app
from tests.client.promises import values
from tests.respond.world import World, event, small_model, with_settings
from tests.web.world import Client

pytestmark = pytest.mark.usefixtures("untraced")
SEED = 20261121
HOW = settings(
    max_examples=25, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
JUDGED = {
    # 503 where nothing is left to show, and for what is not ready.
    "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]},
    # A `k` that the schema allows may be over respond.max_k, an account that it allows unknown.
    "positive_data_acceptance": {"enabled": False},
    # NDJSON is text to the schema, and any text of lines is a batch of refused events.
    "negative_data_rejection": {"enabled": False},
    # An id may hold a slash, so `GET …/people/corrections` asks for an account of a long name.
    "unsupported_method": {"enabled": False},
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    world = World.at(tmp_path_factory.mktemp("home"), with_settings(Settings(), serve={"port": 0}))
    world.put_titles()
    world.release(small_model(world.settings))
    world.happened(event("e0", "a", "alien"))
    world.close()
    with open_workspace(world.settings) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def door(workspace):
    return Client(create_app(workspace))


@pytest.fixture(scope="module")
def document(door):
    return door("GET", "/openapi.json").json


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def check(response) -> None:
    """No bug, and one error shape."""
    assert response.status not in (0, 500, 501, 502, 504), response.body
    if response.status < 400 or b"is_ready" in response.body:
        return
    assert response.headers["content-type"] == "application/json"
    assert set(response.json) == {"error"}
    error = response.json["error"]
    assert {"code", "message"} <= set(error) <= {"code", "message", "hint", "place"}
    assert all(isinstance(value, str) and value for value in error.values())
    assert len(response.body) < 4000, "a refusal does not repeat what was sent"


def test_every_limit_of_the_document_is_kept_on_both_sides_of_it(door, document):
    config = SchemathesisConfig.from_dict({
        "seed": SEED,
        "checks": JUDGED,
        "phases": {name: {"enabled": False} for name in ("examples", "fuzzing", "stateful")},
    })  # fmt: skip
    api = schemathesis.openapi.from_dict(document, config=config)
    api.app = door.app
    api.location = "http://127.0.0.1/openapi.json"
    asked, failures = Counter(), []
    for seen in schemathesis.engine.from_schema(api).execute():
        if not isinstance(seen, ScenarioFinished):
            continue
        for one in seen.recorder.interactions.values():
            asked[seen.recorder.label] += 1
            assert one.response is not None
            assert one.response.status_code not in (500, 501, 502, 504), one.response.text
        for checks in seen.recorder.checks.values():
            failures += [(seen.recorder.label, bad) for bad in checks if bad.failure_info]
    assert failures == []
    served = {f"{method} {path}" for method, path, _ in operations(document)}
    assert set(asked) == served
    assert min(asked.values()) > 0


def test_bodies_that_are_nearly_right_never_make_a_bug(door, document):
    known = document["components"]["schemas"]
    n = 0
    for method, path, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            continue
        good = values(content["application/json"]["schema"], known, more=False)
        send_spoilt(door, method, path.replace("{", "").replace("}", ""), good)
        n += 1
    assert n >= 5


ODD = st.sampled_from([
    None, True, False, 0, -1, 2**31, 2**63, 2**64, 10**400, -(10**400), 1.5, 1e308, "", "\x00",
    "\ud800", "a" * 5000, "NaN", [], {}, [[]], {"": None}, [None] * 50, {"a": {"b": {}}},
    "9999-12-31T23:59:59.999999+14:00", "0001-01-01T00:00:00-14:00", "2026-02-30T00:00:00Z",
])  # fmt: skip
RAW = st.sampled_from([b"NaN", b"Infinity", b"1e999", b"-0", b'"\\ud800"', b"[" * 2000, b"\xff"])


def spoil(value, draw):
    """A value with one odd thing somewhere in it."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        name = draw(st.sampled_from(sorted(value)))
        how = draw(st.integers(0, 5))
        if how == 0:
            return {one: other for one, other in value.items() if one != name}
        if how == 1:
            return value | {name + "?": value[name]}
        return value | {name: spoil(value[name], draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 2)):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], spoil(value[place], draw), *value[place + 1 :], *value[:1]]
    return draw(ODD)


def send_spoilt(door, method: str, path: str, good: st.SearchStrategy) -> None:
    @HOW
    @given(good, st.data())
    def sends(value, data):
        body = json.dumps(spoil(value, data.draw)).encode()
        if data.draw(st.integers(0, 3)) == 0:
            cut = data.draw(st.integers(0, len(body)))
            body = body[:cut] + data.draw(RAW) + body[cut:]
        kind = data.draw(
            st.sampled_from(["application/json", "application/x-ndjson", "", "x" * 99])
        )
        check(door(method, path, body, content_type=kind))

    sends()


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12) | st.sampled_from([
    "", "null", "-1", "1e9", "NaN", "true", "%00", "..", "/", "../../etc/passwd", "' OR 1=1 --",
    "{item_id}", "\x00", "\n", "ünï", "a" * 3000, "2026-02-30", "people", "a/people/corrections",
])  # fmt: skip


def test_ids_and_queries_that_nobody_expects_never_make_a_bug(door, document):
    for method, path, operation in operations(document):
        names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
        ask_oddly(door, method, path, names)


def ask_oddly(door, method: str, path: str, names: list[str]) -> None:
    pieces = path.replace("}", "{").split("{")
    fields = st.lists(st.tuples(st.sampled_from([*names, "other"]), TEXTS), max_size=4)

    @HOW
    @given(st.lists(TEXTS, min_size=len(pieces) // 2, max_size=len(pieces) // 2), fields)
    def asks(ids, query):
        rest = iter(ids)
        filled = [one if n % 2 == 0 else next(rest) for n, one in enumerate(pieces)]
        check(door(method, "".join(filled), query=urlencode(query).encode()))

    asks()


@HOW
@given(
    st.sampled_from([
        "authorization", "x-api-key", "content-length", "content-encoding", "accept", "cookie",
        "x-forwarded-for", "transfer-encoding", "expect", "origin", "traceparent", "if-none-match",
    ]),
    st.sampled_from([
        "", " ", "Bearer", "Bearer ", "Bearer a.b.c", "Basic Og==", "-1", "1e3", "gzip, gzip",
        "*/*;q=x", "\xff", "a" * 7000, "null", "00-0-0-0", "9" * 30,
    ]),
)  # fmt: skip
def test_headers_that_nobody_expects_never_make_a_bug(door, name, value):
    asked = b'{"account_id": "a"}'
    check(door("GET", "/v1/recommendations", query=b"account_id=a", **{name: value}))
    check(door("POST", "/v1/who", asked, **{name: value}))
    check(door("PUT", "/v1/items", asked, **{name: value}))


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "BREW", "get", "OPTIONS", "HEAD"])
def test_methods_that_nobody_expects_never_make_a_bug(door, document, method):
    for path in document["paths"]:
        assert door(method, path).status < 500
