"""Tell what the columns of a file are: events or items, and which column is which field.

A layout is data: the published MovieLens files are listed by name, other tables are understood by
well-known column names, and anything else by the mapping in the settings. A file with the header
``userId,movieId,rating,timestamp`` holds ratings; one with ``kunde,artikel,zeit`` needs
``imports.columns = {account_id = "kunde", item_id = "artikel", at = "zeit"}``.

Reads: the first bytes of a file.  Writes: nothing.
Source: the READMEs of MovieLens 100K, 1M, 10M, 20M, 32M (grouplens.org/datasets/movielens).
Not here: reading the rows (events.rows, store.etl_files).
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from settee.core import HISTORY_COLUMNS, BadInput, Columns, Event, ImportSettings, Item
from settee.events.files import Member
from settee.store import Form

_EVENT_FIELDS = tuple(name for name, _ in HISTORY_COLUMNS)
_ITEM_FIELDS = tuple(Item.__struct_fields__)
_ALIASES: Mapping[str, tuple[str, ...]] = {
    Columns.account_id: (
        "accountid", "userid", "user", "account", "customerid", "customer", "visitorid",
        "memberid", "uid",
    ),
    Columns.item_id: (
        "itemid", "movieid", "item", "movie", "productid", "product", "articleid", "contentid",
        "titleid", "trackid", "asin", "sku",
    ),
    Columns.at: (
        "at", "ts", "timestamp", "time", "datetime", "date", "eventtime", "unixtime", "createdat",
        "occurredat", "unixreviewtime",
    ),
    Columns.value: ("value", "rating", "stars", "overall"),
    Columns.kind: ("kind", "event", "eventtype", "action"),
    Columns.duration_s: ("durations",),
}  # fmt: skip
_ITEM_ALIASES: Mapping[str, tuple[str, ...]] = {
    Columns.item_id: (*_ALIASES[Columns.item_id], "id"),
    "title": ("title", "name", "itemname", "productname", "movietitle"),
    "tags": ("tags", "genres", "genre", "categories", "category"),
    "year": ("year", "releaseyear", "releasedate"),
    "text": ("text", "description", "overview", "summary"),
    "duration_s": ("durations",),
}
_TELLS_ITEM = frozenset({"title", "tags", "year", "text", "price_cents", "stock", "duration_s"})
_GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
_RATINGS = {Columns.account_id: 0, Columns.item_id: 1, Columns.value: 2, Columns.at: 3}
_RATING_FORMS: Mapping[str, Form] = {
    Columns.account_id: "whole",
    Columns.item_id: "whole",
    Columns.value: "number",
    Columns.at: "whole",
}
_RATING_NAMES = ("userId", "movieId", "rating", "timestamp")
_DELIMITERS = (",", "\t", ";", "|", "::")
_HEAD_BYTES = 65_536
_HEAD_LINES = 100
_WIRE = frozenset({"event_id", "account_id", "kind", "at"})


class UnknownLayout(BadInput):
    """The columns of a file tell neither events nor items."""

    code = "unknown_layout"


class BadMapping(BadInput):
    """imports.columns maps something that is not there."""

    code = "bad_mapping"


@dataclass(frozen=True)
class Layout:
    """What a file is.

    Args:
        name: For people.
        holds: events, items, wire events or wire items.
        columns: Names of the columns, in order.
        fields: Position of each field's column.
        form: csv, json or parquet.
        forms: Forms that the layout fixes.
        kind: Kind of every event, used when no column holds it.
        delimiter: Between cells.
        has_header: Does the file start with names?
        is_latin: Is a file that is not UTF-8 latin-1?
        flags: Columns that hold 1 where the item has that tag.
    """

    name: str
    holds: Literal["events", "items", "wire events", "wire items"]
    columns: tuple[str, ...]
    fields: Mapping[str, int]
    form: Literal["csv", "json", "parquet"] = "csv"
    forms: Mapping[str, Form] = field(default_factory=dict)
    kind: str = ""
    delimiter: str = ","
    has_header: bool = True
    is_latin: bool = False
    flags: Mapping[str, int] = field(default_factory=dict)


_PUBLISHED: Mapping[str, Layout] = {
    "u.data": Layout(
        "MovieLens 100K ratings", "events", _RATING_NAMES, _RATINGS,
        forms=_RATING_FORMS, kind="rate", delimiter="\t", has_header=False,
    ),
    "u.item": Layout(
        "MovieLens 100K titles", "items",
        ("movie id", "movie title", "release date", "video release date", "IMDb URL",
         *_GENRES_100K),
        {Columns.item_id: 0, "title": 1, "year": 2},
        delimiter="|", has_header=False, is_latin=True,
        flags={genre: 5 + place for place, genre in enumerate(_GENRES_100K) if place},
    ),
    "ratings.dat": Layout(
        "MovieLens 1M or 10M ratings", "events", _RATING_NAMES, _RATINGS,
        forms=_RATING_FORMS, kind="rate", delimiter="::", has_header=False,
    ),
    "movies.dat": Layout(
        "MovieLens 1M or 10M titles", "items", ("movieId", "title", "genres"),
        {Columns.item_id: 0, "title": 1, "tags": 2},
        delimiter="::", has_header=False, is_latin=True,
    ),
}  # fmt: skip


def recognise(
    member: Member, settings: ImportSettings, parquet: Sequence[tuple[str, str]] = ()
) -> Layout:
    """Tell what a file holds.

    Args:
        member: The file.
        settings: The mapping, and the kind of rows that name none.
        parquet: Name and type of the columns, when it is a Parquet file.

    Raises:
        UnknownLayout: If its columns tell neither events nor items; the message names them.
        BadMapping: If the mapping names a field that does not exist.
    """
    _check_mapping(settings.columns)
    if member.form == "parquet":
        return _table(tuple(name for name, _ in parquet), settings, member, "parquet")
    published = _PUBLISHED.get(Path(member.name).name.lower())
    if published is not None and not settings.columns:
        return published
    lines = _head(member)
    if lines and lines[0].lstrip().startswith(("{", "[")):
        return _json(lines, settings, member)
    if settings.columns and all(name.startswith("#") for name in settings.columns.values()):
        return _by_position(lines, settings)
    if not lines:
        raise UnknownLayout(f"{member.name} is empty; a header or rows are expected.")
    delimiter = _delimiter(lines)
    return _table(_cells(lines[0], delimiter), settings, member, "csv", delimiter)


def _head(member: Member) -> list[str]:
    with member.path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if len(head) == _HEAD_BYTES and b"\n" in head:
        head = head[: head.rindex(b"\n")]
    text = head.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return [line for line in text.split("\n") if line.strip()][:_HEAD_LINES]


def _delimiter(lines: Sequence[str]) -> str:
    """The separator that the header and the row after it have most often, and equally often."""

    def rank(delimiter: str) -> tuple[bool, int]:
        counts = [len(_cells(line, delimiter)) for line in lines[:2]]
        return counts[0] > 1 and counts[0] == counts[-1], counts[0]

    return max(_DELIMITERS, key=rank)


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    if len(delimiter) > 1:
        return tuple(cell.strip() for cell in line.split(delimiter))
    try:
        row = next(csv.reader([line], delimiter=delimiter))
    except (csv.Error, StopIteration):
        row = line.split(delimiter)
    return tuple(cell.strip() for cell in row)


def _json(lines: Sequence[str], settings: ImportSettings, member: Member) -> Layout:
    names: dict[str, None] = {}
    is_wire = is_wire_item = False
    for line in lines:
        try:
            row = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            continue
        if isinstance(row, dict):
            names |= dict.fromkeys(map(str, row))
            is_wire |= row.keys() >= _WIRE
            is_wire_item |= Columns.item_id in row and row.keys() <= set(_ITEM_FIELDS)
    if not names:
        raise UnknownLayout(
            f"{member.name}: none of its first lines is a JSON object; one object a line is "
            "expected.",
            hint="See https://jsonlines.org, or docs/events.md for the fields.",
        )
    if settings.columns or not (is_wire or is_wire_item):
        return _table(tuple(names), settings, member, "json")
    columns = tuple(Event.__struct_fields__) if is_wire else _ITEM_FIELDS
    places = {name: place for place, name in enumerate(columns)}
    return Layout(
        "events in the wire format" if is_wire else "items in the wire format",
        "wire events" if is_wire else "wire items",
        columns,
        places,
        form="json",
    )


def _table(
    columns: tuple[str, ...],
    settings: ImportSettings,
    member: Member,
    form: Literal["csv", "json", "parquet"],
    delimiter: str = ",",
) -> Layout:
    events = _fields(columns, settings.columns, _EVENT_FIELDS, _ALIASES)
    if Columns.account_id in events and Columns.at in events:
        kind = settings.kind or ("rate" if Columns.value in events else "")
        if not kind and Columns.kind not in events:
            raise UnknownLayout(
                f"{member.name} has events of no kind: its columns are {_list(columns)}.",
                hint='Say what they are: --kind play, or imports.kind = "play".',
            )
        is_published = columns == _RATING_NAMES and not settings.columns and form == "csv"
        return Layout(
            "MovieLens ratings" if is_published else "events by column names",
            "events",
            columns,
            events,
            form,
            _RATING_FORMS if is_published else {},
            kind,
            delimiter,
        )
    items = _fields(columns, settings.columns, _ITEM_FIELDS, _ITEM_ALIASES)
    if Columns.item_id in items and _TELLS_ITEM & items.keys() and Columns.account_id not in events:
        return Layout("items by column names", "items", columns, items, form, delimiter=delimiter)
    raise _unknown(member, columns, events)


def _fields(
    columns: Sequence[str],
    mapping: Mapping[str, str],
    names: Sequence[str],
    aliases: Mapping[str, tuple[str, ...]],
) -> dict[str, int]:
    places = {name: place for place, name in reversed(list(enumerate(columns)))}
    simple = {_simple(name): place for name, place in reversed(places.items())}
    fields = {}
    for name in names:
        wanted = mapping.get(name)
        if wanted is not None:
            if wanted in places:
                fields[name] = places[wanted]
            continue
        for alias in (_simple(name), *aliases.get(name, ())):
            if alias in simple:
                fields[name] = simple[alias]
                break
    return fields


def _simple(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _by_position(lines: Sequence[str], settings: ImportSettings) -> Layout:
    delimiter = _delimiter(lines) if lines else ","
    width = len(_cells(lines[0], delimiter)) if lines else 0
    fields = {}
    for name, place in settings.columns.items():
        number = int(place[1:]) if place[1:].isdecimal() else 0
        if not 1 <= number <= max(width, 1):
            raise BadMapping(
                f'imports.columns maps {name} to "{place}"; the file has columns #1 to #{width}.',
                place=f"imports.columns.{name}",
            )
        fields[name] = number - 1
    kind = settings.kind or ("rate" if Columns.value in fields else "")
    is_events = Columns.account_id in fields and Columns.at in fields
    if is_events and not kind and Columns.kind not in fields:
        raise BadMapping(
            "imports.columns maps no kind.", hint='Add --kind play, or imports.kind = "play".'
        )
    return Layout(
        "columns by position",
        "events" if is_events else "items",
        tuple(f"#{place}" for place in range(1, width + 1)),
        fields,
        kind=kind,
        delimiter=delimiter,
        has_header=False,
    )


def _check_mapping(mapping: Mapping[str, str]) -> None:
    accepted = dict.fromkeys((*_EVENT_FIELDS, *_ITEM_FIELDS))
    for name in mapping:
        if name not in accepted:
            raise BadMapping(
                f'imports.columns maps "{name}", which is no field; fields are '
                f"{', '.join(accepted)}.",
                place=f"imports.columns.{name}",
            )


def _unknown(member: Member, columns: Sequence[str], events: Mapping[str, Any]) -> UnknownLayout:
    lacking = [
        name for name in (Columns.account_id, Columns.item_id, Columns.at) if name not in events
    ]
    example = ", ".join(f'{name} = "…"' for name in lacking)
    return UnknownLayout(
        f"{member.name} has the columns {_list(columns)}; which of them is "
        f"{' and which '.join(lacking) or 'which field'} cannot be told.",
        hint=f"Say it: --column {lacking[0] if lacking else 'account_id'}=COLUMN, or "
        f"imports.columns = {{{example}}}.",
        place=member.name,
    )


def _list(columns: Sequence[str]) -> str:
    shown = [f'"{name[:60]}"' for name in columns[:20]]
    more = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
