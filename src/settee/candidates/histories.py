"""What every source needs before its kernel may run: positions that exist, arrays nobody changes.

Compiled loops check no bounds, so position 9 in a space of 5 items is refused here.

Reads / Writes: nothing.
Not here: the histories themselves (events.record).
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.events import Histories

Scalar = TypeVar("Scalar", bound=np.generic)


class UnknownPosition(BadInput):
    """A position lies outside the item space that the source was fitted on."""

    code = "unknown_position"


def read_only(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """A view of the array, contiguous, that cannot be written through.

    Fitted, loaded and memory-mapped arrays then have one type, and each kernel is compiled once.
    """
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def check_positions(positions: NDArray[np.int32], n_items: int) -> None:
    """Refuse positions outside the item space.

    Raises:
        UnknownPosition: One is negative, or `n_items` or more.
    """
    # Seen as unsigned, a negative position is a huge one: one pass finds both.
    if len(positions) and int(np.ascontiguousarray(positions).view(np.uint32).max()) >= n_items:
        bad = positions[(positions < 0) | (positions >= n_items)][0]
        raise UnknownPosition(
            f"item position {bad}; this source knows 0 to {n_items - 1}.",
            hint="Number the items by the catalogue that the source was fitted with.",
        )


def checked(histories: Histories, n_items: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return `indptr` and `item` of the histories, fit for a compiled loop.

    Raises:
        UnknownPosition: An item lies outside the item space.
    """
    item = np.ascontiguousarray(histories.item, np.int32)
    check_positions(item, n_items)
    return read_only(np.asarray(histories.indptr, np.int64)), read_only(item)
