"""Serve the console in a process of its own, beside one or many workers of the API.

The pages ask the service over HTTP as any caller does, so that twenty open consoles cost it twenty
callers and not its event loop. NiceGUI keeps one connection to each tab and redraws what
changes; nothing of it is loaded before this process begins to listen.

Reads / Writes: the socket.
Source: NiceGUI 3 (documentation of `ui.run_with`).
Not here: pages (console.pages), who may see them (console.gate).
"""

import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from nicegui import app as nicegui
from nicegui import ui
from starlette.middleware.gzip import GZipMiddleware

from settee.client import AsyncClient, ClientSettings
from settee.console.asking import Asking
from settee.console.frame import frame
from settee.console.gate import SESSION, App, Gate
from settee.console.manual import add_manual
from settee.console.pages import PAGES
from settee.console.sessions import Sessions
from settee.console.signing import Signing
from settee.console.view import Page, View
from settee.core import ConsoleSettings, Settings, Unavailable, accepted_names

_PATIENCE = ClientSettings(timeout_s=120.0, connect_timeout_s=3.0, n_retries=1)
"""A training report may take long; a service that is down is said to be at once."""


class CannotListen(Unavailable):
    """The address of the console cannot be bound."""

    code = "console_cannot_listen"


def create_console(settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> App:
    """The ASGI application of the console.

    Args:
        settings: Effective settings; `console` and, for where the service is, `serve`.
        monotonic: Tells seconds, for how long one stays signed in.

    Raises:
        ValueError: If `console.api_url` is no address.
    """
    own = settings.console
    url = api_url(settings)
    sessions = Sessions(60 * own.idle_minutes, own.max_sessions, monotonic)

    def make_client(key: str | None) -> AsyncClient:
        return AsyncClient(url, key, settings=_PATIENCE)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        await sessions.close()

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=life)
    paths = frozenset(page.path for page in PAGES)
    Signing(sessions, own, make_client, paths).add_to(app)
    _add_files(app)
    add_manual(app)
    for page in PAGES:
        _add_page(page, sessions)
    nicegui.config.quasar_config["loadingBar"] = {"skipHijack": True}  # a bar without a name
    ui.run_with(
        app,
        title="settee",
        favicon=Path(str(files("settee.console") / "static" / "icon.svg")),
        language="en-US",
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=30.0,
        gzip_middleware_factory=None,  # pages are packed behind the gate, which writes in them
    )
    ui.add_head_html('<link rel="stylesheet" href="/style.css">', shared=True)
    return GZipMiddleware(Gate(app, sessions, accepted_names(own.host)), minimum_size=1000)


def api_url(settings: Settings) -> str:
    """Where the service is that the console asks.

    >>> api_url(Settings())
    'http://127.0.0.1:8321'
    """
    if settings.console.api_url:
        return settings.console.api_url
    host = settings.serve.host
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 -- asked, not bound
    return f"http://{everywhere.get(host, host)}:{settings.serve.port}"


def serve_console(
    settings: Settings,
    *,
    on_start: Callable[[str], None] = lambda _: None,
    on_server: Callable[[uvicorn.Server], None] = lambda _: None,
) -> None:
    """Serve the console until SIGINT or SIGTERM.

    Args:
        settings: Effective settings.
        on_start: Told the address once it listens.
        on_server: Given the server, for callers who end it by ``should_exit`` instead.

    Raises:
        CannotListen: If the address is taken or not ours.
        ValueError: If `console.api_url` is no address.
    """
    own = settings.console
    config = uvicorn.Config(
        create_console(settings), host=own.host.strip("[]"), port=own.port, log_config=None,
        access_log=False, server_header=False, proxy_headers=False, ws_max_size=1 << 20,
    )  # fmt: skip
    listening = _bind(own)
    host, port = listening.getsockname()[:2]
    server = uvicorn.Server(config)
    on_server(server)
    on_start(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
    server.run(sockets=[listening])


def _bind(own: ConsoleSettings) -> socket.socket:
    host = own.host.strip("[]")
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, own.port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise CannotListen(
            f"{own.host} port {own.port} cannot be bound: {error.strerror or error}.",
            hint="Stop what listens there, or choose another console.port; 0 takes any free one.",
            place="console.port",
        ) from None
    return listening


def _add_page(page: Page, sessions: Sessions) -> None:
    async def show(request: Request) -> None:
        session = request.scope[SESSION]
        view = View(Asking(session.client), session, sessions)
        with frame(page, PAGES, view):
            if page.needs and not view.may(page.needs):
                ui.label(f"A {session.me.role} may not see this; it needs {page.needs}.")
                return
            await page.draw(view)

    ui.page(page.path, title=f"{page.title} - settee")(show)


def _add_files(app: FastAPI) -> None:
    style = (files("settee.console") / "static" / "style.css").read_bytes()

    @app.get("/style.css")
    async def give_style() -> Response:
        return Response(style, media_type="text/css", headers={"cache-control": "max-age=300"})

    @app.get("/health")
    async def health() -> Response:
        return PlainTextResponse("up")
