"""Let end users in by tokens that the product's own sign-in service has signed.

A token says "this is account a7 of tenant acme, until 20:15", and nobody without the private key
can say so. It opens what an end user may do, for that account only. Which algorithm checks it is
said by the key, never by the token: one that was signed with the public key as if it were a shared
secret, or not at all, is refused.

Reads: the issuer's public keys, or the shared secret.  Writes: nothing.
Source: RFC 7519 (JWT), RFC 8725 (best current practices), RFC 8037 (EdDSA).
Not here: where keys come from (govern.key_set), who asks for a token (web).
"""

import math
from pathlib import Path
from typing import Any

from settee.core import MAX_ID_LENGTH, AccessSettings, BadInput, NotAllowed, Unavailable
from settee.govern.caller import Caller
from settee.govern.key_set import KeySet
from settee.govern.limits import place_of_user
from settee.govern.roles import END_USER, grants
from settee.govern.secret import check_secret, read_secret
from settee.govern.tenants import check_tenant_id

MAX_TOKEN_BYTES = 4096
_SHARED = "HS256"
_SECOND_US = 1_000_000
_FAR_S = 1e15


class BadToken(NotAllowed):
    """A session token is not accepted."""

    code = "bad_token"


class UnknownSigner(BadToken):
    """A session token names a key that is not known, or not yet."""

    code = "unknown_signer"


class NoSigners(Unavailable):
    """The keys that sign session tokens cannot be had, so no token can be judged."""

    code = "no_signers"


class UnclearTokens(BadInput):
    """Session tokens are switched on, and it is not said whom to trust."""

    code = "unclear_tokens"


