"""Part a secret among silos so that any few of them tell nothing and enough of them all of it.

The secret is where a random curve meets zero; each silo holds another point of the curve. Two
points fix a line, three a parabola: with a threshold of 3 any two points fit every secret alike.

Reads: the system's randomness.  Writes: nothing.
Source: Shamir (1979), "How to Share a Secret", over the integers modulo 2^521 - 1.
Not here: which secrets are parted, and when they may be joined (federation.silo).
"""

import secrets
from collections.abc import Mapping

from settee.federation.errors import BadMessage

_PRIME = (1 << 521) - 1
SHARE_BYTES = 66
"""Length of one share."""


def parted(secret: bytes, n: int, threshold: int) -> list[bytes]:
    """Shares for places 1 to n.

    Args:
        secret: Up to 64 bytes.
        n: How many shares.
        threshold: How many of them tell the secret, 1 to n.

    >>> shares = parted(b"tea", 3, 2)
    >>> joined({1: shares[0], 3: shares[2]}, 3)
    b'tea'
    """
    curve = [int.from_bytes(secret, "big")]
    curve += [secrets.randbelow(_PRIME) for _ in range(threshold - 1)]
    return [_at(curve, place).to_bytes(SHARE_BYTES, "big") for place in range(1, n + 1)]


def _at(curve: list[int], place: int) -> int:
    value = 0
    for factor in reversed(curve):
        value = (value * place + factor) % _PRIME
    return value


def joined(shares: Mapping[int, bytes], n_bytes: int) -> bytes:
    """The secret of n_bytes bytes, from at least as many shares as the threshold.

    Args:
        shares: By place, from 1.
        n_bytes: Length of the secret.

    Raises:
        BadMessage: If the shares are not of one secret of that length.
    """
    secret = 0
    for place, share in shares.items():
        above = below = 1
        for other in shares:
            if other != place:
                above = above * other % _PRIME
                below = below * (other - place) % _PRIME
        secret += int.from_bytes(share, "big") * above * pow(below, -1, _PRIME)
    secret %= _PRIME
    if secret.bit_length() > 8 * n_bytes:
        raise BadMessage("shares of a secret do not fit together; one of them was changed.")
    return secret.to_bytes(n_bytes, "big")
