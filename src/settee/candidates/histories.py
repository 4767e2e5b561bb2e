"""What every source needs before its kernel may run: positions that exist, arrays nobody changes.

Compiled loops check no bounds, so position 9 in a space of 5 items is refused here.

Reads / Writes: nothing.
Not here: the histories themselves (events.record).
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.events import Histories

Scalar = TypeVar("Scalar", bound=np.generic)


class UnknownPosition(BadInput):
    """A position lies outside the item space that the source was fitted on."""

    code = "unknown_position"


class BadWeights(BadInput):
    """Weights of a history do not fit its items."""

    code = "bad_weights"


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


@dataclass(frozen=True)
class Checked:
    """Histories, fit for a compiled loop: contiguous, and no position outside the item space.

    Args:
        indptr: (n_people + 1,) int64.
        item: (n,) int32.
        weight: (n,) float64; 1 for all where the histories have none.
    """

    indptr: NDArray[np.int64]
    item: NDArray[np.int32]
    weight: NDArray[np.float64]


def checked(histories: Histories, n_items: int) -> Checked:
    """The histories, fit for a compiled loop.

    Raises:
        UnknownPosition: An item lies outside the item space.
        BadWeights: There are not as many weights as items.
    """
    item = np.ascontiguousarray(histories.item, np.int32)
    check_positions(item, n_items)
    weight = np.ones(len(item)) if histories.weight is None else histories.weight
    if len(weight) != len(item):
        raise BadWeights(f"{len(item)} items came with {len(weight)} weights; send one each.")
    return Checked(
        read_only(np.asarray(histories.indptr, np.int64)),
        read_only(item),
        read_only(np.asarray(weight, np.float64)),
    )
