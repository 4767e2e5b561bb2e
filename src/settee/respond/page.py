"""Make a page of an order: the items that are shown, where, and why there.

Reads: a pool in its first order.  Writes: nothing.
Not here: the first order (respond.base), what is said of the items (respond.telling).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.respond.base import Base, Wish
from settee.rules import Verdict, keep


@dataclass(frozen=True)
class Page:
    """The items of an answer.

    Args:
        base: The pool that they come from.
        places: (n,) rows of that pool, best first.
        scores: (n,) float64 utility; they compare within the answer only.
    """

    base: Base
    places: NDArray[np.int64]
    scores: NDArray[np.float64]

    @property
    def items(self) -> NDArray[np.int32]:
        """(n,) positions in the item space, best first."""
        return self.base.pool.items[self.places]


def lay(base: Base, verdict: Verdict, wish: Wish) -> Page:
    """The page of a request.

    Args:
        base: A pool in its first order.
        verdict: What the rules say of every item.
        wish: What is wanted.
    """
    order = np.argsort(-base.utility, kind="stable")
    # The pool holds allowed items only; asking again here guards whatever orders it.
    places = order[keep(verdict, base.pool.items[order], wish.k)]
    return Page(base, places, base.utility[places])
