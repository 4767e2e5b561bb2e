"""Hold one set of items per request, and ask all of them at once.

Sets lie end to end: with ``indptr = [0, 2, 3]`` and ``item = [4, 9, 1]`` the first request has
items 4 and 9, the second has 1. A question about every list at once is one binary search over
``request * n_items + item``, so nothing loops over people.

Reads / Writes: nothing.
Not here: how the sets come about (learn.requests), what is made of the hits (learn.metrics).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ItemSets:
    """A set of items for each of n requests.

    Args:
        indptr: (n + 1,) int64.
        item: (total,) int32, rising and distinct within a request.
        n_items: Size of the item space.

    >>> sets = ItemSets.of([[9, 4], [1]], n_items=10)
    >>> sets.size.tolist()
    [2, 1]
    >>> sets.contains(np.array([[4, 1], [-1, 1]], np.int32)).tolist()
    [[True, False], [False, True]]
    """

    indptr: NDArray[np.int64]
    item: NDArray[np.int32]
    n_items: int

    @classmethod
    def of(cls, rows: list[list[int]], n_items: int) -> "ItemSets":
        """The sets written out as lists, in any order, repeats allowed."""
        row = np.repeat(np.arange(len(rows)), [len(items) for items in rows])
        item = np.array([item for items in rows for item in items], dtype=np.int64)
        return cls.of_pairs(row, item, len(rows), n_items)

    @classmethod
    def of_pairs(
        cls, row: NDArray[np.integer], item: NDArray[np.integer], n_rows: int, n_items: int
    ) -> "ItemSets":
        """The sets written as (row, item) pairs, (n,) each, in any order, repeats allowed."""
        keys = np.unique(row.astype(np.int64) * n_items + item)
        sizes = np.bincount(keys // max(n_items, 1), minlength=n_rows)
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
        return cls(indptr, (keys % max(n_items, 1)).astype(np.int32), n_items)

    @property
    def n_rows(self) -> int:
        """Number of requests."""
        return len(self.indptr) - 1

    @property
    def size(self) -> NDArray[np.int64]:
        """(n,) number of items in each set."""
        return np.diff(self.indptr)

    @property
    def keys(self) -> NDArray[np.int64]:
        """(total,) ``request * n_items + item``, rising."""
        rows = np.repeat(np.arange(self.n_rows, dtype=np.int64), self.size)
        return rows * self.n_items + self.item

    def row(self, request: int) -> NDArray[np.int32]:
        """The items of one request, rising."""
        return self.item[self.indptr[request] : self.indptr[request + 1]]

    def take(self, requests: NDArray[np.integer]) -> "ItemSets":
        """The sets of some requests, (m,) positions, in that order."""
        sizes = self.size[requests]
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
        # position of each kept item: its place in the new set, moved to where the old set starts
        shift = np.repeat(self.indptr[:-1][requests] - indptr[:-1], sizes)
        return ItemSets(indptr, self.item[np.arange(indptr[-1]) + shift], self.n_items)

    def mask(self) -> NDArray[np.bool_]:
        """(n, n_items) bool, true at the items of each set; meant for a batch of requests."""
        mask = np.zeros((self.n_rows, self.n_items), dtype=np.bool_)
        mask.reshape(-1)[self.keys] = True
        return mask

    def contains(self, lists: NDArray[np.int32]) -> NDArray[np.bool_]:
        """(n, k) bool: is the item at that place of the list in the request's set?

        Args:
            lists: (n, k) int32 items, -1 where a list is shorter; -1 is in no set.
        """
        if not len(self.item):
            return np.zeros(lists.shape, dtype=np.bool_)
        own = self.keys
        rows = np.arange(self.n_rows, dtype=np.int64)[:, None]
        asked = rows * self.n_items + lists
        place = np.minimum(np.searchsorted(own, asked), len(own) - 1)
        found: NDArray[np.bool_] = (own[place] == asked) & (lists >= 0)
        return found
