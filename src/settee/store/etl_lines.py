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
from numpy.typing import NDArray

_CHUNK = 8 * 1024 * 1024
_LF, _CR, _QUOTE = 10, 13, 34


@dataclass(frozen=True)
class Bytes:
    """What a file is made of, in bytes.

    Args:
        size: All.
        n_newlines: Line feeds; 0 when there is no carriage return, for then nobody asks.
        n_returns: Carriage returns.
        n_pairs: Carriage returns directly before a line feed.
        n_quotes: Double quotes.
        n_zeros: Zero bytes.
        is_ascii: Are all bytes below 0x80?
    """

    size: int
    n_newlines: int
    n_returns: int
    n_pairs: int
    n_quotes: int
    n_zeros: int
    is_ascii: bool


@dataclass(frozen=True)
class Places:
    """Where records lie in a file; all arrays have one entry a record.

    Args:
        line: Line number, from 1.
        start: First byte.
        end: Byte after the last, without the line feed.
    """

    line: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def count_bytes(path: Path) -> Bytes:
    """Count the bytes that decide how a file can be read.

    Raises:
        OSError: If the file cannot be read.
    """
    size = n_newlines = n_returns = n_pairs = n_quotes = n_zeros = 0
    is_ascii, after_return = True, False
    for chunk in _chunks(path):
        size += len(chunk)
        n_quotes += chunk.count(b'"')
        n_zeros += chunk.count(b"\0")
        is_ascii = is_ascii and chunk.isascii()
        returns = chunk.count(b"\r")
        n_returns += returns
        if returns or after_return:
            n_pairs += chunk.count(b"\r\n") + (after_return and chunk.startswith(b"\n"))
        after_return = chunk.endswith(b"\r")
    if n_returns:
        n_newlines = sum(chunk.count(b"\n") for chunk in _chunks(path))
    return Bytes(size, n_newlines, n_returns, n_pairs, n_quotes, n_zeros, is_ascii)


def find_records(
    path: Path,
    *,
    has_quotes: bool,
    has_header: bool,
    good: NDArray[np.int64],
    bad_starts: NDArray[np.int64],
) -> tuple[Places, Places, int]:
    """Find records by their number among the good ones, or by their first byte.

    Empty lines are no records. Inside double quotes a line end ends no record; a quote anywhere
    else makes the count go wrong, which whoever calls sees from the number of records.

    Args:
        path: The file, with line feeds or pairs of carriage return and line feed.
        has_quotes: May cells be quoted?
        has_header: Is the first record the header?
        good: Sorted numbers, from 0, counting only records that are not in `bad_starts`.
        bad_starts: Sorted first bytes of records that are to be left out of that count.

    Returns:
        Places of `good`, places of `bad_starts`, and the number of good records in the file. A
        record that was not found keeps line 0.

    Raises:
        OSError: If the file cannot be read.
    """
    found, bad = np.zeros((3, len(good)), np.int64), np.zeros((3, len(bad_starts)), np.int64)
    n_good, skip = 0, int(has_header)
    for line, start, end in _records(path, has_quotes):
        n_skipped = min(skip, len(line))
        line, start, end = line[n_skipped:], start[n_skipped:], end[n_skipped:]
        skip -= n_skipped
        is_bad, which = _among(start, bad_starts)
        bad[:, which] = line[is_bad], start[is_bad], end[is_bad]
        line, start, end = line[~is_bad], start[~is_bad], end[~is_bad]
        is_wanted, which = _among(np.arange(n_good, n_good + len(line)), good)
        found[:, which] = line[is_wanted], start[is_wanted], end[is_wanted]
        n_good += len(line)
    return Places(*found), Places(*bad), n_good


def _records(
    path: Path, has_quotes: bool
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Line, start and end of the records that are not empty, chunk by chunk."""
    offset = n_lines = n_quotes = 0
    start, line = 0, 1  # of the record that is open
    before = 0
    for chunk in _chunks(path, with_last_line_end=True):
        data = np.frombuffer(chunk, np.uint8)
        ends = np.flatnonzero(data == _LF)
        lines = np.arange(n_lines + 2, n_lines + 2 + len(ends))  # of what follows each end
        if has_quotes:
            quotes = np.flatnonzero(data == _QUOTE)
            is_outside = (n_quotes + np.searchsorted(quotes, ends)) % 2 == 0
            n_quotes += len(quotes)
            ends, following = ends[is_outside], lines[is_outside]
        else:
            following = lines
        n_lines += len(lines)
        if len(ends):
            starts = np.concatenate([[start], offset + ends[:-1] + 1])
            first_lines = np.concatenate([[line], following[:-1]])
            previous = np.where(ends > 0, data[ends - 1], before)
            stops = offset + ends
            length = stops - starts
            is_full = (length > 1) | ((length == 1) & (previous != _CR))
            yield first_lines[is_full], starts[is_full], stops[is_full]
            start, line = int(stops[-1]) + 1, int(following[-1])
        before = int(data[-1])
        offset += len(chunk)


def _among(
    values: NDArray[np.int64], wanted: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which values are wanted, and their places in `wanted`; both are sorted."""
    is_wanted = np.zeros(len(values), np.bool_)
    if not len(values) or not len(wanted):
        return is_wanted, np.empty(0, np.int64)
    first, last = np.searchsorted(wanted, [values[0], values[-1] + 1])
    places = np.arange(first, last)
    at = np.searchsorted(values, wanted[first:last])
    is_there = values[at] == wanted[first:last]
    is_wanted[at[is_there]] = True
    return is_wanted, places[is_there]


def _chunks(path: Path, *, with_last_line_end: bool = False) -> Iterator[bytes]:
    last = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
            last = chunk[-1:]
    if with_last_line_end and last not in (b"", b"\n"):
        yield b"\n"
