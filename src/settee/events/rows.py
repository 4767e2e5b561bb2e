"""Read the rows of a text file one by one, for what no table reader can judge.

Wire events must pass the very checks of the live door; broken quotes must not swallow the rest of
a file. A row comes as its line, its bytes, and either its cells or the reason why it has none, at
one to three microseconds a row. Plain tables of numbers take the fast way instead (store).

Reads: a plain text file.  Writes: nothing.
Source: RFC 4180 (CSV), RFC 8259 (JSON).
Not here: what the cells mean (events.layouts).
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from settee.core import Columns, SetteeError, parse_event
from settee.store import Check, Form, Reason

_BOM = b"\xef\xbb\xbf"
_MOST_JOINED = 200  # lines that one quoted cell may span before its quote counts as broken
_MOST_BYTES = 2_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
WIRE_FORMS: Mapping[str, Form] = {
    Columns.event_id: "exact", Columns.account_id: "exact", Columns.kind: "exact",
    Columns.at: "micros", Columns.item_id: "exact", Columns.value: "number",
    Columns.device_id: "exact", Columns.device_type: "exact", Columns.platform: "exact",
    Columns.profile_id: "exact", Columns.duration_s: "number", Columns.revenue_cents: "whole",
    Columns.currency: "exact", Columns.channel: "exact", Columns.campaign: "exact",
    Columns.cost_micros: "whole", Columns.ip_hash: "exact", Columns.slot: "exact",
    Columns.exposure_id: "exact", Columns.rank: "whole", Columns.query: "exact",
}  # fmt: skip
"""Columns of wire events once they are read, in order."""
_TOO_LONG = Reason("line_too_long", "schema", "the row is over 2 MB long")
_BAD_UTF8 = Reason("bad_encoding", "types", "the row is not UTF-8")
_BROKEN_QUOTE = Reason("broken_quote", "schema", "a quote is opened and never closed")
_FEW = Reason("too_few_columns", "schema", "the row has fewer columns than others")
_MANY = Reason("too_many_columns", "schema", "the row has more columns than others")
_NOT_JSON = Reason("not_json", "schema", "the line is not one JSON object")
# How the wire format words its errors, and what they are called here.
_WORDINGS: tuple[tuple[re.Pattern[str], str, Check], ...] = (
    (re.compile(r"contains unknown field"), "unknown_field", "schema"),
    (re.compile(r"missing required field `([^`]*)`"), "missing_{}", "schema"),
    (re.compile(r"names no item|has no value"), "missing_{}", "schema"),
    (re.compile(r"Invalid enum value"), "unknown_{}", "schema"),
    (re.compile(r"Expected .* (?:<=|>=|length|matching) "), "{}_out_of_range", "ranges"),
    (re.compile(r"ratings lie between"), "rating_out_of_range", "ranges"),
)


class Row(NamedTuple):
    """One row as it came: `cells` unless `reason` says why it has none."""

    line: int
    raw: bytes
    cells: Sequence[Any] | None
    reason: Reason | None


Rows = Callable[[], Iterator[Row]]
"""Reads the rows from the start, each time it is called."""


def csv_rows(path: Path, delimiter: str, n_columns: int, *, has_header: bool) -> Iterator[Row]:
    """Rows of a CSV file in UTF-8.

    Args:
        path: The file.
        delimiter: One character, or several (then without quotes).
        n_columns: Cells of a good row.
        has_header: Is the first row no row?
    """
    is_first = has_header
    for line, raw in _records(path, has_quotes=len(delimiter) == 1):
        if is_first:
            is_first = False
            continue
        if len(raw) > _MOST_BYTES:
            yield Row(line, raw, None, _TOO_LONG)
            continue
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            yield Row(line, raw, None, _BAD_UTF8)
            continue
        cells = _split(text, delimiter)
        if cells is None:
            yield Row(line, raw, None, _BROKEN_QUOTE)
        elif len(cells) != n_columns:
            yield Row(line, raw, None, _FEW if len(cells) < n_columns else _MANY)
        else:
            yield Row(line, raw, cells, None)


def json_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Rows of a JSON lines file, as texts in the order of `columns`; others are passed over."""
    decoder = msgspec.json.Decoder(dict[str, Any])
    for line, raw in _lines(path):
        try:
            found = decoder.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            yield Row(line, raw, None, _NOT_JSON)
        else:
            yield Row(line, raw, [_as_text(found.get(name)) for name in columns], None)


def wire_rows(path: Path) -> Iterator[Row]:
    """Wire events as cells in the order of `WIRE_FORMS`, checked as at the live door."""
    names = [name for name in WIRE_FORMS if name != Columns.at]
    place = list(WIRE_FORMS).index(Columns.at)
    for line, raw in _lines(path):
        try:
            event = parse_event(raw)
        except SetteeError as error:
            yield Row(line, raw, None, reason_of(error))
            continue
        cells = [
            None if (cell := getattr(event, name)) is msgspec.UNSET else cell for name in names
        ]
        cells.insert(place, (event.at - _EPOCH) // _MICROSECOND)
        yield Row(line, raw, cells, None)


def json_lines(path: Path) -> Iterator[Row]:
    """The lines of a JSON lines file, each as one cell of bytes."""
    for line, raw in _lines(path):
        yield Row(line, raw, [raw], None)


def reason_of(error: SetteeError) -> Reason:
    """Code and check of what the wire format refuses."""
    field = error.place.partition("[")[0]
    for pattern, code, check in _WORDINGS:
        found = pattern.search(error.message)
        if found is not None:
            return Reason(code.format(*found.groups(), field), check, error.message)
    if field:
        return Reason(f"bad_{field}", "types", error.message)
    return Reason(_NOT_JSON.code, _NOT_JSON.check, error.message)


def good_rows(
    rows: Iterator[Row], refuse: Callable[[int, Reason], None]
) -> Iterator[tuple[Any, ...]]:
    """Cells of the good rows with their line after them.

    Args:
        rows: What was read.
        refuse: Told line and reason of the others.
    """
    for row in rows:
        if row.cells is not None:
            yield (*row.cells, row.line)
        elif row.reason is not None:
            refuse(row.line, row.reason)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        for line, raw in enumerate(file, 1):
            if line == 1:
                raw = raw.removeprefix(_BOM)
            raw = raw.rstrip(b"\r\n")
            if raw.strip():
                yield line, raw


def _records(path: Path, *, has_quotes: bool) -> Iterator[tuple[int, bytes]]:
    """Lines, joined where a quoted cell goes on; a quote that never closes spoils one line only."""
    lines = _lines(path)
    waiting: list[tuple[int, bytes]] = []
    while True:
        line, raw = waiting.pop(0) if waiting else next(lines, (0, b""))
        if not line:
            return
        if not has_quotes or raw.count(b'"') % 2 == 0:
            yield line, raw
            continue
        joined = raw
        more: list[tuple[int, bytes]] = []
        while joined.count(b'"') % 2 and len(more) < _MOST_JOINED and len(joined) < _MOST_BYTES:
            after = waiting[len(more)] if len(more) < len(waiting) else next(lines, None)
            if after is None:
                break
            if len(more) >= len(waiting):
                waiting.append(after)
            more.append(after)
            joined += b"\n" + after[1]
        if joined.count(b'"') % 2 == 0:
            del waiting[: len(more)]
            yield line, joined
        else:
            yield line, raw


def _split(text: str, delimiter: str) -> list[str] | None:
    if len(delimiter) > 1 or '"' not in text:
        return text.split(delimiter)
    if text.count('"') % 2:
        return None
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _as_text(cell: object) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return msgspec.json.encode(cell).decode()
    return str(cell)
