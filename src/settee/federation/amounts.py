"""Write amounts as whole numbers modulo 2^64, so that masks cancel to the last bit.

Floating-point sums hang on their order and a mask would swallow the small ones. Here 1 is 2^32:
.5 is 2,147,483,648, -1 is 2^64 - 2^32, and amounts below 2^31 in size add up without any error
but the first rounding to 2^-33.

Reads / Writes: nothing.
Source: Bonawitz et al. (2017), section 4 (sums over a ring); two's complement.
Not here: the masks (federation.masks).
"""

import numpy as np
from numpy.typing import NDArray

from settee.federation.errors import BadMessage

ONE = 1 << 32
"""The whole number that stands for 1."""
MOST = float(1 << 31)
"""Amounts and sums lie below this in size."""


def to_whole(amounts: NDArray[np.floating]) -> NDArray[np.uint64]:
    """Amounts as whole numbers.

    Args:
        amounts: (n,) finite, each and every later sum below `MOST` in size.

    Raises:
        BadMessage: If one is too large or not finite.

    >>> to_whole(np.array([0.5, -1.0])).tolist()
    [2147483648, 18446744069414584320]
    """
    if not np.all(np.abs(amounts) < MOST):
        raise BadMessage(f"an amount is not below {MOST:,.0f} in size; it cannot be summed.")
    whole: NDArray[np.uint64] = np.rint(amounts * float(ONE)).astype(np.int64).view(np.uint64)
    return whole


def to_amounts(whole: NDArray[np.uint64]) -> NDArray[np.float64]:
    """The amounts that whole numbers stand for, (n,) float64.

    >>> to_amounts(to_whole(np.array([0.5]) ) + to_whole(np.array([-1.0]))).tolist()
    [-0.5]
    """
    return whole.view(np.int64) / float(ONE)
