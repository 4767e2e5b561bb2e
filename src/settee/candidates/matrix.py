"""Who wanted what, as a sparse matrix: one row per account, its distinct items as columns.

Three plays of one title are one cell. With accounts a: (0, 2) and b: (2,) the rows are
indptr (0, 2, 3) and index (0, 2, 2); the columns of the transpose say that item 2 has a and b.

Reads / Writes: nothing.
Not here: the events themselves (events.record), what is made of the matrix (knn, next_ridge).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.histories import read_only
from settee.events import Interactions


@njit(cache=True, nogil=True)
def _by_column(
    indptr: NDArray[np.int64],
    index: NDArray[np.int32],
    value: NDArray[np.float32],
    n_columns: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Count the cells of each column, then put each cell behind those of its column so far."""
    start = np.zeros(n_columns + 1, np.int64)
    for column in index:
        start[column + 1] += 1
    for column in range(n_columns):
        start[column + 1] += start[column]
    end = start[:-1].copy()
    row_of, value_of = np.empty(len(index), np.int32), np.empty(len(index), value.dtype)
    for row in range(len(indptr) - 1):
        for cell in range(indptr[row], indptr[row + 1]):
            place = end[index[cell]]
            row_of[place], value_of[place] = row, value[cell]
            end[index[cell]] = place + 1
    return start, row_of, value_of


@dataclass(frozen=True)
class Cells:
    """A sparse matrix by rows.

    Args:
        indptr: (n_rows + 1,) int64; row r holds ``index[indptr[r]:indptr[r + 1]]``.
        index: (n_cells,) int32 columns.
        value: (n_cells,) float32.
        n_columns: Number of columns.
    """

    indptr: NDArray[np.int64]
    index: NDArray[np.int32]
    value: NDArray[np.float32]
    n_columns: int

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.indptr) - 1

    def row_of_cell(self) -> NDArray[np.int32]:
        """(n_cells,) int32: the row that each cell lies in."""
        return np.repeat(np.arange(self.n_rows, dtype=np.int32), np.diff(self.indptr))

    def squares(self) -> NDArray[np.float64]:
        """(n_rows,) float64: sum of the squared values of each row."""
        weight = np.square(self.value, dtype=np.float64)
        sums = np.bincount(self.row_of_cell(), weight, minlength=self.n_rows)
        return sums.astype(np.float64, copy=False)

    def transposed(self) -> "Cells":
        """The same cells by columns; within a column, rows ascend.

        >>> Cells(np.array([0, 2, 3]), np.array([0, 2, 2]), np.ones(3), 3).transposed().index
        array([0, 0, 1], dtype=int32)
        """
        start, row, value = _by_column(
            read_only(self.indptr), read_only(self.index), read_only(self.value), self.n_columns
        )
        return Cells(start, row, value, self.n_rows)


@njit(cache=True, nogil=True)
def _latest_distinct(
    account: NDArray[np.int32],
    item: NDArray[np.int32],
    n_accounts: int,
    n_items: int,
    max_items: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Where rows start, the items of each, oldest first, and the event that each comes from."""
    indptr = np.zeros(n_accounts + 1, np.int64)
    index = np.empty(len(account), np.int32)
    event = np.empty(len(account), np.int64)
    last_taken_by = np.full(n_items, -1, np.int64)
    end, n_taken = 0, 0
    for row in range(n_accounts):
        start = end
        while end < len(account) and account[end] == row:
            end += 1
        first = n_taken
        for place in range(end - 1, start - 1, -1):
            if n_taken - first == max_items:
                break
            if last_taken_by[item[place]] != row:
                last_taken_by[item[place]] = row
                index[n_taken], event[n_taken] = item[place], place
                n_taken += 1
        left, right = first, n_taken - 1
        while left < right:
            index[left], index[right] = index[right], index[left]
            event[left], event[right] = event[right], event[left]
            left, right = left + 1, right - 1
        indptr[row + 1] = n_taken
    return indptr, index[:n_taken].copy(), event[:n_taken].copy()


def wanted_in_order(interactions: Interactions, max_items: int) -> tuple[Cells, NDArray[np.int64]]:
    """Accounts by items, oldest first within an account, and the instant of each cell.

    Three plays of one title are one cell, at the last of them: an account that played a, b, a and c
    has the row b, a, c; with at most two items it has a, c.

    Args:
        interactions: Events; only those of interest count. Rows of one instant keep their order.
        max_items: Only that many latest distinct items per account.

    Returns:
        The cells, 1 each, and (n_cells,) int64 epoch seconds.
    """
    interest = np.flatnonzero(interactions.is_interest)
    indptr, index, event = _latest_distinct(
        interactions.account[interest],
        interactions.item[interest],
        interactions.n_accounts,
        interactions.n_items,
        max_items,
    )
    value = np.ones(len(index), np.float32)
    cells = Cells(read_only(indptr), read_only(index), read_only(value), interactions.n_items)
    return cells, interactions.at_s[interest[event]]


def wanted(interactions: Interactions, max_items: int) -> Cells:
    """Return accounts by items, 1 where the account wanted the item; within a row items ascend.

    Args:
        interactions: Events; only those of interest count.
        max_items: Only that many latest distinct items per account.
    """
    cells, _ = wanted_in_order(interactions, max_items)
    return cells.transposed().transposed()  # a sort by counting


def met_items(cells: Cells) -> tuple[NDArray[np.int32], Cells]:
    """The items that anybody wanted, and the cells numbered over them."""
    items, index = np.unique(cells.index, return_inverse=True)
    narrow = Cells(cells.indptr, index.astype(np.int32), cells.value, len(items))
    return items.astype(np.int32), narrow


def account_weights(cells: Cells, power: float) -> NDArray[np.float32]:
    """Return what each account's events count, (n_rows,) float32: n items, n to minus `power`.

    Somebody who takes 400 titles says less with each than somebody who takes 4. The mean over all
    events is 1, so that a ridge or a shrinkage means the same whatever the power.

    >>> cells = Cells(np.array([0, 1, 5]), np.zeros(5, np.int32), np.ones(5, np.float32), 1)
    >>> account_weights(cells, 0.0).tolist(), account_weights(cells, 1.0).tolist()
    ([1.0, 1.0], [2.5, 0.625])
    """
    sizes = np.diff(cells.indptr)
    weight = np.where(sizes > 0, np.maximum(sizes, 1), 1.0) ** -power
    total = float(weight @ sizes)
    return (weight * (sizes.sum() / total if total else 1.0)).astype(np.float32)
