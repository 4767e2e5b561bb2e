"""Hold what rules ask of items as columns over one item space, and grow with it.

Of three items, the first two tagged "Drama": tag_names is ("Drama",), tag_indptr [0, 1, 2, 2]. An
unknown age is -1 and counts as adult; an unknown margin is NaN and fits no range.

Reads: items.  Writes: nothing.
Not here: what rules make of the columns (rules.compiled), the item space (respond.offer).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Self

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from settee.core import Item
from settee.events import NO_END, NO_INSTANT, UNLIMITED
from settee.rules.errors import BadFacts

ADULT = 18
"""The age that an unknown rating is taken for."""
UNKNOWN_AGE = -1
NO_PRICE = int(np.iinfo(np.int64).min)

_COLUMNS: dict[str, type[np.generic]] = {
    "language": np.int32,
    "kind": np.int32,
    "age_rating": np.int16,
    "year": np.int32,
    "price_cents": np.int64,
    "margin": np.float32,
    "stock": np.int64,
    "available_from_s": np.int64,
    "available_to_s": np.int64,
    "first_seen_s": np.int64,
}


@dataclass(frozen=True)
class ItemFacts:
    """What is known of every item of an item space.

    Args:
        item_ids: Ids; their order is the item space.
        tag_names: Every tag once.
        tag_indptr: (n + 1,) int64; item i has the tags ``tag_index[indptr[i]:indptr[i + 1]]``.
        tag_index: (n_tags_total,) int32 positions in `tag_names`.
        language_names: Every language once.
        kind_names: Every kind of item once.
        language: (n,) int32 positions in `language_names`, -1 unknown.
        kind: (n,) int32 positions in `kind_names`, -1 unknown.
        age_rating: (n,) int16 years, -1 unknown.
        year: (n,) int32, 0 unknown.
        price_cents: (n,) int64, the least int64 where unknown.
        margin: (n,) float32, NaN unknown.
        stock: (n,) int64 pieces, the greatest int64 where not counted.
        available_from_s: (n,) int64 epoch seconds, the least int64 where always.
        available_to_s: (n,) int64 epoch seconds, the greatest int64 where for ever.
        first_seen_s: (n,) int64 epoch seconds at which settee first heard of the item, the least
            int64 where that is unknown or long ago.
    """

    item_ids: tuple[str, ...]
    tag_names: tuple[str, ...]
    tag_indptr: NDArray[np.int64]
    tag_index: NDArray[np.int32]
    language_names: tuple[str, ...]
    kind_names: tuple[str, ...]
    language: NDArray[np.int32]
    kind: NDArray[np.int32]
    age_rating: NDArray[np.int16]
    year: NDArray[np.int32]
    price_cents: NDArray[np.int64]
    margin: NDArray[np.float32]
    stock: NDArray[np.int64]
    available_from_s: NDArray[np.int64]
    available_to_s: NDArray[np.int64]
    first_seen_s: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = len(self.item_ids)
        for name in _COLUMNS:
            if getattr(self, name).shape != (n,):
                raise BadFacts(
                    f"{name} holds {len(getattr(self, name))} values; {n} items are there."
                )
        if len(self.tag_indptr) != n + 1:
            raise BadFacts(f"tag_indptr holds {len(self.tag_indptr)} values; it must be {n + 1}.")

    def __len__(self) -> int:
        return len(self.item_ids)

    @classmethod
    def of_items(
        cls,
        item_ids: Sequence[str],
        items: Iterable[Item],
        first_seen_s: Mapping[str, int] | None = None,
    ) -> Self:
        """The columns of an item space.

        Args:
            item_ids: Ids in the order of the item space; unique.
            items: What is known of some of them; others are unknown in all, items that are not in
                the space are left out.
            first_seen_s: When settee first heard of an item, epoch seconds, where that is known.

        >>> facts = ItemFacts.of_items(["m1", "m2"], [Item(item_id="m2", tags=("Drama",))])
        >>> facts.tag_names, facts.tag_indptr.tolist(), facts.age_rating.tolist()
        (('Drama',), [0, 0, 1], [-1, -1])
        """
        known = {item.item_id: item for item in items}
        rows = [known.get(item_id) or Item(item_id=item_id) for item_id in item_ids]
        tags, languages, kinds = _Names(), _Names(), _Names()
        tag_index = [tags.number(tag) for item in rows for tag in item.tags]
        sizes = np.fromiter((len(item.tags) for item in rows), np.int64, len(rows))
        first = first_seen_s or {}
        columns = {
            "language": [languages.number(item.language) for item in rows],
            "kind": [kinds.number(item.kind) for item in rows],
            "age_rating": [_known(item.age_rating, UNKNOWN_AGE) for item in rows],
            "year": [_known(item.year, 0) for item in rows],
            "price_cents": [_known(item.price_cents, NO_PRICE) for item in rows],
            "margin": [_known(item.margin, np.nan) for item in rows],
            "stock": [_known(item.stock, UNLIMITED) for item in rows],
            "available_from_s": [_second(item.available_from, NO_INSTANT) for item in rows],
            "available_to_s": [_second(item.available_to, NO_END) for item in rows],
            "first_seen_s": [first.get(item_id, NO_INSTANT) for item_id in item_ids],
        }
        return cls(
            item_ids=tuple(item_ids),
            tag_names=tags.names,
            tag_indptr=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
            tag_index=np.array(tag_index, np.int32),
            language_names=languages.names,
            kind_names=kinds.names,
            **{name: np.array(columns[name], kind) for name, kind in _COLUMNS.items()},
        )

    def grown(
        self,
        item_ids: Sequence[str],
        items: Iterable[Item],
        first_seen_s: Mapping[str, int] | None = None,
    ) -> "ItemFacts":
        """The same items followed by new ones; a matter of the new ones' number, and of copying.

        Args:
            item_ids: Ids of the new items, in the order in which they joined the item space.
            items: What is known of some of them.
            first_seen_s: As in `of_items`.
        """
        new = ItemFacts.of_items(item_ids, items, first_seen_s)
        tags, tag_no = _joined(self.tag_names, new.tag_names)
        languages, language_no = _joined(self.language_names, new.language_names)
        kinds, kind_no = _joined(self.kind_names, new.kind_names)
        columns = {
            name: np.concatenate([getattr(self, name), getattr(new, name)]) for name in _COLUMNS
        }
        n = len(self)
        columns["language"][n:] = language_no[new.language]
        columns["kind"][n:] = kind_no[new.kind]
        return ItemFacts(
            item_ids=(*self.item_ids, *new.item_ids),
            tag_names=tags,
            tag_indptr=np.concatenate([self.tag_indptr, new.tag_indptr[1:] + self.tag_indptr[-1]]),
            tag_index=np.concatenate([self.tag_index, tag_no[new.tag_index]]),
            language_names=languages,
            kind_names=kinds,
            **columns,
        )

    def updated(self, items: Iterable[Item]) -> "ItemFacts":
        """The same item space with these items as they are now; others stay.

        Args:
            items: Whole items; those outside the item space are left out.

        >>> before = ItemFacts.of_items(["m1", "m2"], [Item(item_id="m1", tags=("Drama",))])
        >>> after = before.updated([Item(item_id="m1", year=1999)])
        >>> after.tag_indptr.tolist(), after.year.tolist()
        ([0, 0, 0], [1999, 0])
        """
        known = {one.item_id: one for one in items if one.item_id in self.index}
        if not known:
            return self
        n, place = len(self), self.positions(known)
        first = {one: int(self.first_seen_s[at]) for one, at in zip(known, place, strict=True)}
        both = self.grown(tuple(known), known.values(), first)
        rows = np.arange(n)
        rows[place] = n + np.arange(len(place))
        return both._taking(rows, self.item_ids)

    def _taking(self, rows: NDArray[np.int64], item_ids: tuple[str, ...]) -> "ItemFacts":
        """The items that stand in some rows, under ids that are given."""
        sizes = np.diff(self.tag_indptr)[rows]
        ends = np.cumsum(sizes)
        within = np.arange(int(sizes.sum())) - np.repeat(ends - sizes, sizes)
        tag_index = self.tag_index[np.repeat(self.tag_indptr[rows], sizes) + within]
        return replace(
            self,
            item_ids=item_ids,
            tag_indptr=np.concatenate([np.zeros(1, np.int64), ends]),
            tag_index=tag_index,
            **{name: getattr(self, name)[rows] for name in _COLUMNS},
        )

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each item id."""
        return {item_id: position for position, item_id in enumerate(self.item_ids)}

    @cached_property
    def age(self) -> NDArray[np.int16]:
        """(n,) the age an item is for, where an unknown one is taken for adult."""
        return np.where(self.age_rating == UNKNOWN_AGE, np.int16(ADULT), self.age_rating)

    @cached_property
    def since_s(self) -> NDArray[np.int64]:
        """(n,) when an item came in: its window's start, else when settee first heard of it."""
        return np.where(
            self.available_from_s == NO_INSTANT, self.first_seen_s, self.available_from_s
        )

    @cached_property
    def tag_owner(self) -> NDArray[np.int64]:
        """(n_tags_total,) the item that each entry of `tag_index` belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.tag_indptr))

    def n_tags_among(self, tags: Iterable[str]) -> NDArray[np.int64]:
        """(n,) how many of each item's tags are among these."""
        is_wanted = np.zeros(len(self.tag_names), np.bool_)
        wanted = set(tags)
        is_wanted[[number for number, tag in enumerate(self.tag_names) if tag in wanted]] = True
        return np.bincount(self.tag_owner[is_wanted[self.tag_index]], minlength=len(self))

    def is_in_language(self, languages: Iterable[str]) -> NDArray[np.bool_]:
        """(n,) is the item's language known and among these?"""
        return _among(self.language, self.language_names, languages)

    def is_of_kind(self, kinds: Iterable[str]) -> NDArray[np.bool_]:
        """(n,) is the item's kind known and among these?"""
        return _among(self.kind, self.kind_names, kinds)

    def positions(self, item_ids: Iterable[str]) -> NDArray[np.int64]:
        """Positions of the ids that are in the item space; others are left out."""
        index = self.index
        return np.array([index[one] for one in item_ids if one in index], np.int64)


class _Names:
    """Numbers for names in the order in which they are first met; "" is no name."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}

    def number(self, name: str) -> int:
        return self._number.setdefault(name, len(self._number)) if name else -1

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._number)


def _joined(
    names: tuple[str, ...], new: tuple[str, ...]
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """All names, and the number in them of each new one; -1 stays -1, being the last entry."""
    number = {name: place for place, name in enumerate(names)}
    numbers = [number.setdefault(name, len(number)) for name in new]
    return tuple(number), np.array([*numbers, -1], np.int32)


def _among(
    codes: NDArray[np.int32], names: tuple[str, ...], wanted: Iterable[str]
) -> NDArray[np.bool_]:
    accepted = set(wanted)
    table = np.array([*(name in accepted for name in names), False])  # -1 is its last entry
    return table[codes]


def _known(value: object, absent: float) -> object:
    return absent if value is UNSET else value


def _second(at: object, absent: int) -> int:
    return int(at.timestamp()) if isinstance(at, datetime) else absent
