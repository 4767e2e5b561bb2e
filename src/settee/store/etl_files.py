"""Stage one file: read its rows into a DuckDB table of typed fields, and name the refused ones.

The table has one row per readable record, in the order of the file; `refused` is 0 for a good row.
Of "7,9,4.5,1e9" and "7,9,nine,1e9" in a file of numbers the first is staged and DuckDB puts the
second among its rejects; a rating of 9.5 is staged, refused, and looked up again by its row number.

Reads: the file.  Writes: a table of the engine.
Source: https://duckdb.org/docs/stable/data/csv/reading_faulty_csv_files.
Not here: what a column means (events.layouts), what many files add up to (store.etl).
"""

# ruff: noqa: S608 -- names and texts in this SQL are quoted by store.etl_engine

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.core import Columns
from settee.store.etl_engine import BadFile, Engine, literal, quoted
from settee.store.etl_fields import (
    TOO_WIDE,
    Fields,
    Form,
    Input,
    Limits,
    Reason,
    fields_sql,
    form_of,
    plain,
)
from settee.store.etl_lines import Places, find_records

_READ_AS: Mapping[Form, str] = {"whole": "BIGINT", "number": "DOUBLE", "text": "VARCHAR"}
_ARROW: Mapping[Form, str] = {
    "exact": "string",
    "text": "string",
    "micros": "int64",
    "whole": "int64",
    "number": "float64",
}
_REJECTS = {
    "MISSING COLUMNS": Reason("too_few_columns", "schema", "the row has fewer columns than others"),
    "TOO MANY COLUMNS": Reason(
        "too_many_columns", "schema", "the row has more columns than others"
    ),
    "INVALID ENCODING": Reason("bad_encoding", "types", "the row is not UTF-8"),
    "LINE SIZE OVER MAXIMUM": Reason("line_too_long", "schema", "the row is over 2 MB long"),
}
_MOST_RAW = 4096
_ROWS = 50_000
_PAGE = 10_000


@dataclass(frozen=True)
class TableFile:
    """A file that holds a table of events.

    Args:
        path: Where it is; CSV files are UTF-8 with one kind of line end.
        name: What to call it, for people.
        columns: Name of every column, in order.
        fields: Position in `columns` of each field that the file holds.
        forms: Form of the columns whose layout fixes it; others are text in CSV files.
        kind: Kind of every row, used when no column holds it.
        delimiter: Between columns of a CSV file.
        quote: Around cells of a CSV file, empty when none are quoted.
        has_header: Does a CSV file start with the names?
    """

    path: Path
    name: str
    columns: tuple[str, ...]
    fields: Mapping[str, int]
    forms: Mapping[str, Form]
    kind: str
    delimiter: str = ","
    quote: str = ""
    has_header: bool = True


@dataclass(frozen=True)
class Refused:
    """A row that is put into quarantine.

    Args:
        line: Line of a text file or row of a table, from 1.
        reason: Why.
        raw: The row as it came, at most 4,096 characters.
    """

    line: int
    reason: Reason
    raw: str


@dataclass(frozen=True)
class StagedRows:
    """Rows that were read one by one, in a table.

    Args:
        columns: Type of each staged field.
        n_rows: Rows that were handed in, good and bad.
        refused: Line and reason of the bad ones, in the order of the file.
    """

    columns: Mapping[str, str]
    n_rows: int
    refused: tuple[tuple[int, Reason], ...]


@dataclass(frozen=True)
class Staged:
    """One file in a table.

    Args:
        table: Name of the table.
        columns: Type of each staged field.
        kind: Kind of every row when `columns` has none.
        n_rows: Rows of the file, good and bad.
        refused: The bad ones, in the order of the file.
        is_sparse: Are rows free to leave optional fields out, as wire events are?
    """

    table: str
    columns: Mapping[str, str]
    kind: str
    n_rows: int
    refused: Iterator[Refused]
    is_sparse: bool = False


