"""Take stock of the catalogue: what can be had, what is shown, what nobody has come to yet.

Of 800 titles 760 can be had today; the latest 5,000 answers showed 412 of them, so 348 titles that
could be had were never shown. Their list begins with those that people came to most all the same,
for there something stands in the way.

Reads: a serving, the journal.  Writes: nothing.
Source: Gini (1912) over showings, as learn.popularity has it over lists.
Not here: one item (respond.searching), variety of offline lists (learn.variety).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.respond.serving import Serving, version_of
from settee.respond.telling import EXPOSURE_KIND
from settee.store import Journal

COLD_BELOW = 5
"""An item with fewer events of interest is cold: what people wanted with it is hardly known."""
_EXPOSURES = 5_000
_ENTRIES = 100_000
_WINDOW = 5_000
_LISTED = 20
_BINS = (0, 1, 5, 20, 100, 1_000)
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


class ItemCount(msgspec.Struct, frozen=True):
    """An item and how many of something it has."""

    item_id: str
    title: str
    n: int


class ActivityBin(msgspec.Struct, frozen=True):
    """How many items have so many events of interest; `below` is null for the last bin."""

    at_least: int
    below: int | None
    n_items: int


class Condition(msgspec.Struct, frozen=True):
    """Something that keeps items from doing well, how many have it, and the first of them.

    `name` is expired, not_yet, out_of_stock, no_title, no_tags or not_in_model.
    """

    name: str
    n_items: int
    items: list[ItemCount]


class Showings(msgspec.Struct, frozen=True):
    """What the latest answers showed.

    `n_shown` are items of those that can be had now; `gini` is 0 where all are shown alike and
    near 1 where one is all that is shown, null where nothing was.
    """

    n_exposures: int
    since: datetime | None
    n_showings: int
    n_shown: int
    gini: float | None
    most: list[ItemCount]
    never: list[ItemCount]


class Inventory(msgspec.Struct, frozen=True):
    """The catalogue at an instant; events are those of interest that the model learnt from."""

    at: datetime
    model_version: str | None
    trained_until: datetime | None
    n_items: int
    n_available: int
    conditions: list[Condition]
    activity: list[ActivityBin]
    cold_below: int
    n_cold: int
    cold: list[ItemCount]
    showings: Showings


@dataclass(frozen=True)
class _Seen:
    """What the journal says of showings: how often by id, of how many answers, since when."""

    times: dict[str, int]
    n_exposures: int
    first_us: int | None


class _Item(msgspec.Struct):
    item_id: str


class _Exposure(msgspec.Struct):
    items: list[_Item] = []


_decoder = msgspec.json.Decoder(_Exposure)


def take_inventory(serving: Serving, journal: Journal, as_of: datetime) -> Inventory:
    """The state of the catalogue.

    Args:
        serving: Items, windows, stock, and the model that answers.
        journal: Where the latest answers stand.
        as_of: The instant, aware.

    Raises:
        SetteeError: If the journal cannot be read.
    """
    n = serving.offer.n_items
    events = np.zeros(n, np.int64)
    trained_until = None
    if serving.stage is not None:
        model = serving.stage.model
        events[: model.catalogue.n_items] = model.timeline.counts()
        trained_until = datetime.fromtimestamp(model.trained_until_s, tz=UTC)
    is_open = serving.closed(int(as_of.timestamp())) == 0
    is_cold = is_open & (events < COLD_BELOW)
    edges = [*_BINS, None]
    return Inventory(
        as_of,
        version_of(serving),
        trained_until,
        n,
        int(is_open.sum()),
        _conditions(serving, events, int(as_of.timestamp())),
        [
            ActivityBin(low, high, int(((events >= low) & (events < (high or np.inf))).sum()))
            for low, high in zip(_BINS, edges[1:], strict=True)
        ],
        COLD_BELOW,
        int(is_cold.sum()),
        _listed(
            serving, np.flatnonzero(is_cold)[np.argsort(events[is_cold], kind="stable")], events
        ),
        _showings(serving, _latest(journal), is_open, events),
    )


def _conditions(serving: Serving, events: Counts, as_of_s: int) -> list[Condition]:
    offer = serving.offer
    n_known = 0 if serving.stage is None else serving.stage.model.catalogue.n_items
    masks: dict[str, Mask] = {
        "expired": offer.shelf.available_to_s <= as_of_s,
        "not_yet": offer.shelf.available_from_s > as_of_s,
        "out_of_stock": offer.shelf.stock <= 0,
        "no_title": np.array([not title for title in offer.titles], bool),
        "no_tags": np.diff(serving.tags.tag_indptr) == 0,
        "not_in_model": np.arange(offer.n_items) >= n_known,
    }
    return [
        Condition(name, int(mask.sum()), _listed(serving, _most(mask, events), events))
        for name, mask in masks.items()
    ]


def _showings(serving: Serving, seen: _Seen, is_open: Mask, events: Counts) -> Showings:
    times = np.zeros(len(is_open), np.int64)
    index = serving.offer.index
    for item_id, n in seen.times.items():
        if item_id in index:
            times[index[item_id]] = n
    since = None
    if seen.first_us is not None:
        since = datetime.fromtimestamp(seen.first_us / 1e6, tz=UTC)
    never = _most(is_open & (times == 0), events)
    return Showings(
        seen.n_exposures,
        since,
        int(times.sum()),
        int((is_open & (times > 0)).sum()),
        _gini(times[is_open]),
        _listed(serving, _most(times > 0, times), times),
        _listed(serving, never, events) if seen.n_exposures else [],
    )


def _latest(journal: Journal) -> _Seen:
    """What the newest exposures showed; of a long journal only its end is read."""
    times: dict[str, int] = {}
    n, first_us = 0, None
    end = journal.last_offset()
    least = max(end - _ENTRIES, 0)
    while end > least and n < _EXPOSURES:
        start = max(end - _WINDOW, least)
        entries = [one for one in journal.read(start, end - start) if one.offset <= end]
        for entry in reversed(entries):
            if entry.record.kind == EXPOSURE_KIND and n < _EXPOSURES:
                n, first_us = n + 1, entry.record.at_us
                for item_id in _ids(entry.record.body):
                    times[item_id] = times.get(item_id, 0) + 1
        end = start
    return _Seen(times, n, first_us)


def _ids(body: bytes) -> Iterable[str]:
    try:
        return [one.item_id for one in _decoder.decode(body).items]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()


def _gini(times: Counts) -> float | None:
    total = int(times.sum())
    if not total:
        return None
    place = 2 * np.arange(1, len(times) + 1) - len(times) - 1
    return round(float(place @ np.sort(times) / (len(times) * total)), 6)


def _most(mask: Mask, counts: Counts) -> Sequence[int]:
    """Positions where the mask holds, the highest count first, ties in order."""
    where = np.flatnonzero(mask)
    order: list[int] = where[np.argsort(-counts[where], kind="stable")][:_LISTED].tolist()
    return order


def _listed(serving: Serving, positions: Iterable[int], counts: Counts) -> list[ItemCount]:
    offer = serving.offer
    return [
        ItemCount(offer.item_ids[one], offer.titles[one], int(counts[one]))
        for one in list(positions)[:_LISTED]
    ]
