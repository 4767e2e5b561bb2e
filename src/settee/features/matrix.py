"""Fill the feature matrix of one request: one row per item of the pool.

One kernel serves the training and the live request; nothing else computes a feature. A history of
two Drama titles and one Comedy gives a Drama title a tag affinity of 2/3. What is not known stays
NaN, and the trees learn what to do with it; nothing is made up.

Reads: pool, history, item state, catalogue columns, context.  Writes: nothing.
Not here: names and meanings (features.declare), counts per item (features.timeline).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.events import Catalogue, Histories
from settee.features.declare import FEATURES, LAYOUT, SOURCE_FEATURES, StaleLoops
from settee.features.instants import Context
from settee.features.kernels import OUTSIDE, STALE, fill
from settee.features.layer import frozen
from settee.features.timeline import ItemState


class FeaturesMismatch(BadInput):
    """Pool, state and catalogue are not about the same items."""

    code = "features_mismatch"


@dataclass(frozen=True)
class Pool:
    """Items to be ranked for one request, best fused score first, ties to the lower item.

    Args:
        items: (m,) int32 positions in the item space.
        source_scores: (m, S) float32 score by every source; NaN where a source gave no answer.
        source_ranks: (m, S) int32 place in the source's list, 0 is best, -1 not put forward.
        fused: (m,) float32 above 0, by which the pool is ordered: reciprocal ranks, or a blend.
        parts: (m, B) float32 what each of the first B sources adds to the log of `fused`, where a
            blend made it; NaN for an item that it did not see. None where ranks did.
    """

    items: NDArray[np.int32]
    source_scores: NDArray[np.float32]
    source_ranks: NDArray[np.int32]
    fused: NDArray[np.float32]
    parts: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        """Number of items."""
        return len(self.items)

    def parts_and(self, n: int) -> NDArray[np.float32] | None:
        """The parts, and behind them `n` rows that the blend did not see; None without a blend."""
        if self.parts is None:
            return None
        return np.vstack([self.parts, np.full((n, self.parts.shape[1]), np.nan, np.float32)])


@dataclass(frozen=True)
class Person:
    """What one person did: distinct items, each at its latest instant, oldest first.

    Args:
        item: (n,) int32 positions in the item space, read-only.
        at_s: (n,) int64 epoch seconds, ascending, read-only.
    """

    item: NDArray[np.int32]
    at_s: NDArray[np.int64]

    @classmethod
    def of(cls, histories: Histories, person: int = 0) -> "Person":
        """One person of a batch.

        Args:
            histories: The batch.
            person: Place in the batch.
        """
        span = slice(histories.indptr[person], histories.indptr[person + 1])
        return cls(
            frozen(histories.item[span].astype(np.int32, copy=False)),
            frozen(histories.at_s[span].astype(np.int64, copy=False)),
        )

    def idle_s(self, as_of_s: int) -> int:
        """Seconds since the newest item; 0 without a history.

        >>> Person(np.array([4], np.int32), np.array([100])).idle_s(160)
        60
        """
        return as_of_s - int(self.at_s[-1]) if len(self.at_s) else 0


@dataclass(frozen=True)
class ItemColumns:
    """The part of the catalogue that features look at.

    Args:
        tag_indptr: (n_items + 1,) int64.
        tag_index: (n_tags_total,) int32 positions of tags.
        tag_share: (n_tags,) float32 share of the items that has the tag.
        year: (n_items,) float32 release year, NaN where unknown.
    """

    tag_indptr: NDArray[np.int64]
    tag_index: NDArray[np.int32]
    tag_share: NDArray[np.float32]
    year: NDArray[np.float32]

    @classmethod
    def of(cls, catalogue: Catalogue) -> "ItemColumns":
        """The columns of a catalogue."""
        carriers = np.bincount(catalogue.tag_index, minlength=len(catalogue.tag_names))
        year = np.where(catalogue.year > 0, catalogue.year, np.nan).astype(np.float32)
        return cls(
            frozen(catalogue.tag_indptr),
            frozen(catalogue.tag_index),
            frozen((carriers / max(catalogue.n_items, 1)).astype(np.float32)),
            frozen(year),
        )


def feature_matrix(
    pool: Pool, person: Person, state: ItemState, columns: ItemColumns, context: Context
) -> NDArray[np.float32]:
    """Every feature of every item of the pool.

    Args:
        pool: m items with the scores of S sources.
        person: History; items at or after the instant of the request are left out.
        state: Item counters, from ``timeline.state_at(context.at_s, bucket_s)``.
        columns: Catalogue columns of the same item space.
        context: Instant and circumstances of the request.

    Returns:
        (m, F) float32 in column order (its transpose is contiguous), columns as
        ``feature_names(sources)``; NaN is unknown.

    Raises:
        FeaturesMismatch: If state, columns, pool and person are not of the same item space.
        StaleLoops: If numba's cache holds loops of other columns.
    """
    n_items = len(columns.year)
    if len(state.values) != n_items:
        raise FeaturesMismatch(
            f"the item state knows {len(state.values)} items and the catalogue {n_items}; "
            "they must be of the same model."
        )
    n_sources = pool.source_scores.shape[1]
    n_features = len(FEATURES) + n_sources * len(SOURCE_FEATURES)
    n_before = int(np.searchsorted(person.at_s, context.at_s, side="left"))
    # Where the record ended long ago, the person's clock stands still as the items' does.
    known_s = max(state.at_s, int(person.at_s[n_before - 1])) if n_before else state.at_s
    clock_s = min(context.at_s, known_s + state.bucket_s)
    out = np.empty((n_features, len(pool)), np.float32)
    result = fill(
        out, pool.items, pool.source_scores, pool.source_ranks, pool.fused,
        person.item, person.at_s, n_before, clock_s, state.at_s, state.values,
        columns.tag_indptr, columns.tag_index, columns.tag_share, columns.year,
        np.array([context.hour, context.weekday, context.device_code], np.float32),
        LAYOUT,
    )  # fmt: skip
    if result == STALE:
        raise StaleLoops
    if result == OUTSIDE:
        raise FeaturesMismatch(
            f"pool or history name items outside 0 to {n_items - 1}; "
            "they must be of the same model."
        )
    return out.T
