"""Who wanted what, in order: one row per account, its distinct items as they came.

Three plays of one title are one cell, at the last of them. An account that played a, b, a and c
has the row b, a, c; with at most two items it has a, c.

Reads / Writes: nothing.
Not here: the same without an order (candidates.matrix), what is made of it (next_ridge,
session_knn).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.histories import read_only
from settee.candidates.matrix import Cells
from settee.events import Interactions


@njit(cache=True, nogil=True)
def _latest_in_order(
    account: NDArray[np.int32],
    item: NDArray[np.int32],
    n_accounts: int,
    n_items: int,
    max_items: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
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
        index[first:n_taken] = index[first:n_taken][::-1].copy()
        event[first:n_taken] = event[first:n_taken][::-1].copy()
        indptr[row + 1] = n_taken
    return indptr, index[:n_taken].copy(), event[:n_taken].copy()


def wanted_in_order(interactions: Interactions, max_items: int) -> tuple[Cells, NDArray[np.int64]]:
    """Accounts by items, oldest first within an account, and the instant of each cell.

    Args:
        interactions: Events; only those of interest count. Rows of one instant keep their order.
        max_items: Only that many latest distinct items per account.

    Returns:
        The cells, 1 each, and (n_cells,) int64 epoch seconds.
    """
    wanted = interactions.where(interactions.is_interest)
    indptr, index, event = _latest_in_order(
        wanted.account, wanted.item, wanted.n_accounts, wanted.n_items, max_items
    )
    cells = Cells(
        read_only(indptr), read_only(index), read_only(np.ones(len(index), np.float32)),
        wanted.n_items,
    )  # fmt: skip
    return cells, wanted.at_s[event]
