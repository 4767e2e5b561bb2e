"""Find which of many short sequences of numbers are the same.

A table of open addresses holds the first sequence of each kind beside half of its hash; a sequence
that meets its own hash there is compared step by step, so two that merely share one stay two. Of
(1, 2), (3), (1, 2) the rows are 0, 1, 0. Places of the table are read for 1,024 sequences before
any is looked up, so that the memory is waited for once and not for each.

Reads / Writes: nothing.
Source: Knuth, "The Art of Computer Programming" 3, section 6.4 (linear probing); the mixing of bits
is SplitMix64 (Steele, Lea and Flood 2014).
Not here: what a sequence means (measure.paths).
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)  # a place of the table: half a hash, and a sequence counted from 1
_AT_ONCE: Final = 1024
_LEAST_TABLE: Final = 16


@njit(cache=True, nogil=True)
def mixed(key: np.uint64) -> np.uint64:
    """Bits of a key spread over all 64, the same for ever."""
    key = (key ^ (key >> np.uint64(30))) * _FIRST
    key = (key ^ (key >> np.uint64(27))) * _SECOND
    return key ^ (key >> np.uint64(31))


@njit(cache=True, nogil=True)
def _hash(
    indptr: NDArray[np.int64],
    step: NDArray[np.int32],
    begin: int,
    table: NDArray[np.uint64],
    code: NDArray[np.uint64],
) -> np.uint64:
    """Hash the sequences from `begin` on, and read the place of each so that it is near at hand."""
    mask, touched = np.uint64(len(table) - 1), np.uint64(0)
    for path in range(begin, begin + len(code)):
        key = np.uint64(indptr[path + 1] - indptr[path])
        for place in range(indptr[path], indptr[path + 1]):
            key = (key ^ np.uint64(step[place])) * _STEP
            key ^= key >> _HALF
        key = mixed(key)
        code[path - begin] = key
        touched |= table[key & mask]
    return touched


@njit(cache=True, nogil=True)
def _is_same(
    indptr: NDArray[np.int64], step: NDArray[np.int32], one: int, other: int | np.int64
) -> bool:
    a, b, size = indptr[one], indptr[other], indptr[one + 1] - indptr[one]
    offset = 0 if indptr[other + 1] - b == size else size + 1
    while offset < size and step[a + offset] == step[b + offset]:
        offset += 1
    return bool(offset == size)


@njit(cache=True, nogil=True)
def _first_of_each(
    indptr: NDArray[np.int64],
    step: NDArray[np.int32],
    table: NDArray[np.uint64],
    code: NDArray[np.uint64],
    row: NDArray[np.int64],
    first: NDArray[np.int64],
) -> tuple[int, np.uint64]:
    """How many there are; and what `_hash` read, which must not look unused."""
    mask, touched = np.uint64(len(table) - 1), np.uint64(0)
    n, n_rows = len(indptr) - 1, 0
    for begin in range(0, n, len(code)):
        some = code[: min(len(code), n - begin)]
        touched |= _hash(indptr, step, begin, table, some)
        for path in range(begin, begin + len(some)):
            tag, slot = some[path - begin] & ~_LOW, some[path - begin] & mask
            while True:
                held = table[slot]
                if held == 0:
                    table[slot] = tag | np.uint64(path + 1)
                    row[path], first[n_rows] = n_rows, path
                    n_rows += 1
                    break
                other = np.int64(held & _LOW) - 1
                if held & ~_LOW == tag and _is_same(indptr, step, path, other):
                    row[path] = row[other]
                    break
                slot = (slot + np.uint64(1)) & mask
    return n_rows, touched


def first_of_each(
    indptr: NDArray[np.int64], step: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the distinct sequences in the order in which they first appear.

    Args:
        indptr: (P + 1,) where each sequence begins and ends; P is under 2 ** 32.
        step: (S,) numbers, 0 or more.

    Returns:
        (P,) the row of each sequence, and (R,) the sequence that each row first was.

    >>> row, first = first_of_each(np.array([0, 2, 3, 5]), np.array([1, 2, 3, 1, 2], np.int32))
    >>> row.tolist(), first.tolist()
    ([0, 1, 0], [0, 1])
    """
    n = len(indptr) - 1
    table = np.zeros(max(_LEAST_TABLE, 1 << (3 * n // 2).bit_length()), np.uint64)
    row, first = np.empty(n, np.int64), np.empty(n, np.int64)
    n_rows, _ = _first_of_each(indptr, step, table, np.empty(_AT_ONCE, np.uint64), row, first)
    return row, first[:n_rows].copy()


@njit(cache=True, nogil=True)
def _chosen(
    indptr: NDArray[np.int64],
    step: NDArray[np.int32],
    which: NDArray[np.int64],
    ends: NDArray[np.int64],
    out: NDArray[np.int32],
) -> None:
    place = 0
    for row in range(len(which)):
        for taken in range(indptr[which[row]], indptr[which[row] + 1]):
            out[place] = step[taken]
            place += 1
        ends[row + 1] = place


def chosen(
    indptr: NDArray[np.int64], step: NDArray[np.int32], which: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Some of the sequences, one after the other.

    Args:
        indptr: (P + 1,) where each sequence begins and ends.
        step: (S,) numbers.
        which: (R,) sequences.

    Returns:
        (R + 1,) where each of them begins and ends in the numbers, and the numbers.

    >>> indptr, step = chosen(np.array([0, 2, 3]), np.array([1, 2, 3], np.int32), np.array([1, 0]))
    >>> indptr.tolist(), step.tolist()
    ([0, 1, 3], [3, 1, 2])
    """
    ends = np.zeros(len(which) + 1, np.int64)
    out = np.empty(int((indptr[which + 1] - indptr[which]).sum()), np.int32)
    _chosen(indptr, step, which, ends, out)
    return ends, out
