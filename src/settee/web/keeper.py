"""Find out at the door who asks, by key or session token, unless only this machine can reach it.

A key or token comes as ``Authorization: Bearer …`` or ``X-API-Key: …``. What was right once is
known by its hash and costs a few microseconds from then on. A key that was made or revoked
elsewhere is noticed within a second, on every worker. Wrong credentials are counted by the address
that they come from: past a limit they get a 429, while right ones always pass, so nobody who
guesses can lock out whoever has the key.

Reads: the request's headers, keys, tokens.  Writes: counters.
Source: RFC 6750 (bearer tokens); OWASP Authentication Cheat Sheet (throttling, lock-out).
Not here: what a caller may do (web.guard), hashing and signatures (govern).
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from typing import Protocol

from settee.core import (
    AccessSettings,
    Clock,
    Conflict,
    NotAllowed,
    ServeSettings,
    SetteeError,
    is_loopback,
)
from settee.govern import (
    KEYLESS,
    BadKey,
    BadKeySet,
    BadToken,
    Caller,
    Keys,
    KeySet,
    Limits,
    NoSigners,
    Tokens,
    UnknownSigner,
)
from settee.web.address import Senders
from settee.web.body import Scope
from settee.web.cors import OriginRefused, Origins
from settee.web.errors import Headers

_MAX_LENGTH = 4096
_MAX_SESSIONS = 10_000
_SECOND_US = 1_000_000
_FORWARDED = frozenset({b"x-forwarded-for", b"forwarded", b"via", b"x-real-ip"})
_WANTED = frozenset({
    b"host", b"origin", b"sec-fetch-site", b"authorization", b"x-api-key", b"if-none-match",
    *_FORWARDED,
})  # fmt: skip
Heads = dict[bytes, bytes]


class NoKeys(Conflict):
    """A key is required, and none exists."""

    code = "no_keys"


class Guarded(Protocol):
    """What the keeper needs to know."""

    @property
    def keys(self) -> Keys:
        """Every tenant's keys."""
        ...

    @property
    def limits(self) -> Limits:
        """Where requests are counted."""
        ...


def needs_key(settings: ServeSettings) -> bool:
    """Does a door with these settings ask for a key?

    >>> needs_key(ServeSettings()), needs_key(ServeSettings(host="0.0.0.0"))
    (False, True)
    """
    return settings.require_key == "always" or not is_loopback(settings.host)


_NOT_PLAIN = frozenset({
    b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"origin", *_FORWARDED,
})  # fmt: skip


def plain_heads(headers: Headers) -> Heads | None:
    """The headers of a plain GET that the door looks at; None where it has a body or an origin.

    Args:
        headers: All of them; names are lower case.
    """
    found: Heads = {}
    for name, value in headers:
        if name in _NOT_PLAIN:
            return None
        if name in _WANTED:
            found[name] = value
    return found


def heads_of(scope: Scope) -> Heads:
    """The headers that the door looks at, the last value of each.

    Args:
        scope: An ASGI scope; its header names are lower case.
    """
    return {name: value for name, value in scope["headers"] if name in _WANTED}


