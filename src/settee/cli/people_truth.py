"""Read who really was there: the truth of a simulated world, or a table of one's own.

JSON lines as ``settee simulate`` writes them, ``{"account_id": "a7", "event_id": "e1", "persons":
["ann"], "guest": false}``, or CSV with the columns account_id, event_id, persons (``ann|bob``),
guest and, where several present were not together, together. A session is found by the account and
the id of its last event; lines about other events are passed over.

Reads: the file.  Writes: nothing.
Not here: what the answers are worth (people).
"""

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from settee.core import BadInput, NotFound

if TYPE_CHECKING:
    from settee.people import Present

_YES, _NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})
_COLUMNS = ("account_id", "event_id", "persons")


class NoTruth(NotFound):
    """There is no truth at that path, or none about any session of the record."""

    code = "no_truth"


class BadTruth(BadInput):
    """A line of the truth cannot be understood."""

    code = "bad_truth"


class Line(msgspec.Struct):
    """Who was there at one event; unknown fields are passed over."""

    account_id: str
    event_id: str
    persons: tuple[str, ...]
    guest: bool = False
    together: bool | None = None


def read_truth(path: Path, rows: Mapping[tuple[str, str], int]) -> "dict[int, Present]":
    """Who was there, by row of a session.

    Args:
        path: JSON lines, or CSV where the name ends in .csv; also packed with gzip.
        rows: Account and last event of a session to its row.

    Raises:
        NoTruth: If there is no such file, or it says nothing about any of these sessions.
        BadTruth: If a line cannot be understood.
    """
    if not path.is_file():
        raise NoTruth(
            f'there is no file "{path}".', hint="settee simulate writes truth.jsonl beside events."
        )
    found = {}
    try:
        for line in _lines(path):
            row = rows.get((line.account_id, line.event_id))
            if row is not None:
                found[row] = _present(line)
    except (OSError, EOFError, zlib.error) as error:
        raise BadTruth(f"truth cannot be read: {error}.", place=str(path)) from None
    if not found:
        raise NoTruth(
            f'"{path}" says nothing about any of {len(rows):,} sessions.',
            hint="Truth names account_id and event_id as they were imported.",
        )
    return found


def _present(line: Line) -> "Present":
    from settee.people import Present  # loads numba: not for `settee --help`

    together = len(line.persons) + line.guest > 1 if line.together is None else line.together
    return Present(line.persons, line.guest, together)


def _lines(path: Path) -> Iterator[Line]:
    packed = path.suffix == ".gz"
    name = path.with_suffix("").name if packed else path.name
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        yield from _csv_lines(file, path) if name.endswith(".csv") else _json_lines(file, path)


def _json_lines(file: IO[bytes] | gzip.GzipFile, path: Path) -> Iterator[Line]:
    decode = msgspec.json.Decoder(Line).decode
    for number, raw in enumerate(file, 1):
        if not raw.strip():
            continue
        try:
            yield decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadTruth(
                f"a line of truth cannot be understood: {error}.",
                hint='A line is {"account_id", "event_id", "persons": [...], "guest": false}.',
                place=f"{path} line {number}",
            ) from None


def _csv_lines(file: IO[bytes] | gzip.GzipFile, path: Path) -> Iterator[Line]:
    try:
        table = csv.DictReader(raw.decode("utf-8-sig") for raw in file)
        missing = [name for name in _COLUMNS if name not in (table.fieldnames or ())]
        if missing:
            raise BadTruth(
                f"truth has no column {', '.join(missing)}; it needs {', '.join(_COLUMNS)}.",
                place=str(path),
            )
        for row in table:
            yield _of_row(row, f"{path} line {table.line_num}")
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadTruth(f"truth is no CSV in UTF-8: {error}.", place=str(path)) from None


def _of_row(row: Mapping[str, str | None], place: str) -> Line:
    persons = tuple(one for one in (row["persons"] or "").split("|") if one)
    together = row.get("together")
    return Line(
        account_id=row["account_id"] or "",
        event_id=row["event_id"] or "",
        persons=persons,
        guest=_flag(row.get("guest"), "guest", place),
        together=None if together in (None, "") else _flag(together, "together", place),
    )


def _flag(text: str | None, name: str, place: str) -> bool:
    word = (text or "").strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise BadTruth(f'{name} is "{text}"; it must be true or false.', place=place)
