"""Listen on a socket until told to stop.

uvicorn on uvloop and httptools. A connection that idles longer than `KEEP_ALIVE_S` is closed, more
than `MAX_CONNECTIONS` at once get a 503, and a body has its own limit in time (web.body), so slow
senders cannot take the service down. On SIGTERM open requests are finished first.

Reads / Writes: the socket.
Not here: what is served (web.application).
"""

import gc
import socket
from collections.abc import Callable

import uvicorn

from settee.core import Unavailable
from settee.web.application import create_app
from settee.web.engine import Engine

KEEP_ALIVE_S = 15
MAX_CONNECTIONS = 2_000
GRACE_S = 20
_GC_THRESHOLDS = (50_000, 20, 100)


class CannotListen(Unavailable):
    """The address cannot be bound."""

    code = "cannot_listen"


def serve(workspace: Engine, *, on_start: Callable[[str], None] | None = None) -> None:
    """Serve a workspace until SIGINT or SIGTERM.

    Args:
        workspace: An open workspace; it stays the caller's to close.
        on_start: Told the base URL once the socket is bound.

    Raises:
        NoKeys: If the settings ask for a key and none exists.
        CannotListen: If the address is taken or not ours.
    """
    app = create_app(workspace)
    settings = workspace.settings.serve
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
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
        if on_start is not None:
            on_start(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
        uvicorn.Server(config).run(sockets=[listening])


def quiet_collector() -> None:
    """Keep the collector from walking the model and the modules again and again.

    What is alive now stays alive, so it is put out of the collector's sight; what requests make is
    freed by counting references. Bench speed/respond measures both ways.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def _bind(host: str, port: int) -> socket.socket:
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((bare, port))
    except OSError as error:
        listening.close()
        raise CannotListen(
            f"{host} port {port} cannot be bound: {error.strerror or error}.",
            hint="Stop what listens there, or choose another serve.port; 0 takes any free one.",
            place="serve.port",
        ) from None
    return listening
