"""Hide a vector behind a key stream, and take the stream away again.

A seed of 32 bytes gives as many whole numbers below 2^64 as there are cells. One side adds them,
the other subtracts the same ones, and in the sum of both nothing is left of them. Whoever sees one
side alone sees noise: every value is as likely as any other.

Reads / Writes: nothing.
Source: Bonawitz et al. (2017), section 4; RFC 8439 for ChaCha20.
Not here: who adds and who subtracts (federation.silo, federation.coordinator).
"""

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 19  # cells of key stream made at once, 4 MiB


def add_stream(vector: NDArray[np.uint64], seed: bytes, *, is_subtracted: bool = False) -> None:
    """Add or subtract the key stream of a seed, modulo 2^64, in place.

    Args:
        vector: (n,) uint64.
        seed: 32 bytes, used for one stream and nothing else.
        is_subtracted: Take it away instead.

    >>> vector = np.array([5, 7], np.uint64)
    >>> add_stream(vector, bytes(32)); add_stream(vector, bytes(32), is_subtracted=True)
    >>> vector.tolist()
    [5, 7]
    """
    from cryptography.hazmat.primitives.ciphers import Cipher  # loads much, and serving needs none
    from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

    cipher = Cipher(ChaCha20(seed, bytes(16)), mode=None).encryptor()
    nothing = bytes(8 * min(_BLOCK, len(vector)))
    for start in range(0, len(vector), _BLOCK):
        part = vector[start : start + _BLOCK]
        stream = np.frombuffer(cipher.update(nothing[: 8 * len(part)]), "<u8")
        if is_subtracted:
            part -= stream
        else:
            part += stream


def stream(seed: bytes, n: int) -> NDArray[np.uint64]:
    """The first n numbers of a seed's key stream, (n,) uint64."""
    numbers = np.zeros(n, np.uint64)
    add_stream(numbers, seed)
    return numbers
