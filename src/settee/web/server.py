"""Listen on a socket until told to stop.

uvicorn on uvloop and httptools. A connection that idles longer than `KEEP_ALIVE_S` is closed, more
than `MAX_CONNECTIONS` at once get a 503, and a body has its own limit in time (web.body), so slow
senders cannot take the service down. On SIGTERM open requests are finished first.

Reads / Writes: the socket.
Not here: what is served (web.application).
"""

import gc
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from settee.core import Unavailable
from settee.web.application import create_app
from settee.web.engine import Engine
from settee.web.protocol import Protocol

KEEP_ALIVE_S = 15
MAX_CONNECTIONS = 2_000
GRACE_S = 20
_BACKLOG = 1024


class CannotListen(Unavailable):
    """The address cannot be bound."""

    code = "cannot_listen"


def serve(
    workspace: Engine,
    *,
    on_start: Callable[[str], None] = lambda _: None,
    on_server: Callable[[uvicorn.Server], None] = lambda _: None,
) -> None:
    """Serve a workspace until SIGINT or SIGTERM, then finish open requests and return.

    Args:
        workspace: An open workspace; it stays the caller's to close.
        on_start: Told the base URL once callers can connect.
        on_server: Given the server, for callers who end it by ``should_exit`` instead.

    Raises:
        NoKeys: If the settings ask for a key and none exists.
        CannotListen: If the address is taken or not ours.
    """
    app = create_app(workspace)
    settings = workspace.settings.serve
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
    )
    with _bind(settings.host, settings.port) as listening:
        host, port = listening.getsockname()[:2]
        workspace.responder()
        quiet_collector()
        server = uvicorn.Server(config)
        on_server(server)
        with _ended_by_signals(server):
            on_start(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
            try:
                server.run(sockets=[listening])
            finally:
                gc.unfreeze()  # libraries check at exit that nothing of theirs was left over


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Let SIGINT and SIGTERM end the server, and the caller go on after it.

    uvicorn handles both while it runs and raises them again afterwards; the usual handlers would
    then end the process before the workspace is closed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
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
