"""Read the lines of a file as events or items: JSON lines, or CSV with a header.

A column of CSV is a field of the same name: under the header "item_id,year,tags" the line
"m1,1984,Drama|Space" is {"item_id": "m1", "year": 1984, "tags": ["Drama", "Space"]}. An empty cell
is an absent field. An event without an id gets one made of its bytes, so that a file that is sent
twice counts once.

Reads: lines.  Writes: nothing.
Source: RFC 8259 (JSON), RFC 4180 (CSV), the schemas of core.
Not here: sending and counting (console.importing), files of other layouts (`settee import`).
"""

import csv
import hashlib
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from settee.core import json_schemas

Kind = Literal["events", "items"]
Line = dict[str, object]
Refuse = Callable[[int, str, str], None]
"""Told the line, the reason and a message of what cannot be read."""
MAX_LINE = 1024 * 1024
_MOST_JOINED = 200  # lines that one quoted cell may span before its quote counts as broken
_NAMES: Mapping[Kind, str] = {"events": "event", "items": "item"}
_DELIMITERS = ",;\t"
_BOM = b"\xef\xbb\xbf"
_TOO_LONG = "The line is over 1 MiB; is it {}?"


class Read(NamedTuple):
    """What one line says: where it stands, the object, and how long it was."""

    place: int
    line: Line
    n_bytes: int


class Reader(Protocol):
    """Makes objects of lines that come one by one."""

    is_over: bool
    """Is nothing of the rest worth reading?"""

    def read(self, place: int, raw: bytes) -> list[Read]:
        """What can be read, now that this line came."""

    def finish(self) -> list[Read]:
        """What can be read, now that none comes."""


def reader_of(name: str, kind: Kind, refuse: Refuse) -> Reader:
    """What reads a file of this name.

    Args:
        name: CSV where it ends in .csv, else JSON lines.
        kind: What the lines are.
        refuse: Told what cannot be read.
    """
    is_csv = name.lower().endswith(".csv")
    return CsvLines(kind, refuse) if is_csv else JsonLines(kind, refuse)


class JsonLines:
    """One object a line.

    Args:
        kind: What the lines are.
        refuse: Told what cannot be read.
    """

    is_over = False

    def __init__(self, kind: Kind, refuse: Refuse) -> None:
        self._kind, self._refuse = kind, refuse

    def read(self, place: int, raw: bytes) -> list[Read]:
        """The object of a line, if it is one."""
        if not raw.strip():
            return []
        if len(raw) > MAX_LINE:
            self._refuse(place, "too_long", _TOO_LONG.format("JSON lines"))
            return []
        try:
            line = msgspec.json.decode(raw, type=dict[str, object])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._refuse(place, "not_json", f"The line is no JSON object: {error}.")
            return []
        return _whole(Read(place, line, len(raw)), self._kind, raw.strip(), self._refuse)

    def finish(self) -> list[Read]:
        """Nothing: every line stands for itself."""
        return []


