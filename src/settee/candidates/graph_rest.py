"""Tabulate what two steps through the graph tell beyond its broad patterns.

Two items that share accounts are joined by two steps; the broad patterns tell most of it for
much-wanted items and little for a pair that only a few accounts know. The rest, two steps less
patterns, is small nearly everywhere, so each target keeps the items where it is greatest, above or
below nothing: 41,000 items with 400 each need 130 MB instead of 6.7 GB.

Reads / Writes: nothing.
Not here: the patterns (candidates.graph_spectrum), scoring from the table (candidates.neighbours).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.histories import read_only
from settee.candidates.matrix import Cells
from settee.candidates.neighbours import Neighbours
from settee.events import Progress

_BLOCK = 256
"""Targets worked on at once; bounds memory, changes nothing."""


@dataclass(frozen=True)
class Parts:
    """What the table is made of.

    With A the cells and V the vectors, what h in a history adds to j is entry (h, j) of
    ``tail * A' A - V * taken * V'`` times ``speaks[h] * answers[j]``.

    Args:
        cells: (n_accounts, n_items).
        tail: What two steps count.
        vectors: (n_items, n_patterns) float32.
        taken: (n_patterns,) float32: what is taken away of each pattern.
        speaks: (n_items,) float32, of the item of a history.
        answers: (n_items,) float32, of the target.
    """

    cells: Cells
    tail: float
    vectors: NDArray[np.float32]
    taken: NDArray[np.float32]
    speaks: NDArray[np.float32]
    answers: NDArray[np.float32]


@njit(cache=True, nogil=True)
def _two_steps(
    item_start: NDArray[np.int64],
    account: NDArray[np.int32],
    item_value: NDArray[np.float32],
    start: NDArray[np.int64],
    item: NDArray[np.int32],
    value: NDArray[np.float32],
    first: int,
    out: NDArray[np.float32],
) -> None:
    """Put the rows of A' A from item `first` on into `out`."""
    out[:] = 0.0
    for row in range(len(out)):
        line = out[row]
        for cell in range(item_start[first + row], item_start[first + row + 1]):
            who = account[cell]
            for place in range(start[who], start[who + 1]):
                line[item[place]] += item_value[cell] * value[place]


def strongest_rest(parts: Parts, n_keep: int, progress: Progress) -> Neighbours:
    """Return what each item of a history adds, beyond the patterns, to which targets.

    Args:
        parts: What the table is made of.
        n_keep: Most items of a history that each target listens to, 1 or more.
        progress: Told how many targets are done.
    """
    cells, by_item = parts.cells, parts.cells.transposed()
    n_items = cells.n_columns
    columns = np.ascontiguousarray(parts.vectors.T)
    dense = np.empty((min(_BLOCK, n_items), n_items), np.float32)
    sizes, items, weights = [], [], []
    for first in range(0, n_items, _BLOCK):
        progress("join items", first, n_items)
        block = dense[: min(_BLOCK, n_items - first)]
        targets = np.arange(first, first + len(block))
        _two_steps(
            by_item.indptr, by_item.index, by_item.value,
            cells.indptr, cells.index, cells.value, first, block,
        )  # fmt: skip
        block *= np.float32(parts.tail)
        block -= (parts.vectors[targets] * parts.taken) @ columns
        block *= parts.speaks
        block *= parts.answers[targets, np.newaxis]
        block[np.arange(len(block)), targets] = 0.0
        keep = _strongest(block, n_keep)
        sizes.append(keep.sum(axis=1))
        items.append(np.nonzero(keep)[1].astype(np.int32))
        weights.append(block[keep])
    progress("join items", n_items, n_items)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate([[], *sizes]))])
    by_target = Neighbours(
        read_only(start.astype(np.int64)),
        read_only(np.concatenate([np.empty(0, np.int32), *items])),
        read_only(np.concatenate([np.empty(0, np.float32), *weights])),
    )
    return by_target.reversed()


def _strongest(block: NDArray[np.float32], n_keep: int) -> NDArray[np.bool_]:
    """Where the `n_keep` greatest of each row stand, by size without sign; never where it is 0."""
    size = np.abs(block)
    keep = size > 0
    crowded = np.flatnonzero(keep.sum(axis=1) > n_keep)
    if len(crowded):
        among = size[crowded]
        places = np.argpartition(among, -n_keep, axis=1)[:, -n_keep:]
        chosen = np.zeros(among.shape, np.bool_)
        np.put_along_axis(chosen, places, values=True, axis=1)
        keep[crowded] = chosen
    return keep