class Tokens:
    """Checks session tokens.

    Args:
        settings: Whom to trust.

    Raises:
        UnclearTokens: If the settings name keys, and no issuer or audience.
        WeakSecret: If the shared secret could be guessed.
        BadKeySet: If the public keys are neither in a file nor at an https address.
    """

    def __init__(self, settings: AccessSettings) -> None:
        self._settings = settings
        self._secret = _shared_secret(settings)
        self.key_set = (
            KeySet(settings.jwt_jwks, settings.jwt_refresh_s) if settings.jwt_jwks else None
        )
        self.is_on = bool(self._secret or self.key_set)
        if self.is_on and not (settings.jwt_issuer and settings.jwt_audience):
            raise UnclearTokens(
                "access.jwt_issuer and access.jwt_audience are needed to accept session tokens: "
                "without them a token that was made for somebody else would open the door.",
                place="access.jwt_issuer",
            )
        self._tenants = tuple(
            one if one == "*" else check_tenant_id(one) for one in settings.jwt_tenants
        )
        self._interval_us = round(_SECOND_US / settings.user_per_s) if settings.user_per_s else 0

    def verify(self, token: bytes, now_s: float) -> Caller:
        """Who the bearer of a token is.

        Args:
            token: The token as sent, compact form.
            now_s: The present instant, seconds since 1970.

        Raises:
            UnknownSigner: If it names a key that is not known.
            BadToken: If it is not accepted for any other reason.
        """
        if not self.is_on:
            raise BadToken("session tokens are not accepted here.", hint=_HINT)
        if len(token) > MAX_TOKEN_BYTES:
            raise BadToken(f"the token is over {MAX_TOKEN_BYTES} bytes.", hint=_HINT)
        claims = self._claims(token)
        expires_s = self._check_times(claims, now_s)
        account_id = claims.get("sub")
        if not isinstance(account_id, str) or not 0 < len(account_id) <= MAX_ID_LENGTH:
            raise BadToken('"sub" of the token is no account id.', hint=_HINT)
        tenant_id = self._tenant(claims)
        return Caller(
            tenant_id,
            END_USER,
            grants(END_USER, tenant_id=tenant_id),
            "this account",
            account_id=account_id,
            expires_s=expires_s,
            place=place_of_user(tenant_id, account_id),
            interval_us=self._interval_us,
            window_us=self._interval_us * self._settings.user_burst,
        )

    def _claims(self, token: bytes) -> dict[str, Any]:
        """What the token says, once its signature, issuer and audience are right."""
        import jwt  # loads cryptography: only where tokens are accepted

        try:
            head = jwt.get_unverified_header(token)
            algorithm, key = self._key_for(head)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self._settings.jwt_issuer,
                audience=self._settings.jwt_audience,
                options={
                    "require": ["exp", "sub", "iss", "aud"],
                    # By our clock, below: this library asks the machine's.
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise BadToken(f"the token is refused: {_plain(error)}.", hint=_HINT) from None
        return claims

    def _key_for(self, head: dict[str, Any]) -> tuple[str, Any]:
        algorithm, kid = head.get("alg"), head.get("kid")
        if "crit" in head:
            raise BadToken("the token asks for extensions, and none is understood.", hint=_HINT)
        if algorithm not in self._settings.jwt_algorithms:
            raise BadToken(
                f"the token is signed by {str(algorithm)[:16]!r}; accepted is "
                f"{' or '.join(self._settings.jwt_algorithms)}.",
                hint=_HINT,
            )
        if algorithm == _SHARED:
            if not self._secret:
                raise BadToken("no secret for HS256 is set here.", hint=_HINT)
            return _SHARED, self._secret
        if not (kid is None or isinstance(kid, str)):
            raise BadToken('"kid" of the token is no text.', hint=_HINT)
        found = self.key_set.find(kid, algorithm) if self.key_set is not None else None
        if found is None:
            raise UnknownSigner("the token's key is not known here.", hint=_HINT)
        return found.algorithm, found.key

    def _check_times(self, claims: dict[str, Any], now_s: float) -> float:
        """Refuse a token before and after its time; the instant from which on it is nothing."""
        leeway_s = self._settings.jwt_leeway_s
        ends_s = _seconds(claims, "exp", math.nan)
        if not ends_s + leeway_s > now_s:
            raise BadToken("the token expired.", hint="Sign in again.")
        if ends_s - now_s > self._settings.jwt_max_life_s + leeway_s:
            raise BadToken(
                f"the token has {ends_s - now_s:.0f} s left to live; at most "
                f"{self._settings.jwt_max_life_s:.0f} are accepted.",
                hint=_HINT,
            )
        for name in ("nbf", "iat"):
            if _seconds(claims, name, -math.inf) > now_s + leeway_s:
                raise BadToken(f'the token is not good yet ("{name}").', hint=_HINT)
        return ends_s + leeway_s

    def _tenant(self, claims: dict[str, Any]) -> str:
        tenant_id = claims.get(self._settings.jwt_tenant_claim)
        if tenant_id is None and self._tenants[0] != "*":
            return self._tenants[0]
        if not isinstance(tenant_id, str) or not {tenant_id, "*"} & set(self._tenants):
            raise BadToken(
                f'"{self._settings.jwt_tenant_claim}" of the token names no tenant that is '
                "accepted.",
                hint=_HINT,
            )
        return tenant_id


_HINT = "docs/access.md says which tokens are accepted."


def _shared_secret(settings: AccessSettings) -> bytes:
    secret = settings.jwt_secret.get_secret_value().encode("utf-8", "surrogatepass")
    if secret:
        return check_secret(secret)
    return read_secret(Path(settings.jwt_secret_file)) if settings.jwt_secret_file else b""


def _seconds(claims: dict[str, Any], name: str, absent: float) -> float:
    value = claims.get(name)
    if value is None:
        return absent
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (is_number and abs(value) <= _FAR_S):  # which no NaN is
        raise BadToken(f'"{name}" of the token is no instant.', hint=_HINT)
    return float(value)


def _plain(error: Exception) -> str:
    """What is wrong, without what the token held."""
    import jwt  # loads cryptography: only where tokens are accepted

    if isinstance(error, jwt.PyJWTError):
        return type(error).__name__.removesuffix("Error") or "it cannot be understood"
    return "it cannot be understood"
