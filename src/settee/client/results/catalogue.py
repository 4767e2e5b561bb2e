"""What the catalogue holds, and how it fares.

Reads / Writes: nothing.
Source: docs/console.md for each figure.
"""

from datetime import datetime

from msgspec import Struct


class ItemLine(Struct, frozen=True):
    """An item in a list; `is_known` says that the model in use was trained on it."""

    item_id: str
    title: str
    year: int | None
    is_available: bool
    is_known: bool


class ItemPage(Struct, frozen=True):
    """Items found, and how many there are in all; `after` gives the next page."""

    items: list[ItemLine]
    n_found: int
    after: str | None


class ItemCount(Struct, frozen=True):
    """An item and how many of something it has."""

    item_id: str
    title: str
    n: int


class ActivityBin(Struct, frozen=True):
    """How many items have so many events of interest; `below` is None for the last bin."""

    at_least: int
    below: int | None
    n_items: int


class Condition(Struct, frozen=True):
    """Something that keeps items from doing well, how many have it, and the first of them."""

    name: str
    n_items: int
    items: list[ItemCount]


class Showings(Struct, frozen=True):
    """What the latest answers showed; `gini` is 0 where all items are shown alike."""

    n_exposures: int
    since: datetime | None
    n_showings: int
    n_shown: int
    gini: float | None
    most: list[ItemCount]
    never: list[ItemCount]


class Inventory(Struct, frozen=True):
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
