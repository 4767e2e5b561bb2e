"""Know what can be had right now: the items of one item space, their windows and their stock.

A model numbers the items it was trained on; windows and stock move every minute, and new titles
come. So an offer takes ids and titles from the model and windows and stock from the tables, numbers
what came later behind the last item of the model (3,706 films, then number 3,706), and is replaced,
never changed, when items are put. Without a model the tables alone make an offer.

Reads / Writes: nothing.
Not here: what windows mean (rules.shelf), when an offer is renewed (respond.follow).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from settee.core import Item
from settee.events import NO_END, NO_INSTANT, UNLIMITED, Catalogue
from settee.rules import Shelf, shelf_rules, shelf_stable_between


@dataclass(frozen=True)
class _Outcome:
    """What the shelf said, and the span of instants for which it holds."""

    first_s: int
    end_s: int
    rules: NDArray[np.uint8]


@dataclass(frozen=True)
class Offer:
    """Items that an answer may name.

    Args:
        item_ids: Ids; their order is the item space.
        titles: Titles, empty where unknown.
        year: (n_items,) int32 release year, 0 where unknown.
        shelf: Windows and stock.
        index: Position of each id.
    """

    item_ids: tuple[str, ...]
    titles: tuple[str, ...]
    year: NDArray[np.int32]
    shelf: Shelf
    index: dict[str, int]
    _outcomes: list[_Outcome] = field(default_factory=list)

    @property
    def n_items(self) -> int:
        """Size of the item space."""
        return len(self.item_ids)

    @classmethod
    def of_catalogue(cls, catalogue: Catalogue) -> "Offer":
        """What a model can offer, with windows and stock as of its training."""
        shelf = Shelf(
            np.array(catalogue.available_from_s, np.int64),
            np.array(catalogue.available_to_s, np.int64),
            np.array(catalogue.stock, np.int64),
        )
        return cls(catalogue.item_ids, catalogue.titles, catalogue.year, shelf, catalogue.index)

    @classmethod
    def of_items(cls, items: Iterable[Item]) -> "Offer":
        """What can be offered without a model."""
        rows = list(items)
        ids = tuple(item.item_id for item in rows)
        n = len(rows)
        always = Shelf(np.full(n, NO_INSTANT), np.full(n, NO_END), np.full(n, UNLIMITED))
        year = np.array([item.year if isinstance(item.year, int) else 0 for item in rows], np.int32)
        titles = tuple(item.title for item in rows)
        index = {item_id: position for position, item_id in enumerate(ids)}
        return cls(ids, titles, year, always, index).updated(rows)

    def updated(self, items: Iterable[Item]) -> "Offer":
        """The same item space with titles, windows and stock of these items; others stay.

        Args:
            items: Items as they are now; ids outside the item space are left out.
        """
        titles = list(self.titles)
        start, end, stock = (
            column.copy()
            for column in (
                self.shelf.available_from_s, self.shelf.available_to_s, self.shelf.stock
            )
        )  # fmt: skip
        for item in items:
            position = self.index.get(item.item_id)
            if position is not None:
                titles[position] = item.title
                start[position] = _second(item.available_from, NO_INSTANT)
                end[position] = _second(item.available_to, NO_END)
                stock[position] = item.stock if isinstance(item.stock, int) else UNLIMITED
        shelf = Shelf(start, end, stock)
        return Offer(self.item_ids, tuple(titles), self.year, shelf, self.index)

    def grown(self, items: Sequence[Item]) -> "Offer":
        """The same, and behind the last item those of these that are new, in their order.

        Args:
            items: Items as they are now.
        """
        fresh = list({one.item_id: one for one in items if one.item_id not in self.index}.values())
        if not fresh:
            return self
        more = Offer.of_items(fresh)
        ids = self.item_ids + more.item_ids
        index = self.index | {one: self.n_items + at for at, one in enumerate(more.item_ids)}
        shelf = Shelf(
            np.concatenate([self.shelf.available_from_s, more.shelf.available_from_s]),
            np.concatenate([self.shelf.available_to_s, more.shelf.available_to_s]),
            np.concatenate([self.shelf.stock, more.shelf.stock]),
        )
        year = np.concatenate([self.year, more.year])
        return Offer(ids, self.titles + more.titles, year, shelf, index)

    def closed(self, as_of_s: int) -> NDArray[np.uint8]:
        """Which rule keeps each item off the shelf at an instant, as `rules.shelf_rules`.

        The last outcome is kept for as long as no window opens or closes (speed only).
        """
        for outcome in self._outcomes:
            if outcome.first_s <= as_of_s < outcome.end_s:
                return outcome.rules
        first_s, end_s = shelf_stable_between(self.shelf, as_of_s)
        outcome = _Outcome(first_s, end_s, shelf_rules(self.shelf, as_of_s))
        self._outcomes[:] = [outcome]
        return outcome.rules

    @cached_property
    def everything(self) -> NDArray[np.uint8]:
        """The outcome when availability is not honoured: nothing is closed."""
        return np.zeros(self.n_items, np.uint8)

    @cached_property
    def newest_first(self) -> NDArray[np.int32]:
        """All positions, the latest start of a window first, then the latest year, then order."""
        start = np.where(self.shelf.available_from_s == NO_INSTANT, 0, self.shelf.available_from_s)
        order = np.lexsort((np.arange(self.n_items), -self.year.astype(np.int64), -start))
        return order.astype(np.int32)

    @cached_property
    def search_texts(self) -> tuple[str, ...]:
        """What each item is found by, in one case: its title, and its id on a line of its own."""
        pairs = zip(self.titles, self.item_ids, strict=True)
        return tuple(f"{' '.join(title.split())}\n{one}".casefold() for title, one in pairs)

    @cached_property
    def by_id(self) -> tuple[int, ...]:
        """All positions in the order of their ids."""
        return tuple(sorted(range(self.n_items), key=self.item_ids.__getitem__))

    def positions(self, item_ids: Iterable[str]) -> NDArray[np.int32]:
        """Positions of the ids that are known; others are left out."""
        found = [self.index[item_id] for item_id in item_ids if item_id in self.index]
        return np.array(found, np.int32)


def _second(at: object, absent: int) -> int:
    return int(at.timestamp()) if isinstance(at, datetime) else absent