def stage_csv(engine: Engine, table: str, file: TableFile, limits: Limits) -> Staged | None:
    """Stage a CSV file.

    Returns:
        None when its quoting is broken in a way that makes line numbers uncertain; such a file is
        to be read row by row.

    Raises:
        SetteeError: If the file cannot be read at all, or memory does not suffice.
    """
    forms = {position: file.forms.get(field, "text") for field, position in file.fields.items()}
    types = ", ".join(
        f"'c{position}': '{_READ_AS[forms.get(position, 'text')]}'"
        for position in range(len(file.columns))
    )
    escape = literal(file.quote)
    source = (
        f"read_csv({literal(str(file.path))}, auto_detect=false, header={file.has_header}, "
        f"delim={literal(file.delimiter)}, quote={escape}, escape={escape}, "
        f"columns={{{types}}}, store_rejects=true, rejects_table='{table}_rejects', "
        f"rejects_scan='{table}_scans')"
    )
    fields = _create_narrow(engine, table, _Source(source, forms, file), limits)
    rejects = engine.rows(
        "SELECT line_byte_position - 1 + (csv_line[1] = chr(10))::BIGINT AS start, "
        f"error_type, column_idx - 1 AS position FROM {table}_rejects "
        "ORDER BY start, error_type = 'CAST', column_idx",
        what=file.name,
    )
    positions = _whole(rejects, 2)
    starts, order = np.unique(_whole(rejects, 0), return_index=True)
    refused_rows = _refused_rows(engine, table, file)
    n_staged: int = engine.one(f"SELECT count(*) FROM {table}")[0]
    engine.rows(f"DROP TABLE {table}_rejects; DROP TABLE {table}_scans")
    columns = {name: kind for name, _, kind in fields.columns}
    n_rows = n_staged + len(starts)
    if n_rows == 0 or len(starts) + len(refused_rows[0]) == 0:
        return Staged(table, columns, file.kind, n_rows, iter(()))
    good, bad, n_found = find_records(
        file.path,
        has_quotes=bool(file.quote),
        has_header=file.has_header,
        good=refused_rows[0],
        bad_starts=starts,
    )
    error_types = [row[1] for row in rejects]
    types_known = all(kind in ("CAST", *_REJECTS) for kind in set(error_types))
    if not types_known or n_found != n_staged or not (bad.line.all() and good.line.all()):
        engine.rows(f"DROP TABLE {table}")
        return None
    reasons = [_reject_reason(error_types[row], int(positions[row]), file) for row in order] + [
        fields.reasons[number - 1] for number in refused_rows[1]
    ]
    places = Places(
        np.concatenate([bad.line, good.line]),
        np.concatenate([bad.start, good.start]),
        np.concatenate([bad.end, good.end]),
    )
    return Staged(table, columns, file.kind, n_rows, _from_text(file.path, places, reasons))


def stage_parquet(engine: Engine, table: str, file: TableFile, limits: Limits) -> Staged:
    """Stage a Parquet file; its line numbers are row numbers.

    Raises:
        SetteeError: If the file cannot be read, or memory does not suffice.
    """
    types = dict(parquet_columns(engine, file.path))
    forms = {
        position: form_of(types[file.columns[position]]) for position in set(file.fields.values())
    }
    inner = ", ".join(
        f"{plain(quoted(file.columns[position]), types[file.columns[position]])} AS c{position}"
        for position in sorted(forms)
    )
    path = literal(str(file.path))
    source = _Source(f"(SELECT {inner} FROM read_parquet({path}))", forms, file)
    fields = _create_narrow(engine, table, source, limits)
    numbers, codes = _refused_rows(engine, table, file)
    n_rows: int = engine.one(f"SELECT count(*) FROM {table}")[0]
    reasons = [fields.reasons[code - 1] for code in codes]
    columns = {name: kind for name, _, kind in fields.columns}
    return Staged(table, columns, file.kind, n_rows, _from_parquet(engine, file, numbers, reasons))


def stage_rows(
    engine: Engine,
    table: str,
    file: TableFile,
    limits: Limits,
    rows: Iterator[tuple[Any, ...]],
) -> StagedRows:
    """Stage rows that were read one by one.

    Args:
        engine: Where the table is made.
        table: Its name.
        file: What the columns are.
        limits: What instants must keep.
        rows: Cells in the order of the columns, and the line after them.

    Raises:
        SetteeError: If memory does not suffice.
    """
    import pyarrow as pa  # loads much, and serving needs none

    forms = {position: file.forms.get(field, "text") for field, position in file.fields.items()}
    types = [_ARROW[forms.get(position, "text")] for position in range(len(file.columns))]
    schema = pa.schema(
        [
            *((f"c{position}", kind) for position, kind in enumerate(types)),
            ("line", "int64"),
        ]
    )
    fields = _fields(file, forms, limits)
    engine.register("page", schema.empty_table())
    engine.rows(f"CREATE TABLE {table} AS {_select(fields, 'page', ('line',))}")
    n_rows = 0
    while page := list(islice(rows, _ROWS)):
        columns = zip(*page, strict=True)
        arrays = [pa.array(cells, one.type) for cells, one in zip(columns, schema, strict=True)]
        engine.register("page", pa.table(arrays, schema=schema))
        engine.rows(f"INSERT INTO {table} {_select(fields, 'page', ('line',))}", what=file.name)
        n_rows += len(page)
        engine.progress(f"read {file.name}", n_rows, 0)
    engine.unregister("page")
    refused = engine.rows(f"SELECT line, refused FROM {table} WHERE refused > 0 ORDER BY rowid")
    return StagedRows(
        {name: kind for name, _, kind in fields.columns},
        n_rows,
        tuple((line, fields.reasons[code - 1]) for line, code in refused),
    )