class Keeper:
    """Lets requests in.

    Args:
        guarded: Keys and counters.
        serve: Whether a key is needed at all.
        access: Whom to trust beside.
        clock: The present instant.

    Raises:
        NoKeys: If a key is needed and there is none: such a door could only refuse.
        SetteeError: If what the settings say about tokens, origins or proxies cannot be.
    """

    def __init__(
        self, guarded: Guarded, serve: ServeSettings, access: AccessSettings, clock: Clock
    ) -> None:
        self.needs_key = needs_key(serve)
        self._keys, self._limits, self._clock = guarded.keys, guarded.limits, clock
        self._tokens = Tokens(access)
        if self.needs_key and not self._tokens.is_on:
            _demand_keys(self._keys, serve, clock)
        self.origins = Origins(access.cors_origins)
        self._senders = Senders(access.trusted_proxies)
        self._sessions: dict[bytes, Caller] = {}
        self._known_at = (-1, -1)
        self._look: asyncio.Future[None] | None = None
        key_set = self._tokens.key_set
        if key_set is not None and not key_set.is_remote:
            key_set.look(clock().timestamp())

    async def admit(self, scope: Scope, heads: Heads) -> Caller:
        """Who sent a request; it is counted.

        Args:
            scope: Its ASGI scope.
            heads: See `heads_of`.

        Raises:
            NotAllowed: If it has no credential that is accepted, and needs one.
            TooManyFailures: If wrong ones come too often from its address.
            TooManyRequests: If the caller is over their rate.
            QuotaUsed: If the key is over its quota.
        """
        now_us = int(self._clock().timestamp() * _SECOND_US)
        caller = self.recognise(heads, now_us)
        if caller is None:
            caller = await self._meet(scope, heads, now_us)
        self._limits.take(caller, now_us)
        return caller

    def count(self, caller: Caller, now_us: int) -> None:
        """Count a request of somebody who was recognised.

        Args:
            caller: Who asks.
            now_us: The present instant, microseconds since 1970.

        Raises:
            TooManyRequests: If the caller is over their rate; it is not counted.
            QuotaUsed: If the key is over its quota.
        """
        self._limits.take(caller, now_us)

    def recognise(self, heads: Heads, now_us: int) -> Caller | None:
        """Who asks, if that is known already; None if somebody must look closer.

        Args:
            heads: See `heads_of`.
            now_us: The present instant, microseconds since 1970.

        Raises:
            NotAllowed: If nothing was presented, and something is needed.
        """
        return self.known(self.presented(heads), now_us)

    def presented(self, heads: Heads) -> bytes:
        """The hash of what was presented; empty where nothing was, and nothing is needed.

        Args:
            heads: See `heads_of`; they alone decide.

        Raises:
            NotAllowed: If nothing was presented, and something is needed.
        """
        given = _credential(heads)
        if given:
            return hashlib.sha256(given).digest()
        self._check_keyless(heads)
        return b""

    def known(self, presented: bytes, now_us: int) -> Caller | None:
        """Who asks, if that is known already; None if somebody must look closer.

        Args:
            presented: From `presented`.
            now_us: The present instant, microseconds since 1970.
        """
        if not presented:
            return KEYLESS
        found = self._keys.caller(presented, now_us)
        if found is None and self._tokens.is_on:
            self._refresh(now_us)
            found = self._sessions.get(presented)
            if found is not None and found.expires_s * _SECOND_US <= now_us:
                return None
        return found

    async def _meet(self, scope: Scope, heads: Heads, now_us: int) -> Caller:
        """Look closer at a credential that is not known."""
        given = _credential(heads)
        try:
            if not _is_token(given):
                raise BadKey("the key that was sent is unknown, expired or revoked.", hint=_HINT)
            caller = await self._verify(given, now_us)
        except NotAllowed:
            forwarded = _all_values(scope, b"x-forwarded-for")
            self._limits.failed(self._senders.address(scope.get("client"), forwarded), now_us)
            raise
        if len(self._sessions) >= _MAX_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))
        self._sessions[hashlib.sha256(given).digest()] = caller
        return caller

    async def _verify(self, token: bytes, now_us: int) -> Caller:
        now_s = now_us / _SECOND_US
        key_set = self._tokens.key_set
        try:
            caller = self._tokens.verify(token, now_s)
        except UnknownSigner:
            if key_set is None:
                raise
            if self._look is None or self._look.done():
                if not key_set.is_due(now_s, is_wanted=True):
                    raise
                self._look = asyncio.ensure_future(_quietly(key_set.look, now_s))
            await asyncio.shield(self._look)  # one look for all who wait for it
            if not key_set.keys:
                raise NoSigners(
                    "the keys that sign session tokens cannot be had now.",
                    hint="Try again in a few seconds; the log says what is wrong.",
                ) from None
            caller = self._tokens.verify(token, now_s)
        if not self._keys.has_tenant(caller.tenant_id, now_us):
            raise BadToken("the token is for a tenant that is not there.", hint=_HINT)
        return caller

    def _refresh(self, now_us: int) -> None:
        """Forget verified tokens when keys or tenants changed; see to it that this is noticed."""
        key_set = self._tokens.key_set
        if key_set is not None and key_set.is_due(now_us / _SECOND_US):
            self._look_soon(key_set, now_us / _SECOND_US)
        known_at = (self._keys.mark, key_set.generation if key_set is not None else 0)
        if known_at != self._known_at:
            self._sessions.clear()
            self._known_at = known_at

    def _look_soon(self, key_set: KeySet, now_s: float) -> None:
        if not key_set.is_remote:
            with contextlib.suppress(BadKeySet):  # it was logged, and the keys known stay
                key_set.look(now_s)
        elif self._look is None or self._look.done():
            self._look = asyncio.ensure_future(_quietly(key_set.look, now_s))

    def _check_keyless(self, heads: Heads) -> None:
        if self.needs_key:
            raise BadKey("no key was sent; a settee API key is needed.", hint=_HINT)
        if len(heads) > 1:
            if not _FORWARDED.isdisjoint(heads):
                raise BadKey(
                    "a proxy passed this on, so it may come from anywhere; a key is needed.",
                    hint=_HINT,
                )
            self._check_origin(heads)

    def _check_origin(self, heads: Heads) -> None:
        """Refuse what a page of another origin sends: it can reach loopback, and has no key."""
        origin = heads.get(b"origin")
        if origin is None:
            is_strange = heads.get(b"sec-fetch-site") == b"cross-site"
        else:
            own = heads.get(b"host", b"")
            is_strange = origin.partition(b"://")[2] != own and not self.origins.allows(origin)
        if is_strange:
            raise OriginRefused(
                "a page of another origin asked without a key.",
                hint="access.cors_origins names the origins whose pages may ask.",
                place="origin",
            )


_HINT = 'Send it as "Authorization: Bearer settee_…"; settee key create NAME makes one.'


def _credential(heads: Heads) -> bytes:
    """The key or token of a request, empty when there is none."""
    given = heads.get(b"x-api-key")
    if not given:
        scheme, _, given = heads.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer":
            return b""
    return given.strip()[: _MAX_LENGTH + 1]


def _is_token(given: bytes) -> bool:
    return given.count(b".") == 2


def _all_values(scope: Scope, name: bytes) -> bytes:
    return b",".join(value for key, value in scope["headers"] if key == name)


async def _quietly(look: Callable[[float], None], now_s: float) -> None:
    with contextlib.suppress(SetteeError):  # it was logged, and the keys known stay
        await asyncio.to_thread(look, now_s)


def _demand_keys(keys: Keys, serve: ServeSettings, clock: Clock) -> None:
    now = clock()
    for key in keys.all():
        if key.revoked_at is None and (key.expires_at is None or key.expires_at > now):
            return
    raise NoKeys(
        f"serve.host is {serve.host}, serve.require_key is {serve.require_key}, and no API key "
        "exists; a key is needed unless the address is a loopback one.",
        hint="Make one with settee key create NAME, or bind to 127.0.0.1.",
        place="serve.host",
    )
