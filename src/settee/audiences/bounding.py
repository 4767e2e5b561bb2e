"""Tell without a logarithm which items of a block somebody cannot come into.

The exponent and the fraction of a float, read as one whole number, are its logarithm to within .06:
1.5 is 2^0 and a fraction of .5, which says .347 where ln 1.5 is .405. So sums of such readings say
what the log odds cannot exceed, and for p x sigmoid(odds) to come to t the odds must reach
ln t - ln(p - t). Of 60 million pairs one in fifty is left to be worked out.

Reads / Writes: nothing.
Source: Mitchell (1962), "Computer Multiplication and Division Using Binary Logarithms".
Not here: the probability itself, the pass over histories (audiences.many).
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.audiences.response import OWN

N_RAISED: Final = 5
"""Rows that `find_margins` works in: one for each signal, one for what p has left above t."""
_PER_BIT = np.float32(np.log(2.0) / (1 << 23))
_NO_BITS = np.float32(127.0 * np.log(2.0))
_ABOVE = np.float32(0.0597)  # ln(1 + m) is at most .05966 above m ln 2 for m of 0 to 1
_LEAST = np.float32(1e-30)
_BELOW = np.float32(1.0 - 1e-6)  # a probability is rounded when it is worked out
_SLACK = 1e-3  # of the log odds, for the rounding of the bound itself


@njit(cache=True, nogil=True)
def least_odds(to_beat: np.float32) -> np.float32:
    """The logarithm of t, a little less, as `find_margins` takes it; `to_beat` is above 0."""
    return np.float32(np.log(to_beat * _BELOW) - _SLACK)


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def find_margins(
    total: NDArray[np.float32],
    wants: NDArray[np.float32],
    base: np.float32,
    popularity: NDArray[np.float32],
    p_active: np.float32,
    to_beat: NDArray[np.float32],
    least: NDArray[np.float32],
    raised: NDArray[np.float32],
    bits: NDArray[np.int32],
    margin: NDArray[np.float32],
) -> np.float32:
    """How far above what it must reach each item's bound lies; returns the greatest.

    `raised` is (5, n), `bits` the same memory as whole numbers, `least` from `least_odds`. Where
    `margin` comes out below 0 the probability is under `to_beat`.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    for j in range(len(margin)):
        raised[0, j] = one + max(total[0, j], zero)
        raised[1, j] = one + max(total[1, j], zero)
        raised[2, j] = one + max(total[2, j], zero)
        raised[3, j] = one + OWN * max(total[3, j], zero)
        raised[4, j] = max(p_active - to_beat[j] * _BELOW, _LEAST)
    a, b, c, d, own = wants[0], wants[1], wants[2], wants[3], wants[4]
    above = max(a, zero) + max(b, zero) + max(c, zero) + max(d, zero) + one
    always = base + _ABOVE * above - _NO_BITS * (a + b + c + d + one)
    widest = np.float32(-np.inf)
    for j in range(len(margin)):
        read = a * np.float32(bits[0, j]) + b * np.float32(bits[1, j])
        read += c * np.float32(bits[2, j]) + d * np.float32(bits[3, j]) + np.float32(bits[4, j])
        has_own = own if total[3, j] > zero else zero
        margin[j] = always + _PER_BIT * read + has_own + popularity[j] - least[j]
        widest = max(widest, margin[j])
    return widest
