"""Match rows with columns one to one so that the sum of the matched cells is least.

Of [[4, 1], [2, 3]] row 0 gets column 1 and row 1 column 0: 1 + 2 is less than 4 + 3. Households
have a handful of persons and are matched while an answer waits, in a loop of a microsecond.

Reads / Writes: nothing.
Source: Kuhn (1955), "The Hungarian Method for the Assignment Problem", by shortest augmenting paths
as in Jonker and Volgenant (1987).
Not here: what the cells mean (people.mixture, people.identity), large tables (people.pairs).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


def match_rows(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) column of each row, -1 for rows beyond the number of columns that get none.

    Args:
        cost: (n, m) finite float64.

    >>> match_rows(np.array([[4.0, 1.0], [2.0, 3.0]])).tolist()
    [1, 0]
    >>> match_rows(np.array([[4.0], [2.0]])).tolist()
    [-1, 0]
    """
    cells = np.ascontiguousarray(cost, np.float64)
    if cells.shape[0] <= cells.shape[1]:
        return _match_wide(cells)
    found = np.full(len(cells), -1, np.int64)
    found[_match_wide(np.ascontiguousarray(cells.T))] = np.arange(cells.shape[1])
    return found


@njit(cache=True, nogil=True)
def _match_wide(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) column of each of n rows, at most as many as there are columns."""
    n, m = cost.shape
    of_row, of_column = np.zeros(n), np.zeros(m + 1)  # what each may be charged
    owner = np.full(m + 1, -1)  # row of each column; the last is where a new row starts
    gap = np.empty(m)
    for row in range(n):
        owner[m] = row
        least, before = np.full(m, np.inf), np.full(m, m)
        is_done = np.zeros(m + 1, np.bool_)
        at = m
        while owner[at] >= 0:
            is_done[at] = True
            for column in range(m):
                gap[column] = cost[owner[at], column] - of_row[owner[at]] - of_column[column]
            best, step = _nearest(gap, at, is_done, least, before)
            for column in range(m + 1):
                if is_done[column]:
                    of_row[owner[column]] += step
                    of_column[column] -= step
            for column in range(m):
                least[column] -= step  # of those that are done it is not read again
            at = best
        while at != m:
            owner[at] = owner[before[at]]
            at = before[at]
    found = np.empty(n, np.int64)
    for column in range(m):
        if owner[column] >= 0:
            found[owner[column]] = column
    return found


@njit(cache=True, nogil=True)
def _nearest(
    gap: NDArray[np.float64],
    at: int,
    is_done: NDArray[np.bool_],
    least: NDArray[np.float64],
    before: NDArray[np.int64],
) -> tuple[int, float]:
    """The open column that is nearest, and how far it is; also takes note of shorter ways."""
    best, step = at, np.inf
    for column in range(len(gap)):
        if is_done[column]:
            continue
        if gap[column] < least[column]:
            least[column], before[column] = gap[column], at
        if least[column] < step:
            best, step = column, least[column]
    return best, step
