"""Find the items of a catalogue that are most like others, or like one that is not in it yet.

The cosine of weighted tags and words, and nothing of who wanted them: a crime film put this morning
is found beside crime films. One that shares no term with any other is like none.

Reads: the catalogue.  Writes: nothing.
Not here: the weighting of terms (candidates.terms), alike items that are wanted too
(candidates.content).
"""

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from settee.candidates.histories import check_positions
from settee.candidates.terms import item_terms
from settee.core import Item
from settee.events import Catalogue, catalogue_of

_TEXT_WEIGHT = 2.0


def alike(
    catalogue: Catalogue,
    wanted: NDArray[np.int32] | Item,
    n: int,
    text_weight: float = _TEXT_WEIGHT,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The items most like several, or like a description; most alike first.

    Args:
        catalogue: The items.
        wanted: (m,) positions, or a description of what is not in the catalogue; of what is, the
            catalogue's own counts.
        n: Most items; those asked for are never among them.
        text_weight: Weight of words beside tags at 1 (changes results).

    Returns:
        (k,) int32 positions and (k,) float32 cosines above 0; k is `n` at most.

    Raises:
        UnknownPosition: If a position lies outside the catalogue.

    >>> films = catalogue_of([Item(item_id="a", tags=("Crime",)), Item(item_id="b", tags=("War",))])
    >>> alike(films, Item(item_id="new", tags=("Crime",)), 5)[0].tolist()
    [0]
    """
    if isinstance(wanted, Item):
        catalogue, wanted = _with(catalogue, wanted)
    check_positions(wanted, catalogue.n_items)
    terms = item_terms(catalogue, text_weight)
    row = terms.row_of_cell()
    asked = np.zeros(catalogue.n_items, np.bool_)
    asked[wanted] = True
    cells = asked[row]
    vector = np.bincount(terms.index[cells], terms.value[cells], minlength=terms.n_columns)
    dot = np.bincount(row, terms.value * vector[terms.index], minlength=catalogue.n_items)
    length = np.sqrt(np.maximum(terms.squares() * float(vector @ vector), 1e-18))
    cosine = dot / length
    cosine[asked] = 0.0
    order = np.argsort(-cosine, kind="stable")[:n].astype(np.int32)
    order = order[cosine[order] > 1e-9]
    return order, cosine[order].astype(np.float32)


def _with(catalogue: Catalogue, new: Item) -> tuple[Catalogue, NDArray[np.int32]]:
    """The catalogue with one more item at its end, and where that is; one it has stays as it is."""
    if new.item_id in catalogue.index:
        return catalogue, np.array([catalogue.index[new.item_id]], np.int32)
    items = [
        Item(
            item_id=item_id,
            title=catalogue.titles[place],
            text=catalogue.texts[place],
            tags=catalogue.tags_of(place),
            year=int(catalogue.year[place]) if catalogue.year[place] > 0 else UNSET,
        )
        for place, item_id in enumerate(catalogue.item_ids)
    ]
    return catalogue_of([*items, new]), np.array([len(items)], np.int32)
