"""An issuer with keys of its own, and settings that trust it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from settee.core import AccessSettings

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOW_S = NOON.timestamp()
SECRET = "8c2f6e1bd07a49353a8de1f5c06b7492e81d3c5fa90b2764d1e0f8a3b5c67d29"  # noqa: S105 -- of tests alone


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def ed_key(number: int = 0) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes([number + 1]) * 32)


def public(key: Any, kid: str, **more: Any) -> dict[str, Any]:
    """A key as a member of a set."""
    kind = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}
    algorithm = next((one for shape, one in kind.items() if isinstance(key, shape)), OKPAlgorithm)
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid, **more}


def key_set(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": list(keys)}).encode()


def claims(**changed: Any) -> dict[str, Any]:
    """What a good token says, with changes; None leaves a claim out."""
    whole = {
        "iss": "https://login.example", "aud": "settee", "sub": "a7", "exp": NOW_S + 600,
        "iat": NOW_S, **changed,
    }  # fmt: skip
    return {name: value for name, value in whole.items() if value is not None}


def token(
    key: Any = None, algorithm: str = "EdDSA", kid: str | None = "ed", **changed: Any
) -> bytes:
    head = {} if kid is None else {"kid": kid}
    signer = ed_key() if key is None else key
    return jwt.encode(claims(**changed), signer, algorithm, headers=head).encode()


def trusting(place: object = "", **changed: Any) -> AccessSettings:
    """Settings that trust the issuer."""
    return AccessSettings(
        jwt_jwks=str(place),
        jwt_issuer="https://login.example",
        jwt_audience="settee",
        **changed,
    )
