"""Turn what a catalogue says about its items into weighted terms.

A term counts more the fewer items have it: of 3,883 films 1,603 are "Drama" (weight 1.9) and 44
are "Film-Noir" (5.5). Tags and words are weighted and brought to length 1 apart, so that a long
description does not drown three tags.

Reads: the catalogue.  Writes: nothing.
Source: Salton and Buckley (1988), "Term-weighting approaches in automatic text retrieval"; the
smoothed form ln((1 + n) / (1 + df)) + 1.
Not here: similarity of items (candidates.neighbours).
"""

import re

import numpy as np
from numpy.typing import NDArray

from settee.candidates.matrix import Cells
from settee.events import Catalogue

_WORD = re.compile(r"\w\w+")


def split_words(text: str) -> list[str]:
    """The words of a text in order, in lower case, repeats included; two characters or more.

    >>> split_words("A River Runs through It")
    ['river', 'runs', 'through', 'it']
    """
    return _WORD.findall(text.casefold())


def words_of(catalogue: Catalogue, item: int) -> list[str]:
    """The words of title and text and the year, in order, in lower case, repeats included.

    A word has two characters or more.
    """
    words = split_words(f"{catalogue.titles[item]} {catalogue.texts[item]}")
    year = str(catalogue.year[item])
    if catalogue.year[item] > 0 and year not in words:
        words.append(year)
    return words


def _tf_idf(indptr: NDArray[np.int64], term: NDArray[np.int32], n_terms: int) -> Cells:
    """Weighted rows of length 1 from the terms of each item, repeats included."""
    n_items = len(indptr) - 1
    item = np.repeat(np.arange(n_items, dtype=np.int64), np.diff(indptr))
    key, count = np.unique(item * n_terms + term, return_counts=True)
    row, column = key // max(n_terms, 1), key % max(n_terms, 1)
    df = np.bincount(column, minlength=n_terms)
    weight = count * (np.log((1.0 + n_items) / (1.0 + df)) + 1.0)[column]
    length = np.sqrt(np.bincount(row, weight**2, minlength=n_items))
    sizes = np.bincount(row, minlength=n_items)
    return Cells(
        np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
        column.astype(np.int32),
        (weight / length[row]).astype(np.float32),
        n_terms,
    )


def tag_terms(catalogue: Catalogue) -> Cells:
    """Items by tags, tf-idf, rows of length 1 (or empty)."""
    return _tf_idf(catalogue.tag_indptr, catalogue.tag_index, len(catalogue.tag_names))


def word_terms(catalogue: Catalogue) -> Cells:
    """Items by words of title, text and year, tf-idf, rows of length 1 (or empty)."""
    number: dict[str, int] = {}
    terms: list[int] = []
    sizes = np.zeros(catalogue.n_items + 1, np.int64)
    for item in range(catalogue.n_items):
        terms.extend(number.setdefault(word, len(number)) for word in words_of(catalogue, item))
        sizes[item + 1] = len(terms)
    return _tf_idf(sizes, np.array(terms, np.int32), len(number))


def item_terms(catalogue: Catalogue, text_weight: float) -> Cells:
    """Items by tags and words side by side, words times `text_weight` (0 leaves them out)."""
    tags, words = tag_terms(catalogue), word_terms(catalogue)
    if text_weight == 0.0:
        return tags
    row = np.concatenate(
        [np.repeat(np.arange(cells.n_rows), np.diff(cells.indptr)) for cells in (tags, words)]
    )
    column = np.concatenate([tags.index, words.index + np.int32(tags.n_columns)])
    value = np.concatenate([tags.value, words.value * np.float32(text_weight)])
    order = np.argsort(row, kind="stable")
    return Cells(
        tags.indptr + words.indptr,
        column[order],
        value[order],
        tags.n_columns + words.n_columns,
    )
