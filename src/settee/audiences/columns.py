"""Turn an item model around: one item, and how much everybody wants it.

A source says of one person which items; here it says of one item which people. Both are the same
sum, weight of what somebody has times what that speaks for the item, so a column of the model and
one pass over all histories give bit for bit what asking each person would.

Reads: sources, histories.  Writes: nothing.
Not here: what an affinity is worth (audiences.response), the models themselves (candidates).
"""

from collections.abc import Mapping

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.audiences.history import Reach
from settee.candidates import Source


def columns_of(
    source: Source, items: NDArray[np.int32], n_items: int
) -> NDArray[np.float32] | None:
    """What each item of a history adds to each of `items`: (n, n_items); None without history.

    Args:
        source: One that is linear in the history (content, knn, ease).
        items: (n,) positions.
        n_items: Size of the item space.

    Raises:
        UnknownPosition: If a position lies outside the item space.
    """
    return source.shares(np.arange(n_items, dtype=np.int32), items)


def linear_sources(sources: Mapping[str, Source]) -> dict[str, Source]:
    """Those that have columns, by name, in their order."""
    return {name: one for name, one in sources.items() if one.needs_history}


def affinity(
    reach: Reach, sources: Mapping[str, Source], items: NDArray[np.int32]
) -> dict[str, NDArray[np.float32]]:
    """Of every unit its score for every item, by source: (n, n_units) each.

    Args:
        reach: The units.
        sources: Of the released bundle.
        items: (n,) positions.

    Raises:
        UnknownPosition: If a position lies outside the item space.
    """
    found = {}
    for name, source in linear_sources(sources).items():
        columns = columns_of(source, items, reach.n_items)
        if columns is not None:
            found[name] = scan(reach, columns)
    return found


def scan(reach: Reach, columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum columns over every history: (n, n_items) give (n, n_units)."""
    out = np.empty((len(columns), reach.n_units), np.float32)
    for row, column in enumerate(columns):
        _scan(reach.indptr, reach.item, reach.weight, np.ascontiguousarray(column), out[row])
    return out


@njit(cache=True, nogil=True)
def _scan(
    indptr: NDArray[np.int64],
    item: NDArray[np.int32],
    weight: NDArray[np.float32],
    column: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    for unit in range(len(indptr) - 1):
        total = 0.0  # of double width and in the order of the history, as a source sums
        for place in range(indptr[unit], indptr[unit + 1]):
            total += np.float64(weight[place]) * column[item[place]]
        out[unit] = total
