"""Stand before every page: right host, own origin, somebody signed in, and strict headers.

A page on another site may make the browser send a form or open a socket here; the browser then says
in ``Origin`` where the page came from, and only our own origin is let in. Scripts run only if they
carry the number that this answer drew (a nonce), so text that slipped into a page stays text.

Reads: requests, the table of sessions.  Writes: headers.
Source: RFC 6454 and Fetch (origin), W3C Content Security Policy Level 3, OWASP CSRF Prevention
Cheat Sheet.
Not here: signing in (console.signing), what pages hold (console.pages).
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

from settee.console.sessions import Sessions
from settee.core import HostRefused, SetteeError, check_host

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "settee_console"
SIGN_IN = "/sign-in"
SESSION = "settee.session"
_OPEN = frozenset({SIGN_IN, "/style.css", "/health"})
_SAFE = frozenset({"GET", "HEAD"})
_TAG = re.compile(rb"<(script|style)(?=[\s>])")
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer, browsers say "null" as our origin
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


class ForeignOrigin(SetteeError):
    """A page of another site asked."""

    code = "foreign_origin"
    status = 403


class Gate:
    """Lets in who may, and writes the headers that browsers go by.

    Args:
        app: What is behind it.
        sessions: Who is signed in.
        names: Host names that are answered; None answers all.
    """

    def __init__(self, app: App, sessions: Sessions, names: frozenset[str] | None) -> None:
        self._app = app
        self._sessions = sessions
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or one connection of a page."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        try:
            check_host(self._names, headers.get(b"host", b""))
            _check_origin(scope, headers)
        except (HostRefused, ForeignOrigin) as error:
            await _refuse(scope, receive, send, error.status, str(error))
            return
        session = self._sessions.find(cookie_of(headers.get(b"cookie", b"")))
        scope[SESSION] = session
        if session is not None or scope["path"] in _OPEN:
            await self._app(scope, receive, _Sender(send) if scope["type"] == "http" else send)
        elif scope["type"] == "http" and scope["method"] in _SAFE:
            await _redirect(send, f"{SIGN_IN}?to={quote(scope['path'])}")
        else:
            await _refuse(scope, receive, send, 403, "Sign in first.")


class _Sender:
    """Holds a page back until it is whole, so that its scripts get the number of this answer."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._nonce = secrets.token_urlsafe(16)
        self._start: Message | None = None
        self._parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if not _is_page(message["headers"]):
                message["headers"] = [*message["headers"], *_ALWAYS]
                await self._send(message)
                return
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        mark = b'<\\1 nonce="' + self._nonce.encode() + b'"'
        body = _TAG.sub(mark, b"".join(self._parts))
        kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        start["headers"] = [
            *kept,
            (b"content-length", str(len(body)).encode()),
            (b"content-security-policy", _policy(self._nonce).encode()),
            (b"cache-control", b"no-store"),
            *_ALWAYS,
        ]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def cookie_of(header: bytes) -> str:
    """The cookie of the console in a Cookie header; empty where there is none.

    >>> cookie_of(b"other=1; settee_console=abc")
    'abc'
    """
    try:
        found = SimpleCookie(header.decode("latin-1")).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _policy(nonce: str) -> str:
    """What the browser may run; Vue compiles templates, which is why eval stays allowed."""
    return (
        "default-src 'none'; connect-src 'self'; font-src 'self' data:; img-src 'self' data: blob:;"
        f" script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _is_page(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/html")
        for name, value in headers
    )


def _check_origin(scope: Scope, headers: dict[bytes, bytes]) -> None:
    """Refuse what another site's page sends; pages of ours always say their origin."""
    if scope["type"] == "http" and scope["method"] in _SAFE:
        return
    origin = headers.get(b"origin", b"").decode("latin-1")
    if urlsplit(origin).netloc.lower() != headers.get(b"host", b"").decode("latin-1").lower():
        raise ForeignOrigin(
            f'the request comes from "{origin[:80]}", which is not this console.',
            hint="Open the console by one address, and use it there.",
        )


async def _redirect(send: Send, to: str) -> None:
    await send(
        {"type": "http.response.start", "status": 303, "headers": [(b"location", to.encode())]}
    )
    await send({"type": "http.response.body", "body": b""})


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": why[:100]})
        return
    body = why.encode()
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send(
        {"type": "http.response.start", "status": status, "headers": [kind, *_ALWAYS]},
    )
    await send({"type": "http.response.body", "body": body})
