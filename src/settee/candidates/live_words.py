"""Find items that nobody met yet by their tags and words, from the moment they are put.

A fresh item is compared with a person's latest items by the cosine of their weighted terms: of two
tags shared out of two and four, 2 / sqrt(2 * 4) = .71. A term counts more the fewer items have it,
as of now. Terms are numbered by a hash into 65,536, so that no vocabulary ever grows.

Reads / Writes: its own arrays.
Source: Salton and Buckley (1988), "Term-weighting approaches in automatic text retrieval";
Weinberger et al. (2009), "Feature Hashing for Large Scale Multitask Learning".
Not here: items with an audience (candidates.content), the weighting at training (terms).
"""

import math
import zlib
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.source import Arrays
from settee.candidates.terms import split_words

N_TERMS: Final = 65_536
_MOST_TERMS: Final = 24
"""Terms of an item that are kept: its tags, then its first words."""


class Words(NamedTuple):
    """What every item is about.

    Args:
        term: (items, 24) int32 distinct terms, -1 past the last.
        n_with: (65536,) int32 items that have each term.
        n_described: (1,) int64 items that have any.
        ring: (fresh_items,) int32 items that were described last, -1 for none.
        cursor: (1,) int64 where the next one goes.
        idf: (65536,) float32 what each term says, from `n_with`; brought up by `weigh`.
    """

    term: NDArray[np.int32]
    n_with: NDArray[np.int32]
    n_described: NDArray[np.int64]
    ring: NDArray[np.int32]
    cursor: NDArray[np.int64]
    idf: NDArray[np.float32]

    def to_arrays(self, n_items: int) -> Arrays:
        """Plain arrays, of so many items."""
        told = {f"words_{name}": value.copy() for name, value in self._asdict().items()}
        del told["words_idf"]  # follows from the others
        return told | {"words_term": self.term[:n_items].copy()}


def no_words(n_items: int, fresh_items: int) -> Words:
    """Nothing was described yet."""
    return Words(
        np.full((n_items, _MOST_TERMS), -1, np.int32),
        np.zeros(N_TERMS, np.int32),
        np.zeros(1, np.int64),
        np.full(fresh_items, -1, np.int32),
        np.zeros(1, np.int64),
        np.ones(N_TERMS, np.float32),
    )


def words_from(arrays: Arrays) -> Words:
    """The words that `to_arrays` described, in arrays of their own."""
    words = Words(
        arrays["words_term"].astype(np.int32),
        arrays["words_n_with"].astype(np.int32),
        arrays["words_n_described"].astype(np.int64),
        arrays["words_ring"].astype(np.int32),
        arrays["words_cursor"].astype(np.int64),
        np.ones(N_TERMS, np.float32),
    )
    weigh(words)
    return words


def with_items(words: Words, n_items: int) -> Words:
    """The same words with room for so many items."""
    term = np.full((n_items, _MOST_TERMS), -1, np.int32)
    term[: len(words.term)] = words.term
    return words._replace(term=term)


def terms_of(text: str, tags: Iterable[str]) -> NDArray[np.int32]:
    """Distinct terms of an item: its tags, then its words, as many as are kept.

    >>> bool((terms_of("Heat", ["Crime"]) == terms_of("heat", ["crime"])).all())
    True
    """
    names = [f"#{tag.casefold()}" for tag in tags] + split_words(text)
    numbers = dict.fromkeys(zlib.crc32(name.encode()) % N_TERMS for name in names)
    return np.array(list(numbers)[:_MOST_TERMS], np.int32)


def describe(words: Words, item: int, terms: NDArray[np.int32]) -> None:
    """Say what an item is about; one that is described again is not fresh again.

    Terms weigh what they did until `weigh` is called.
    """
    before = words.term[item]
    words.n_with[before[before >= 0]] -= 1
    was_known = bool(before[0] >= 0)
    words.term[item] = -1
    words.term[item, : len(terms)] = terms
    words.n_with[terms] += 1
    words.n_described[0] += int(len(terms) > 0) - int(was_known)
    if len(terms) and not was_known:
        words.ring[words.cursor[0] % len(words.ring)] = item
        words.cursor[0] += 1


def weigh(words: Words) -> None:
    """Let every term say the more the fewer items have it, as they are now."""
    words.idf[:] = np.log((1.0 + words.n_described[0]) / (1.0 + words.n_with)) + 1.0


@njit(cache=True, nogil=True)
def score_fresh(
    latest: NDArray[np.int32],
    words: Words,
    n_events: NDArray[np.int32],
    fresh_until: int,
    taste: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Write how alike each fresh item is to the latest items; 0 where no term is shared.

    Args:
        latest: (n,) int32 the latest items of a person.
        words: What items are about.
        n_events: (items,) events of each item so far.
        fresh_until: Items of more events are not fresh.
        taste: (65536,) all 0, and so left; to make it anew takes longer than all the rest.
        out: (n_items,) all 0.
    """
    _add_taste(latest, words, taste)
    for item in words.ring:
        if 0 <= item < len(out) and n_events[item] <= fresh_until:
            out[item] = _likeness(item, words, taste)
    for item in latest:
        for term in words.term[item]:
            if term >= 0:
                taste[term] = 0.0


@njit(cache=True, nogil=True)
def _add_taste(latest: NDArray[np.int32], words: Words, taste: NDArray[np.float32]) -> None:
    """Write what the latest items are about, each as loud as the others."""
    for item in latest:
        length = _length(item, words)
        for term in words.term[item]:
            if term >= 0:
                taste[term] += np.float32(words.idf[term] / length / len(latest))


@njit(cache=True, nogil=True)
def _likeness(item: int, words: Words, taste: NDArray[np.float32]) -> float:
    """How much of an item is about what the taste is."""
    score = 0.0
    for term in words.term[item]:
        if term < 0:
            break  # terms stand first
        score += taste[term] * words.idf[term]
    return score / _length(item, words) if score > 0.0 else 0.0


@njit(cache=True, nogil=True)
def _length(item: int, words: Words) -> float:
    square = 0.0
    for term in words.term[item]:
        if term < 0:
            break
        square += words.idf[term] ** 2
    return math.sqrt(square) if square > 0.0 else 1.0
