"""Let a trained source answer in an item space that has grown since its training.

A source that was fitted on 3,706 items scores 3,706; when 12 more have come, its answer gets 12
zeros behind, "nothing to say", and titles of a history that it never met are not shown to it.

Reads / Writes: nothing.
Not here: the sources (candidates), who has something to say of new items (candidates.live).
"""

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from settee.candidates import Source
from settee.events import Histories


class Scorer(Protocol):
    """What the retriever asks: any source, trained or live."""

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Score every item for every person: (n_people, n_items), 0 is none."""
        ...


class Widened:
    """A trained source among more items than it knows.

    Args:
        source: The source.
        n_known: Items that it was trained on, the first of the space.
        n_items: Size of the space.
    """

    def __init__(self, source: Source, n_known: int, n_items: int) -> None:
        self._source = source
        self._n_known = n_known
        self._n_items = n_items

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """What the source says, and 0 for items that it does not know."""
        known = self._source.score(among_first(histories, self._n_known))
        if self._n_known == self._n_items:
            return known
        wide = np.zeros((histories.n_people, self._n_items), np.float32)
        wide[:, : self._n_known] = known
        return wide


def among_first(histories: Histories, n_items: int) -> Histories:
    """The histories without items that are not among the first.

    Args:
        histories: In a larger item space.
        n_items: Size of the smaller one.

    >>> past = Histories.of_one(np.array([1, 7], np.int32), np.array([10, 20]))
    >>> among_first(past, 5).item.tolist(), among_first(past, 8) is past
    ([1], True)
    """
    is_known = histories.item < n_items
    if is_known.all():
        return histories
    kept = np.concatenate([np.zeros(1, np.int64), np.cumsum(is_known)])
    weight = histories.weight
    return replace(
        histories,
        indptr=kept[histories.indptr],
        item=histories.item[is_known],
        at_s=histories.at_s[is_known],
        weight=None if weight is None else weight[is_known],
    )
