"""Say how often each item was shown to an account, in the item space of an offer.

The view of what was shown has item numbers of its own; which of them is which item is looked up
once for each number and kept.

Reads: what was shown.  Writes: its own table of numbers.
Not here: counting (store), what a cap makes of it (rules).
"""

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from settee.respond.offer import Offer
from settee.store import Shown


class Showings:
    """Counts of showings by item; safe to share between threads."""

    def __init__(self) -> None:
        self._index: dict[str, int] | None = None
        self._positions = np.empty(0, np.int32)
        self._growing = threading.Lock()

    def of(self, shown: Shown, account_id: str, offer: Offer) -> Callable[[int], NDArray[np.int64]]:
        """What gives, for an instant in epoch seconds, how often each item was shown since.

        Args:
            shown: The view.
            account_id: To whom.
            offer: The item space.
        """

        def since(since_s: int) -> NDArray[np.int64]:
            item_no, times = shown.counts(account_id, since_s)
            counts = np.zeros(offer.n_items, np.int64)
            if len(item_no):
                position = self._numbers(shown, offer, int(item_no[-1]))[item_no]
                counts[position[position >= 0]] = times[position >= 0]
            return counts

        return since

    def _numbers(self, shown: Shown, offer: Offer, highest: int) -> NDArray[np.int32]:
        with self._growing:
            if self._index is not offer.index:
                self._index, self._positions = offer.index, np.empty(0, np.int32)
            if highest >= len(self._positions):
                more = shown.item_ids()[len(self._positions) :]
                found = np.array([offer.index.get(one, -1) for one in more], np.int32)
                self._positions = np.concatenate([self._positions, found])
            return self._positions
