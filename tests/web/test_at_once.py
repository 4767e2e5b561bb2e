"""Answers that are given while the head of the request is read, over a socket."""

import json
import socket
import threading

import httpx
import pytest

import settee.web.protocol as protocol_module
from settee.core import system_clock
from settee.events import ContactWord
from settee.govern import Terms
from settee.store import Sliceable, write_sliced
from settee.web.at_once import MAX_KNOWN_BYTES, AtOnce, Plain, Ready
from settee.web.drain import Drained
from tests.client.world import running

PATH = "/v1/items/m1/audience?n=2"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    members = [json.dumps({"account_id": f"a{n}", "probability": 0.5}).encode() for n in range(9)]
    units = [(f"a{n}", "") for n in range(9)]
    now_s = int(system_clock().timestamp())
    one = Sliceable("m1", b'{"item_id":"m1","members":[', members, units, now_s, 0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol_module, "HEAD_TIMEOUT_S", 0.5)
        with running(home) as (url, workspace):
            write_sliced(workspace.home / "reach", [one], {"mark": workspace.show_mark()})
            yield httpx.URL(url), workspace


def ask(service, *requests: bytes, wait_s: float = 0.3) -> bytes:
    """All that comes for requests that are sent in one piece."""
    url, _ = service
    found = b""
    with socket.create_connection((url.host, url.port), timeout=wait_s) as connection:
        connection.sendall(b"".join(requests))
        try:
            while part := connection.recv(65536):
                found += part
        except TimeoutError:
            pass
    return found


def get(path: str = PATH, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "host: 127.0.0.1", *headers, "", ""]).encode()


def seen_slowly(service, path: str = PATH) -> httpx.Response:
    """The same by the usual way: an escape in the path is none of the plain ones."""
    url, _ = service
    return httpx.get(f"{url}{path.replace('m1', '%6d1')}", trust_env=False)


def test_both_ways_give_the_same_bytes_and_headers(service):
    head, _, body = ask(service, get()).partition(b"\r\n\r\n")
    usual = seen_slowly(service)
    assert body == usual.content
    quick = {line.partition(b": ")[0].decode() for line in head.split(b"\r\n")[1:]}
    assert quick == set(usual.headers)
    for name in ("etag", "cache-control", "vary", "x-content-type-options", "content-type"):
        assert f"{name}: {usual.headers[name]}".encode() in head


def test_requests_in_a_row_are_answered_in_their_order(service):
    slow = get("/health")
    found = ask(service, get(), slow, get("/v1/items/m1/audience?n=1"), slow, get())
    assert found.count(b"HTTP/1.1 200") == 5
    assert [found.find(b"is_up", at) > 0 for at in (0, found.find(b"is_up") + 1)] == [True, True]
    members = [found.count(b'"account_id"')]
    assert members == [2 + 1 + 2]


def test_a_304_has_no_body_and_the_connection_goes_on(service):
    tag = seen_slowly(service).headers["etag"]
    found = ask(service, get(PATH, f"if-none-match: {tag}"), get())
    assert found.startswith(b"HTTP/1.1 304 Not Modified\r\n")
    assert found.count(b"HTTP/1.1 ") == 2
    assert b"content-length" not in found.partition(b"\r\n\r\n")[0]


def test_what_is_not_plain_takes_the_usual_way(service):
    for request in (
        get(PATH, "content-length: 2") + b"{}",
        get(PATH, "connection: close"),
        get(PATH, "origin: http://127.0.0.1"),
        get().replace(b"HTTP/1.1", b"HTTP/1.0"),
    ):
        assert b'"account_id"' in ask(service, request) or b"403" in ask(service, request)
    assert b"404" in ask(service, get("/v1/items/m9/audience"))
    assert b"400" in ask(service, get("/v1/items/m1/audience?n=0"))
    assert b" 421 " in ask(service, get().replace(b"127.0.0.1", b"evil.example"))


def test_keys_rates_and_permissions_are_looked_at(service):
    _, workspace = service
    at = workspace.clock()
    may = workspace.keys.create("reads", at, Terms("marketer", rate_per_s=0.001, burst=2))
    may_not = workspace.keys.create("asks", at, Terms("service", ("answers.read",)))
    assert b" 403 " in ask(service, get(PATH, f"x-api-key: {may_not.secret}"))
    assert b" 401 " in ask(service, get(PATH, "x-api-key: settee_wrong"))
    found = ask(service, *[get(PATH, f"x-api-key: {may.secret}")] * 3)
    assert (found.count(b" 200 OK"), found.count(b" 429 ")) == (2, 1)
    assert workspace.keys.used(may.key, at).n_today == 2


def talk(service, *requests: bytes) -> list[bytes]:
    """What comes for each request over one connection, the next sent when an answer is there."""
    url, _ = service
    found = []
    with socket.create_connection((url.host, url.port), timeout=3) as connection:
        for request in requests:
            connection.sendall(request)
            found.append(connection.recv(65536))
    return found


