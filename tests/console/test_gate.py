"""Who gets past the gate, and what browsers are told to hold to."""

import asyncio

import pytest

from settee.console.gate import COOKIE, SESSION, Gate, cookie_of
from settee.console.sessions import Sessions
from settee.core import accepted_names
from tests.console.test_sessions import ME, Client

PAGE = b"<html><style>p{}</style><script>go()</script><p>&lt;script&gt; in text</p></html>"


async def page(scope, receive, send):
    del receive
    kind = b"text/css" if scope["path"] == "/style.css" else b"text/html; charset=utf-8"
    headers = [(b"content-type", kind), (b"content-length", b"1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": PAGE[:20], "more_body": True})
    await send({"type": "http.response.body", "body": PAGE[20:]})


class Asked:
    """What came back of one request."""

    def __init__(self, messages):
        self.first = messages[0]
        self.status = self.first.get("status")
        self.headers = {name.decode(): value.decode() for name, value in self.first["headers"]}
        self.body = b"".join(one.get("body", b"") for one in messages[1:])


def ask(path="/", *, method="GET", signed_in=True, bound="127.0.0.1", kind="http", **headers):
    async def run():
        sessions = Sessions(60.0, 9, lambda: 0.0)
        sent, seen = [], {}

        async def app(scope, receive, send):
            seen.update(scope)
            await page(scope, receive, send)

        if signed_in:
            headers.setdefault("cookie", f"{COOKIE}={sessions.open(ME, Client())}")
        headers.setdefault("host", "127.0.0.1:8322")
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        scope = {"type": kind, "path": path, "method": method, "headers": raw}

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        await Gate(app, sessions, accepted_names(bound))(scope, receive, send)
        await sessions.close()
        return sent, seen

    return asyncio.run(run())


def test_without_a_session_one_is_led_to_the_form_and_back():
    sent, seen = ask("/watch", signed_in=False)
    asked = Asked(sent)
    assert (asked.status, asked.headers["location"]) == (303, "/sign-in?to=/watch")
    assert not seen


@pytest.mark.parametrize("path", ["/sign-in", "/style.css", "/health"])
def test_form_and_looks_need_no_session(path):
    sent, seen = ask(path, signed_in=False)
    assert Asked(sent).status == 200
    assert seen[SESSION] is None


@pytest.mark.parametrize(
    "path", ["/sign-in/../watch", "/_nicegui/1/static/x.js", "/styles.css", "//"]
)
def test_paths_that_only_look_open_are_not(path):
    assert Asked(ask(path, signed_in=False)[0]).status == 303


def test_scripts_carry_the_number_of_this_answer_and_text_does_not():
    asked, again = Asked(ask()[0]), Asked(ask()[0])
    nonce = asked.headers["content-security-policy"].split("'nonce-")[1].split("'")[0]
    assert f'<script nonce="{nonce}">go()'.encode() in asked.body
    assert b"&lt;script&gt; in text" in asked.body
    assert asked.body != again.body
    assert int(asked.headers["content-length"]) == len(asked.body)
    assert "'unsafe-inline'" not in asked.headers["content-security-policy"].split("style-src")[0]
    assert asked.headers["cache-control"] == "no-store"


def test_browsers_are_let_say_which_page_a_form_of_ours_comes_from():
    assert Asked(ask("/sign-in", signed_in=False)[0]).headers["referrer-policy"] == "same-origin"


def test_what_is_no_page_passes_as_it_is():
    asked = Asked(ask("/style.css")[0])
    assert asked.body == PAGE
    assert asked.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:9"])
def test_a_page_of_another_site_can_send_nothing_here(origin):
    headers = {} if origin is None else {"origin": origin}
    sent, seen = ask("/sign-in", method="POST", **headers)
    assert Asked(sent).status == 403
    assert not seen


def test_our_own_page_can():
    assert Asked(ask("/x", method="POST", origin="http://127.0.0.1:8322")[0]).status == 200


def test_a_form_without_a_session_is_refused():
    sent, _ = ask("/x", method="POST", signed_in=False, origin="http://127.0.0.1:8322")
    assert (Asked(sent).status, Asked(sent).body) == (403, b"Sign in first.")


@pytest.mark.parametrize("given", [{"origin": "http://evil.example"}, {}])
def test_a_socket_of_another_site_is_closed_before_it_opens(given):
    sent, seen = ask("/_nicegui_ws/", kind="websocket", **given)
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": sent[0]["reason"]}]
    assert not seen


def test_a_socket_without_a_session_is_closed():
    sent, _ = ask(
        "/_nicegui_ws/", kind="websocket", signed_in=False, origin="http://127.0.0.1:8322"
    )
    assert sent[0]["type"] == "websocket.close"


def test_a_name_that_points_here_by_a_trick_is_refused():
    sent, _ = ask(host="evil.example")
    assert Asked(sent).status == 421


def test_what_is_neither_request_nor_socket_passes():
    sent, seen = ask(kind="lifespan")
    assert seen["type"] == "lifespan"
    assert sent


def test_a_cookie_header_that_cannot_be_read_is_no_cookie():
    assert cookie_of(b"\xff=\x00;;;=") == ""
