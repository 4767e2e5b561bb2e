"""Say what one call is on the wire, and read what comes back.

`Route("GET", "/v1/items/{item_id}", read_json(ItemView)).call("m1")` is a `Call`: method, path,
body, how to read the answer, and whether it may be sent again. Nothing here touches a connection,
so the sync and the async client are the same but for how they wait.

Reads / Writes: nothing.
Source: RFC 3986 (paths), RFC 8259 (JSON), RFC 9110 section 10.2.3 (Retry-After).
Not here: sending (client.sending), when to send again (client.retrying).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import quote

import msgspec

from settee.client.errors import BadAnswer, ClientError, error_for

R = TypeVar("R")
JSON = "application/json"
NDJSON = "application/x-ndjson"
TOML = "application/toml"
_FIELD = re.compile(r"\{\w+\}")
_SHOWN = 80
_FIRST_ERROR = 400


@dataclass(frozen=True)
class Call(Generic[R]):
    """One request, ready to be sent.

    Args:
        method: HTTP method.
        path: Percent-encoded path.
        read: Makes the result of a body.
        query: Fields of the query string.
        body: The bytes to send, None where there is no body.
        content_type: What the body is.
        is_repeatable: May it be sent again when nobody knows whether it was taken?
        also: Error statuses whose body is a result all the same.
        accept: What the answer shall be.
    """

    method: str
    path: str
    read: Callable[[bytes], R]
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    content_type: str = JSON
    is_repeatable: bool = True
    also: frozenset[int] = frozenset()
    accept: str = JSON


@dataclass(frozen=True)
class Route(Generic[R]):
    """A route of the service.

    Args:
        method: HTTP method.
        template: Its path, with ids in braces as in the OpenAPI document.
        read: Makes the result of a body.
        is_repeatable: May a call be sent again when nobody knows whether it was taken?
        also: Error statuses whose body is a result all the same.
        twins: Other methods of the path that ask the same; the client does not need them.
        accept: What the answer shall be.
    """

    method: str
    template: str
    read: Callable[[bytes], R]
    is_repeatable: bool = True
    also: frozenset[int] = frozenset()
    twins: tuple[str, ...] = ()
    accept: str = JSON

    def call(
        self,
        *ids: str,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        content: bytes | None = None,
        content_type: str = JSON,
    ) -> Call[R]:
        """A call to this route.

        Args:
            ids: What stands in the braces, in order.
            query: Fields of the query string; None is left out, a sequence is repeated.
            body: A JSON object; fields that are None are left out.
            content: Bytes instead of a JSON object.
            content_type: What they are.

        >>> Route("GET", "/v1/items/{item_id}/similar", bytes).call("a/b", query={"k": 5}).path
        '/v1/items/a%2Fb/similar'
        """
        rest = iter(ids)
        return Call(
            method=self.method,
            path=_FIELD.sub(lambda _: segment(next(rest)), self.template),
            read=self.read,
            query=query_fields(query or {}),
            body=content if body is None else msgspec.json.encode(given(body)),
            content_type=content_type,
            is_repeatable=self.is_repeatable,
            also=self.also,
            accept=self.accept,
        )


def segment(text: str) -> str:
    """One segment of a path, in which nothing can be mistaken for a path.

    >>> segment("a b/ü"), segment("..")
    ('a%20b%2F%C3%BC', '%2E%2E')
    """
    # A bare ".." would be resolved on the way, and another path be asked for.
    return quote(text, safe="").replace(".", "%2E")


def query_fields(fields: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Fields of a query string, in order.

    >>> query_fields({"k": 5, "explain": False, "exclude": ["m1", "m2"], "slot": None})
    (('k', '5'), ('explain', 'false'), ('exclude', 'm1'), ('exclude', 'm2'))
    """
    pairs: list[tuple[str, str]] = []
    for name, value in given(fields).items():
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        pairs.extend((name, _text(one)) for one in values)
    return tuple(pairs)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def given(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def read_json(result: type[R]) -> Callable[[bytes], R]:
    """A reader of JSON bodies; fields that a newer service adds are passed over."""
    return msgspec.json.Decoder(result).decode


def read_text(body: bytes) -> str:
    """The body as text."""
    return body.decode()


class _Shape(msgspec.Struct):
    code: str
    message: str
    hint: str = ""
    place: str = ""


class _Failure(msgspec.Struct):
    error: _Shape


_failure = msgspec.json.Decoder(_Failure)


def result_of(call: Call[R], status: int, body: bytes, retry_after: str | None) -> R:
    """What a call returns for a response.

    Args:
        call: What was asked.
        status: HTTP status.
        body: The whole body.
        retry_after: Value of the header, None where absent.

    Raises:
        ClientError: For every refusal and failure, and for a body that cannot be read.

    >>> result_of(Route("GET", "/metrics", read_text).call(), 200, b"up 1", None)
    'up 1'
    """
    if status < _FIRST_ERROR or status in call.also:
        try:
            return call.read(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if status < _FIRST_ERROR:
                raise _strange(call, status, body, str(error)) from None
    raise _refusal(call, status, body, retry_after)


def _refusal(call: Call[R], status: int, body: bytes, retry_after: str | None) -> ClientError:
    wait_s = seconds(retry_after)
    try:
        shape = _failure.decode(body).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        # A proxy, or the server below settee, said no in words of its own.
        error = _strange(call, status, body, "it has not the shape of an error")
        return error_for(status)(
            error.message, code=error.code, status=status, retry_after_s=wait_s
        )
    return error_for(status)(
        shape.message,
        code=shape.code,
        hint=shape.hint,
        place=shape.place,
        status=status,
        retry_after_s=wait_s,
    )


def seconds(retry_after: str | None) -> float | None:
    """Seconds to wait by a Retry-After header; a date is passed over, for clocks differ.

    >>> seconds("7"), seconds("Sat, 21 Nov 2026 20:00:00 GMT"), seconds(None)
    (7.0, None, None)
    """
    text = (retry_after or "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _strange(call: Call[R], status: int, body: bytes, why: str) -> BadAnswer:
    shown = body[:_SHOWN].decode("utf-8", "replace")
    return BadAnswer(
        f"{call.method} {call.path} was answered with status {status} and {shown!r}: {why}.",
        code="bad_answer",
        hint="Is that the address of the service?",
        status=status,
    )
