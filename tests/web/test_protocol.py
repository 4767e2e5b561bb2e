"""Senders that are slow, endless or no HTTP at all, against a service on a socket."""

import asyncio
import contextlib
import json
import re
import resource
import socket
import time
from collections import Counter

import httpx
import pytest

import settee.web.body as body_module
import settee.web.protocol as protocol_module
from settee.client import Client
from tests.client.world import PATIENT, running

SOON_S = 0.4
"""How long slow senders are waited for here."""
CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(body_module, "BODY_TIMEOUT_S", SOON_S)
        patch.setattr(protocol_module, "HEAD_TIMEOUT_S", SOON_S)
        # Nobody is turned away for being many: that is what tests of pressure are about.
        with running(tmp_path_factory.mktemp("home"), serve={"shed_above_ms": 600_000}) as service:
            yield service


@pytest.fixture
def address(service):
    url = httpx.URL(service[0])
    return url.host, url.port


@pytest.fixture(autouse=True)
def lives(service):
    """Whatever happened, the service answers afterwards."""
    yield
    with Client(service[0], settings=PATIENT) as client:
        assert client.health().is_up
        assert client.recommend("afterwards", k=2).items


def head(method: str = "POST", path: str = "/v1/events", *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def said(connection: socket.socket) -> tuple[int, str, bytes]:
    """Status and code of all that comes until the service closes, and the bytes themselves."""
    whole = b""
    try:
        while part := connection.recv(65536):
            whole += part
    except ConnectionError:
        pass  # it closed while we were still sending
    if not whole:
        return 0, "", b""
    top, _, body = whole.partition(b"\r\n\r\n")
    status = int(re.match(rb"HTTP/1.1 (\d+)", top)[1])
    error = json.loads(body)["error"] if status >= 400 else {"code": ""}
    assert set(error) <= {"code", "message", "hint", "place"}
    return status, error["code"], whole


def pour(connection: socket.socket, part: bytes, most: int) -> int:
    """Send the part again and again until nobody takes it; the bytes that went."""
    sent = 0
    try:
        while sent < most:
            sent += connection.send(part)
    except (ConnectionError, TimeoutError):
        pass
    return sent


@pytest.fixture
def connection(address):
    with socket.create_connection(address, timeout=30) as connection:
        yield connection


@pytest.mark.parametrize("begun", [b"G", b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: "])
def test_a_head_that_does_not_end_is_given_up(connection, begun):
    connection.sendall(begun)
    assert said(connection)[:2] == (408, "head_too_slow")


def test_a_head_that_drips_is_given_up_too(connection):
    connection.sendall(b"GET / HTTP/1.1\r\n")
    with pytest.raises(ConnectionError):
        drip(connection, b"x-drip: 1\r\n", times=1000)


def drip(connection: socket.socket, part: bytes, times: int) -> None:
    for _ in range(times):
        connection.sendall(part)
        time.sleep(SOON_S / 10)


def test_a_connection_that_asks_nothing_is_closed_without_a_word(connection):
    assert said(connection)[2] == b""


def test_a_second_request_that_does_not_end_is_given_up(connection):
    connection.sendall(head("GET", "/health"))
    assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    connection.sendall(b"GET /hea")
    assert said(connection)[:2] == (408, "head_too_slow")


def test_a_body_that_does_not_end_is_given_up(connection):
    connection.sendall(head("POST", "/v1/events", "content-length: 100") + b"[")
    assert said(connection)[:2] == (408, "body_too_slow")


@pytest.mark.parametrize(
    "begun", [b"GET /", b"GET / HTTP/1.1\r\nx: ", b"GET / HTTP/1.1\r\nx", b"BREW" * 9, b"\r\n"]
)
def test_a_head_without_end_is_refused_before_it_fills_the_memory(connection, begun):
    connection.sendall(begun)
    most = 64 * 1024 * 1024
    assert pour(connection, b"a" * 65536, most) < most
    status, code, _ = said(connection)
    assert (status, code) in {(431, "head_too_large"), (400, "not_http"), (0, "")}


def test_headers_behind_a_body_are_neither_kept_nor_endless(connection):
    connection.sendall(
        head("POST", "/v1/events", "transfer-encoding: chunked") + b"2\r\n[]\r\n0\r\n"
    )
    most = 64 * 1024 * 1024
    assert pour(connection, b"trailer: " + b"a" * 9000 + b"\r\n", most) < most


def test_a_body_whose_length_is_over_the_limit_is_refused_before_it_comes(connection):
    connection.sendall(head("POST", "/v1/events", f"content-length: {10**13}"))
    assert said(connection)[:2] == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/v1/events", "/v1/items", "/v1/recommendations", "/v1/who"])
def test_a_body_without_end_is_refused_at_the_limit(connection, service, path):
    method = "PUT" if path == "/v1/items" else "POST"
    connection.sendall(head(method, path, "transfer-encoding: chunked"))
    limit = service[1].settings.serve.max_body_bytes
    assert pour(connection, CHUNK, 20 * limit) < 4 * limit
    status, code, _ = said(connection)
    # The refusal may be lost where the sender goes on sending into a closed connection.
    assert (status, code) in {(413, "body_too_large"), (0, "")}


def test_a_body_without_end_behind_a_question_that_has_none_ends_too(connection):
    connection.sendall(head("GET", "/health", "transfer-encoding: chunked"))
    begun = time.monotonic()
    while time.monotonic() - begun < 60:
        if pour(connection, CHUNK, len(CHUNK)) < len(CHUNK):
            break
        time.sleep(SOON_S / 20)
    else:
        raise AssertionError("the service reads for ever")


@pytest.mark.parametrize(
    "junk",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"HELO settee\r\n\r\n", b"\x00" * 100,
     b"GET /health HTTP/9.9\r\n\r\n",
     b"GET /\xff HTTP/1.1\r\n\r\n", b"GET http://[ HTTP/1.1\r\n\r\n",
     head("POST", "/v1/events", "content-length: -5"),
     head("POST", "/v1/events", "content-length: 5", "content-length: 6"),
     head("POST", "/v1/events", "transfer-encoding: chunked") + b"zz\r\n"],
)  # fmt: skip
def test_what_is_no_http_is_refused_in_the_one_shape(connection, junk):
    connection.sendall(junk)
    assert said(connection)[:2] in {(400, "not_http"), (408, "body_too_slow")}


def test_a_reader_that_never_reads_holds_nobody_up(address, service):
    with socket.create_connection(address, timeout=30) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            deaf.send(head("GET", "/openapi.json") * 200)
        with Client(service[0], settings=PATIENT) as client:
            assert client.health().is_up


def test_a_thousand_connections_at_once_are_all_answered_again_and_again(address, monkeypatch):
    # One loop opens them all and may be late with its first word to the last of them.
    monkeypatch.setattr(protocol_module, "HEAD_TIMEOUT_S", 60.0)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4000:
        pytest.skip("this machine lets a process open too few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4000), hard))
    statuses = asyncio.run(crowd(address, 1000, rounds=3))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert Counter(statuses) == {200: 3000}


async def crowd(address, n: int, rounds: int) -> list[int]:
    """Statuses of so many rounds of one question over each of so many open connections."""
    opened: list[asyncio.StreamWriter] = []

    async def ask(number: int) -> list[int]:
        # Asked as soon as it is open: a connection that says nothing for long is closed.
        reader, writer = await asyncio.open_connection(*address)
        opened.append(writer)
        found = []
        for _ in range(rounds):
            path = "/health" if number % 10 else f"/v1/recommendations?account_id=a{number}&k=2"
            writer.write(head("GET", path))
            top = await reader.readuntil(b"\r\n\r\n")
            length = int(re.search(rb"content-length: (\d+)", top)[1])
            await reader.readexactly(length)
            found.append(int(top.split()[1]))
        return found

    try:
        found = await asyncio.gather(*(ask(number) for number in range(n)))
    finally:
        for writer in opened:
            writer.close()
    return [status for one in found for status in one]


def test_one_connection_too_many_is_refused_in_the_one_shape_and_told_when_to_come_back(
    tmp_path,
):
    with running(tmp_path, serve={"max_connections": 2}) as (url, _):
        place = (httpx.URL(url).host, httpx.URL(url).port)
        with contextlib.ExitStack() as stack:
            first, second, third = (
                stack.enter_context(socket.create_connection(place, timeout=30)) for _ in range(3)
            )
            third.sendall(head("GET", "/health"))
            status, code, whole = said(third)
            assert (status, code) == (503, "crowded")
            assert b"retry-after: 1" in whole
            for one in (first, second):
                one.sendall(head("GET", "/health"))
                assert one.recv(65536).startswith(b"HTTP/1.1 200")
