"""Stand at the door: host, key, route, errors, headers and figures, the same for every request.

Whatever happens inside, exactly one response leaves, and an error always has the one shape. The
hot routes are answered here; all other paths go to FastAPI.

Reads: ASGI requests.  Writes: ASGI responses.
Source: ASGI 3.0.
Not here: the routes themselves (web.hot, web.routes).
"""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from settee.core import SetteeError, new_id
from settee.web.body import GoneAway, Message, Receive, Scope, Send, header
from settee.web.errors import Reply, error_reply, internal_reply
from settee.web.host import check_host
from settee.web.hot import HotRoutes
from settee.web.keys import DoorKeeper
from settee.web.metrics import Metrics

AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN_PATHS = frozenset({"/health", "/ready", "/docs", "/openapi.json"})
"""Paths that need no key: probes and the manual."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)


class Door:
    """The whole ASGI application.

    Args:
        hot: The routes that are answered here.
        framework: Everything else.
        keeper: Asks for keys.
        names: Hosts that may be asked for, None for any.
        metrics: Where requests are counted.
        clock: For ids of internal errors.
    """

    def __init__(
        self,
        hot: HotRoutes,
        framework: AsgiApp,
        keeper: DoorKeeper,
        names: frozenset[str] | None,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._hot = hot
        self._framework = framework
        self._keeper = keeper
        self._names = names
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's request, or the life of the application."""
        if scope["type"] != "http":
            await self._framework(scope, receive, send)
            return
        start_s = time.perf_counter()
        sending = _Sending(send)
        try:
            reply = await self._serve(scope, receive, sending)
        except GoneAway:
            return
        except SetteeError as error:
            self._metrics.saw_error(error.code)
            reply = error_reply(error)
        except Exception as error:  # noqa: BLE001 -- the last net: nothing may leave without the one shape
            # The framework answers for its routes, and then raises all the same.
            reply = None
            if sending.status == 0:
                self._metrics.saw_error("internal")
                reply = internal_reply(new_id("err", self._clock()), error)
        if reply is not None and sending.status == 0:
            await _send_reply(sending, reply, with_body=scope["method"] != "HEAD")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.saw_request(
            _template(scope), method, sending.status, time.perf_counter() - start_s
        )

    async def _serve(self, scope: Scope, receive: Receive, sending: "_Sending") -> Reply | None:
        check_host(self._names, header(scope, b"host"))
        path = scope["path"]
        if path not in OPEN_PATHS:
            self._keeper.check(scope)
        if path in self._hot.routes:
            return await self._hot(scope, receive)
        await self._framework(scope, receive, sending)
        return None


class _Sending:
    """A send channel that remembers the status and adds the safe headers."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *_SAFE_HEADERS]
        await self._send(message)


async def _send_reply(send: Send, reply: Reply, *, with_body: bool) -> None:
    headers = [*reply.headers, (b"content-length", str(len(reply.body)).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if with_body else b""})


def _template(scope: Scope) -> str:
    """The route's pattern, never the path: paths hold ids, and scanners invent them."""
    path: str = scope["path"]
    if path in OPEN_PATHS or path in _TEMPLATES:
        return path
    route = scope.get("route")
    return str(getattr(route, "path", "other")).replace(":path}", "}")


_TEMPLATES = frozenset({"/v1/events", "/v1/recommendations", "/v1/who", "/metrics", "/v1/items"})
