"""Listen on a socket until told to stop, alone or as one of several workers.

uvicorn on uvloop and httptools. A connection that idles longer than `KEEP_ALIVE_S` is closed, more
than `serve.max_connections` at once get a 503, and a body has its own limit in time (web.body), so
slow senders cannot take the service down. On SIGTERM open requests are finished first (web.drain).

Reads / Writes: the socket.
Not here: what is served (web.application), how workers are kept alive (web.workers).
"""

import gc
import logging
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from settee.core import ServeSettings, Settings, Unavailable, start_logging
from settee.web.application import create_app
from settee.web.door import Door, template_of
from settee.web.drain import Drained, Part, Server
from settee.web.engine import Engine
from settee.web.pressure import Pressure
from settee.web.protocol import Protocol
from settee.web.siblings import Siblings
from settee.web.tracing import AsgiApp, Traced
from settee.web.workers import Supervisor

KEEP_ALIVE_S = 15
GRACE_S = 20
_BACKLOG = 1024
_WELCOMED = 16
"""Connections that are taken up in one turn of the loop.

libuv takes up one for each descriptor that it watches. A thousand callers who come at once and ask
without a pause would make a turn 17 ms long, and the last of them would wait 8 s to be let in.
"""
_log = logging.getLogger("settee.web")
OpenEngine = Callable[[Settings], AbstractContextManager[Engine]]


class CannotListen(Unavailable):
    """The address cannot be bound."""

    code = "cannot_listen"


def serve(
    workspace: Engine,
    *,
    on_start: Callable[[str], None] = lambda _: None,
    on_server: Callable[[uvicorn.Server], None] = lambda _: None,
) -> None:
    """Serve a workspace in this process until SIGINT or SIGTERM, then finish and return.

    Args:
        workspace: An open workspace; it stays the caller's to close.
        on_start: Told the base URL once callers can connect.
        on_server: Given the server, for callers who end it by ``should_exit`` instead.

    Raises:
        NoKeys: If the settings ask for a key and none exists.
        CannotListen: If the address is taken or not ours.
    """
    settings = workspace.settings.serve
    service = _Service.of(workspace)
    with _bind(settings.host, settings.port) as listening:
        workspace.responder()
        quiet_collector()
        server = service.server()
        on_server(server)
        with _ended_by_signals(server):
            on_start(_url(listening))
            try:
                server.run(sockets=_many(listening))
            finally:
                service.close()
                gc.unfreeze()  # libraries check at exit that nothing of theirs was left over


def serve_by_workers(
    settings: Settings,
    open_engine: OpenEngine,
    *,
    on_start: Callable[[str], None] = lambda _: None,
    reread: Callable[[], Settings] | None = None,
) -> None:
    """Serve by `serve.workers` processes on one socket until SIGINT or SIGTERM.

    Args:
        settings: Effective settings; this process opens nothing but the socket.
        open_engine: Opens the workspace in a worker.
        on_start: Told the base URL once all workers answer.
        reread: Gives the settings for new workers at SIGHUP; host and port stay.

    Raises:
        CannotListen: If the address is taken or not ours.
        WorkersFailed: If a worker ends before it answers.
    """
    in_force = [settings]
    folder = Path(tempfile.mkdtemp(prefix="settee-"))

    def run(number: int, tell_ready: Callable[[], None]) -> None:
        start_logging(in_force[0].serve, number)
        with open_engine(in_force[0]) as engine:
            _work(engine, listening, Siblings(folder, number), tell_ready)

    def reload() -> None:
        if reread is not None:
            in_force[0] = reread()

    with _bind(settings.serve.host, settings.serve.port) as listening:
        try:
            Supervisor(
                run,
                settings.serve.workers,
                settings.serve.drain_s + GRACE_S,
                lambda: on_start(_url(listening)),
                reload,
            ).supervise()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _work(
    engine: Engine, listening: socket.socket, siblings: Siblings, tell_ready: Callable[[], None]
) -> None:
    """Be one of several workers until SIGTERM."""
    service = _Service.of(engine, siblings)
    engine.responder()
    quiet_collector()
    server = service.server(is_worker=True, on_ready=tell_ready)
    with _ended_by_signals(server):
        try:
            server.run(sockets=_many(listening))
        finally:
            service.close()
            gc.unfreeze()


@dataclass(frozen=True)
class _Service:
    """An application with what watches over it."""

    app: AsgiApp
    door: Door
    pressure: Pressure
    siblings: Siblings | None
    traced: Traced | None
    settings: ServeSettings

    @classmethod
    def of(cls, engine: Engine, siblings: Siblings | None = None) -> "_Service":
        settings = engine.settings
        pressure = Pressure(settings.serve.shed_above_ms, time.monotonic)
        door = create_app(engine, pressure, siblings)
        traced = Traced(door, settings.tracing, template_of) if settings.tracing.enabled else None
        return cls(traced or door, door, pressure, siblings, traced, settings.serve)

    def server(
        self, *, is_worker: bool = False, on_ready: Callable[[], None] = lambda: None
    ) -> Server:
        drained = Drained(self.app)
        config = uvicorn.Config(
            drained,
            loop="uvloop",
            http=Protocol,
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            limit_concurrency=self.settings.max_connections,
            timeout_graceful_shutdown=GRACE_S,
        )
        parts: list[Part] = [self.pressure, _Ready(on_ready)]
        if self.siblings is not None:
            parts.insert(0, _Telling(self.siblings, self.door))
        return Server(config, drained, self.settings.drain_s, is_worker=is_worker, parts=parts)

    def close(self) -> None:
        if self.traced is not None:
            self.traced.close()


@dataclass(frozen=True)
class _Ready:
    """Says once that requests are taken."""

    tell: Callable[[], None]

    async def start(self) -> None:
        self.tell()

    async def stop(self) -> None:
        """Nothing is left to do."""


@dataclass(frozen=True)
class _Telling:
    """Tells the other workers the figures of this one."""

    siblings: Siblings
    door: Door

    async def start(self) -> None:
        await self.siblings.listen(self.door.told)

    async def stop(self) -> None:
        await self.siblings.close()


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Let SIGINT and SIGTERM end the server, and the caller go on after it.

    uvicorn handles both while it runs and raises them again afterwards; the usual handlers would
    then end the process before the workspace is closed. SIGHUP, which asks a group of workers to be
    renewed, has nothing to do here: a release is taken up without being told.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        server.should_exit = True

    def stay(*_: object) -> None:
        _log.info("SIGHUP: releases, rules and items are followed without it")

    handlers = {signal.SIGINT: end, signal.SIGTERM: end, signal.SIGHUP: stay}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def quiet_collector() -> None:
    """Put what is alive now out of the garbage collector's sight.

    A full collection walks 200,000 objects of modules and the model, none of which will ever be
    garbage, and holds every answer up for a tenth of a second; frozen it takes microseconds. Bench
    speed/respond measures both (figures ``full_collection_…``).
    """
    gc.collect()
    gc.freeze()


def _many(listening: socket.socket) -> list[socket.socket]:
    """The socket, by as many descriptors as connections are taken up in one turn."""
    return [listening, *(listening.dup() for _ in range(_WELCOMED - 1))]


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _bind(host: str, port: int) -> socket.socket:
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((bare, port))
        # From here on callers wait in line instead of being refused, also while a model loads.
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise CannotListen(
            f"{host} port {port} cannot be bound: {error.strerror or error}.",
            hint="Stop what listens there, or choose another serve.port; 0 takes any free one.",
            place="serve.port",
        ) from None
    return listening
