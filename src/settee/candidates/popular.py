"""Score items by how many accounts wanted them lately.

An event counts 1 when it is the newest of all, a half after `popular_half_life_days`, a quarter
after twice that; ages run back from the newest event, so a record of 1999 is as good as today's.
No event ever counts less than a millionth, so that what is long past still ranks above nothing.

Reads: interest events.  Writes: nothing.
Not here: trends within the hour (features), the share of one account (rules).
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.histories import read_only
from settee.candidates.source import Arrays
from settee.core import SourceSettings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress

_DAY_S = 86_400.0
_LEAST = 1e-6


@dataclass(frozen=True)
class Popular:
    """Each item's share of all decayed interest.

    Args:
        share: (n_items,) float32; sums to 1 where there was any event.
    """

    name: ClassVar[str] = "popular"
    needs_history: ClassVar[bool] = False

    share: NDArray[np.float32]

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        settings: SourceSettings,
        progress: Progress = no_progress,
    ) -> Self:
        """Count the interest events, newer ones more."""
        del progress
        interest = interactions.is_interest
        share = np.zeros(catalogue.n_items, np.float32)
        if interest.any():
            age_days = (interactions.at_s.max() - interactions.at_s[interest]) / _DAY_S
            weight = np.maximum(0.5 ** (age_days / settings.popular_half_life_days), _LEAST)
            counted = np.bincount(interactions.item[interest], weight, minlength=catalogue.n_items)
            share[:] = counted / weight.sum()
        return cls(read_only(share))

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """The same shares for everybody: (n_people, n_items)."""
        return np.repeat(self.share[np.newaxis], histories.n_people, axis=0)

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> None:
        """None: no part of this score comes from the history."""

    def to_arrays(self) -> Arrays:
        """One column."""
        return {"share": self.share}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        return cls(read_only(arrays["share"].astype(np.float32, copy=False)))
