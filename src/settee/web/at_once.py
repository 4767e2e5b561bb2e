"""Give an answer that lies ready at once: bytes, and no waiting.

The usual way of a request makes a scope, a task, a cycle and two messages, which costs more than
finding ready bytes does. So a GET without a body whose answer lies ready is answered while its head
is read. And a caller sends the same bytes again and again: what they mean is remembered, so that
the second time nothing is parsed. Whether they may ask, and what the answer is, is found out anew
each time. Whatever is not plain (a wrong key, a spelling with %, an answer that must be made anew,
a refusal) is left to the usual way, which decides for itself.

Reads / Writes: nothing.
Not here: who may ask (web.door), the socket (web.protocol), what lies ready (web.reached).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from settee.govern import Caller
from settee.web.errors import Headers

Buffers = tuple[bytes | memoryview, ...]
NO_STORE = (b"cache-control", b"no-store")
NO_SNIFF = (b"x-content-type-options", b"nosniff")
SAFE_HEADERS = (NO_SNIFF, NO_STORE)
"""What every answer says; one that says how it may be kept says so instead of `NO_STORE`."""
MAX_KNOWN = 16_384
"""Requests whose meaning is remembered; then all are forgotten."""
MAX_KNOWN_BYTES = 1024
"""Longer requests are parsed each time."""
_REASONS = {200: b"OK", 304: b"Not Modified"}


@dataclass(slots=True)
class Plain:
    """What a plain GET means, which its bytes alone decide.

    Args:
        template: Of its route.
        path: Without escapes.
        query: As it came.
        wanted: Tags of answers that the caller has, empty for none.
        presented: Hash of the key or token, empty where none is needed and none came.
        kept: What the route found out about it; it must see for itself that this still holds.
    """

    template: str
    path: str
    query: bytes
    wanted: bytes
    presented: bytes
    kept: object = None


class Ready(NamedTuple):
    """A whole answer.

    Args:
        head: Status and headers; of them only the date is missing.
        pieces: The body, in pieces that follow each other.
        status: HTTP status.
    """

    head: bytes
    pieces: Buffers
    status: int = 200

    def joined(self, date: bytes) -> bytes:
        r"""All bytes that go out.

        Args:
            date: A header line, or nothing.

        >>> Ready(b"HTTP/1.1 304 Not Modified\r\n", (), 304).joined(b"date: now\r\n")
        b'HTTP/1.1 304 Not Modified\r\ndate: now\r\n\r\n'
        """
        return b"".join((self.head, date, b"\r\n", *self.pieces))


Answer = Callable[[Plain, Caller, datetime], Ready | None]
"""A route: who asks, and when, beside the question."""


@runtime_checkable
class Quick(Protocol):
    """A door that gives answers at once."""

    def plain(self, target: bytes, headers: Headers, /) -> Plain | None:
        """What a GET means; None where it is not plain. The same bytes, the same meaning."""
        ...

    def at_once(self, plain: Plain, /) -> Ready | None:
        """The answer where the caller may have it and it lies ready; None for the usual way."""
        ...


class AtOnce:
    """Gives ready answers to all connections of a service.

    Args:
        door: Knows the answers.
    """

    def __init__(self, door: Quick) -> None:
        self._door = door
        self._known: dict[bytes, Plain] = {}
        self.is_on = True

    def first(self, target: bytes, headers: Headers) -> tuple[Plain, Ready] | None:
        """The answer to a GET that was just parsed, and what it means; None for the usual way.

        Args:
            target: What was asked for, as it came.
            headers: All of them; names are lower case.
        """
        plain = self._door.plain(target, headers) if self.is_on else None
        ready = None if plain is None else self._door.at_once(plain)
        return None if plain is None or ready is None else (plain, ready)

    def again(self, request: bytes) -> Ready | None:
        """The answer to a request whose very bytes came before; None where it must be parsed.

        Args:
            request: All of it, and nothing else.
        """
        plain = self._known.get(request)
        return self._door.at_once(plain) if plain is not None and self.is_on else None

    def remember(self, request: bytes, plain: Plain) -> None:
        """Remember what a request means that was answered at once.

        Args:
            request: All of it, and nothing else.
            plain: What it means.
        """
        if len(request) > MAX_KNOWN_BYTES:
            return
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[request] = plain


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


def with_length(head: bytes, pieces: Buffers) -> bytes:
    r"""A head that says how long the body is.

    >>> with_length(b"HTTP/1.1 200 OK\r\n", (b"[1,", b"2]"))
    b'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n'
    """
    return b"%scontent-length: %d\r\n" % (head, sum(map(len, pieces)))


def with_safe(headers: Headers, more: Headers | tuple[tuple[bytes, bytes], ...] = ()) -> Headers:
    """Headers with those that every answer has.

    >>> with_safe([])
    [(b'x-content-type-options', b'nosniff'), (b'cache-control', b'no-store')]
    """
    if any(name == b"cache-control" for name, _ in headers):
        return [*headers, NO_SNIFF, *more]
    return [*headers, *SAFE_HEADERS, *more]
