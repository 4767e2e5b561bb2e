"""Make, check and revoke API keys, of which only a hash is ever stored.

A secret is 256 random bits, shown once. No dictionary holds it, so one round of SHA-256 protects it
as well as a slow password hash would, and a check costs 2 microseconds instead of 100 milliseconds.

Reads / Writes: the table of keys.
Source: NIST SP 800-63B, 5.1.2.2 (secrets of at least 112 bits need no slow hash).
Not here: which doors ask for a key (web), what a role may do (govern.roles).
"""

import hashlib
import logging
import math
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from settee.core import BadInput, Conflict, NotAllowed, NotFound, new_id
from settee.govern.caller import Caller, NotPermitted
from settee.govern.limits import MAX_KEYS, Limits, Used, place_of_key
from settee.govern.roles import DEFAULT_TENANT, BadRole, grants
from settee.store import AccessTables, Key, Tables

PREFIX = "settee_"
_SECRET_BYTES = 32
_MAX_NAME = 128
_STALE_US = 1_000_000
_SECOND_US = 1_000_000
_MAX_PER_S = 1_000_000
_MAX_COUNT = 10**12
_log = logging.getLogger("settee.govern")


class BadKey(NotAllowed):
    """No key, an unknown one, or one that expired or was revoked."""

    code = "bad_key"


class BadTerms(BadInput):
    """A key cannot be made on these terms."""

    code = "bad_terms"


class TooManyKeys(Conflict):
    """As many keys work as can be counted apart."""

    code = "too_many_keys"


@dataclass(frozen=True)
class Terms:
    """What a key is good for.

    Args:
        role: What its bearer may do.
        scopes: Only these permissions of the role; none for all.
        tenant_id: Whose data it opens.
        expires_at: From when on it works no longer, None for never.
        rate_per_s: Requests a second in the long run, over 0 to 1,000,000; None for any number.
        burst: Requests at once after a pause; None for those of one second, at least 1.
        quota_per_day: Requests on one day of UTC, None for any number.
    """

    role: str = "owner"
    scopes: tuple[str, ...] = ()
    tenant_id: str = DEFAULT_TENANT
    expires_at: datetime | None = None
    rate_per_s: float | None = None
    burst: int | None = None
    quota_per_day: int | None = None

    def check(self, at: datetime) -> frozenset[str]:
        """What such a key may do.

        Args:
            at: The present instant, aware.

        Raises:
            BadRole: If role or scopes are none.
            BadTerms: If an end or a limit cannot be.
        """
        if self.expires_at is not None and self.expires_at <= at:
            raise BadTerms(
                f"the key would expire at {self.expires_at.isoformat()}, and now it is "
                f"{at.isoformat()}; a later instant is accepted.",
                place="expires_at",
            )
        if self.rate_per_s is not None and not 1 / _MAX_PER_S <= self.rate_per_s <= _MAX_PER_S:
            raise BadTerms(
                f"the rate is {self.rate_per_s:g} a second; over 0 to {_MAX_PER_S:,} are accepted.",
                place="rate_per_s",
            )
        if self.burst is not None and self.rate_per_s is None:
            raise BadTerms("a burst needs a rate.", hint="Give rate_per_s too.", place="burst")
        for name, n in (("burst", self.burst), ("quota_per_day", self.quota_per_day)):
            if n is not None and not 1 <= n <= _MAX_COUNT:
                raise BadTerms(f"{name} is {n}; 1 to {_MAX_COUNT:,} are accepted.", place=name)
        return grants(self.role, self.scopes, tenant_id=self.tenant_id)


@dataclass(frozen=True)
class NewKey:
    """A key that was just made; `secret` cannot be had again."""

    key: Key
    secret: str

    def __repr__(self) -> str:
        return f"NewKey({self.key!r}, secret=…)"


