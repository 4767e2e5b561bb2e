"""Make, check and revoke API keys, of which only a hash is ever stored.

A secret is 256 random bits, shown once. No dictionary holds it, so one round of SHA-256 protects it
as well as a slow password hash would, and a check costs 2 microseconds instead of 100 milliseconds.

Reads / Writes: the table of keys.
Source: NIST SP 800-63B, 5.1.2.2 (secrets of at least 112 bits need no slow hash).
Not here: which doors ask for a key (web).
"""

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from settee.core import BadInput, NotAllowed, NotFound, new_id
from settee.store import Key, Tables

PREFIX = "settee_"
_SECRET_BYTES = 32
_MAX_NAME = 128
_STALE_AFTER = timedelta(seconds=1)


class BadKey(NotAllowed):
    """No key, an unknown one, or one that was revoked."""

    code = "bad_key"


@dataclass(frozen=True)
class NewKey:
    """A key that was just made; `secret` cannot be had again."""

    key: Key
    secret: str

    def __repr__(self) -> str:
        return f"NewKey({self.key!r}, secret=…)"


class Keys:
    """The keys of one home.

    Args:
        tables: Where they are kept. A key that another process made or revoked is noticed within
            a second of the clock that `check` is told; one that this object made or revoked, at
            once.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._lock = threading.Lock()
        self._by_hash: dict[str, Key] = {}
        self._read_at: datetime | None = None

    def create(self, name: str, at: datetime) -> NewKey:
        """Make a key.

        Args:
            name: What its owner calls it: 1 to 128 characters, none of them a control character.
            at: The present instant, aware.

        Returns:
            The key and its secret, which starts with ``settee_`` and is shown this once.

        Raises:
            BadInput: If the name is not acceptable.
            Conflict: If a key that works has that name.
        """
        if not (0 < len(name) <= _MAX_NAME and name.isprintable()):
            raise BadInput(
                f"{name!r} cannot name a key; 1 to {_MAX_NAME} printable characters can.",
                place="name",
            )
        secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        key = Key(new_id("key", at), name, _hash(secret), at)
        self._tables.add_key(key)
        self._look_again()
        return NewKey(key, secret)

    def check(self, presented: str | None, as_of: datetime) -> Key:
        """The key whose secret was presented.

        Args:
            presented: What the caller sent, None for nothing.
            as_of: The present instant, aware.

        Raises:
            BadKey: If nothing was presented, or no working key has that secret.
        """
        if not presented:
            raise BadKey("no key was sent; a settee API key is needed.", hint=_HINT)
        given = _hash(presented)
        key = self._current(as_of).get(given)
        # The look-up is by hash, so its duration tells nothing about the secret.
        if key is None or not hmac.compare_digest(key.key_hash, given):
            raise BadKey("the key that was sent is unknown or revoked.", hint=_HINT)
        return key

    def revoke(self, name: str, at: datetime) -> Key:
        """Let a key work no longer.

        Args:
            name: Its name or its id.
            at: The present instant, aware.

        Raises:
            NotFound: If no working key has that name or id.
        """
        for key in self.all():
            if name in (key.name, key.key_id) and key.revoked_at is None:
                self._tables.revoke_key(key.key_id, at)
                self._look_again()
                return key
        raise NotFound(f'no working key is called "{name}".', hint="settee key list shows them.")

    def all(self) -> list[Key]:
        """All keys, revoked ones included, oldest first."""
        return self._tables.keys()

    def _look_again(self) -> None:
        with self._lock:
            self._read_at = None

    def _current(self, as_of: datetime) -> dict[str, Key]:
        """Working keys by hash, at most a second old."""
        with self._lock:
            is_fresh = self._read_at is not None and abs(as_of - self._read_at) < _STALE_AFTER
            if not is_fresh:
                working = (key for key in self.all() if key.revoked_at is None)
                self._by_hash = {key.key_hash: key for key in working}
                self._read_at = as_of
            return self._by_hash


_HINT = 'Send it as "Authorization: Bearer settee_…"; settee key create NAME makes one.'


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
