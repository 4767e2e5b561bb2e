"""Make ids that are unique and sort by the time they were made.

48 bits of milliseconds, then 80 random bits, as 26 letters of Crockford's base 32: two ids made a
second apart sort in that order, which keeps database indexes compact.

Reads: the operating system's randomness.  Writes: nothing.
Source: the ULID specification.
Not here: ids of accounts, items and devices; those are the customer's own, opaque strings.
"""

import secrets
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

MAX_ID_LENGTH = 128
"""Longest id, in characters, that an event or item may carry."""


def new_id(prefix: str, at: datetime) -> str:
    """A fresh id such as ``exp_01JD…``.

    Args:
        prefix: What the id names, a few letters.
        at: The instant the id sorts by, aware.

    >>> from datetime import UTC
    >>> early, late = (new_id("x", datetime(2026, 1, d, tzinfo=UTC)) for d in (1, 2))
    >>> early < late, len(early)
    (True, 28)
    """
    number = (int(at.timestamp() * 1000) << 80) | secrets.randbits(80)
    letters = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(letters)}"
