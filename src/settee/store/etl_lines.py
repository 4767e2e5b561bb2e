"""Look at the bytes of a text file: count what matters, and find where records lie.

DuckDB names the bytes of a row that it cannot read, but not the line of one that it can. Records
are therefore walked once more, and only when a row has to be quarantined: with rows 1 and 3 good
and row 2 rejected at byte 14, the second good row lies on line 3.

Reads: a file, 8 MB at a time.  Writes: nothing.
Source: RFC 4180 for quotes.
Not here: reading the values (store.etl_csv).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

_CHUNK = 8 * 1024 * 1024
_LF, _CR = 10, 13
# Slots of the walker's state.
_AT, _LINE, _START, _START_LINE, _GOOD, _NEXT_GOOD, _NEXT_BAD, _MODE, _HEADER, _BEFORE = range(10)
_PLAIN, _QUOTED, _MAYBE_END, _FIELD_START = range(4)


@dataclass(frozen=True)
class Bytes:
    """What a file is made of, in bytes.

    Args:
        size: All.
        n_newlines: Line feeds.
        n_returns: Carriage returns.
        n_pairs: Carriage returns directly before a line feed.
        n_quotes: Of the quote character.
        n_zeros: Zero bytes.
        n_high: Bytes from 0x80.
    """

    size: int
    n_newlines: int
    n_returns: int
    n_pairs: int
    n_quotes: int
    n_zeros: int
    n_high: int


@dataclass(frozen=True)
class Places:
    """Where records lie in a file; all arrays have one entry a record.

    Args:
        line: Line number, from 1.
        start: First byte.
        end: Byte after the last, without the line end.
    """

    line: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def count_bytes(path: Path, quote: str = '"') -> Bytes:
    """Count the bytes that decide how a file can be read.

    Raises:
        OSError: If the file cannot be read.
    """
    totals = np.zeros(6, np.int64)
    size, after_return = 0, False
    wanted = ord(quote) if quote else 256
    for chunk in _chunks(path):
        totals += _count(chunk, wanted)
        totals[2] += int(after_return and chunk[0] == _LF)
        after_return = bool(chunk[-1] == _CR)
        size += len(chunk)
    return Bytes(size, *(int(total) for total in totals))


def find_records(
    path: Path,
    *,
    delimiter: str,
    quote: str,
    has_header: bool,
    good: NDArray[np.int64],
    bad_starts: NDArray[np.int64],
) -> tuple[Places, Places, int]:
    """Find records by their number among the good ones, or by their first byte.

    Args:
        path: The file.
        delimiter: Between fields, one to four bytes.
        quote: Around fields, or empty.
        has_header: Is the first record the header?
        good: Sorted numbers, from 0, counting only records that are not in `bad_starts`.
        bad_starts: Sorted first bytes of records that are to be left out of that count.

    Returns:
        Places of `good`, places of `bad_starts`, and the number of good records in the file. A
        record that was not found keeps line 0.

    Raises:
        OSError: If the file cannot be read.
    """
    found, bad = np.zeros((len(good), 3), np.int64), np.zeros((len(bad_starts), 3), np.int64)
    state = np.zeros(10, np.int64)
    state[_LINE] = state[_START_LINE] = 1
    state[_MODE], state[_HEADER] = _FIELD_START, int(has_header)
    marks = (ord(quote) if quote else 256, delimiter.encode()[-1])
    for chunk in _chunks(path):
        _walk(chunk, *marks, state, good, bad_starts, found, bad)
    if state[_AT] > 0 and state[_BEFORE] != _LF:
        state[_MODE] = _PLAIN
        _walk(np.array([_LF], np.uint8), *marks, state, good, bad_starts, found, bad)
    return _places(found), _places(bad), int(state[_GOOD])


def _places(rows: NDArray[np.int64]) -> Places:
    return Places(rows[:, 0], rows[:, 1], rows[:, 2])


def _chunks(path: Path) -> Iterator[NDArray[np.uint8]]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield np.frombuffer(chunk, np.uint8)


@njit(cache=True)
def _count(chunk, quote):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 -- compiled
    newlines = returns = pairs = quotes = zeros = high = 0
    for position in range(len(chunk)):
        byte = chunk[position]
        newlines += byte == 10
        returns += byte == 13
        quotes += byte == quote
        zeros += byte == 0
        high += byte >= 128
    if returns:
        for position in range(1, len(chunk)):
            pairs += chunk[position] == 10 and chunk[position - 1] == 13
    return np.array([newlines, returns, pairs, quotes, zeros, high], np.int64)


@njit(cache=True)
def _walk(chunk, quote, delimiter, state, good, bad_starts, found, bad):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, C901, PLR0912 -- compiled: one loop is fast
    offset, line, start, start_line = state[0], state[1], state[2], state[3]
    n_good, next_good, next_bad, mode, header = state[4], state[5], state[6], state[7], state[8]
    before = state[9]  # the byte before this one
    for position in range(len(chunk)):
        byte = chunk[position]
        if byte == 10:
            line += 1
            if mode == 1:
                before = byte
                continue
            end = offset + position
            length = end - start - (1 if end > start and before == 13 else 0)
            if header:
                header = 0
            elif length > 0:
                if next_bad < len(bad_starts) and bad_starts[next_bad] == start:
                    bad[next_bad, 0], bad[next_bad, 1], bad[next_bad, 2] = start_line, start, end
                    next_bad += 1
                else:
                    if next_good < len(good) and good[next_good] == n_good:
                        found[next_good, 0] = start_line
                        found[next_good, 1], found[next_good, 2] = start, end
                        next_good += 1
                    n_good += 1
            start, start_line, mode = end + 1, line, 3
        elif byte == quote:
            if mode == 3:
                mode = 1
            elif mode == 1:
                mode = 2
            elif mode == 2:
                mode = 1
        elif mode != 1:
            mode = 3 if byte == delimiter else 0
        before = byte
    state[0] = offset + len(chunk)
    state[1], state[2], state[3] = line, start, start_line
    state[4], state[5], state[6], state[7], state[8] = n_good, next_good, next_bad, mode, header
    state[9] = before
