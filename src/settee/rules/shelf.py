"""Close the shelf on items that cannot be had now: outside their window, or out of stock.

A window holds its first second and not its last: an item available from 10 to 20 may be shown at
10 and at 19, not at 20. Between two neighbouring window edges nothing changes, so whoever serves
many requests asks `shelf_stable_between` how long the outcome may be kept.

Reads / Writes: nothing.
Not here: where the windows come from (respond.live), what an account saw (rules.verdict).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.rules.names import ALLOWED, OUT_OF_STOCK, UNAVAILABLE

_FIRST = int(np.iinfo(np.int64).min)
_LAST = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Shelf:
    """When each item may be shown and how many are left.

    Args:
        available_from_s: (n_items,) int64 epoch seconds, the least int64 where always.
        available_to_s: (n_items,) int64 epoch seconds, the greatest int64 where for ever.
        stock: (n_items,) int64 pieces, the greatest int64 where not counted.
    """

    available_from_s: NDArray[np.int64]
    available_to_s: NDArray[np.int64]
    stock: NDArray[np.int64]


def shelf_rules(shelf: Shelf, as_of_s: int) -> NDArray[np.uint8]:
    """Which rule, if any, keeps each item off the shelf at an instant.

    Args:
        shelf: Windows and stock.
        as_of_s: Epoch seconds.

    Returns:
        (n_items,) uint8: 0, or a number into `RULES` plus one.

    >>> edge = np.array([10, 0, 0]), np.array([20, 99, 99]), np.array([1, 1, 0])
    >>> shelf_rules(Shelf(*edge), 19).tolist(), shelf_rules(Shelf(*edge), 20).tolist()
    ([0, 0, 5], [4, 0, 5])
    """
    is_closed = (shelf.available_from_s > as_of_s) | (shelf.available_to_s <= as_of_s)
    rules = np.where(shelf.stock <= 0, np.uint8(OUT_OF_STOCK), np.uint8(ALLOWED))
    rules[is_closed] = UNAVAILABLE
    return rules


def shelf_stable_between(shelf: Shelf, as_of_s: int) -> tuple[int, int]:
    """The span of instants, first one in and last one out, with the outcome of `as_of_s`.

    Args:
        shelf: Windows and stock.
        as_of_s: Epoch seconds.

    >>> shelf = Shelf(np.array([10]), np.array([20]), np.array([1]))
    >>> shelf_stable_between(shelf, 15)
    (10, 20)
    """
    edges = np.concatenate([shelf.available_from_s, shelf.available_to_s])
    past, ahead = edges[edges <= as_of_s], edges[edges > as_of_s]
    return int(past.max(initial=_FIRST)), int(ahead.min(initial=_LAST))
