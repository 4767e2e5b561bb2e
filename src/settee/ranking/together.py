"""Find what suits several people at once, from a list in order for each of them.

An item is worth 1 / (constant + rank) to each, and nothing to whoever's list it is not in. Ranked
first by Ann and 41st by Bob, constant 60, it pleases them 1/61 and 1/101: .0131 on average, .0099
the least pleased. `least` says how much of the second counts: 0 is the average, 1 lets nobody be
unhappy, and at .5 an item that is second for both (.0161) beats it (.0115).

Reads: pools and their orders.  Writes: nothing.
Source: Masthoff (2004), "Group Modeling: Selecting a Sequence of Television Items to Suit a Group
of Viewers" (average without misery); O'Connor et al. (2001), "PolyLens" (least misery).
Not here: who is in the group (respond.whom), each one's order (ranking.order).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from settee.features import Pool
from settee.ranking.order import Ranked

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Ordered:
    """The pool of one person, in order."""

    pool: Pool
    ranked: Ranked


def suit_all(lists: Sequence[Ordered], least: float, constant: float) -> Ordered:
    """One pool for all, ordered by how well its items suit everybody.

    Args:
        lists: Of each person, all over the same sources; one at least.
        least: 0 orders by the average, 1 by the least pleased (changes results).
        constant: RankingSettings.rrf_constant (changes results).

    Returns:
        All items of all pools, the best first, ties to the lower item; what the sources said of an
        item is taken from whom it pleases most.
    """
    items, place_of = np.unique(
        np.concatenate([one.pool.items for one in lists]), return_inverse=True
    )
    pleased = np.zeros((len(lists), len(items)), np.float64)
    bounds = np.cumsum([0, *(len(one.pool) for one in lists)])
    row_of = np.zeros((len(lists), len(items)), np.int64)
    for number, one in enumerate(lists):
        mine = place_of[bounds[number] : bounds[number + 1]]
        rank = np.empty(len(one.pool), np.int64)
        rank[one.ranked.places] = np.arange(len(one.pool))
        pleased[number, mine] = 1.0 / (constant + rank + 1.0)
        row_of[number, mine] = np.arange(len(one.pool))
    worth = (1.0 - least) * pleased.mean(axis=0) + least * pleased.min(axis=0)
    order = np.argsort(-worth, kind="stable")
    most = pleased.argmax(axis=0)[order]
    rows = row_of[most, order]
    pool = Pool(
        items[order].astype(np.int32),
        _taken([one.pool.source_scores for one in lists], most, rows),
        _taken([one.pool.source_ranks for one in lists], most, rows),
        worth[order].astype(np.float32),
    )
    return Ordered(pool, Ranked(np.arange(len(order)), worth[order], lists[0].ranked.by))


def _taken(
    columns: Sequence[NDArray[Scalar]], owner: NDArray[np.intp], row: NDArray[np.int64]
) -> NDArray[Scalar]:
    """Row `row[i]` of `columns[owner[i]]`, for each i."""
    starts = np.cumsum([0, *(len(one) for one in columns)])
    return np.concatenate(columns)[starts[owner] + row]
