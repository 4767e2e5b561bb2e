"""Know the public keys that sign session tokens, and notice when they are changed for others.

An issuer that rotates publishes a new key beside the old one, signs with it, and later takes the
old one away. A file is looked at each second, an address each few minutes and when a token names
a key that is not known yet, but never more often than every `MIN_GAP_S`, whoever asks for what.

Reads: one file or one https address.  Writes: nothing.
Source: RFC 7517 (JWK sets), RFC 8037 (Ed25519), RFC 8725 3.1 (one algorithm a key).
Not here: the tokens (govern.tokens).
"""

import ipaddress
import logging
import threading
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from settee.core import BadInput

MIN_GAP_S = 10.0
"""An address is asked at most this often."""
MAX_STALE_S = 3600.0
"""Keys that could not be confirmed for so long are trusted no more."""
_TIMEOUT_S = 5.0
_MAX_BYTES = 1 << 20
_MAX_KEYS = 100
_MIN_RSA_BITS = 2048
_FILE_GAP_S = 1.0
_ALGORITHMS = {"RSA": "RS256", "OKP": "EdDSA"}
_log = logging.getLogger("settee.govern")


class BadKeySet(BadInput):
    """The set of public keys cannot be used."""

    code = "bad_key_set"


@dataclass(frozen=True)
class PublicKey:
    """A key that may sign, with the one algorithm that it is for."""

    kid: str
    algorithm: str
    key: Any


class KeySet:
    """The public keys of an issuer.

    Args:
        place: A file, or an https address; http is accepted on loopback.
        refresh_s: Seconds after which an address is asked again.

    Raises:
        BadKeySet: If the place is none of these.
    """

    def __init__(self, place: str, refresh_s: float) -> None:
        self._url = place if "://" in place else ""
        self._path = Path(place)
        self._refresh_s = refresh_s if self._url else _FILE_GAP_S
        self._gap_s = MIN_GAP_S if self._url else 0.0
        self._looking = threading.Lock()
        self._looked_s = self._right_s = -MAX_STALE_S
        self._raw = b""
        self.keys: tuple[PublicKey, ...] = ()
        self.generation = 0
        """Rises when the keys changed."""
        if self._url:
            _check_url(self._url)

    @property
    def is_remote(self) -> bool:
        """Does a look take time?"""
        return bool(self._url)

    def is_due(self, now_s: float, *, is_wanted: bool = False) -> bool:
        """Should somebody look?

        Args:
            now_s: The present instant, seconds since 1970.
            is_wanted: A token names a key that is not known.
        """
        gap_s = min(self._gap_s, self._refresh_s) if is_wanted else self._refresh_s
        return abs(now_s - self._looked_s) >= gap_s

    def look(self, now_s: float) -> None:
        """Read the keys anew; those that were known stay, for a while, when it cannot be done.

        Args:
            now_s: The present instant, seconds since 1970.

        Raises:
            BadKeySet: If what is there cannot be read or used.
        """
        with self._looking:
            self._looked_s = now_s
            try:
                raw = _fetch(self._url) if self._url else _read(self._path)
                if raw != self._raw:
                    keys = parse_keys(raw)
                    self.keys, self._raw = keys, raw
                    self.generation += 1
                self._right_s = now_s
            except BadKeySet as error:
                if self.keys and abs(now_s - self._right_s) > MAX_STALE_S:
                    self.keys, self._raw = (), b""
                    self.generation += 1
                _log.warning("%s: %s", error.code, error.message)
                raise

    def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The key of that name and algorithm; without a name, the only one of the algorithm."""
        fitting = [one for one in self.keys if one.algorithm == algorithm]
        if kid is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((one for one in fitting if one.kid == kid), None)


def parse_keys(raw: bytes) -> tuple[PublicKey, ...]:
    """The keys of a set that sign with RS256 or EdDSA; others are left out.

    Args:
        raw: A JSON Web Key Set.

    Raises:
        BadKeySet: If it is none, holds a secret, or a key that is too weak.
    """
    try:
        whole = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise BadKeySet(f"the key set is not JSON: {error}.", place=_PLACE) from None
    found = whole.get("keys") if isinstance(whole, dict) else None
    if not isinstance(found, list) or len(found) > _MAX_KEYS:
        raise BadKeySet(f'a key set is {{"keys": […]}} with up to {_MAX_KEYS} keys.', place=_PLACE)
    return tuple(key for one in found if (key := _public_key(one)) is not None)


_PLACE = "access.jwt_jwks"


def _public_key(one: object) -> PublicKey | None:
    if not isinstance(one, dict):
        raise BadKeySet("a key of the set is no object.", place=_PLACE)
    kid, kty = str(one.get("kid", "")), one.get("kty")
    if "d" in one or kty == "oct":
        raise BadKeySet(
            f'key "{kid[:80]}" of the set is secret; a set holds public keys.',
            hint="Publish the public part, and change the key: this one was given away.",
            place=_PLACE,
        )
    algorithm = _ALGORITHMS.get(str(kty), "")
    is_other = one.get("use", "sig") != "sig" or one.get("alg", algorithm) != algorithm
    if not algorithm or is_other or (kty == "OKP" and one.get("crv") != "Ed25519"):
        return None
    import jwt  # loads cryptography: only where tokens are accepted

    try:
        key = jwt.PyJWK(one, algorithm=algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise BadKeySet(f'key "{kid[:80]}" of the set is broken: {error}.', place=_PLACE) from None
    if kty == "RSA" and key.key_size < _MIN_RSA_BITS:
        raise BadKeySet(
            f'key "{kid[:80]}" of the set has {key.key_size} bits; {_MIN_RSA_BITS} are the least.',
            place=_PLACE,
        )
    return PublicKey(kid, algorithm, key)


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return
    raise BadKeySet(
        f'"{parts.scheme}://{parts.hostname or ""}" cannot be trusted for keys; an https address '
        "or a file can.",
        place=_PLACE,
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadKeySet(f"{path} cannot be read: {error.strerror}.", place=_PLACE) from None


class _NoDetours(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the address that was configured is the one that is trusted."""

    def redirect_request(self, *_: object) -> None:
        """Refuse."""


def _fetch(url: str) -> bytes:
    opener = urllib.request.build_opener(_NoDetours)
    try:
        with opener.open(url, timeout=_TIMEOUT_S) as response:
            raw: bytes = response.read(_MAX_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise BadKeySet(f"{url} does not answer: {error}.", place=_PLACE) from None
    if len(raw) > _MAX_BYTES:
        raise BadKeySet(f"{url} sends over {_MAX_BYTES} bytes.", place=_PLACE)
    return raw
