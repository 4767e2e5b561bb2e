"""The error tree of the client: what the service refused, and what never came back.

    ClientError                 whatever went wrong; catch this to catch all
    ├── NoAnswer                nothing complete came back
    │   ├── CannotConnect       nobody was reached: the request was never taken
    │   └── TimedOut            it took too long; the request may have been taken
    ├── BadAnswer               something came back that is no answer of settee
    ├── Refused                 4xx: the service understood and said no
    │   ├── BadRequest          400  what was asked cannot be understood
    │   ├── KeyRefused          401  a key or token is missing, unknown or over
    │   ├── NotAllowed          403  this key or token may not do that
    │   ├── NotFound            404  nothing has that name
    │   ├── Conflict            409  the present state forbids it
    │   ├── TooLarge            413  over a limit of the service: send less at once
    │   └── Overloaded          429  come back after `retry_after_s`; nothing was taken
    └── ServiceFailed           5xx: the service could not
        └── Unavailable         503  a part is missing or it is too busy, see `retry_after_s`

A status without a class of its own is a `Refused` or `ServiceFailed`. `code` is the service's own
(docs/errors.md); without an answer it is cannot_connect, timed_out, no_answer or bad_answer.

Reads / Writes: nothing.
Not here: when a call is sent again (client.retrying).
"""


class ClientError(Exception):
    """Whatever went wrong.

    Args:
        message: What happened, in one sentence.
        code: Stable name of it.
        hint: One next step, or "".
        place: Where in what was sent, or "".
        status: HTTP status, 0 where no answer came.
        retry_after_s: After how many seconds the service asks to come back; None where it does not.

    >>> error = BadRequest("k is 0; send 1 to 200.", code="bad_request", place="k", status=400)
    >>> str(error), error.code, error.place, isinstance(error, ClientError)
    ('k is 0; send 1 to 200. (bad_request at k)', 'bad_request', 'k', True)
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        hint: str = "",
        place: str = "",
        status: int = 0,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.place = place
        self.status = status
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        where = f"{self.code} at {self.place}" if self.place else self.code
        return f"{self.message} ({where})" + (f" {self.hint}" if self.hint else "")


class NoAnswer(ClientError):
    """Nothing complete came back; the request may have been taken all the same."""


class CannotConnect(NoAnswer):
    """Nobody was reached, so nothing was taken."""


class TimedOut(NoAnswer):
    """It took longer than the settings of the client allow."""


class BadAnswer(ClientError):
    """What came back is no answer of settee: another service, a proxy, or a broken version."""


class Refused(ClientError):
    """The service understood, and said no."""


class BadRequest(Refused):
    """What was asked cannot be understood."""


class KeyRefused(Refused):
    """A key or token is missing, unknown, revoked or expired."""


class NotAllowed(Refused):
    """The key or token is good, but not for this."""


class NotFound(Refused):
    """Nothing has that name."""


class Conflict(Refused):
    """The present state forbids it."""


class TooLarge(Refused):
    """A body or batch is over a limit of the service."""


class Overloaded(Refused):
    """Too much at once; nothing was taken."""


class ServiceFailed(ClientError):
    """The service could not answer."""


class Unavailable(ServiceFailed):
    """A part that is needed is not there, or the service sheds load."""


STATUSES: dict[int, type[ClientError]] = {
    400: BadRequest,
    401: KeyRefused,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    429: Overloaded,
    503: Unavailable,
}
"""Statuses with a class of their own."""
_FIRST_SERVER_STATUS = 500


def error_for(status: int) -> type[ClientError]:
    """The class of a status.

    Args:
        status: HTTP status from 400 up.

    >>> error_for(404).__name__, error_for(418).__name__, error_for(502).__name__
    ('NotFound', 'Refused', 'ServiceFailed')
    """
    other = ServiceFailed if status >= _FIRST_SERVER_STATUS else Refused
    return STATUSES.get(status, other)