def parquet_columns(engine: Engine, path: Path) -> list[tuple[str, str]]:
    """Name and DuckDB type of each column of a Parquet file.

    Raises:
        BadFile: If it is no Parquet file.
    """
    found = engine.rows(
        f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})", what=path.name
    )
    return [(row[0], row[1]) for row in found]


def parquet_rows(path: Path) -> Iterator[dict[str, list[Any]]]:
    """The cells of a Parquet file by column, some thousand rows at a time.

    Raises:
        BadFile: If it is no Parquet file.
    """
    import pyarrow as pa  # loads much, and serving needs none
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_PAGE):
                yield batch.to_pydict()
    except (OSError, pa.ArrowException, ValueError, OverflowError) as error:
        raise BadFile(f"{path.name} cannot be read: {error}") from error


def _fields(
    file: TableFile, forms: Mapping[int, Form], limits: Limits, *, is_narrow: bool = False
) -> Fields:
    inputs = {
        field: Input(file.columns[position], f"c{position}", forms[position])
        for field, position in file.fields.items()
    }
    return fields_sql(inputs, file.kind, limits, is_narrow=is_narrow)


@dataclass(frozen=True)
class _Source:
    """What is staged: SQL for the rows, and the form of each column that is used."""

    sql: str
    forms: Mapping[int, Form]
    file: TableFile


def _create_narrow(engine: Engine, table: str, source: _Source, limits: Limits) -> Fields:
    """Stage with ids of 32 bits, and once more with 64 when one of them does not fit."""
    fields = _fields(source.file, source.forms, limits, is_narrow=True)
    _create(engine, table, fields, source.sql, source.file)
    if engine.one(f"SELECT count(*) FROM {table} WHERE refused = {TOO_WIDE}")[0]:
        for name in (table, f"{table}_rejects", f"{table}_scans"):
            engine.rows(f"DROP TABLE IF EXISTS {name}")
        fields = _fields(source.file, source.forms, limits)
        _create(engine, table, fields, source.sql, source.file)
    return fields


def _create(engine: Engine, table: str, fields: Fields, source: str, file: TableFile) -> None:
    engine.rows(
        f"CREATE TABLE {table} AS {_select(fields, source)}",
        what=file.name,
        stage=f"read {file.name}",
        total=file.path.stat().st_size,
    )


def _select(fields: Fields, source: str, extra: tuple[str, ...] = ()) -> str:
    outer = [f"{quoted(name)}::{kind} AS {quoted(name)}" for name, _, kind in fields.columns]
    inner = [f"{sql} AS {quoted(name)}" for name, sql, _ in fields.columns]
    return (
        f"SELECT {', '.join([*outer, *extra])}, {fields.refused} AS refused "
        f"FROM (SELECT *, {', '.join(inner)} FROM {source})"
    )


def _refused_rows(
    engine: Engine, table: str, file: TableFile
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows = engine.rows(
        f"SELECT rowid AS number, refused FROM {table} WHERE refused > 0 ORDER BY rowid",
        what=file.name,
    )
    return _whole(rows, 0), _whole(rows, 1)


def _whole(rows: Sequence[tuple[Any, ...]], place: int) -> NDArray[np.int64]:
    return np.array([-1 if row[place] is None else row[place] for row in rows], dtype=np.int64)


def _reject_reason(error_type: str, position: int, file: TableFile) -> Reason:
    if error_type != "CAST":
        return _REJECTS[error_type]
    field = next((name for name, place in file.fields.items() if place == position), Columns.raw)
    what = {"whole": "whole number", "number": "number"}.get(file.forms.get(field, ""), "text")
    detail = f'column "{file.columns[position]}" holds no {what}'
    return Reason(f"bad_{field}", "types", detail)


def _from_text(path: Path, places: Places, reasons: list[Reason]) -> Iterator[Refused]:
    with path.open("rb") as file:
        for row in np.argsort(places.start, kind="stable"):
            start, end = int(places.start[row]), int(places.end[row])
            file.seek(start)
            raw = file.read(min(end - start, _MOST_RAW)).rstrip(b"\r")
            yield Refused(
                int(places.line[row]), reasons[row], raw.decode("utf-8", "backslashreplace")
            )


def _from_parquet(
    engine: Engine, file: TableFile, numbers: NDArray[np.int64], reasons: list[Reason]
) -> Iterator[Refused]:
    path = literal(str(file.path))
    shown = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in file.columns)
    for first in range(0, len(numbers), _ROWS):
        wanted = ", ".join(str(number) for number in numbers[first : first + _ROWS])
        rows = engine.rows(
            f"SELECT file_row_number, to_json(struct_pack({shown})) FROM read_parquet({path}) "
            f"WHERE file_row_number IN ({wanted}) ORDER BY file_row_number",
            what=file.name,
        )
        for reason, (number, raw) in zip(reasons[first : first + _ROWS], rows, strict=True):
            yield Refused(number + 1, reason, raw[:_MOST_RAW])
