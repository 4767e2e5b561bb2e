"""Read requests off a socket, and let no sender hold a connection or memory for nothing.

uvicorn waits for the end of a request's head as long as it takes and keeps as much of it as comes:
2,000 connections that send one byte would shut everybody else out, and one that sends a path
without end would fill the memory. Here a head has 10 s and 64 KiB, and what breaks HTTP itself is
refused in the same shape as everything else.

Reads / Writes: a socket.
Source: RFC 9110 sections 15.5.9 and 15.6.4, RFC 6585 section 5, RFC 9112 sections 6.5 and 7.1.
Not here: limits of bodies (web.body), of requests at work (web.server).
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from settee.core import BadInput, Overloaded, SetteeError, TooLarge
from settee.web.at_once import AtOnce, Plain, Ready
from settee.web.body import Receive, Scope, Send
from settee.web.errors import Reply, error_reply

HEAD_TIMEOUT_S = 10.0
"""A head that has not arrived after so long is given up."""
MAX_HEAD_BYTES = 64 * 1024
"""Most bytes that come in a row and are neither a whole head nor part of a body."""
_CLOSE = (b"connection", b"close")
_END = b"\r\n\r\n"
_REASONS = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class NotHttp(BadInput):
    """What came is no HTTP request."""

    code = "not_http"


class HeadTooSlow(BadInput):
    """The head of a request did not arrive in time."""

    code = "head_too_slow"
    status = 408


class HeadTooLarge(TooLarge):
    """The head of a request is over its limit."""

    code = "head_too_large"
    status = 431


class Crowded(Overloaded):
    """More connections than the service keeps at once."""

    code = "crowded"
    status = 503


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- uvicorn's own, passed on
        super().__init__(*args, **kwargs)
        self._most = self.limit_concurrency
        self.limit_concurrency = None  # uvicorn's refusal has not the one shape
        self._served = self.app
        self._at_once: AtOnce | None = getattr(self.app, "at_once", None)
        self._met: list[Plain] = []
        self._n_begun = 0
        self._is_between = True
        self._is_answered = False
        self._idle_until_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._is_in_head = False
        self._moved = False
        self._n_unmoved = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, if it is not too much of nothing."""
        begins_here = self._is_between
        if begins_here and self._at_once is not None and not self._is_crowded:
            data = self._repeat(self._at_once, data)
            if not data:
                return
        self._moved, self._met, self._n_begun = False, [], 0
        super().data_received(data)
        is_one = begins_here and self._is_between and self._n_begun == 1
        if is_one and self._met and self._at_once is not None:
            self._at_once.remember(data, self._met[0])
        if self._moved:
            self._n_unmoved = 0
        else:
            self._n_unmoved += len(data)
            if self._n_unmoved > MAX_HEAD_BYTES:
                self._refuse(HeadTooLarge(
                    f"The head of the request is over {MAX_HEAD_BYTES} bytes.",
                    hint="Send long questions in a body.",
                ))  # fmt: skip
        if self._is_in_head and self._idle_until_s:
            self._stop_timer()  # a head has its own time, counted from its first byte
        if self._timer is None and self._is_done:
            self._start_timer()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._is_in_head, self._is_between = True, False
        self._n_begun += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Serve the request, at once where its answer lies ready; refuse it where they are many."""
        self._moved, self._is_in_head = True, False
        is_crowded = self._is_crowded
        if self._at_once is not None and not is_crowded and self._is_plain() and self._is_free:
            found = self._at_once.first(self.url, self.headers)
            if found is not None:
                self._is_answered = True
                self._met.append(found[0])
                self._give(found[1])
                return
        self._stop_timer()
        self.app = _crowded if is_crowded else self._served
        super().on_headers_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header of the head; what stands behind a body is passed over."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._moved = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._moved = self._is_between = True
        if self._is_answered:
            self._is_answered = False
            return
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(NotHttp(f"The request cannot be understood: {msg}", hint="Send HTTP/1.1."))

    def _repeat(self, at_once: AtOnce, data: bytes) -> bytes:
        """Answer requests whose very bytes were understood before; what is left must be parsed.

        The parser stands between two requests, and what it does not see leaves it there.
        """
        while data and self._is_free:
            end = data.find(_END) + len(_END)
            whole = end == len(data)
            ready = at_once.again(data if whole else data[:end])
            if ready is None:
                break
            self._n_unmoved = 0
            self._unset_keepalive_if_required()
            self._give(ready)
            if self._timer is None:
                self._start_timer()
            data = b"" if whole else data[end:]
        return data

    @property
    def _is_crowded(self) -> bool:
        """Are there more connections, or requests at work, than are kept?"""
        most = self._most
        return most is not None and (len(self.connections) > most or len(self.tasks) >= most)

    @property
    def _is_free(self) -> bool:
        """Can an answer go out now?"""
        return (
            self._is_done
            and not self.pipeline
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def _is_plain(self) -> bool:
        """Is it a GET after which the connection stays?"""
        return (
            self.parser.get_method() == b"GET"
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
        )

    def _give(self, ready: Ready) -> None:
        """Send an answer that lay ready; the connection may then idle as after any other."""
        self.transport.write(ready.joined(_lines(self.server_state)))
        self.server_state.total_requests += 1
        # The timer that runs is looked at when it rings: moving it costs as much.
        self._idle_until_s = self.loop.time() + self.timeout_keep_alive

    @property
    def _is_done(self) -> bool:
        """Is no request at work on the connection?"""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(HEAD_TIMEOUT_S, self._give_up)

    def _stop_timer(self) -> None:
        self._idle_until_s = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        left_s = self._idle_until_s - self.loop.time()
        if left_s > 0:
            self._timer = self.loop.call_later(left_s, self._give_up)
            return
        if not self._is_in_head:  # nothing was asked
            self.transport.close()
            return
        self._refuse(HeadTooSlow(
            f"The head of the request was not complete after {HEAD_TIMEOUT_S:g} s.",
            hint="Send it at once, or close the connection.",
        ))  # fmt: skip

    def _refuse(self, error: SetteeError) -> None:
        """Say why, where nothing was said yet, and close the connection."""
        if self.transport.is_closing():
            return
        if self._is_done or not self.cycle.response_started:
            self.transport.write(_bytes(error_reply(error)))
        self.transport.close()


class _Lines:
    """The headers that every answer of the server has, which change once a second, as lines."""

    def __init__(self) -> None:
        self._of: list[tuple[bytes, bytes]] = []
        self._text = b""

    def __call__(self, state: ServerState) -> bytes:
        if state.default_headers is not self._of:
            self._of = state.default_headers
            self._text = b"".join(b"%s: %s\r\n" % pair for pair in self._of)
        return self._text


_lines = _Lines()


def _bytes(reply: Reply) -> bytes:
    head = [b"HTTP/1.1 %d %s" % (reply.status, _REASONS[reply.status])]
    headers = [*reply.headers, (b"content-length", b"%d" % len(reply.body))]
    headers += [] if _CLOSE in headers else [_CLOSE]
    head += [b"%s: %s" % pair for pair in headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + reply.body


async def _crowded(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 -- an ASGI application
    reply = error_reply(Crowded("The service keeps no more connections.", hint="Try again soon."))
    headers = [*reply.headers, (b"content-length", b"%d" % len(reply.body)), _CLOSE]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
