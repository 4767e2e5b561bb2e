"""The record as columns: what the catalogue holds and who did what with it, as numpy arrays.

Items and accounts are numbered from 0 in one *item space* and one *account space*; a number means
nothing outside the object that holds the ids. With items ("m1", "m2") the row item=1, account=0
reads "the first account acted on m2".

Reads / Writes: nothing.
Not here: how these are read from history (events.reading), what scores them (candidates).
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

NO_INSTANT = np.iinfo(np.int64).min
"""Stands in `available_from_s` where no start is known; `available_to_s` uses the maximum."""
NO_END = np.iinfo(np.int64).max
UNLIMITED = np.iinfo(np.int64).max
"""Stands in `stock` where the item has no stock to run out of."""


@dataclass(frozen=True)
class Catalogue:
    """The items, one row each, in the order that fixes the item space.

    Args:
        item_ids: Ids, unique, length n_items.
        titles: Titles, empty where unknown, length n_items.
        texts: Descriptions, empty where unknown, length n_items.
        tag_names: Every tag once, sorted.
        tag_indptr: (n_items + 1,) int64; item i has tags ``tag_index[indptr[i]:indptr[i + 1]]``.
        tag_index: (n_tags_total,) int32 positions in `tag_names`.
        year: (n_items,) int32, 0 where unknown.
        available_from_s: (n_items,) int64 epoch seconds, NO_INSTANT where unknown.
        available_to_s: (n_items,) int64 epoch seconds, NO_END where unknown.
        stock: (n_items,) int64, UNLIMITED where not counted.
        pictures: (n_items, d) float32 given vectors of pictures, rows of 0 where there is none; d
            is 0 where no item has one. Sources are fitted with them; bundles do not hold them.
    """

    item_ids: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    tag_names: tuple[str, ...]
    tag_indptr: NDArray[np.int64]
    tag_index: NDArray[np.int32]
    year: NDArray[np.int32]
    available_from_s: NDArray[np.int64]
    available_to_s: NDArray[np.int64]
    stock: NDArray[np.int64]
    pictures: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.item_ids)

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each item id."""
        return {item_id: position for position, item_id in enumerate(self.item_ids)}

    def tags_of(self, item: int) -> tuple[str, ...]:
        """Tags of the item at that position, in the order they were given."""
        span = slice(self.tag_indptr[item], self.tag_indptr[item + 1])
        return tuple(self.tag_names[tag] for tag in self.tag_index[span])


@dataclass(frozen=True)
class Interactions:
    """Events of accounts with items, sorted by account, then instant, then item.

    Args:
        account_ids: Ids, unique, length n_accounts.
        n_items: Size of the item space.
        account: (n,) int32 positions in `account_ids`.
        item: (n,) int32 positions in the catalogue.
        at_s: (n,) int64 epoch seconds.
        is_interest: (n,) bool: does the event say that the account wanted the item? All rows are
            "seen"; only these are learnt from and recommended against.
    """

    account_ids: tuple[str, ...]
    n_items: int
    account: NDArray[np.int32]
    item: NDArray[np.int32]
    at_s: NDArray[np.int64]
    is_interest: NDArray[np.bool_]

    def __len__(self) -> int:
        """Number of events."""
        return len(self.account)

    @property
    def n_accounts(self) -> int:
        """Size of the account space."""
        return len(self.account_ids)

    def where(self, keep: NDArray[np.bool_]) -> "Interactions":
        """The events at which `keep`, (n,) bool, is true; both spaces stay as they are."""
        return Interactions(
            self.account_ids,
            self.n_items,
            self.account[keep],
            self.item[keep],
            self.at_s[keep],
            self.is_interest[keep],
        )


@dataclass(frozen=True)
class Histories:
    """What a batch of people did so far: per person the distinct items, each at its latest instant.

    One person is a batch of one. Rows of person p are ``indptr[p]:indptr[p + 1]``, oldest first.

    Args:
        indptr: (n_people + 1,) int64.
        item: (n,) int32 positions in the item space.
        at_s: (n,) int64 epoch seconds.
        weight: (n,) float32 from 0 to 1, how much of each item is that person's own; None is 1 for
            all. A title that was half Ann's speaks half as loud for her (changes results).
        as_of_s: Instant that is asked about, epoch seconds, for sources that forget by the hour;
            None is the newest instant of the histories.
    """

    indptr: NDArray[np.int64]
    item: NDArray[np.int32]
    at_s: NDArray[np.int64]
    weight: NDArray[np.float32] | None = None
    as_of_s: int | None = None

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(self.indptr) - 1

    @classmethod
    def of_one(
        cls,
        item: NDArray[np.int32],
        at_s: NDArray[np.int64],
        weight: NDArray[np.float32] | None = None,
    ) -> "Histories":
        """The history of one person: distinct items, oldest first."""
        return cls(np.array([0, len(item)], dtype=np.int64), item, at_s, weight)

    @classmethod
    def of_accounts(
        cls, events: Interactions, accounts: NDArray[np.int32], max_items: int
    ) -> "Histories":
        """Histories of `accounts`, (n_people,) int32, from the given events, interest or not.

        Args:
            events: Usually ``interactions.where(interest & (at_s < as_of_s))``.
            accounts: (n_people,) int32 positions in the account space.
            max_items: Only that many latest distinct items per person.
        """
        starts = np.searchsorted(events.account, accounts, side="left")
        ends = np.searchsorted(events.account, accounts, side="right")
        items: list[NDArray[np.int32]] = []
        instants: list[NDArray[np.int64]] = []
        for start, end in zip(starts, ends, strict=True):
            item, at_s = events.item[start:end], events.at_s[start:end]
            # np.unique keeps the first of equals, so look from the newest end.
            _, newest = np.unique(item[::-1], return_index=True)
            keep = np.sort(len(item) - 1 - newest)[-max_items:]
            items.append(item[keep])
            instants.append(at_s[keep])
        sizes = np.array([len(item) for item in items], dtype=np.int64)
        return cls(
            np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
            np.concatenate([np.empty(0, np.int32), *items]),
            np.concatenate([np.empty(0, np.int64), *instants]),
        )
