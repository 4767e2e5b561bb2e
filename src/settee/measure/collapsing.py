"""Find which of many short sequences of numbers are the same.

A table of open addresses holds the first sequence of each kind; a sequence that hashes to a taken
place is compared step by step, so two that merely share a hash stay two. Of (1, 2), (3), (1, 2)
the rows are 0, 1, 0. One pass, 8 bytes for each place of the table, two places a sequence.

Reads / Writes: nothing.
Source: Knuth, "The Art of Computer Programming" 3, section 6.4 (linear probing); the mixing of bits
is SplitMix64 (Steele, Lea and Flood 2014).
Not here: what a sequence means (measure.paths).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@njit(cache=True, nogil=True)
def mixed(key: np.uint64) -> np.uint64:
    """Bits of a key spread over all 64, the same for ever."""
    key = (key ^ (key >> np.uint64(30))) * _FIRST
    key = (key ^ (key >> np.uint64(27))) * _SECOND
    return key ^ (key >> np.uint64(31))


@njit(cache=True, nogil=True)
def _first_of_each(
    indptr: NDArray[np.int64],
    step: NDArray[np.int32],
    table: NDArray[np.int64],
    row: NDArray[np.int64],
    first: NDArray[np.int64],
) -> int:
    mask = np.uint64(len(table) - 1)
    n_rows = 0
    for path in range(len(indptr) - 1):
        begin, size = indptr[path], indptr[path + 1] - indptr[path]
        code = np.uint64(size)
        for place in range(begin, begin + size):
            code = mixed(code * _STEP + np.uint64(step[place]) + np.uint64(1))
        slot = code & mask
        while True:
            held = table[slot]
            if held < 0:
                table[slot] = n_rows
                first[n_rows] = path
                row[path] = n_rows
                n_rows += 1
                break
            other = indptr[first[held]]
            same = indptr[first[held] + 1] - other == size
            offset = 0
            while same and offset < size:
                same = step[begin + offset] == step[other + offset]
                offset += 1
            if same:
                row[path] = held
                break
            slot = (slot + np.uint64(1)) & mask
    return n_rows


def first_of_each(
    indptr: NDArray[np.int64], step: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the distinct sequences in the order in which they first appear.

    Args:
        indptr: (P + 1,) where each sequence begins and ends.
        step: (S,) numbers, 0 or more.

    Returns:
        (P,) the row of each sequence, and (R,) the sequence that each row first was.

    >>> row, first = first_of_each(np.array([0, 2, 3, 5]), np.array([1, 2, 3, 1, 2], np.int32))
    >>> row.tolist(), first.tolist()
    ([0, 1, 0], [0, 1])
    """
    n = len(indptr) - 1
    table = np.full(1 << max(4, int(2 * n - 1).bit_length()), -1, np.int64)
    row, first = np.empty(n, np.int64), np.empty(n, np.int64)
    n_rows = _first_of_each(indptr, step, table, row, first)
    return row, first[:n_rows].copy()
