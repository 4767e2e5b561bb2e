"""A table of the most similar items of each item, and live scores from it.

Two items are as similar as the product of their vectors over a scale: with the vectors' lengths it
is the cosine. Only the best `n_keep` per item stay, so 100,000 items with 200 neighbours need
160 MB instead of 40 GB. A
person's score for an item is the sum of its similarity to each item of the history, times that
item's weight, added up in the order of the history, so a batch and a single request give the same
bits.

Reads / Writes: nothing.
Source: Sarwar et al. (2001), "Item-Based Collaborative Filtering Recommendation Algorithms";
Manning et al. (2008), "Introduction to Information Retrieval", section 7.1.3 (champion lists).
Not here: what the vectors hold (knn: accounts; content: tags and words).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from os import cpu_count
from typing import Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.histories import check_positions, checked, read_only
from settee.candidates.matrix import Cells
from settee.candidates.source import Arrays
from settee.candidates.topk import offer, sort_descending
from settee.events import Histories

_CHUNKS_PER_THREAD = 8
"""Rows are cut so fine that no thread waits long for another."""


@njit(cache=True, nogil=True)
def _most_similar(
    first: int,
    last: int,
    row_start: NDArray[np.int64],
    row_feature: NDArray[np.int32],
    row_value: NDArray[np.float32],
    column_start: NDArray[np.int64],
    column_item: NDArray[np.int32],
    column_value: NDArray[np.float32],
    own_scale: NDArray[np.float64],
    other_scale: NDArray[np.float64],
    shrinkage: float,
    n_keep: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    n_items = len(other_scale)
    low = np.uint64(0xFFFFFFFF)
    dot = np.zeros(n_items, np.float64)
    touched = np.empty(n_items + 1, np.int32)
    one = np.empty(1, np.float32)
    one_bits = one.view(np.uint32)
    heap = np.empty(n_keep, np.uint64)
    start = np.zeros(last - first + 1, np.int64)
    out_item = np.empty(0, np.int32)
    out_weight = np.empty(0, np.float32)
    n_out = 0
    for item in range(first, last):
        n_touched = 0
        for cell in range(row_start[item], row_start[item + 1]):
            feature, value = row_feature[cell], np.float64(row_value[cell])
            for place in range(column_start[feature], column_start[feature + 1]):
                other = column_item[place]
                # Noted always and counted when new: a branch here is guessed wrong too often.
                touched[n_touched] = other
                n_touched += int(dot[other] == 0.0)
                dot[other] += value * column_value[place]
        size, to_beat = 0, np.float32(0.0)
        for place in range(n_touched):
            other = touched[place]
            alike = np.float32(dot[other] / (own_scale[item] * other_scale[other] + shrinkage))
            dot[other] = 0.0
            if other == item or alike < to_beat or alike == 0.0:
                continue
            one[0] = alike
            key = (np.uint64(one_bits[0]) << np.uint64(32)) | (low - np.uint64(other))
            size = offer(heap, size, key)
            if size == n_keep:
                one_bits[0] = np.uint32(heap[0] >> np.uint64(32))
                to_beat = one[0]
        sort_descending(heap, size)
        if n_out + size > len(out_item):
            room = max(2 * len(out_item), n_out + size, 1024)
            grown_item, grown_weight = np.empty(room, np.int32), np.empty(room, np.float32)
            for kept in range(n_out):
                grown_item[kept], grown_weight[kept] = out_item[kept], out_weight[kept]
            out_item, out_weight = grown_item, grown_weight
        bits = out_weight.view(np.uint32)
        for place in range(size):
            out_item[n_out] = np.int32(low - (heap[place] & low))
            bits[n_out] = np.uint32(heap[place] >> np.uint64(32))
            n_out += 1
        start[item + 1 - first] = n_out
    return start, out_item[:n_out].copy(), out_weight[:n_out].copy()


@njit(cache=True, nogil=True)
def _score(
    start: NDArray[np.int64],
    neighbour: NDArray[np.int32],
    weight: NDArray[np.float32],
    indptr: NDArray[np.int64],
    history: NDArray[np.int32],
    amount: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    total = np.zeros(out.shape[1], np.float64)
    for person in range(out.shape[0]):
        total[:] = 0.0
        for place in range(indptr[person], indptr[person + 1]):
            item = history[place]
            for cell in range(start[item], start[item + 1]):
                total[neighbour[cell]] += amount[place] * weight[cell]
        for item in range(out.shape[1]):
            out[person, item] = total[item]


@njit(cache=True, nogil=True)
def _shares(
    start: NDArray[np.int64],
    neighbour: NDArray[np.int32],
    weight: NDArray[np.float32],
    history: NDArray[np.int32],
    row_of: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    for place in range(len(history)):
        for cell in range(start[history[place]], start[history[place] + 1]):
            row = row_of[neighbour[cell]]
            if row >= 0:
                out[row, place] = weight[cell]


@dataclass(frozen=True)
class Scales:
    """What turns the product of two vectors into a similarity.

    Args:
        own: (n_items,) float64, above 0.
        other: (n_items,) float64, above 0; with `own` the lengths of the vectors it is a cosine.
        shrinkage: Added to ``own * other``; 0 or more.
    """

    own: NDArray[np.float64]
    other: NDArray[np.float64]
    shrinkage: float = 0.0


def _spans(vectors: Cells, n: int) -> list[tuple[int, int]]:
    """Cut the rows into up to n spans of about as many cells each; at least one span."""
    shares = np.linspace(0, vectors.indptr[-1], max(n, 1) + 1)
    ends = np.searchsorted(vectors.indptr, shares).clip(0, vectors.n_rows)
    ends[0], ends[-1] = 0, vectors.n_rows
    return [(int(a), int(b)) for a, b in pairwise(np.unique(ends))] or [(0, vectors.n_rows)]


def _champions(columns: Cells, scale: NDArray[np.float64], limit: int) -> Cells:
    """Of each feature the `limit` items with the greatest value over their scale."""
    sizes = np.diff(columns.indptr)
    keep = np.ones(len(columns.index), np.bool_)
    for feature in np.flatnonzero(sizes > limit):
        span = slice(columns.indptr[feature], columns.indptr[feature + 1])
        worth = columns.value[span] / scale[columns.index[span]]
        keep[span.start + np.argsort(-worth, kind="stable")[limit:]] = False
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.minimum(sizes, limit))])
    return Cells(indptr, columns.index[keep], columns.value[keep], columns.n_columns)


@dataclass(frozen=True)
class Neighbours:
    """Of each item, what it speaks for and how strongly.

    Args:
        start: (n_items + 1,) int64; item i speaks for ``item[start[i]:start[i + 1]]``.
        item: (n,) int32.
        weight: (n,) float32, above 0.
    """

    start: NDArray[np.int64]
    item: NDArray[np.int32]
    weight: NDArray[np.float32]

    @property
    def n_items(self) -> int:
        """Size of the item space."""
        return len(self.start) - 1

    @classmethod
    def strongest(
        cls,
        vectors: Cells,
        scales: Scales,
        n_keep: int,
        champions: int | None = None,
        threads: int = 0,
    ) -> Self:
        """Keep per item the others that are most similar to it, strongest first.

        Args:
            vectors: (n_items, n_features), values above 0.
            scales: What the product of two vectors is divided by.
            n_keep: Most others per item, 1 or more; equal similarity goes to the lower item.
            champions: A feature that more items have counts only for this many, those it makes
                most similar to others; None counts it for all. What half of 100,000 items share
                would else be compared in 2.5 billion pairs.
            threads: How many at once, 0 is one per core (speed only).
        """
        columns = vectors.transposed()
        if champions is not None:
            columns = _champions(columns, scales.other, champions)
        n_threads = threads or cpu_count() or 1

        def rows(
            span: tuple[int, int],
        ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
            return _most_similar(
                *span,
                vectors.indptr,
                vectors.index,
                vectors.value,
                columns.indptr,
                columns.index,
                columns.value,
                scales.own,
                scales.other,
                float(scales.shrinkage),
                n_keep,
            )

        with ThreadPoolExecutor(n_threads) as pool:
            parts = list(pool.map(rows, _spans(vectors, n_threads * _CHUNKS_PER_THREAD)))
        sizes = np.concatenate([np.diff(start) for start, _, _ in parts])
        return cls(
            read_only(np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])),
            read_only(np.concatenate([item for _, item, _ in parts])),
            read_only(np.concatenate([weight for _, _, weight in parts])),
        )

    def reversed(self) -> Self:
        """The same similarities, listed by the other item: "is kept by" for "keeps"."""
        cells = Cells(self.start, self.item, self.weight, self.n_items).transposed()
        return type(self)(read_only(cells.indptr), read_only(cells.index), read_only(cells.value))

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Sum of similarities to the history: (n_people, n_items)."""
        given = checked(histories, self.n_items)
        out = np.empty((histories.n_people, self.n_items), np.float32)
        _score(
            self.start, self.item, self.weight, given.indptr, given.item, given.weight, out
        )  # fmt: skip
        return out

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Similarity of each of `items` to each item of the history: (n, n_history)."""
        history, items = np.asarray(history, np.int32), np.asarray(items, np.int32)
        check_positions(history, self.n_items)
        check_positions(items, self.n_items)
        distinct, row = np.unique(items, return_inverse=True)
        row_of = np.full(self.n_items, -1, np.int32)
        row_of[distinct] = np.arange(len(distinct), dtype=np.int32)
        out = np.zeros((len(distinct), len(history)), np.float32)
        _shares(self.start, self.item, self.weight, read_only(history), row_of, out)
        return out[row]

    def to_arrays(self) -> Arrays:
        """The three columns."""
        return {"start": self.start, "item": self.item, "weight": self.weight}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The table that `to_arrays` described."""
        return cls(
            read_only(arrays["start"].astype(np.int64, copy=False)),
            read_only(arrays["item"].astype(np.int32, copy=False)),
            read_only(arrays["weight"].astype(np.float32, copy=False)),
        )