class Keys:
    """The keys of a home and all its tenants.

    Args:
        tables: The tables of the home. What another process made, revoked or removed is noticed
            within a second of the clock that `caller` is told; what this object did, at once.
        limits: Where uses are counted; None where nobody counts.
    """

    def __init__(self, tables: Tables, limits: Limits | None = None) -> None:
        self._tables = AccessTables(tables.database)
        self._limits = limits
        self._lock = threading.Lock()
        self._callers: dict[bytes, Caller] = {}
        self._tenants: frozenset[str] = frozenset({DEFAULT_TENANT})
        self._read_us = -_STALE_US
        self.mark = -1
        """A number that rises when keys or tenants changed, as far as this object noticed."""

    def create(self, name: str, at: datetime, terms: Terms = Terms()) -> NewKey:
        """Make a key.

        Args:
            name: What its owner calls it: 1 to 128 characters, none of them a control character.
            at: The present instant, aware.
            terms: What it is good for; an owner of the default tenant unless something is said.

        Returns:
            The key and its secret, which starts with ``settee_`` and is shown this once.

        Raises:
            BadInput: If the name or the terms are not acceptable.
            NotFound: If the tenant is not there.
            Conflict: If a key that works has that name in the tenant, or too many keys work.
        """
        if not (0 < len(name) <= _MAX_NAME and name.isprintable()):
            raise BadInput(
                f"{name!r} cannot name a key; 1 to {_MAX_NAME} printable characters can.",
                place="name",
            )
        terms.check(at)
        if sum(key.revoked_at is None for key in self._tables.all_keys()) >= MAX_KEYS:
            raise TooManyKeys(f"{MAX_KEYS:,} keys work, and no more can.", hint="Revoke some.")
        secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        key = self._tables.add_key(
            Key(
                new_id("key", at),
                name,
                hashlib.sha256(secret.encode()).hexdigest(),
                at,
                tenant_id=terms.tenant_id,
                role=terms.role,
                scopes=tuple(dict.fromkeys(terms.scopes)),
                expires_at=terms.expires_at,
                rate_per_s=terms.rate_per_s,
                burst=terms.burst,
                quota_per_day=terms.quota_per_day,
            )
        )
        if self._limits is not None:
            self._limits.start_key(key)
        self.look_again()
        return NewKey(key, secret)

    def caller(self, digest: bytes, now_us: int) -> Caller | None:
        """Who has the key of that hash; None if no working key has it.

        Args:
            digest: SHA-256 of what was presented.
            now_us: The present instant, microseconds since 1970.

        Raises:
            SetteeError: If the table has to be read again and cannot be.
        """
        if not -_STALE_US < now_us - self._read_us < _STALE_US:
            self._look(now_us)
        # The look-up is by hash, so its duration tells nothing about the secret.
        found = self._callers.get(digest)
        if found is not None and found.expires_s * _SECOND_US <= now_us:
            return None
        return found

    def check(self, presented: str | None, as_of: datetime) -> Caller:
        """Who has the key whose secret was presented.

        Args:
            presented: What the caller sent, None for nothing.
            as_of: The present instant, aware.

        Raises:
            BadKey: If nothing was presented, or no working key has that secret.
        """
        if not presented:
            raise BadKey("no key was sent; a settee API key is needed.", hint=_HINT)
        digest = hashlib.sha256(presented.encode("utf-8", "surrogatepass")).digest()
        found = self.caller(digest, int(as_of.timestamp() * _SECOND_US))
        if found is None:
            raise BadKey("the key that was sent is unknown, expired or revoked.", hint=_HINT)
        return found

    def has_tenant(self, tenant_id: str, now_us: int) -> bool:
        """Is there such a tenant, that was not removed?"""
        if not -_STALE_US < now_us - self._read_us < _STALE_US:
            self._look(now_us)
        return tenant_id in self._tenants

    def knows_tenant(self, tenant_id: str) -> bool:
        """Was there such a tenant at the last look?"""
        return tenant_id in self._tenants

    def revoke(self, name: str, at: datetime, tenant_id: str = DEFAULT_TENANT) -> Key:
        """Let a key of a tenant work no longer.

        Args:
            name: Its name or its id.
            at: The present instant, aware.
            tenant_id: Whose key it is.

        Raises:
            NotFound: If no working key of the tenant has that name or id.
        """
        key = self.working(name, tenant_id)
        self._tables.revoke_key(key.key_id, at)
        self.look_again()
        return replace(key, revoked_at=at)

    def working(self, name: str, tenant_id: str = DEFAULT_TENANT) -> Key:
        """The key of a tenant, by its name or id, that was not revoked.

        Raises:
            NotFound: If there is none.
        """
        for key in self.all(tenant_id):
            if name in (key.name, key.key_id) and key.revoked_at is None:
                return key
        raise NotFound(f'no working key is called "{name}".', hint="settee key list shows them.")

    def all(self, tenant_id: str | None = None) -> list[Key]:
        """All keys, revoked ones included, oldest first; of one tenant, or None for every one."""
        return self._tables.all_keys(tenant_id)

    def used(self, key: Key, at: datetime) -> Used:
        """How much a key was used; nothing where nobody counts."""
        if self._limits is None or key.revoked_at is not None:
            return Used(0, None)
        return self._limits.used(key, int(at.timestamp() * _SECOND_US))

    def look_again(self) -> None:
        """Read the table at the next check, however fresh what is known."""
        with self._lock:
            self._read_us = -_STALE_US

    def _look(self, now_us: int) -> None:
        with self._lock:
            mark = self._tables.mark()
            if mark != self.mark:
                self._callers = dict(_working(self._tables.all_keys()))
                there = (one.tenant_id for one in self._tables.tenants() if one.removed_at is None)
                self._tenants = frozenset({DEFAULT_TENANT, *there})
                self.mark = mark
            self._read_us = now_us


