"""Let a service go quietly: finish what came, and make callers move on before the door closes.

A connection that is kept alive may bring its next request in the very moment in which it is closed,
and that request would be lost. So for `serve.drain_s` after SIGTERM every answer still goes out and
says that its connection ends with it, and `/ready` says 503, so that nobody is sent here any more.
What is left then has been silent for that long.

Reads: requests.  Writes: responses.
Source: RFC 9112 section 9.6 (tear-down of connections).
Not here: who decides when it is over (web.server).
"""

import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from socket import socket
from types import FrameType
from typing import Protocol

import uvicorn

from settee.web.at_once import AtOnce, Quick
from settee.web.body import Message, Receive, Scope, Send

AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
_CLOSE = (b"connection", b"close")
_LEAVING = b'{"is_ready":false,"journal":"leaving","rung":null,"model_version":null,"n_items":0}'


class Part(Protocol):
    """What lives beside the application, in its loop."""

    async def start(self) -> None:
        """Begin, once requests are taken."""
        ...

    async def stop(self) -> None:
        """End, before the application does."""
        ...


class Drained:
    """An application that can be drained.

    Args:
        app: The application.
    """

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        door: object = app
        # One that is traced is none: each of its requests is told step by step.
        self.at_once = AtOnce(door) if isinstance(door, Quick) else None
        self.is_draining = False

    def drain(self) -> None:
        """From now on every answer is the last one of its connection."""
        self.is_draining = True
        if self.at_once is not None:
            self.at_once.is_on = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the last one of its connection while draining."""
        if not self.is_draining or scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def last(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), _CLOSE]
            await send(message)

        if scope["path"] == "/ready":
            headers = [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(_LEAVING)).encode()),
            ]
            await last({"type": "http.response.start", "status": 503, "headers": headers})
            await last({"type": "http.response.body", "body": _LEAVING})
            return
        await self._app(scope, receive, last)


class Server(uvicorn.Server):
    """uvicorn's server, which drains before it ends.

    Args:
        config: Its configuration; the application is a `Drained`.
        drained: The application.
        drain_s: Seconds of draining after SIGTERM; SIGINT ends at once.
        is_worker: Do others listen on the same socket? Then it stops listening at once.
        parts: What starts and stops with it.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        drained: Drained,
        drain_s: float,
        *,
        is_worker: bool = False,
        parts: Sequence[Part] = (),
    ) -> None:
        super().__init__(config)
        self._drained = drained
        self._drain_s = drain_s
        self._is_worker = is_worker
        self._parts = parts
        self._until_s: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain at the first SIGTERM; end at any other signal."""
        if sig != signal.SIGTERM or self._drain_s <= 0 or self._until_s is not None:
            super().handle_exit(sig, frame)
            return
        self._until_s = time.monotonic() + self._drain_s
        self._drained.drain()

    async def on_tick(self, counter: int) -> bool:
        """Look whether draining is over; uvicorn calls it ten times a second."""
        if self._until_s is not None:
            if self._is_worker:
                for server in self.servers:
                    server.close()
            if time.monotonic() >= self._until_s:
                return True
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start listening, then the parts."""
        await super().startup(sockets=sockets)
        if self.started:
            for part in self._parts:
                await part.start()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop the parts, then finish what is open."""
        for part in reversed(self._parts):
            await part.stop()
        await super().shutdown(sockets=sockets)
