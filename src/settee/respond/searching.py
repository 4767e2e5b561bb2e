"""Find items by what somebody remembers of them: words of the title, or the id.

"star wa" finds "Star Wars" before "A Star Was Born": what is named exactly comes first, then what
begins so, then what holds every word; equals go by id, so that a page follows the one before.

Reads: a serving.  Writes: nothing.
Not here: one item with all its fields (store.tables), items that go with it (respond.similar).
"""

import heapq

import msgspec

from settee.respond.serving import Serving

_EXACT, _BEGINS, _HOLDS = range(3)
_Place = tuple[int, str]


class ItemLine(msgspec.Struct, frozen=True):
    """An item in a list; `is_known` says that the model in use was trained on it."""

    item_id: str
    title: str
    year: int | None
    is_available: bool
    is_known: bool


class ItemPage(msgspec.Struct, frozen=True):
    """Items found, and how many there are in all; `after` gives the next page, null on the last."""

    items: list[ItemLine]
    n_found: int
    after: str | None


def find_items(serving: Serving, words: str, limit: int, after: str, as_of_s: int) -> ItemPage:
    """Items whose title or id holds every word.

    Args:
        serving: What answers.
        words: What is looked for, in any case; empty finds all.
        limit: Most items of a page, at least 1.
        after: The last item of the page before, "" for the first page.
        as_of_s: Instant at which windows and stock count, epoch seconds.
    """
    offer = serving.offer
    wanted = " ".join(words.casefold().split())
    parts = wanted.split()
    found = [
        (_place(wanted, item_id, text), position)
        for position, (item_id, text) in enumerate(
            zip(offer.item_ids, offer.search_texts, strict=True)
        )
        if all(part in text for part in parts)
    ]
    behind: _Place | None = None
    if after:
        at = offer.index.get(after)
        text = after.casefold() if at is None else offer.search_texts[at]
        behind = _place(wanted, after, text)
    rest = found if behind is None else [one for one in found if one[0] > behind]
    page = heapq.nsmallest(limit + 1, rest)
    closed = serving.closed(as_of_s)
    n_known = 0 if serving.stage is None else serving.stage.model.catalogue.n_items
    lines = [
        ItemLine(
            offer.item_ids[position], offer.titles[position], int(offer.year[position]) or None,
            bool(closed[position] == 0), position < n_known,
        )
        for _, position in page[:limit]
    ]  # fmt: skip
    return ItemPage(lines, len(found), lines[-1].item_id if len(page) > limit else None)


def _place(wanted: str, item_id: str, text: str) -> _Place:
    """How well an item fits, then its id; `text` is its title and its id, see `Offer`."""
    title, _, own_id = text.partition("\n")
    if not wanted:
        return _HOLDS, item_id
    if wanted in (title, own_id):
        return _EXACT, item_id
    return (_BEGINS if title.startswith(wanted) else _HOLDS), item_id
