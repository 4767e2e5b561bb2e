"""Give every person of an account one opaque name that never changes and is never used twice.

Inside an account persons are numbered 1, 2, 3 in the order in which they were first seen; outside
they are called by a hash of account and number. Account "a7" and number 1 give the same 18 letters
in every replay, and no two accounts share a name (80 bits: one clash in 10^12 persons, on average).

Reads / Writes: nothing.
Source: RFC 7693 (BLAKE2).
Not here: which component of a model is which person (people.identity).
"""

import base64
from collections.abc import Iterable
from hashlib import blake2b

_DIGEST_BYTES = 10


def person_id(account_id: str, number: int) -> str:
    """The public name of a person, such as ``p_6j3…``.

    It says nothing about anybody, but whoever knows the account id can compute it: it is a name,
    not a secret.

    Args:
        account_id: The customer's own id of the account.
        number: Number of the person inside the account, from 1.

    >>> person_id("a7", 1) == person_id("a7", 1), person_id("a7", 1) == person_id("a7", 2)
    (True, False)
    >>> len(person_id("a7", 1))
    18
    """
    digest = blake2b(f"{number}:{account_id}".encode(), digest_size=_DIGEST_BYTES).digest()
    return f"p_{base64.b32encode(digest).decode().lower()}"


def person_ids(account_id: str, numbers: Iterable[int]) -> tuple[str, ...]:
    """The public names of several persons of one account, in the order given."""
    return tuple(person_id(account_id, number) for number in numbers)


def numbers_by_id(account_id: str, next_number: int) -> dict[str, int]:
    """Which number each name of an account stands for.

    Args:
        account_id: The account.
        next_number: One more than the last number that was ever given out.

    >>> numbers_by_id("a7", 3)[person_id("a7", 2)]
    2
    """
    return {person_id(account_id, number): number for number in range(1, next_number)}
