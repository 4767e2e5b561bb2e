"""List the best items of many people at once: what a library of matrix factorisations is asked for.

The scores of 140,000 people for 20,000 items would take 11 GB; those of 200 people take 16 MB,
stay in the cache while the best are picked, and are written over by the next 200. What a person
has already is struck out of the scores, so that no mask of that size is needed either.

settee itself never asks a source for this: its lists leave out all that was met, and are laid by
ranker and rules. Here it makes the sources comparable with the peers' own calls.

Reads / Writes: nothing.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from settee.candidates import Source, top_k
from settee.events import Histories

_CELLS = 4_000_000
"""Scores that are held at once by a thread: 16 MB."""


def _blocks(histories: Histories, n_people: int) -> Iterator[tuple[int, Histories]]:
    """The histories by `n_people`, each with the place of its first person."""
    as_of_s = histories.as_of_s
    if as_of_s is None and len(histories.at_s):
        as_of_s = int(histories.at_s.max())  # a part alone would take its own newest instant
    for first in range(0, histories.n_people, n_people):
        indptr = histories.indptr[first : first + n_people + 1]
        span = slice(indptr[0], indptr[-1])
        weight = histories.weight
        yield (
            first,
            replace(
                histories,
                indptr=indptr - indptr[0],
                item=histories.item[span],
                at_s=histories.at_s[span],
                weight=None if weight is None else weight[span],
                as_of_s=as_of_s,
            ),
        )


def best_lists(
    source: Source, histories: Histories, k: int, n_threads: int = 1
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The `k` best new items of every person, best first; equal scores go to the lower item.

    Args:
        source: What scores.
        histories: Of the people; what is in a history is not listed.
        k: How many, 1 or more.
        n_threads: 1 or more (speed only).

    Returns:
        Items (n_people, k) int32, -1 where the source puts no more forward, and their scores, 0
        there.

    Raises:
        BadTopK: `k` is under 1.
        UnknownPosition: An item lies outside the source's item space.
        BadWeights: There are not as many weights as items.
    """
    items = np.full((histories.n_people, k), -1, np.int32)
    best = np.zeros((histories.n_people, k), np.float32)
    # One person tells the width; nobody's scores are kept for it.
    width = source.score(Histories.of_one(np.empty(0, np.int32), np.empty(0, np.int64))).shape[1]

    def fill(block: tuple[int, Histories]) -> None:
        first, part = block
        scores = source.score(part)
        rows = np.repeat(np.arange(part.n_people), np.diff(part.indptr))
        scores[rows, part.item] = -np.inf
        found, worth = top_k(scores, k)
        has_opinion = (found >= 0) & (worth > 0)
        span = slice(first, first + part.n_people)
        items[span] = np.where(has_opinion, found, -1)
        best[span] = np.where(has_opinion, worth, 0.0)

    blocks = _blocks(histories, max(1, _CELLS // max(width, 1)))
    if n_threads == 1:
        for block in blocks:
            fill(block)
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            for _ in pool.map(fill, blocks):
                pass
    return items, best
