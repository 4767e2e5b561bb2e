"""Seal rows that are only ever added to: a hash over each row and the seal before it.

Whoever changes row 3 with an editor breaks the seals of 3, 4 and all that follow.

Reads / Writes: nothing.
Source: Haber & Stornetta (1991), "How to time-stamp a digital document" (linked hashes).
Not here: which rows there are (store.rule_tables, store.audience_tables).
"""

import hashlib
from collections.abc import Iterable


def seal_of(before: str, parts: Iterable[object], body: bytes) -> str:
    """SHA-256 over a row and the seal before, 64 hex digits.

    Args:
        before: Seal of the row before, "" for the first.
        parts: The row's small fields, in order.
        body: Its bytes.

    >>> seal_of("", ["ab", "c"], b"") == seal_of("", ["a", "bc"], b"")
    False
    """
    seal = hashlib.sha256()
    for part in (before, *parts):
        word = str(part).encode()
        seal.update(len(word).to_bytes(8, "big") + word)  # lengths part "ab", "c" and "a", "bc"
    seal.update(body)
    return seal.hexdigest()
