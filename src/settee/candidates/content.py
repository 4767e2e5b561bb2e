"""Score items by what they are: tags, title and text like those of the history.

Two items are compared by the cosine of their weighted terms, and among the alike those that many
wanted come first: an audience of three times the mean lifts by (1 + 3)^0.5 = 2. An item of today,
without an audience, is lifted by 1 and found at once. The `content_neighbours` strongest stay.
A term of more than 2,000 items is compared only among the 2,000 that it speaks for most.

Reads: the catalogue; interest events for the audiences.  Writes: nothing.
Source: Pazzani and Billsus (2007), "Content-Based Recommendation Systems".
Not here: the weighting of terms (candidates.terms), the table (candidates.neighbours).
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from settee.candidates.by_neighbours import ByNeighbours
from settee.candidates.matrix import wanted
from settee.candidates.neighbours import Neighbours, Scales
from settee.candidates.terms import item_terms
from settee.core import SourceSettings
from settee.events import Catalogue, Interactions, Progress, no_progress

_LEAST_SQUARE = 1e-9
"""Keeps scales above 0 where an item has no term and where nobody wanted anything."""

_CHAMPIONS = 2000
"""A term of more items than this is compared only among as many, the most wanted first."""


@dataclass(frozen=True)
class Content(ByNeighbours):
    """Item neighbours by tags and words."""

    name: ClassVar[str] = "content"

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        settings: SourceSettings,
        progress: Progress = no_progress,
    ) -> Self:
        """Compare every two items that share a term."""
        del progress
        vectors = item_terms(catalogue, settings.content_text_weight)
        length = np.sqrt(np.maximum(vectors.squares(), _LEAST_SQUARE))
        cells = wanted(interactions, settings.max_history)
        audience = np.bincount(cells.index, minlength=catalogue.n_items)
        relative = audience / max(audience.mean(), _LEAST_SQUARE) if catalogue.n_items else audience
        lift = (1.0 + relative) ** settings.content_popularity_power
        scales = Scales(own=length, other=length / lift)
        return cls(Neighbours.strongest(vectors, scales, settings.content_neighbours, _CHAMPIONS))
