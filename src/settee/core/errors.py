"""The error tree: one root, a few families, each with its HTTP status and exit code.

    SetteeError                 500  exit 1
    ├── BadInput                400  exit 2   what was given cannot be understood
    │   └── TooLarge            413  exit 2   what was given is over a stated limit
    ├── ChecksFailed            422  exit 3   understood, but a quality threshold stops the run
    ├── NotFound                404  exit 4   nothing has that name
    ├── Conflict                409  exit 5   the state of things forbids it now
    ├── NotAllowed              401  exit 6   who are you?
    │   └── Forbidden           403  exit 6   it is known who you are, and that you may not
    ├── Overloaded              429  exit 7   come back later; `retry_after_s` says when
    ├── Unavailable             503  exit 8   a part that is needed is not there
    └── Damaged                 500  exit 9   stored bytes are not what was written

Rooms derive their own classes from a family and fix `code`; a message says what happened, the
offending value and what would be accepted; `hint` names one next step. Ids may appear in either,
personal data never.

Reads / Writes: nothing.  Not here: how a door prints an error (web, cli).
"""

from typing import ClassVar

MAX_MESSAGE = 2_000
MAX_PLACE = 200


def shortened(text: str, limit: int) -> str:
    """The text without its middle where it is longer than the limit.

    What is refused may be megabytes long, and stands in the message; what would be accepted stands
    at its end.

    Args:
        text: Any text.
        limit: Most characters.

    >>> shortened("kind is aaaaaaaaaaaaaaaaaaaa; send a or b.", 31)
    'kind is aaaaa […] send a or b.'
    """
    if len(text) <= limit:
        return text
    half = (limit - 5) // 2
    return f"{text[:half]} […]{text[-half:]}"


class SetteeError(Exception):
    """Root of every error that settee raises on purpose.

    Args:
        message: What happened, the value, and what would be accepted.
        hint: One next step, or nothing.
        place: Where in the input it happened (``file line 12``, ``events[3].at``), or nothing.

    >>> error = BadInput("rank is 0; ranks start at 1.", hint="Send 1 for the top.", place="rank")
    >>> error.code, error.status, error.exit_code, error.place
    ('bad_input', 400, 2, 'rank')
    >>> str(error)
    'rank is 0; ranks start at 1.'
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", place: str = "") -> None:
        self.message = shortened(message, MAX_MESSAGE)
        super().__init__(self.message)
        self.hint = hint
        self.place = shortened(place, MAX_PLACE)

    def as_dict(self) -> dict[str, str]:
        """The one error shape of every door: code, message, and hint and place when given."""
        shape = {"code": self.code, "message": self.message}
        if self.hint:
            shape["hint"] = self.hint
        if self.place:
            shape["place"] = self.place
        return shape


class BadInput(SetteeError):
    """What was given cannot be understood."""

    code = "bad_input"
    status = 400
    exit_code = 2


class TooLarge(BadInput):
    """What was given is over a stated limit."""

    code = "too_large"
    status = 413


class ChecksFailed(SetteeError):
    """The input was understood, but a quality threshold stops the run."""

    code = "checks_failed"
    status = 422
    exit_code = 3


class NotFound(SetteeError):
    """Nothing has that name."""

    code = "not_found"
    status = 404
    exit_code = 4


class Conflict(SetteeError):
    """The present state forbids it."""

    code = "conflict"
    status = 409
    exit_code = 5


class NotAllowed(SetteeError):
    """The caller is unknown or may not do this."""

    code = "not_allowed"
    status = 401
    exit_code = 6


class Forbidden(NotAllowed):
    """The caller is known and may not do this."""

    code = "forbidden"
    status = 403


class Overloaded(SetteeError):
    """Too much at once; nothing was taken, so sending it again is safe.

    Args:
        message: What is full, and its limit.
        retry_after_s: Seconds after which it is worth trying again.
        hint: One next step, or nothing.
    """

    code = "overloaded"
    status = 429
    exit_code = 7

    def __init__(self, message: str, *, retry_after_s: int = 1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class Unavailable(SetteeError):
    """A part that is needed is not there."""

    code = "unavailable"
    status = 503
    exit_code = 8


class Damaged(SetteeError):
    """Stored bytes are not what was written."""

    code = "damaged"
    status = 500
    exit_code = 9
