"""Score items by how near their vectors are to those of the history.

Where content compares shared tags and words, this compares what they mean: topics, sentences,
pictures. Among the alike, those that many wanted come first, as in candidates.content.

Reads: the catalogue; interest events for the audiences.  Writes: nothing.
Source: Pazzani and Billsus (2007), "Content-Based Recommendation Systems".
Not here: the vectors (candidates.vectors), the table (candidates.neighbours).
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.by_neighbours import ByNeighbours
from settee.candidates.histories import read_only
from settee.candidates.matrix import wanted
from settee.candidates.neighbours import Neighbours
from settee.candidates.topk import top_k
from settee.candidates.vectors import Vectors, item_vectors
from settee.core import SourceSettings
from settee.events import Catalogue, Interactions, Progress, no_progress

_CELLS = 4_000_000  # similarities held at once


def _nearest(vectors: Vectors, lift: NDArray[np.float32], n_keep: int) -> Neighbours:
    """Per item the `n_keep` others with the greatest positive similarity times lift."""
    n_items = len(vectors)
    kept_items, kept_weights, sizes = [np.empty(0, np.int32)], [np.empty(0, np.float32)], [0]
    step = max(1, _CELLS // max(n_items, 1))
    for start in range(0, n_items, step):
        rows = np.arange(start, min(start + step, n_items))
        near = vectors[rows] @ vectors.T
        near *= lift
        itself = np.zeros(near.shape, np.bool_)
        itself[np.arange(len(rows)), rows] = True
        items, weights = top_k(np.ascontiguousarray(near), min(n_keep, n_items), itself)
        good = (items >= 0) & (weights > 0)
        kept_items.append(items[good])
        kept_weights.append(weights[good])
        sizes.extend(good.sum(axis=1).tolist())
    return Neighbours(
        read_only(np.cumsum(np.array(sizes, np.int64))),
        read_only(np.concatenate(kept_items).astype(np.int32)),
        read_only(np.concatenate(kept_weights).astype(np.float32)),
    )


@dataclass(frozen=True)
class Embedding(ByNeighbours):
    """Item neighbours by the nearness of their vectors."""

    name: ClassVar[str] = "embedding"

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        settings: SourceSettings,
        progress: Progress = no_progress,
    ) -> Self:
        """Compare every two items.

        Raises:
            NeedsSentences: If sentences are asked for and the model is not installed.
        """
        vectors = item_vectors(catalogue, settings, progress)
        cells = wanted(interactions, settings.max_history)
        audience = np.bincount(cells.index, minlength=catalogue.n_items)
        relative = audience / max(float(audience.mean()) if len(audience) else 0.0, 1e-9)
        lift = ((1.0 + relative) ** settings.embedding_popularity_power).astype(np.float32)
        return cls(_nearest(vectors, lift, settings.embedding_neighbours))
