"""Sign people in with their API key, and out: one form without a script.

The key is tried on the service (``GET /v1/me``) and kept in memory alone. Where the service asks
for no key and the console listens on this machine alone, everybody at it is signed in at once, as
``curl`` would be.

Reads: a form.  Writes: the table of sessions, one cookie.
Not here: who may pass without (console.gate).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from settee.client import AsyncClient, ClientError
from settee.client.errors import KeyRefused
from settee.client.results import Me
from settee.console.gate import COOKIE, SIGN_IN, cookie_of
from settee.console.sessions import Sessions
from settee.core import ConsoleSettings, is_loopback

_MAX_FORM = 8192
_AFTER_A_WRONG_KEY_S = 0.5
MakeClient = Callable[[str | None], AsyncClient]


@dataclass(frozen=True)
class Signing:
    """The way in and out.

    Args:
        sessions: Who is signed in.
        settings: Of the console.
        make_client: Makes a client of a key.
        paths: Pages that one may be led to; any other leads home.
    """

    sessions: Sessions
    settings: ConsoleSettings
    make_client: MakeClient
    paths: frozenset[str]

    def add_to(self, app: FastAPI) -> None:
        """Serve the form and what it sends."""
        app.get(SIGN_IN, response_class=HTMLResponse)(self.form)
        app.post(SIGN_IN)(self.sign_in)
        app.post("/sign-out")(self.sign_out)

    async def form(self, to: str = "/") -> Response:
        """The form; where no key is needed, a session at once."""
        if is_loopback(self.settings.host):
            try:
                return await self._enter(None, to)
            except KeyRefused:
                return _page("", to)
            except ClientError as error:
                return _page(_said(error), to, status=503)
        return _page("", to)

    async def sign_in(self, request: Request) -> Response:
        """Try the key of the form."""
        raw = bytearray()
        async for part in request.stream():
            raw += part
            if len(raw) > _MAX_FORM:
                return _page("That is no key: it is too long.", "/", status=413)
        fields = parse_qs(raw.decode("utf-8", "replace"))
        key, to = fields.get("key", [""])[0].strip(), fields.get("to", ["/"])[0]
        try:
            return await self._enter(key, to)
        except ValueError as error:
            return await _wrong(str(error), to)
        except KeyRefused as error:
            return await _wrong(_said(error), to)
        except ClientError as error:
            return _page(_said(error), to, status=503)

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        self.sessions.end(cookie_of(request.headers.get("cookie", "").encode("latin-1")))
        reply = RedirectResponse(SIGN_IN, status_code=303)
        reply.delete_cookie(COOKIE)
        return reply

    async def _enter(self, key: str | None, to: str) -> Response:
        """A session for whoever has the key.

        Raises:
            ValueError: If it cannot be a key.
            ClientError: If the service refuses it, or does not answer.
        """
        client = self.make_client(key)
        try:
            me: Me = await client.me()
        except ClientError:
            await client.close()
            raise
        reply = RedirectResponse(to if to in self.paths else "/", status_code=303)
        reply.set_cookie(
            COOKIE,
            self.sessions.open(me, client),
            httponly=True,
            samesite="strict",
            secure=self.settings.is_https,
        )
        return reply


async def _wrong(why: str, to: str) -> Response:
    await asyncio.sleep(_AFTER_A_WRONG_KEY_S)  # so that guessing is slow
    return _page(why, to, status=401)


def _said(error: ClientError) -> str:
    return f"{error.message} {error.hint}".strip()


def _page(why: str, to: str, status: int = 200) -> Response:
    alert = f'<p role="alert" class="wrong">{escape(why)}</p>' if why else ""
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<title>Sign in - settee</title><link rel="stylesheet" href="/style.css"></head>'
        '<body class="sign-in"><main><h1>settee</h1>'
        f"<p>Sign in with your API key. It stays in the memory of this console.</p>{alert}"
        f'<form method="post" action="{SIGN_IN}"><label for="key">API key</label>'
        '<input id="key" name="key" type="password" autocomplete="current-password" required '
        f'autofocus><input type="hidden" name="to" value="{escape(to)}">'
        '<button type="submit">Sign in</button></form>'
        "<p>An owner makes keys: <code>settee key create NAME --role scientist</code></p>"
        "</main></body></html>",
        status_code=status,
    )
