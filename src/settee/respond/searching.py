"""Find items by what somebody remembers of them: words of the title, or the id.

"star wa" finds "Star Wars" before "A Star Was Born": what is named exactly comes first, then what
begins so, then what holds every word; equals go by id, so that a page follows the one before.

Reads: a serving.  Writes: nothing.
Not here: one item with all its fields (store.tables), items that go with it (respond.similar).
"""

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from settee.respond.offer import Offer
from settee.respond.serving import Serving

_EXACT, _BEGINS, _HOLDS = range(3)


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
    found = _found(offer, wanted)
    places = _ordered(offer, found, wanted)
    if after:
        at = offer.index.get(after)
        text = after.casefold() if at is None else offer.search_texts[at]
        places = _behind(offer, places, _fit(wanted, text), after)
    page = [position for part in places for position in part[: limit + 1]]
    closed = serving.closed(as_of_s)
    n_known = 0 if serving.stage is None else serving.stage.model.catalogue.n_items
    lines = [
        ItemLine(
            offer.item_ids[position], offer.titles[position], int(offer.year[position]) or None,
            bool(closed[position] == 0), position < n_known,
        )
        for position in page[:limit]
    ]  # fmt: skip
    return ItemPage(lines, len(found), lines[-1].item_id if len(page) > limit else None)


def _found(offer: Offer, wanted: str) -> Sequence[int]:
    """Positions of the items that hold every word, by their ids."""
    texts = offer.search_texts
    found: Sequence[int] = offer.by_id
    for part in wanted.split():
        found = [position for position in found if part in texts[position]]
    return found


def _ordered(offer: Offer, found: Sequence[int], wanted: str) -> list[Sequence[int]]:
    """The same, parted by how well they fit, the best first."""
    if not wanted:
        return [(), (), found]
    parts: list[list[int]] = [[], [], []]
    texts = offer.search_texts
    for position in found:
        parts[_fit(wanted, texts[position])].append(position)
    return [*parts]


def _behind(
    offer: Offer, places: Sequence[Sequence[int]], fit: int, after: str
) -> list[Sequence[int]]:
    """What comes behind an item of that fit and id."""
    same = places[fit]
    start = bisect_right(same, after, key=lambda position: offer.item_ids[position])
    return [same[start:], *places[fit + 1 :]]


def _fit(wanted: str, text: str) -> int:
    """How well an item fits; `text` is its title and its id, see `Offer`."""
    if not wanted:
        return _HOLDS
    if not text.startswith(wanted):
        return _EXACT if text.endswith(f"\n{wanted}") else _HOLDS
    title, _, own_id = text.partition("\n")
    return _EXACT if wanted in (title, own_id) else _BEGINS
