"""Keep weights from item to item small: only the strongest, in 4, 2 or 1 bytes each.

A dense table of 20,000 items takes 1.6 GB. With the 500 strongest weights towards each item, one
byte each and two for where it leads, it takes 30 MB, and a person costs less, for what is not
there is not added. A byte holds a whole number from -127 to 127; each row has the float32 that
it counts in. Nothing is ever unpacked as a whole: a row is widened where it is added.

Reads / Writes: nothing.
Source: Jacob et al. (2018), "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference", section 2.1 (symmetric, one scale per row).
Not here: how weights are found (candidates.ease, candidates.slim).
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.histories import Checked, read_only
from settee.candidates.source import Arrays
from settee.core import Numbers

_BLOCK = 512
_MOST = 127


@cache
def _every_half() -> NDArray[np.float32]:
    """What each of the 65,536 halves is as float32: compiled loops know no half."""
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    with np.errstate(invalid="ignore"):
        return read_only(halves.astype(np.float32))


@njit(cache=True, nogil=True)
def _add_scaled(
    cells: tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]],
    scale: NDArray[np.float32],
    row: int,
    amount: float,
    total: NDArray[np.float64],
) -> None:
    """Add a row of numbers that count in that row's scale; without `to` the row is full."""
    start, to, code = cells
    if len(to) == 0:
        line = code[start[row] : start[row + 1]]
        for j in range(len(line)):
            total[j] += amount * np.float64(np.float32(line[j]) * scale[row])
        return
    for cell in range(start[row], start[row + 1]):
        total[to[cell]] += amount * np.float64(np.float32(code[cell]) * scale[row])


@njit(cache=True, nogil=True)
def _add_halves(
    cells: tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]],
    table: NDArray[np.float32],
    row: int,
    amount: float,
    total: NDArray[np.float64],
) -> None:
    """Add a row of halves, looked up in the table of them all; without `to` the row is full."""
    start, to, code = cells
    if len(to) == 0:
        line = code[start[row] : start[row + 1]]
        for j in range(len(line)):
            total[j] += amount * np.float64(table[np.int64(line[j])])
        return
    for cell in range(start[row], start[row + 1]):
        total[to[cell]] += amount * np.float64(table[np.int64(code[cell])])


@njit(cache=True, nogil=True)
def _score(
    cells: tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]],
    numbers: NDArray[np.float32],
    is_half: bool,
    space: tuple[NDArray[np.int32], NDArray[np.int32]],
    given: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]],
    out: NDArray[np.float32],
) -> None:
    items, place_of = space
    indptr, history, amount = given
    total = np.zeros(len(items), np.float64)
    for person in range(out.shape[0]):
        total[:] = 0.0
        for place in range(indptr[person], indptr[person + 1]):
            row = place_of[history[place]]
            if row < 0:
                continue
            if is_half:
                _add_halves(cells, numbers, row, amount[place], total)
            else:
                _add_scaled(cells, numbers, row, amount[place], total)
        for j in range(len(items)):
            out[person, items[j]] = total[j]


