"""Put into words what the rules of the page did to a pool.

Reads / Writes: nothing.
Not here: doing it (rules.page), the words themselves (rules.trace).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from settee.rules.trace import Deed, Moved


@dataclass(frozen=True)
class Teller:
    """Knows a pool and the page that was made of it.

    Args:
        item_ids: Ids of the item space.
        items: (m,) positions of the pool, in the order in which it was given.
        utility: (m,) what each is worth.
        places: (n,) rows of the page, the top first.
    """

    item_ids: Sequence[str]
    items: NDArray[np.int32]
    utility: NDArray[np.floating]
    places: NDArray[np.int64]

    def pinned(self, rules: Sequence[str], owner: NDArray[np.int64]) -> list[Moved]:
        """What pins did.

        Args:
            rules: Names of the pins.
            owner: (n,) the pin of each place, as a place in `rules`; -1 for none.
        """
        return [
            self._moved(rules[owner[place]], row, "kept" if row == place else "pinned", place)
            for place, row in enumerate(self.places.tolist())
            if owner[place] >= 0
        ]

    def raised(self, rules: Sequence[str], why: NDArray[np.int64]) -> list[Moved]:
        """What stands higher than it did, to serve a least.

        Args:
            rules: Name of each group's rule.
            why: (n,) the group that a place serves, below 0 for none.
        """
        return [
            self._moved(rules[why[place]], row, "raised", place)
            for place, row in enumerate(self.places.tolist())
            if why[place] >= 0 and row > place
        ]

    def held_back(self, rules: Sequence[str], held: NDArray[np.int64]) -> list[Moved]:
        """What would have come in, had there not been the most already.

        Args:
            rules: Name of each group's rule.
            held: (m,) the group that kept a row from a place, -1 for none.
        """
        place_of = {row: place for place, row in enumerate(self.places.tolist())}
        return [
            self._moved(rules[held[row]], row, "filled", place_of[row])
            if row in place_of
            else self._moved(rules[held[row]], row, "held_back")
            for row in np.flatnonzero(held >= 0).tolist()
        ]

    def capped(self, rules: Sequence[str], capped: NDArray[np.int64]) -> list[Moved]:
        """What would have come in, had it not been shown too often.

        Args:
            rules: Names of the rules.
            capped: (m,) the rule that a row was shown too often for, -1 for none.
        """
        end = int(self.places.max(initial=-1)) + 1
        return [
            self._moved(rules[capped[row]], row, "capped")
            for row in np.flatnonzero(capped[:end] >= 0).tolist()
        ]

    def _moved(self, rule: str, row: int, deed: Deed, place: int | None = None) -> Moved:
        item_id = self.item_ids[self.items[row]]
        if place is None:
            return Moved(rule, item_id, deed, row + 1)
        cost = float(self.utility[place]) - float(self.utility[row])
        is_told = deed != "kept" and np.isfinite(cost)
        return Moved(rule, item_id, deed, row + 1, place + 1, round(cost, 4) if is_told else UNSET)