class CsvLines:
    """Columns by their names in the first line; a quoted cell may go on over line ends.

    Args:
        kind: What the lines are.
        refuse: Told what cannot be read.
    """

    def __init__(self, kind: Kind, refuse: Refuse) -> None:
        self._kind, self._refuse = kind, refuse
        self.is_over = False
        self._head = b""
        self._delimiter = ","
        self._columns: list[str] = []
        self._open: list[tuple[int, bytes]] = []
        self._n_quotes = self._n_bytes = 0

    def read(self, place: int, raw: bytes) -> list[Read]:
        """The row that this line ends, if it ends one."""
        if self.is_over or not (self._open or raw.strip()):
            return []
        self._open.append((place, raw))
        self._n_quotes += raw.count(b'"')
        self._n_bytes += len(raw)
        if self._n_quotes % 2 == 0 or self._n_bytes > MAX_LINE:
            (first, _), *_ = self._open
            row = b"\n".join(one for _, one in self._open)
            self._close()
            return self._row(first, row)
        return list(self._give_up()) if len(self._open) > _MOST_JOINED else []

    def finish(self) -> list[Read]:
        """What stands behind a quote that nothing closed."""
        found: list[Read] = []
        while self._open:
            found += self._give_up()
        return found

    def _close(self) -> None:
        self._open, self._n_quotes, self._n_bytes = [], 0, 0

    def _give_up(self) -> Iterator[Read]:
        """Refuse the line whose quote nothing closes, and read those after it anew."""
        (first, _), *rest = self._open
        self._close()
        self._refuse(
            first, "open_quote", 'A quote is opened and not closed; write "" for one in a cell.'
        )
        for place, raw in rest:
            yield from self.read(place, raw)

    def _row(self, place: int, raw: bytes) -> list[Read]:
        try:
            cells = self._cells(raw)
        except _Unreadable as error:
            self._refuse(place, *error.args)
            self.is_over = not self._columns
            return []
        if not self._columns:
            self._take_header(place, raw, cells)
            return []
        try:
            line = self._line(cells)
        except _Unreadable as error:
            self._refuse(place, *error.args)
            return []
        mark = self._head + b"\n" + raw.strip()
        return _whole(Read(place, line, len(raw)), self._kind, mark, self._refuse)

    def _cells(self, raw: bytes) -> list[str]:
        if len(raw) > MAX_LINE:
            raise _Unreadable("too_long", _TOO_LONG.format("CSV"))
        try:
            text = raw.removeprefix(_BOM).decode().replace("\r\n", "\n").rstrip("\r")
        except UnicodeDecodeError:
            raise _Unreadable(
                "bad_encoding", "The line is not UTF-8; save the file as UTF-8."
            ) from None
        if not self._columns:
            self._delimiter = max(_DELIMITERS, key=text.count)
        try:
            (cells,) = csv.reader([text], delimiter=self._delimiter, strict=True)
        except (csv.Error, ValueError) as error:
            raise _Unreadable("not_csv", f"The line is no row of CSV: {error}.") from None
        return [cell.strip() for cell in cells]

    def _take_header(self, place: int, raw: bytes, names: list[str]) -> None:
        """Take the names of the columns, or say what is wrong with them and read no further."""
        fields, required = _fields(self._kind)
        what = _NAMES[self._kind]
        unknown = [f'"{name[:40]}"' for name in names if name not in fields]
        missing = [name for name in required if name not in names]
        wrong = ""
        if unknown:
            wrong = (
                f"The header names {', '.join(unknown[:5])}; fields of an {what} are "
                f"{', '.join(fields)}."
            )
        elif len(set(names)) < len(names):
            wrong = "The header names a column twice."
        elif missing:
            wrong = f"The header lacks {', '.join(missing)}, which every {what} needs."
        if wrong:
            self._refuse(place, "bad_header", wrong)
            self.is_over = True
            return
        self._head, self._columns = raw.strip(), names

    def _line(self, cells: list[str]) -> Line:
        n, n_columns = len(cells), len(self._columns)
        if n != n_columns:
            raise _Unreadable("wrong_columns", f"The line has {n} cells, the header {n_columns}.")
        fields, _ = _fields(self._kind)
        return {
            name: _value(name, cell, fields[name])
            for name, cell in zip(self._columns, cells, strict=True)
            if cell
        }


class _Unreadable(ValueError):
    """A row that cannot be read: reason and message."""


def _whole(read: Read, kind: Kind, mark: bytes, refuse: Refuse) -> list[Read]:
    """What was read, with an id made of `mark` where an event has none."""
    if kind == "items":
        return [read]
    if read.line.get("at") is None:
        refuse(read.place, "no_at", "The line has no `at`; a file says when.")
        return []
    if read.line.get("event_id") is None:
        read.line["event_id"] = f"line-{hashlib.sha256(mark).hexdigest()[:32]}"
    return [read]


@cache
def _fields(kind: Kind) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    """Schema of each field, and those that a file must give."""
    (schema,) = json_schemas()[_NAMES[kind]]["$defs"].values()
    return schema["properties"], tuple(one for one in schema["required"] if one != "event_id")


def _value(name: str, cell: str, schema: Mapping[str, Any]) -> object:
    """A cell as the schema of its field wants it; what a text may hold is the service's to say."""
    match schema.get("type"):
        case "array":
            parts = [part.strip() for part in cell.split("|")]
            return [_value(name, part, schema["items"]) for part in parts if part]
        case "integer":
            return _number(name, cell, is_whole=True)
        case "number":
            return _number(name, cell, is_whole=False)
    return cell


def _number(name: str, cell: str, *, is_whole: bool) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (is_whole and not number.is_integer()):
        wanted = "a whole number such as 1984" if is_whole else "a number such as 1.5"
        raise _Unreadable("no_number", f'{name} is "{cell[:40]}"; {wanted} is accepted.')
    return int(number) if is_whole else number
