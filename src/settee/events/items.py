"""Read items: titles with their year, tags from genres, and every other field of an item.

"Toy Story (1995)" is the title "Toy Story" of the year 1995; "Comedy|Drama" are two tags and
"(no genres listed)" is none. A row that does not make an item is refused with the reason.

Reads: rows of a file.  Writes: nothing.
Source: the READMEs of the MovieLens data sets.
Not here: which column is which field (events.layouts).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import msgspec

from settee.core import BadItem, Item, parse_item, to_json
from settee.events.layouts import Layout
from settee.events.rows import Row, reason_of
from settee.store import Reason

_TITLE_YEAR = re.compile(r"^(?P<title>.*\S)\s*\((?P<year>\d{4})(?:[-–]\d{0,4})?\)\s*$", re.DOTALL)  # noqa: RUF001 -- a dash that titles use
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_NO_TAGS = frozenset({"", "(no genres listed)", "unknown"})
_NUMBERS = frozenset({"age_rating", "price_cents", "stock"})
_REALS = frozenset({"duration_s", "margin"})
_INSTANTS = frozenset({"available_from", "available_to"})


class ReadItem(NamedTuple):
    """A row of an item file: the item, or why there is none."""

    row: Row
    item: Item | None
    reason: Reason | None


def read_items(rows: Iterator[Row], layout: Layout) -> Iterator[ReadItem]:
    """Make items of rows.

    Args:
        rows: Cells in the order of `layout.columns`; for wire items the whole line.
        layout: Which column is which field.
    """
    for row in rows:
        if row.cells is None:
            yield ReadItem(row, None, row.reason)
            continue
        try:
            raw = row.raw if layout.holds == "wire items" else _as_wire(row.cells, layout)
            yield ReadItem(row, parse_item(raw), None)
        except BadItem as error:
            yield ReadItem(row, None, reason_of(error))


def _as_wire(cells: Sequence[Any], layout: Layout) -> bytes:
    body: dict[str, Any] = {}
    for field, place in layout.fields.items():
        cell = cells[place]
        if isinstance(cell, str):
            cell = cell.strip()
        if cell is not None and cell != "":
            body[field] = _value(field, cell)
    tags = [tag for tag, place in layout.flags.items() if cells[place] == "1"]
    if tags:
        body["tags"] = tags
    _title_and_year(body)
    try:
        return to_json({name: value for name, value in body.items() if value is not None})
    except (TypeError, ValueError) as error:
        raise BadItem(f"item refused: {error}.") from None


def _title_and_year(body: dict[str, Any]) -> None:
    title = body.get("title")
    found = _TITLE_YEAR.match(title) if isinstance(title, str) else None
    if found is not None:
        body["title"] = found["title"]
        body.setdefault("year", int(found["year"]))


def _value(field: str, cell: Any) -> Any:  # noqa: ANN401 -- a cell of any table
    if field == "tags":
        return _tags(cell)
    if field == "year":
        return _year(cell)
    if field in _NUMBERS or field in _REALS:
        return _number(cell, is_whole=field in _NUMBERS)
    if field in _INSTANTS:
        return _instant(cell)
    if field == "image_embedding" and isinstance(cell, str):
        return [_number(part, is_whole=False) for part in cell.strip("[]").split(",")]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell if isinstance(cell, list | tuple) else str(cell)


def _tags(cell: Any) -> list[str]:  # noqa: ANN401 -- a cell of any table
    parts = cell if isinstance(cell, list | tuple) else re.split(r"[|;]", str(cell))
    named = (str(part).strip() for part in parts if part is not None)
    return list(dict.fromkeys(tag for tag in named if tag.lower() not in _NO_TAGS))


def _year(cell: Any) -> Any:  # noqa: ANN401 -- a cell of any table
    if isinstance(cell, date):
        return cell.year
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    found = _YEAR.search(str(cell))
    return int(found.group(1)) if found else cell


def _number(cell: Any, *, is_whole: bool) -> Any:  # noqa: ANN401 -- a cell of any table
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return cell  # the item's own check names what is wrong
    return int(number) if is_whole and number.is_integer() else number


def _instant(cell: Any) -> Any:  # noqa: ANN401 -- a cell of any table
    if isinstance(cell, str):
        try:
            cell = datetime.fromisoformat(cell)
        except ValueError:
            return cell
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=UTC)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
    return cell


def table_rows(pages: Iterator[Mapping[str, Sequence[Any]]]) -> Iterator[Row]:
    """Rows of a table that comes page by page, line 1 first."""
    line = 0
    for page in pages:
        for cells in zip(*page.values(), strict=True):
            line += 1
            shown = dict(zip(page, cells, strict=True))
            yield Row(line, msgspec.json.encode(shown, enc_hook=str), cells, None)
