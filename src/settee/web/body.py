"""Read a request body without ever holding more than its limit.

The limit counts bytes as they arrive and, for gzip, bytes as they unfold: 8 MiB of zeros pack
into 8 KiB, so a small body may still be too large, and unfolding stops one byte past the limit.

Reads: the ASGI receive channel.  Writes: nothing.
Source: RFC 1952 (gzip), RFC 9110 section 8.4 (content codings).
Not here: what the bytes mean (web.batch).
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from settee.web.errors import BadRequest, BodyTooLarge, BodyTooSlow, EncodingRefused

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_TIMEOUT_S = 30.0
"""A body that has not arrived after so long is given up: slow senders hold no memory for ever."""
_GZIP_WINDOW = 31
_UNFOLD_INLINE = 64 * 1024


class GoneAway(Exception):
    """The client closed the connection before its request was complete."""


def header(scope: Scope, name: bytes) -> bytes:
    """The last value of a header, empty when absent.

    Args:
        scope: An ASGI scope; its header names are lower case.
        name: Lower-case name.

    >>> header({"headers": [(b"host", b"a")]}, b"host")
    b'a'
    """
    found = b""
    for key, value in scope["headers"]:
        if key == name:
            found = value
    return found


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body, unfolded.

    Args:
        scope: The ASGI scope.
        receive: The ASGI channel.
        limit: Most bytes, before and after unfolding.

    Raises:
        BodyTooLarge: If it is over the limit.
        BodyTooSlow: If it takes longer than `BODY_TIMEOUT_S`.
        EncodingRefused: If its coding is neither identity nor gzip.
        BadRequest: If it says gzip and is not.
        GoneAway: If the client leaves first.
    """
    coding = header(scope, b"content-encoding").strip().lower()
    if coding not in (b"", b"identity", b"gzip"):
        raise EncodingRefused(
            f"Content-Encoding {coding[:40]!r} is not understood; accepted are gzip and none.",
            place="content-encoding",
        )
    announced = header(scope, b"content-length")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise _too_large(limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
    else:
        body = await _gather(message, receive, limit)
    if len(body) > limit:
        raise _too_large(limit)
    if coding != b"gzip":
        return body
    if len(body) > _UNFOLD_INLINE:
        return await asyncio.to_thread(unfold, body, limit)
    return unfold(body, limit)


async def _gather(message: Message, receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while True:
                if message["type"] != "http.request":
                    raise GoneAway
                part = message.get("body", b"")
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
                message = await receive()
    except TimeoutError:
        raise BodyTooSlow(
            f"The body was not complete after {BODY_TIMEOUT_S:g} s; {size} bytes had come.",
            hint="Send smaller batches.",
        ) from None


def unfold(packed: bytes, limit: int) -> bytes:
    """Undo gzip, one or several members, up to a limit.

    Args:
        packed: The bytes as sent.
        limit: Most bytes after unfolding.

    Raises:
        BodyTooLarge: If more than `limit` bytes come out.
        BadRequest: If it is not gzip, or is cut short.

    >>> import gzip
    >>> unfold(gzip.compress(b"[]"), 2)
    b'[]'
    """
    parts: list[bytes] = []
    size = 0
    while packed:
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = member.decompress(packed, limit - size + 1)
        except zlib.error as error:
            raise BadRequest(
                f"The body says gzip, but it is not: {error}.", place="content-encoding"
            ) from None
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        if not member.eof:
            raise BadRequest("The gzip body is cut short.", place="content-encoding")
        parts.append(part)
        packed = member.unused_data
    return b"".join(parts)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"The body is over {limit} bytes (serve.max_body_bytes).", hint="Send smaller batches."
    )