def caller_of(key: Key) -> Caller:
    """Who has a key."""
    interval_us = round(_SECOND_US / key.rate_per_s) or 1 if key.rate_per_s else 0
    burst = key.burst or max(1, math.ceil(key.rate_per_s or 1))
    return Caller(
        key.tenant_id,
        key.role,
        grants(key.role, key.scopes, tenant_id=key.tenant_id),
        f'key "{key.name}"',
        key,
        expires_s=key.expires_at.timestamp() if key.expires_at else math.inf,
        place=place_of_key(key),
        interval_us=interval_us,
        window_us=interval_us * burst,
        quota_per_day=key.quota_per_day or 0,
    )


def _working(keys: list[Key]) -> Iterator[tuple[bytes, Caller]]:
    """Hash and bearer of each key that was not revoked."""
    for key in keys:
        if key.revoked_at is None:
            try:
                yield bytes.fromhex(key.key_hash), caller_of(key)
            except BadRole as error:  # a newer settee made it; it must not open more than it says
                _log.warning("key %s is not accepted: %s", key.key_id, error.message)


def must_hold(caller: Caller, terms: Terms, at: datetime) -> None:
    """Refuse a caller who would make a key that may do more, or lives longer, than they.

    Raises:
        NotPermitted: If they would.
        BadInput: If the terms are not acceptable.
    """
    if more := sorted(terms.check(at) - caller.permissions):
        raise NotPermitted(
            f"the key could do what its maker cannot: {', '.join(more)}.",
            hint="Give it a smaller role, or scopes.",
            place="role",
        )
    ends_s = math.inf if terms.expires_at is None else terms.expires_at.timestamp()
    if ends_s > caller.expires_s:
        raise NotPermitted(
            "the key would outlive its maker.", hint="Give an earlier expires_at.",
            place="expires_at",
        )  # fmt: skip


def must_cover(caller: Caller, key: Key) -> None:
    """Refuse a caller who would revoke a key that may do more than they.

    Raises:
        NotPermitted: If it may.
    """
    if more := sorted(caller_of(key).permissions - caller.permissions):
        raise NotPermitted(
            f"the key may do what you may not: {', '.join(more)}.",
            hint="Ask an owner of the tenant to revoke it.",
            place="key_id",
        )


_HINT = 'Send it as "Authorization: Bearer settee_…"; settee key create NAME makes one.'
