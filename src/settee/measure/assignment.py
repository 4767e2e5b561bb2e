"""Decide who is held out of a campaign, by hashing: no list to keep, the same answer for ever.

A unit's key and the campaign's salt are hashed to 32 bits, which is its bucket of 2**32. Held out
is whoever falls under the share: of 100,000 keys about 10,000 at a share of .1. The same key under
another salt is drawn anew, so two campaigns hold out unrelated people; under the same salt a larger
share only adds to whoever was held out by a smaller one.

Reads / Writes: nothing.
Source: Kohavi, Tang and Xu (2020), "Trustworthy Online Controlled Experiments", chapter 4; RFC 7693
(BLAKE2b).
Not here: what the difference is worth (measure.effects, measure.returns).
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput

N_BUCKETS = 1 << 32
"""How finely units are told apart; a share counts to one part of this."""
MAX_SALT = 1024
"""Longest salt, in bytes of UTF-8."""
_PERSON = b"settee holdout"  # changing this draws everybody anew, so it never changes


class BadShare(BadInput):
    """A share to hold out is none."""

    code = "bad_share"


class BadSalt(BadInput):
    """A salt cannot draw a holdout."""

    code = "bad_salt"


def bucket_of(unit_keys: Sequence[str], salt: str) -> NDArray[np.uint32]:
    """The bucket of each unit: uniform, and the same for ever.

    Args:
        unit_keys: (n,) keys of accounts or persons, any text; *changes results*.
        salt: Name of the campaign or experiment, 1 to 1,024 bytes; another one draws everybody
            anew.

    Returns:
        (n,) uint32.

    Raises:
        BadSalt: If the salt is empty or too long.

    >>> bucket_of(["a1", "a2"], "spring").tolist() == bucket_of(["a1", "a2"], "spring").tolist()
    True
    >>> len(set(bucket_of(["a1", "a2", "a3"], "spring").tolist()))
    3
    """
    salted = salt.encode("utf-8", "surrogatepass")
    if not 1 <= len(salted) <= MAX_SALT:
        raise BadSalt(
            f"the salt has {len(salted):,} bytes; accepted are 1 to {MAX_SALT:,}.",
            hint="Name the campaign: everybody is drawn anew for another name.",
        )
    # The length goes first, so that salt "ab" with key "c" is not salt "a" with key "bc".
    start = hashlib.blake2b(
        len(salted).to_bytes(4, "little") + salted, digest_size=4, person=_PERSON
    )
    digests = bytearray(4 * len(unit_keys))
    for place, key in enumerate(unit_keys):
        hashed = start.copy()
        hashed.update(key.encode("utf-8", "surrogatepass"))
        digests[4 * place : 4 * place + 4] = hashed.digest()
    return np.frombuffer(bytes(digests), "<u4").astype(np.uint32)


def in_holdout(unit_keys: Sequence[str], salt: str, share: float) -> NDArray[np.bool_]:
    """Which units are held out.

    Args:
        unit_keys: (n,) keys of accounts or persons; *changes results*.
        salt: Name of the campaign or experiment, 1 to 1,024 bytes.
        share: Part of all units that is held out, 0 to 1; 0 holds out nobody, 1 everybody.

    Returns:
        (n,) bool.

    Raises:
        BadShare: If the share is not a number from 0 to 1.
        BadSalt: If the salt is empty or too long.

    >>> keys = [f"a{n}" for n in range(10_000)]
    >>> int(in_holdout(keys, "spring", 0.1).sum())
    972
    """
    if not 0.0 <= share <= 1.0:
        raise BadShare(
            f"a holdout of {share} is no share; accepted is a number from 0 to 1.",
            hint="Write 0.1 for one in ten.",
            place="holdout",
        )
    threshold = round(share * N_BUCKETS)
    return bucket_of(unit_keys, salt).astype(np.uint64) < threshold
