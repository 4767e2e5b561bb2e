"""Stand at the door: host, caller, route, errors, headers and figures, the same for every request.

Whatever happens inside, exactly one response leaves, and an error always has the one shape. Who
asks decides whose rooms they enter; there, hot routes are answered, and all other paths go to
FastAPI.

Reads: ASGI requests.  Writes: ASGI responses.
Source: ASGI 3.0.
Not here: the routes themselves (web.hot, web.routes), who the caller is (web.keeper).
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from settee.core import SetteeError, check_host, new_id
from settee.govern import DEFAULT_TENANT
from settee.web.at_once import Plain, Ready, with_safe
from settee.web.body import GoneAway, Message, Receive, Scope, Send, header
from settee.web.errors import Headers, Reply, error_reply, internal_reply
from settee.web.guard import CALLER, caller_of
from settee.web.hot import READY_TEMPLATES, ready_template
from settee.web.house import House, Rooms
from settee.web.keeper import Heads, Keeper, heads_of, plain_heads
from settee.web.permissions import NEEDS, OPEN

OPEN_PATHS = frozenset(path for (_, path), need in NEEDS.items() if need is OPEN)
"""Paths that need no key: probes and the manual."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Door:
    """The whole ASGI application.

    Args:
        house: The rooms of all tenants.
        keeper: Finds out who asks.
        names: Hosts that may be asked for, None for any.
        clock: For ids of internal errors.
    """

    def __init__(
        self,
        house: House,
        keeper: Keeper,
        names: frozenset[str] | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._house = house
        self._keeper = keeper
        self._names = names
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's request, or the life of the application."""
        if scope["type"] != "http":
            await self._house.own.framework(scope, receive, send)
            return
        start_s = time.perf_counter()
        heads = heads_of(scope)
        origin = heads.get(b"origin")
        sending = _Sending(send, self._keeper.origins.headers(origin) if origin else ())
        metrics = self._house.own.metrics
        try:
            rooms = await self._rooms(scope, heads)
            metrics = rooms.metrics
            try:
                reply = await self._serve(rooms, scope, receive, sending)
            finally:
                if rooms is not self._house.own:
                    self._house.leave(rooms)
        except GoneAway:
            return
        except SetteeError as error:
            metrics.saw_error(error.code)
            reply = error_reply(error)
        except Exception as error:  # noqa: BLE001 -- the last net: nothing may leave without the one shape
            # The framework answers for its routes, and then raises all the same.
            reply = None
            if sending.status == 0:
                metrics.saw_error("internal")
                reply = internal_reply(new_id("err", self._clock()), error)
        if reply is not None and sending.status == 0:
            await _send_reply(sending, reply, with_body=scope["method"] != "HEAD")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        metrics.saw_request(
            template_of(scope), method, sending.status, time.perf_counter() - start_s
        )

    def plain(self, target: bytes, headers: Headers) -> Plain | None:
        """What a GET means where its answer may lie ready; None leaves it to the usual way.

        Args:
            target: What was asked for, as it came.
            headers: All of them; names are lower case.
        """
        raw, _, query = target.partition(b"?")
        template = ready_template(raw)
        heads = plain_heads(headers) if template else None
        if template is None or heads is None:
            return None
        try:
            check_host(self._names, heads.get(b"host", b""))
            presented = self._keeper.presented(heads)
            path = raw.decode("ascii")
        except (SetteeError, UnicodeDecodeError):
            return None
        return Plain(template, path, query, heads.get(b"if-none-match", b""), presented)

    def at_once(self, plain: Plain) -> Ready | None:
        """The answer where it lies ready and the caller may have it; None for the usual way.

        Args:
            plain: From `plain`, now or earlier.
        """
        start_s = time.perf_counter()
        at, template = self._clock(), plain.template
        now_us = int(at.timestamp() * 1_000_000)
        try:
            caller = self._keeper.known(plain.presented, now_us)
            rooms = None if caller is None else self._house.at_hand(caller.tenant_id)
            if caller is None or rooms is None:
                return None
            caller.must(_READY_NEEDS[template])
            ready = rooms.hot.ready[template](plain, caller, at)
            if ready is None:
                return None
            self._keeper.count(caller, now_us)
        except SetteeError:
            return None
        rooms.metrics.saw_request(template, "GET", ready.status, time.perf_counter() - start_s)
        return ready

    def told(self, tenant_id: str) -> dict[str, Any] | None:
        """What this worker tells the others of a tenant; None where it is not open here."""
        return self._house.told(tenant_id)

    async def _rooms(self, scope: Scope, heads: Heads) -> Rooms:
        """Whose rooms the request may enter; the caller is left in its scope."""
        check_host(self._names, heads.get(b"host", b""))
        own = self._house.own
        if scope["path"] in OPEN_PATHS or _is_preflight(scope, heads):
            return own
        caller = scope[CALLER] = await self._keeper.admit(scope, heads)
        if caller.tenant_id == DEFAULT_TENANT:
            return own
        return await self._house.enter(caller.tenant_id)

    async def _serve(
        self, rooms: Rooms, scope: Scope, receive: Receive, sending: "_Sending"
    ) -> Reply | None:
        path = scope["path"]
        if CALLER not in scope and path not in OPEN_PATHS:
            return self._keeper.origins.preflight(header(scope, b"origin"))
        template = rooms.hot.template(path)
        if template is not None:
            need = NEEDS.get((scope["method"], template))
            if need is not None:  # otherwise the hot routes refuse the method
                caller_of(scope).must(need.permission)
            return await rooms.hot(scope, receive)
        await rooms.framework(scope, receive, sending)
        return None


class _Sending:
    """A send channel that remembers the status and adds the safe headers."""

    def __init__(self, send: Send, extra: Sequence[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._extra = tuple(extra)
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = with_safe(list(message.get("headers", ())), self._extra)
        await self._send(message)


async def _send_reply(send: Send, reply: Reply, *, with_body: bool) -> None:
    headers = list(reply.headers)
    if reply.status != HTTPStatus.NOT_MODIFIED:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if with_body else b""})


def _is_preflight(scope: Scope, heads: Heads) -> bool:
    """Does a browser ask first whether a page of another origin may ask?"""
    return (
        scope["method"] == "OPTIONS"
        and b"origin" in heads
        and header(scope, b"access-control-request-method") != b""
    )


def template_of(scope: Scope) -> str:
    """The route's pattern, never the path: paths hold ids, and scanners invent them."""
    path: str = scope["path"]
    if path in OPEN_PATHS or path in _TEMPLATES:
        return path
    ready = ready_template(path.encode("utf-8", "replace"), is_plain=False)
    if ready is not None:
        return ready
    route = scope.get("route")
    return str(getattr(route, "path", "other")).replace(":path}", "}")


_READY_NEEDS = {one: NEEDS["GET", one].permission for one in READY_TEMPLATES}
_TEMPLATES = frozenset({"/v1/events", "/v1/recommendations", "/v1/who", "/metrics", "/v1/items"})