@dataclass(frozen=True)
class Packed:
    """Weights between m items, row by row.

    Args:
        start: (m + 1,) int64; row a holds the cells from ``start[a]`` to ``start[a + 1]``.
        to: (n,) uint16 or int32, ascending in a row: which item a cell speaks for; empty where
            every row is full.
        code: (n,) float32, float16 or int8.
        scale: (m,) float32: what the numbers of a row count in; 1 for floats.
    """

    start: NDArray[np.int64]
    to: NDArray[np.uint16] | NDArray[np.int32]
    code: NDArray[np.float32] | NDArray[np.float16] | NDArray[np.int8]
    scale: NDArray[np.float32]

    @property
    def n_bytes(self) -> int:
        """Size of all arrays together."""
        return sum(array.nbytes for array in self.to_arrays().values())

    @classmethod
    def of_cells(
        cls,
        start: NDArray[np.int64],
        to: NDArray[np.int32],
        value: NDArray[np.float32],
        numbers: Numbers,
    ) -> Self:
        """Keep these cells in such numbers; `to` is empty where every row is full."""
        m = len(start) - 1
        scale = np.ones(m, np.float32)
        narrow = to.astype(np.uint16 if m <= 1 << 16 else np.int32)
        code: NDArray[Any] = value
        if numbers == "float16":
            code = value.astype(np.float16)
        elif numbers == "int8":
            most = np.zeros(m, np.float32)
            rows = np.repeat(np.arange(m), np.diff(start))
            np.maximum.at(most, rows, np.abs(value))
            scale = np.where(most > 0, most / np.float32(_MOST), 1).astype(np.float32)
            code = np.rint(value / scale[rows]).astype(np.int8)
        parts = (np.asarray(start, np.int64), narrow, code, scale)
        return cls(*(read_only(part) for part in parts))

    @classmethod
    def of_table(cls, weight: NDArray[np.float32], keep: int, numbers: Numbers) -> Self:
        """Keep a dense table small.

        Args:
            weight: (m, m); row a says what item a of a history adds to each item.
            keep: Strongest weights towards each item, by size whatever their sign, and those that
                tie with the last; 0 keeps all.
            numbers: What a weight is kept as.
        """
        m = len(weight)
        if keep == 0 or keep >= m:
            start = np.arange(m + 1, dtype=np.int64) * m
            return cls.of_cells(start, np.empty(0, np.int32), weight.reshape(-1), numbers)
        least = np.empty(m, np.float32)
        for left in range(0, m, _BLOCK):
            size = np.abs(weight[:, left : left + _BLOCK])
            least[left : left + _BLOCK] = np.partition(size, m - keep, axis=0)[m - keep]
        rows, to, value = [np.zeros(1, np.int64)], [], []
        for row in weight:
            kept = np.flatnonzero((np.abs(row) >= least) & (row != 0))
            rows.append(np.array([len(kept)]))
            to.append(kept.astype(np.int32))
            value.append(row[kept])
        start = np.cumsum(np.concatenate(rows))
        return cls.of_cells(start, np.concatenate(to), np.concatenate(value), numbers)

    def score(
        self,
        items: NDArray[np.int32],
        place_of: NDArray[np.int32],
        given: Checked,
        out: NDArray[np.float32],
    ) -> None:
        """Write the sum of weights from each history, in the order of the history.

        Args:
            items: (m,) int32: where in the item space each item lies.
            place_of: (n_items,) int32: the row of each item, -1 where it has none.
            given: Histories.
            out: (n_people, n_items) float32, zeros; written.
        """
        is_half = self.code.dtype == np.float16
        code = self.code.view(np.uint16) if is_half else self.code
        numbers = _every_half() if is_half else self.scale
        histories = (given.indptr, given.item, given.weight)
        _score((self.start, self.to, code), numbers, is_half, (items, place_of), histories, out)

    def shares(self, said_by: NDArray[np.int32], wanted: NDArray[np.int32]) -> NDArray[np.float32]:
        """Weights from some rows to some items, -1 for what has none: (n_wanted, n_said_by)."""
        out = np.zeros((len(wanted), len(said_by)), np.float32)
        for place in np.flatnonzero(said_by >= 0):
            line = self._row(int(said_by[place]))
            out[:, place] = np.where(wanted >= 0, line[wanted], np.float32(0))
        return out

    def _row(self, row: int) -> NDArray[np.float32]:
        """What one item says of all: (m,)."""
        span = slice(self.start[row], self.start[row + 1])
        number: NDArray[np.float32] = self.code[span].astype(np.float32) * self.scale[row]
        if len(self.to) == 0 and len(number):
            return number
        out = np.zeros(len(self.scale), np.float32)
        out[self.to[span]] = number
        return out

    def times(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The weights as a matrix, rows first, times vectors of the items: (m, d)."""
        out = np.empty((len(self.scale), vectors.shape[1]), np.float32)
        for row in range(len(out)):
            out[row] = self._row(row) @ vectors
        return out

    def to_arrays(self) -> Arrays:
        """The four columns."""
        return {"start": self.start, "to": self.to, "code": self.code, "scale": self.scale}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The weights that `to_arrays` described."""
        return cls(
            read_only(arrays["start"].astype(np.int64, copy=False)),
            read_only(arrays["to"]),  # type: ignore[arg-type]  # one of the two kinds of integers
            read_only(arrays["code"]),  # type: ignore[arg-type]  # one of the three kinds
            read_only(arrays["scale"].astype(np.float32, copy=False)),
        )
