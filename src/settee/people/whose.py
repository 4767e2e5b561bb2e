"""Tell whose each instant was, from the sessions that are remembered.

The television ran from 20:00 to 22:00 and was .9 Ann's, so what happened at 21:10 is .9 hers. Where
sessions on two devices ran at once it is the mean of both; where none did, it is anybody's, as
often as they are there at all.

Reads / Writes: nothing.
Not here: who it was in each session (people.household).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

_AT_ONCE = 3
"""Sessions that may run at the same time and still be found."""


@dataclass(frozen=True)
class Whose:
    """The sessions of one household by their starts.

    Args:
        start_s: (n,) int64, ascending.
        end_s: (n,) int64 end of each, its silence included.
        share: (n, K) float32 of each person.
        usual: (K,) float32 how common each person is.
    """

    start_s: NDArray[np.int64]
    end_s: NDArray[np.int64]
    share: NDArray[np.float32]
    usual: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        start_s: NDArray[np.int64],
        end_s: NDArray[np.int64],
        share: NDArray[np.float32],
        usual: NDArray[np.float32],
    ) -> "Whose":
        """Sessions in any order."""
        order = np.argsort(start_s, kind="stable")
        return cls(start_s[order], end_s[order], np.ascontiguousarray(share[order]), usual)

    def at(self, at_s: NDArray[np.int64]) -> NDArray[np.float32]:
        """Whose each instant was.

        Args:
            at_s: (m,) epoch seconds.

        Returns:
            (m, K) float32; rows sum to at most 1.

        >>> evening, usual = np.array([[0.75, 0.25]], np.float32), np.array([0.5, 0.5], np.float32)
        >>> whose = Whose.of(np.array([0]), np.array([60]), evening, usual)
        >>> whose.at(np.array([30, 90])).tolist()
        [[0.75, 0.25], [0.5, 0.5]]
        """
        out = np.empty((len(at_s), self.share.shape[1]), np.float32)
        instants = np.ascontiguousarray(at_s, np.int64)
        _fill(self.start_s, self.end_s, self.share, self.usual, instants, out)
        return out


@njit(cache=True, nogil=True)
def _fill(
    start_s: NDArray[np.int64],
    end_s: NDArray[np.int64],
    share: NDArray[np.float32],
    usual: NDArray[np.float32],
    at_s: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    last = np.searchsorted(start_s, at_s, side="right")
    for row in range(len(at_s)):
        n = 0
        out[row] = 0.0
        for place in range(last[row] - 1, max(last[row] - 1 - _AT_ONCE, -1), -1):
            if at_s[row] <= end_s[place]:
                out[row] += share[place]
                n += 1
        if n == 0:
            out[row] = usual
        elif n > 1:
            out[row] /= n
