"""Agree on secrets over a channel that the coordinator reads, and seal what goes through it.

Two silos that know each other's public key derive the same 32 bytes, and nobody else can. One such
secret seals what one silo sends the other by way of the coordinator; another seeds their mask.

Reads: the system's randomness.  Writes: nothing.
Source: RFC 7748 (X25519), RFC 5869 (HKDF), RFC 8439 (ChaCha20-Poly1305).
Not here: the stream that a seed gives (federation.masks).
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from settee.federation.errors import BadMessage

# cryptography is loaded where it is used: a service that serves needs none of it.
KEY_BYTES = 32
_NONCE = bytes(12)  # every sealing has a key of its own, so the nonce need not change


@dataclass(frozen=True)
class KeyPair:
    """A private key and the public one that goes with it.

    Args:
        private: 32 bytes, never printed.
        public: 32 bytes.
    """

    private: bytes
    public: bytes

    def __repr__(self) -> str:
        """The public half alone."""
        return f"KeyPair({self.public.hex()[:16]})"

    @classmethod
    def new(cls) -> "KeyPair":
        """A pair from the system's randomness."""
        return cls.of(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def of(cls, private: bytes) -> "KeyPair":
        """The pair of a private key of 32 bytes."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        key = X25519PrivateKey.from_private_bytes(private)
        return cls(private, key.public_key().public_bytes_raw())


def agreed(mine: KeyPair, theirs: bytes, purpose: bytes) -> bytes:
    """The 32 bytes that both sides derive.

    Args:
        mine: This side's keys.
        theirs: The other side's public key.
        purpose: What it is for; another purpose gives other bytes.

    Raises:
        BadMessage: If the public key is none.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    try:
        shared = X25519PrivateKey.from_private_bytes(mine.private).exchange(
            X25519PublicKey.from_public_bytes(theirs)
        )
    except ValueError:
        raise BadMessage("a silo sent a public key that is none; X25519 has 32 bytes.") from None
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(shared)


def seal(key: bytes, text: bytes, purpose: bytes) -> bytes:
    """The text, to be read and not to be changed without the key; seal once with each key."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(key).encrypt(_NONCE, text, purpose)


def unseal(key: bytes, sealed: bytes, purpose: bytes) -> bytes:
    """What was sealed.

    Raises:
        BadMessage: If it was sealed with another key, for another purpose, or was changed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        return ChaCha20Poly1305(key).decrypt(_NONCE, sealed, purpose)
    except InvalidTag:
        raise BadMessage("a sealed message was changed on its way; it is not read.") from None


def signature(secret: bytes, *parts: bytes) -> bytes:
    """What only those who know a secret can say about these bytes, 32 bytes."""
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.digest(secret, framed, hashlib.sha256)


def hidden_id(secret: bytes, item_id: str) -> str:
    """An item's id as 32 hex digits that nobody without the secret can turn back."""
    return signature(secret, b"item", item_id.encode()).hex()[:32]
