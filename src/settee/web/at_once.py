"""Say what an answer is that can be given at once: bytes that lie ready, and no waiting.

The usual way of a request makes a scope, a task, a cycle and two messages, which costs more than
finding ready bytes does. So a GET without a body whose answer lies ready is answered while its head
is read: 20 us instead of 60. Whatever is not plain (a wrong key, a spelling with %, an answer that
must be made anew, a refusal) is left to the usual way, which decides for itself.

Reads / Writes: nothing.
Not here: who may ask (web.door), the socket (web.protocol), what lies ready (web.reached).
"""

from collections.abc import Callable
from typing import NamedTuple

from settee.govern import Caller
from settee.web.errors import Headers, Reply

Buffers = tuple[bytes | memoryview, ...]
NO_STORE = (b"cache-control", b"no-store")
NO_SNIFF = (b"x-content-type-options", b"nosniff")
SAFE_HEADERS = (NO_SNIFF, NO_STORE)
"""What every answer says; one that says how it may be kept says so instead of `NO_STORE`."""
_REASONS = {200: b"OK", 304: b"Not Modified"}


class Plain(NamedTuple):
    """A plain GET.

    Args:
        path: Without escapes.
        query: As it came.
        heads: Its headers that the door looks at.
        caller: Who asks; they may.
    """

    path: str
    query: bytes
    heads: dict[bytes, bytes]
    caller: Caller


class Ready(NamedTuple):
    """A whole answer.

    Args:
        head: Status and headers, without date and length.
        pieces: The body, in pieces that follow each other.
        status: HTTP status.
    """

    head: bytes
    pieces: Buffers
    status: int = 200

    def reply(self, headers: Headers) -> Reply:
        """The same as a response of the usual way."""
        return Reply(self.status, b"".join(self.pieces), headers)

    def joined(self, date: bytes) -> bytes:
        """All bytes that go out.

        Args:
            date: A header line, or nothing.
        """
        if self.status != 200:
            return b"".join((self.head, date, b"\r\n"))
        length = b"content-length: %d\r\n\r\n" % sum(map(len, self.pieces))
        return b"".join((self.head, date, length, *self.pieces))


Answer = Callable[[Plain], Ready | None]
AtOnce = Callable[[bytes, Headers], Ready | None]
"""Given a target and its headers: the answer, None for the usual way."""


def head_of(status: int, headers: Headers) -> bytes:
    r"""Status and headers as they go out, without date and length.

    Args:
        status: 200 or 304.
        headers: Its own; `NO_SNIFF` is added, and `NO_STORE` where nothing is said of keeping.

    >>> head_of(304, [(b"cache-control", b"no-cache")]).split(b"\r\n")[0]
    b'HTTP/1.1 304 Not Modified'
    """
    lines = [b"HTTP/1.1 %d %s" % (status, _REASONS[status])]
    lines += [b"%s: %s" % pair for pair in with_safe(headers)]
    return b"\r\n".join(lines) + b"\r\n"


def with_safe(headers: Headers, more: Headers | tuple[tuple[bytes, bytes], ...] = ()) -> Headers:
    """Headers with those that every answer has.

    >>> with_safe([])
    [(b'x-content-type-options', b'nosniff'), (b'cache-control', b'no-store')]
    """
    if any(name == b"cache-control" for name, _ in headers):
        return [*headers, NO_SNIFF, *more]
    return [*headers, *SAFE_HEADERS, *more]
