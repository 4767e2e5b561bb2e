"""Say as a vector what each item is: its tags and words, its text, its picture.

Tags and words become topics by their strongest patterns over the catalogue, so two crime films that
share no word still meet in what else their words come with; or a sentence model reads the text.
Picture vectors are taken as given. Each part has length 1 times the root of its weight, so that
two items whose texts agree by .8 and pictures by .2, both of weight 1, agree by (.8 + .2) / 2.

Reads: the catalogue.  Writes: nothing.
Source: Deerwester et al. (1990), "Indexing by Latent Semantic Analysis".
Not here: neighbours (candidates.embedding), tastes (candidates.content_map).
"""

import numpy as np
from numpy.typing import NDArray

from settee.candidates.graph_spectrum import strongest_patterns
from settee.candidates.terms import item_terms
from settee.core import SourceSettings
from settee.events import Catalogue, Progress

Vectors = NDArray[np.float32]


def item_vectors(catalogue: Catalogue, settings: SourceSettings, progress: Progress) -> Vectors:
    """Vectors of length 1, or 0 where nothing is known of an item: (n_items, n_dimensions).

    Args:
        catalogue: What is known of the items.
        settings: `embedding_text`, `embedding_topics`, `embedding_image_weight` and
            `content_text_weight` (change results).
        progress: Told how far reading is.

    Raises:
        NeedsSentences: If sentences are asked for and the model is not installed.
    """
    parts = [_of_text(catalogue, settings, progress)]
    weight = settings.embedding_image_weight
    if catalogue.pictures.shape[1] and weight > 0:
        parts.append(unit(_centred(catalogue.pictures)) * np.float32(np.sqrt(weight)))
    return unit(np.concatenate(parts, axis=1))


def unit(rows: Vectors) -> Vectors:
    """The rows at length 1; rows of nothing stay so.

    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)).round(1).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    scaled = rows / np.where(length > 0, length, 1.0)[:, None]
    return np.ascontiguousarray(scaled, np.float32)


def _of_text(catalogue: Catalogue, settings: SourceSettings, progress: Progress) -> Vectors:
    if settings.embedding_text == "sentences":
        from settee.candidates.deep.sentences import sentence_vectors

        texts = [
            ". ".join(part for part in (title, ", ".join(catalogue.tags_of(item)), text) if part)
            for item, (title, text) in enumerate(
                zip(catalogue.titles, catalogue.texts, strict=True)
            )
        ]
        read = sentence_vectors(texts, progress)
        read[[not text for text in texts]] = 0.0
        return unit(_centred(read))
    terms = item_terms(catalogue, settings.content_text_weight)
    found = strongest_patterns(terms.transposed(), settings.embedding_topics, progress)
    return unit(found.vectors * np.sqrt(found.strength).astype(np.float32))


def _centred(rows: Vectors) -> Vectors:
    """Rows less their mean: what all items share tells none apart; rows of nothing stay so."""
    known: NDArray[np.bool_] = np.atleast_1d(rows.any(axis=1))
    middle = rows[known].mean(axis=0) if known.any() else np.zeros(rows.shape[1], np.float32)
    moved: Vectors = np.where(known[:, None], rows - middle, np.float32(0.0))
    return moved
