"""Tell the time in one place, so that everything else can be told the time.

Code below the doors takes `as_of`; only doors and background loops read a clock, and tests give
them a clock that stands still.

Reads: the system clock, when called.  Writes: nothing.
Source: RFC 3339 for the text form.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Something that returns the present instant, aware and in UTC."""


def system_clock() -> datetime:
    """The present instant, aware and in UTC."""
    return datetime.fromtimestamp(time.time(), tz=UTC)  # noqa: TID251 -- the one place that may


def instant_text(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC, without a fraction when it is a whole second.

    Args:
        at: An aware instant in any zone.

    Raises:
        ValueError: If `at` has no time zone.

    >>> instant_text(datetime(2026, 11, 21, 20, 14, 3, tzinfo=UTC))
    '2026-11-21T20:14:03Z'
    """
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone; instants are aware.")
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_epoch_s(seconds: float) -> datetime:
    """The instant that lies `seconds` after 1970-01-01 UTC.

    >>> instant_text(from_epoch_s(0))
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(seconds, tz=UTC)
