"""Turn the record into stories: the distinct items of an account in order, and the gaps between.

A gap is the whole part of log2(1 + seconds) since the item before, at most 23: a minute is 5, a
day 16. Stories are put into an order of their own (by length, then content), so that accounts read
in another order teach the same. Windows cut a story from its end: 5 steps by windows of 2 are
(3, 5), (1, 3), (0, 1); a draw moves the cuts, so that each round sees others.

Reads: interest events.  Writes: nothing.
Not here: what is learnt from them (candidates.deep.sasrec_train).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.candidates.matrix import wanted
from settee.events import Histories, Interactions

N_GAPS = 24


@dataclass(frozen=True)
class Stories:
    """Rows of items, oldest first.

    Args:
        indptr: (n_stories + 1,) int64.
        place: (n,) int32 positions among the modelled items.
        gap: (n,) int8 from 0 to N_GAPS - 1.
        n_places: Number of modelled items.
    """

    indptr: NDArray[np.int64]
    place: NDArray[np.int32]
    gap: NDArray[np.int8]
    n_places: int

    def __len__(self) -> int:
        """Number of stories."""
        return len(self.indptr) - 1

    def places(self, story: int) -> NDArray[np.int32]:
        """The items of one story."""
        return self.place[self.indptr[story] : self.indptr[story + 1]]

    def gaps(self, story: int) -> NDArray[np.int8]:
        """The gaps of one story."""
        return self.gap[self.indptr[story] : self.indptr[story + 1]]


@dataclass(frozen=True)
class Window:
    """Steps `start` to `end` of a story: from the item at each, the item after it is foretold."""

    story: int
    start: int
    end: int

    def __len__(self) -> int:
        """Number of steps."""
        return self.end - self.start


def gaps_of(at_s: NDArray[np.int64]) -> NDArray[np.int8]:
    """How long each instant of one history lies after the one before: (n,) int8.

    >>> gaps_of(np.array([0, 0, 60, 86_460])).tolist()
    [0, 0, 5, 16]
    """
    waited = np.maximum(np.diff(at_s, prepend=at_s[:1]), 0)
    return np.minimum(np.log2(1.0 + waited), N_GAPS - 1).astype(np.int8)


def modelled(interactions: Interactions, max_items: int) -> NDArray[np.int32]:
    """The items most wanted, ties to the lower one, ascending."""
    cells = wanted(interactions, max(len(interactions), 1))
    count = np.bincount(cells.index, minlength=interactions.n_items)
    most = np.argsort(-count, kind="stable")[:max_items]
    return np.sort(most[count[most] > 0]).astype(np.int32)


def stories_of(interactions: Interactions, items: NDArray[np.int32], max_history: int) -> Stories:
    """Every account's distinct modelled items of interest, each where it was last met.

    Args:
        interactions: All events.
        items: (n_places,) ascending: what is modelled.
        max_history: Only that many latest items per account.
    """
    place_of = np.full(interactions.n_items, -1, np.int32)
    place_of[items] = np.arange(len(items), dtype=np.int32)
    events = interactions.where(interactions.is_interest & (place_of[interactions.item] >= 0))
    accounts = np.unique(events.account)
    told = Histories.of_accounts(events, accounts, max_history)
    rows = [slice(a, b) for a, b in zip(told.indptr[:-1], told.indptr[1:], strict=True)]
    parts = [(place_of[told.item[row]], gaps_of(told.at_s[row])) for row in rows]
    parts.sort(key=lambda part: (len(part[0]), part[0].tobytes(), part[1].tobytes()))
    sizes = np.array([0, *(len(place) for place, _ in parts)], np.int64)
    return Stories(
        np.cumsum(sizes),
        np.concatenate([np.empty(0, np.int32), *(place for place, _ in parts)]),
        np.concatenate([np.empty(0, np.int8), *(gap for _, gap in parts)]),
        len(items),
    )


def windows_of(stories: Stories, size: int, rng: np.random.Generator) -> list[Window]:
    """Cut every story into windows of `size` steps; where one does not do, the cuts are drawn."""
    out = []
    for story, n_items in enumerate(np.diff(stories.indptr)):
        end = int(n_items) - 1
        length = int(rng.integers(1, size + 1)) if end > size else size
        while end > 0:
            start = max(0, end - length)
            out.append(Window(story, start, end))
            end, length = start, size
    return out


def batches_of(windows: list[Window], size: int, rng: np.random.Generator) -> list[list[Window]]:
    """Windows of like length together, drawn anew: little is wasted on filling up."""
    drawn = [windows[place] for place in rng.permutation(len(windows))]
    out = []
    for first in range(0, len(drawn), 16 * size):
        some = sorted(drawn[first : first + 16 * size], key=len)
        out += [some[start : start + size] for start in range(0, len(some), size)]
    return [out[place] for place in rng.permutation(len(out))]
