import asyncio
import contextlib
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settee.web.errors import MethodRefused, refusal_from_validation, status_reply

DOORS = [
    ("POST", "/v1/events"), ("POST", "/v1/recommendations"), ("PUT", "/v1/items"),
    ("POST", "/v1/who"), ("POST", "/v1/accounts/a/people/corrections"),
    ("GET", "/v1/recommendations"), ("GET", "/v1/items/a/similar"), ("GET", "/v1/accounts/a"),
]  # fmt: skip
PIECES = st.sampled_from([
    b'{"event_id":"e1","account_id":"a","kind":"play","at":"2026-11-21T00:00:00Z","item_id":"i"}',
    b"[", b"]", b"{", b"}", b'"events":', b'"items":', b'{"item_id":"i"}', b",", b"\n", b"null",
    b"1e999", b'"\\ud800"', b"\xff", b"\x00", b'"at":"2026-13-01"', b"account_id=a", b"&k=", b"%",
])  # fmt: skip
BODIES = st.binary(max_size=60) | st.lists(PIECES, max_size=8).map(b"".join)


def test_unknown_path_has_the_one_shape(client):
    response = client("GET", "/nowhere/" + "x" * 500)
    assert (response.status, response.code) == (404, "no_such_route")
    assert len(response.body) < 400
    assert client("GET", "/v1/items/").status == 400


def test_wrong_method_names_the_right_one(client):
    response = client("POST", "/v1/items", b"{}")
    assert (response.status, response.code) == (405, "method_refused")
    assert response.headers["allow"] == "GET, PUT"


def test_head_of_an_error_has_no_body(client):
    response = client("HEAD", "/v1/events")
    assert (response.status, response.body) == (405, b"")


def test_bug_answers_500_without_trace_or_values_and_is_logged(client, engine, monkeypatch, caplog):
    def bug(*_):
        raise ZeroDivisionError("the secret of account x")

    monkeypatch.setattr(engine.responder(), "recommend_to_keep", bug)
    monkeypatch.setattr(engine.responder(), "account", bug)
    for path, query in (("/v1/recommendations", b"account_id=x"), ("/v1/accounts/x", b"")):
        caplog.clear()
        response = client("GET", path, query=query)
        assert (response.status, response.code) == (500, "internal")
        assert b"secret" not in response.body
        assert b"Traceback" not in response.body
        error_id = response.json["error"]["message"].split()[-1].rstrip(".")
        assert error_id in caplog.text
        assert "ZeroDivisionError" in caplog.text


def test_every_response_forbids_sniffing_and_keeping(client):
    for path in ("/health", "/nowhere", "/v1/recommendations"):
        headers = client("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


def test_client_that_leaves_halfway_gets_nothing_and_stores_nothing(client, engine):
    response = client("POST", "/v1/events", b"[", gone=True)
    assert response.status == 0
    assert engine.journal.last_offset() == 0


def test_sockets_of_the_web_are_turned_away(client):
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/v1/events", "headers": [], "query_string": b""}
    with contextlib.suppress(Exception):
        asyncio.run(client.app(scope, receive, send))
    assert all(message["type"] != "websocket.accept" for message in sent)


def test_life_of_the_application_starts_and_stops_the_thread(client):
    inbox = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive():
        return inbox.pop(0)

    async def send(message):
        sent.append(message["type"])

    asyncio.run(client.app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_bare_statuses_get_the_shape():
    assert json.loads(status_reply(418, "/tea", "GET").body)["error"]["code"] == "bad_request"
    assert status_reply(405, "/tea", "GET", ["PUT"]).headers[-1] == (b"allow", b"PUT")
    assert "another" in MethodRefused("BREW", []).message
    assert "understood" in refusal_from_validation([]).message


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    door=st.sampled_from(DOORS),
    body=BODIES,
    query=BODIES,
    kind=st.sampled_from(["", "application/json", "application/x-ndjson", "text/plain"]),
    coding=st.sampled_from(["", "gzip", "br", "identity"]),
)
def test_no_bytes_at_any_door_ever_make_a_500(client, door, body, query, kind, coding):
    response = client(*door, body, query=query, content_type=kind, content_encoding=coding)
    assert response.status < 500, response.body
    if response.status >= 400:
        error = response.json["error"]
        assert set(error) <= {"code", "message", "hint", "place"}
        assert error["code"]
        assert error["message"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(tail=st.text(max_size=40), method=st.sampled_from(["GET", "PUT", "POST", "HEAD", "TRACE"]))
def test_no_path_ever_makes_a_500(client, tail, method):
    for root in ("/", "/v1/items/", "/v1/accounts/"):
        assert client(method, root + tail).status < 500
