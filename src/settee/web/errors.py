"""Give every refusal the one shape, whoever refuses: a hot route, FastAPI, or a bug.

    {"error": {"code": "bad_request", "message": "k is 0; …", "hint": "…", "place": "k"}}

`code` is stable, `hint` and `place` are absent where there is none. A bug says "internal" and the
id under which the log has the trace; the trace itself, like everything personal, stays inside.

Reads / Writes: nothing.
Not here: the families and their statuses (core.errors).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from settee.core import BadInput, NotFound, Overloaded, SetteeError, TooLarge, to_json

Headers = list[tuple[bytes, bytes]]
JSON_TYPE = (b"content-type", b"application/json")
_log = logging.getLogger("settee.web")


class BadRequest(BadInput):
    """A parameter or body is not what the route takes."""

    code = "bad_request"


class BodyTooLarge(TooLarge):
    """A body, or a batch in it, is over its limit."""

    code = "body_too_large"


class BodyTooSlow(BadInput):
    """A body did not arrive in time."""

    code = "body_too_slow"
    status = 408


class EncodingRefused(BadInput):
    """A body is compressed in a way that is not accepted."""

    code = "encoding_refused"
    status = 415


class NoSuchRoute(NotFound):
    """Nothing is served at that path."""

    code = "no_such_route"


class MethodRefused(BadInput):
    """The path is served, but not by that method."""

    code = "method_refused"
    status = 405

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"{method[:16]} is not served here; accepted is {' or '.join(allowed) or 'another'}.",
            hint="/docs lists every route.",
        )
        self.allowed = tuple(allowed)


@dataclass(frozen=True)
class Reply:
    """A whole response."""

    status: int
    body: bytes
    headers: Headers = field(default_factory=list)


def error_reply(error: SetteeError) -> Reply:
    """The response for an error that settee raised on purpose.

    >>> error_reply(BadRequest("k is 0; send 1 to 200.", place="k")).body
    b'{"error":{"code":"bad_request","message":"k is 0; send 1 to 200.","place":"k"}}'
    """
    headers: Headers = [JSON_TYPE]
    if isinstance(error, Overloaded):
        headers.append((b"retry-after", str(error.retry_after_s).encode()))
    if isinstance(error, MethodRefused) and error.allowed:
        headers.append((b"allow", ", ".join(error.allowed).encode()))
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, BodyTooLarge | BodyTooSlow):
        # What is left of the body is not read, so the connection cannot be used again.
        headers.append((b"connection", b"close"))
    return Reply(error.status, to_json({"error": error.as_dict()}), headers)


def status_reply(status: int, path: str, method: str, allow: Sequence[str] = ()) -> Reply:
    """The response for a refusal that came from the framework as a bare status.

    Args:
        status: HTTP status from 400 up.
        path: Path of the request; only its start is repeated.
        method: Method of the request.
        allow: Methods that the path takes, for 405.
    """
    if status == HTTPStatus.NOT_FOUND:
        return error_reply(
            NoSuchRoute(f'"{path[:80]}" is not served.', hint="/docs lists every route.")
        )
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return error_reply(MethodRefused(method, allow))
    error = BadRequest(f"The request was refused with status {status}.")
    return Reply(status, to_json({"error": error.as_dict()}), [JSON_TYPE])


def internal_reply(error_id: str, error: BaseException) -> Reply:
    """The response for a bug: an id for the log, and nothing of what was inside.

    Args:
        error_id: Fresh id that ties the response to the log.
        error: What was raised; written to the log with its trace.
    """
    _log.error("internal error %s", error_id, exc_info=error)
    shape = {
        "code": "internal",
        "message": f"settee failed on its side; the log has it under {error_id}.",
        "hint": "Please report it with the lines of the log.",
    }
    return Reply(500, to_json({"error": shape}), [JSON_TYPE])


def refusal_from_validation(errors: Sequence[Mapping[str, object]]) -> BadRequest:
    """Turn the framework's list of complaints into one error about the first of them.

    Args:
        errors: As pydantic lists them, with ``loc`` and ``msg``; values are not repeated.
    """
    first = errors[0] if errors else {}
    place = first.get("loc", ())
    parts = [str(part) for part in place] if isinstance(place, tuple | list) else []
    return BadRequest(
        f"{first.get('msg', 'The request cannot be understood')}.",
        place=".".join(parts[1:] or parts),
        hint="/docs shows what the route takes.",
    )
