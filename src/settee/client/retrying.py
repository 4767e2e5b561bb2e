"""Decide whether a call is sent again, and after how long.

Again only where it cannot do harm: nobody was reached, the service says that it took nothing (429),
or the call is repeatable and the service was away (no answer, 502, 503, 504). The wait is drawn
evenly between 0 and 0.1 s, then 0.2 s, 0.4 s, so that a thousand clients do not come back at one
instant; where the service asks for 7 s, it is 7 s and a little more.

Reads / Writes: nothing.
Source: Brooker (2015), "Exponential Backoff And Jitter"; RFC 9110 sections 9.2.2 and 10.2.3.
Not here: sending (client.sending).
"""

import secrets
from typing import Any

from settee.client.errors import CannotConnect, ClientError, NoAnswer, Overloaded
from settee.client.settings import ClientSettings
from settee.client.wire import Call

_AWAY = frozenset({502, 503, 504})
_STEPS = 1 << 20


def jitter() -> float:
    """A number from 0 to 1, another one each time."""
    return secrets.randbelow(_STEPS + 1) / _STEPS


def wait_s(
    call: Call[Any],
    error: ClientError,
    n_tries: int,
    spent_s: float,
    settings: ClientSettings,
    drawn: float,
) -> float | None:
    """Seconds to wait before the call is sent again; None if it must not be.

    Args:
        call: What was sent.
        error: What became of it.
        n_tries: How often it was sent, from 1.
        spent_s: Seconds since the call began.
        settings: How often and how long.
        drawn: A random number from 0 to 1.

    >>> from settee.client.wire import Route
    >>> call = Route("GET", "/health", bytes).call()
    >>> busy = Overloaded("busy", code="overloaded", status=429, retry_after_s=7.0)
    >>> wait_s(call, busy, 1, 0.0, ClientSettings(), drawn=0.5)
    7.05
    >>> wait_s(call, busy, 1, 55.0, ClientSettings(), drawn=0.5) is None
    True
    """
    if n_tries > settings.n_retries or not may_repeat(call, error):
        return None
    longest = min(settings.longest_backoff_s, settings.backoff_s * 2.0 ** (n_tries - 1))
    wait = drawn * longest + (error.retry_after_s or 0.0)
    return wait if spent_s + wait < settings.deadline_s else None


def may_repeat(call: Call[Any], error: ClientError) -> bool:
    """Is it sure that sending the call again can do no harm, and likely that it helps?"""
    if isinstance(error, CannotConnect | Overloaded):
        return True
    if not call.is_repeatable:
        return False
    return isinstance(error, NoAnswer) or error.status in _AWAY
