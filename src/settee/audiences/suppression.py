"""Turn a list of those who are never to be addressed into salted hashes, and find people on it.

A line is an account, an account and a person behind a comma, or ``sha256:`` and the hash of either
in hex, for lists that must not show whom they name. "a7" covers every person of the account a7.

Reads: bytes of text.  Writes: nothing.
Source: RFC 7693 (BLAKE2), keyed.
Not here: where the hashes are kept (store.suppression_table).
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput, check_id

MAX_BYTES = 256 * 1024 * 1024
_PART = "\x1f"  # no id holds it
_HASH = re.compile(r"sha256:([0-9a-fA-F]{64})")
_SIZE = 16


class BadSuppression(BadInput):
    """A line of a suppression list cannot be understood."""

    code = "bad_suppression"


class Suppressed(Protocol):
    """The entries of a suppression list."""

    def __contains__(self, entry: object, /) -> bool:
        """Is the hash on it?"""
        ...

    def __len__(self) -> int:
        """How many are on it."""
        ...


def entries_of(raw: bytes, salt: bytes) -> Iterator[str]:
    """Hashes of the lines of a list; empty lines and those that begin with # are passed over.

    Args:
        raw: Lines in UTF-8.
        salt: 32 bytes.

    Raises:
        BadSuppression: If the list is too long or no UTF-8.
        BadId: If a line names what can be no id.

    >>> a, b = entries_of(b"a7" + bytes([10]) + b"a7,p1", bytes(32))
    >>> a == entry_of(bytes(32), "a7"), b == entry_of(bytes(32), "a7", "p1")
    (True, True)
    """
    if len(raw) > MAX_BYTES:
        raise BadSuppression(
            f"the list is {len(raw):,} bytes; at most {MAX_BYTES:,} are accepted.",
            hint="Send it in parts.",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSuppression(f"the list is no UTF-8: {error}.") from None
    for number, line in enumerate(text.split("\n"), start=1):
        word = line.strip()
        if not word or word.startswith("#"):
            continue
        if hashed := _HASH.fullmatch(word):
            yield _salted(salt, bytes.fromhex(hashed[1]))
        else:
            account_id, _, person_id = word.partition(",")
            place = f"line {number}"
            check_id(account_id.strip(), place)
            if person_id:
                check_id(person_id.strip(), place)
            yield entry_of(salt, account_id.strip(), person_id.strip())


def entry_of(salt: bytes, account_id: str, person_id: str = "") -> str:
    """The hash of an account, or of a person in it.

    Args:
        salt: 32 bytes.
        account_id: Which account.
        person_id: Which person, "" for all of it.
    """
    name = account_id + _PART + person_id if person_id else account_id
    return _salted(salt, hashlib.sha256(name.encode()).digest())


def is_suppressed(
    account_ids: Sequence[str], person_ids: Sequence[str], listed: Suppressed, salt: bytes
) -> NDArray[np.bool_]:
    """(n,) who is on the list, by account or as a person.

    Args:
        account_ids: (n,) accounts.
        person_ids: (n,) persons, "" for whole accounts.
        listed: Entries of the list.
        salt: 32 bytes.
    """
    if not len(listed):
        return np.zeros(len(account_ids), np.bool_)
    found = np.zeros(len(account_ids), np.bool_)
    latest, is_on = None, False
    for place, (account_id, person_id) in enumerate(zip(account_ids, person_ids, strict=True)):
        if account_id != latest:  # persons of one account follow each other: hash it once
            latest, is_on = account_id, entry_of(salt, account_id) in listed
        found[place] = is_on or (
            person_id != "" and entry_of(salt, account_id, person_id) in listed
        )
    return found


def _salted(salt: bytes, digest: bytes) -> str:
    return hashlib.blake2b(digest, key=salt, digest_size=_SIZE).hexdigest()
