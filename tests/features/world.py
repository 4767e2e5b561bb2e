"""A world of four titles small enough to count by hand."""

import numpy as np

from settee.events import NO_END, NO_INSTANT, UNLIMITED, Catalogue, Histories, Interactions
from settee.features import Person, Pool

DAY = 86_400
NOON = 10_000 * DAY + 12 * 3600
HOUR = 3600

ITEM_IDS = ("heat", "ronin", "clue", "blank")
TAGS = (("Crime", "Drama"), ("Crime",), ("Comedy",), ())
YEARS = (1995, 1998, 1985, 0)


def catalogue(item_ids=ITEM_IDS, tags=TAGS, years=YEARS, titles=None, texts=None):
    names = tuple(sorted({tag for row in tags for tag in row}))
    n = len(item_ids)
    sizes = np.cumsum([0, *(len(row) for row in tags)]).astype(np.int64)
    index = np.array([names.index(tag) for row in tags for tag in row], np.int32)
    return Catalogue(
        item_ids=tuple(item_ids),
        titles=tuple(titles or (name.title() for name in item_ids)),
        texts=tuple(texts or ("" for _ in item_ids)),
        tag_names=names,
        tag_indptr=sizes,
        tag_index=index,
        year=np.array(years, np.int32),
        available_from_s=np.full(n, NO_INSTANT),
        available_to_s=np.full(n, NO_END),
        stock=np.full(n, UNLIMITED),
    )


def events(rows, n_items=4, is_interest=None):
    """Interactions of one account from (item, at_s) pairs."""
    item = np.array([row[0] for row in rows], np.int32)
    at_s = np.array([row[1] for row in rows], np.int64)
    interest = np.ones(len(rows), np.bool_) if is_interest is None else np.array(is_interest)
    return Interactions(("a",), n_items, np.zeros(len(rows), np.int32), item, at_s, interest)


def person(*rows):
    """A person from (item, at_s) pairs, oldest first."""
    item = np.array([row[0] for row in rows], np.int32)
    at_s = np.array([row[1] for row in rows], np.int64)
    return Person.of(Histories.of_one(item, at_s))


def pool(items, scores=None, ranks=None, fused=None):
    """A pool in the order given; by default one source that ranks it so."""
    n = len(items)
    scores = np.arange(n, 0, -1).reshape(n, 1) if scores is None else scores
    ranks = np.arange(n).reshape(n, 1) if ranks is None else ranks
    fused = 1 / (np.arange(n) + 61) if fused is None else fused
    return Pool(
        np.array(items, np.int32),
        np.array(scores, np.float32),
        np.array(ranks, np.int32),
        np.array(fused, np.float32),
    )
