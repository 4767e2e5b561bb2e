"""Answers that are given while the head of the request is read, over a socket."""

import json
import socket
import threading

import httpx
import pytest

import settee.web.protocol as protocol_module
from settee.core import system_clock
from settee.govern import Terms
from settee.store import Sliceable, write_sliced
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