def test_the_same_bytes_again_get_the_same_bytes_over_any_connection(service):
    first, *others = [*talk(service, get(), get(), get()), *talk(service, get(), get())]
    assert first.startswith(b"HTTP/1.1 200")
    assert {one.partition(b"date:")[0] for one in others} == {first.partition(b"date:")[0]}
    assert {one.partition(b"\r\n\r\n")[2] for one in others} == {seen_slowly(service).content}


def test_what_is_known_is_answered_in_order_before_what_must_be_parsed(service):
    talk(service, get(), get("/v1/items/m1/audience?n=1"))
    one = get("/v1/items/m1/audience?n=1")
    found = ask(service, get(), one, get("/health"), one, get(), get("/v1/items/m1/audience?n=4"))
    bodies = [part.count(b'"account_id"') for part in found.split(b"HTTP/1.1 ")[1:]]
    assert bodies == [2, 1, 0, 1, 2, 4]
    half = get()[:20]
    assert talk(service, get() + half, get()[20:] + get())[1].count(b'"account_id"') == 4


def test_a_key_that_is_revoked_opens_nothing_although_its_bytes_are_known(service):
    _, workspace = service
    at = workspace.clock()
    key = workspace.keys.create("once", at, Terms("marketer"))
    request = get(PATH, f"x-api-key: {key.secret}")
    assert all(b" 200 OK" in one for one in talk(service, request, request))
    workspace.keys.revoke(key.key.key_id, at)
    assert b" 401 " in ask(service, request)
    assert workspace.keys.used(key.key, at).n_today == 2


def test_known_bytes_are_held_to_their_rate(service):
    _, workspace = service
    key = workspace.keys.create(
        "few", workspace.clock(), Terms("marketer", rate_per_s=0.01, burst=3)
    )
    request = get(PATH, f"authorization: Bearer {key.secret}")
    found = b"".join(talk(service, request, request, request, request))
    assert (found.count(b" 200 OK"), found.count(b" 429 ")) == (3, 1)


def test_whoever_took_consent_back_is_gone_from_known_answers(service):
    _, workspace = service
    talk(service, get(), get())
    workspace.put_contact("a0", ContactWord({"*": False}))
    threading.Event().wait(0.1)
    gone = talk(service, get())[0]
    assert b'"a0"' not in gone
    assert gone.count(b'"account_id"') == 2
    workspace.put_contact("a0", ContactWord({"*": True}))
    threading.Event().wait(0.1)
    assert b'"a0"' in talk(service, get())[0]


class Closed:
    """A door that understands all and gives nothing but what it is told to."""

    def __init__(self):
        self.parsed = 0
        self.ready = Ready(b"HTTP/1.1 200 OK\r\n", (b"x",))

    def plain(self, target, _headers, /):
        self.parsed += 1
        return Plain("/t", target.decode(), b"", b"", b"")

    def at_once(self, _plain, /):
        return self.ready


def test_the_door_is_asked_each_time_and_the_meaning_is_found_once():
    door = Closed()
    at_once = AtOnce(door)
    assert at_once.again(b"GET /a") is None
    plain, ready = at_once.first(b"/a", [])
    at_once.remember(b"GET /a", plain)
    assert at_once.again(b"GET /a") == ready == door.ready
    door.ready = None
    assert at_once.again(b"GET /a") is None
    assert at_once.first(b"/a", []) is None
    assert door.parsed == 2


def test_nothing_is_given_at_once_while_the_service_drains():
    drained = Drained(Closed())
    at_once = drained.at_once
    at_once.remember(b"GET /a", at_once.first(b"/a", [])[0])
    drained.drain()
    assert at_once.again(b"GET /a") is None
    assert at_once.first(b"/a", []) is None


def test_long_requests_and_too_many_are_not_remembered(monkeypatch):
    monkeypatch.setattr("settee.web.at_once.MAX_KNOWN", 2)
    at_once = AtOnce(Closed())
    plain, _ = at_once.first(b"/a", [])
    at_once.remember(b"x" * (MAX_KNOWN_BYTES + 1), plain)
    assert at_once.again(b"x" * (MAX_KNOWN_BYTES + 1)) is None
    for name in (b"a", b"b", b"c"):
        at_once.remember(name, plain)
    assert [at_once.again(name) is None for name in (b"a", b"b", b"c")] == [True, True, False]


def test_a_head_that_stops_half_way_is_given_up_also_behind_a_quick_answer(service):
    found = ask(service, get(), b"GET /v1/ite", wait_s=3.0)
    assert b'"head_too_slow"' in found


def test_a_connection_may_idle_behind_a_quick_answer(service):
    url, _ = service
    with socket.create_connection((url.host, url.port), timeout=3) as connection:
        connection.sendall(get())
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        threading.Event().wait(0.8)  # longer than a head may take
        connection.sendall(get())
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
