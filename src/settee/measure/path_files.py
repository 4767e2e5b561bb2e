"""Read paths that somebody else has counted: a table with one row a path.

    path,total_conversions,total_conversion_value,total_null
    email > search,12,240.00,310

Reads: CSV, TSV or Parquet.  Writes: nothing.
Source: the layout of the R and Python package ChannelAttribution.
Not here: paths of the own record (measure.gather).
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput, NotFound
from settee.measure.paths import Paths

_NAMES = {
    "path": ("path", "paths"),
    "conversions": ("conversions", "total_conversions", "conversion", "conv"),
    "value": ("value", "total_conversion_value", "conversion_value", "revenue"),
    "value_cents": ("value_cents",),
    "nulls": ("nulls", "total_null", "null"),
}
_CENTS = 100.0


class NoPathFile(NotFound):
    """There is no file of paths at that place."""

    code = "no_path_file"


class BadPathFile(BadInput):
    """A file of paths cannot be understood."""

    code = "bad_path_file"


def read_paths(path: Path, separator: str = ">") -> Paths:
    """Paths of a file.

    Columns are `path`, `conversions`, `nulls`, and `value` in units of the currency or
    `value_cents`; the longer names of ChannelAttribution serve as well. Only `path` and
    `conversions` are needed.

    Args:
        path: Parquet where the name ends in .parquet, TSV where in .tsv, else CSV.
        separator: Between the channels of a path; spaces around it do not count.

    Raises:
        NoPathFile: If there is no such file.
        BadPathFile: If it is no table, a column is missing, a number is none, or a path is empty.
    """
    if not path.is_file():
        raise NoPathFile(f'there is no file "{path}".', hint="Name a CSV, TSV or Parquet file.")
    table = _table(path)
    columns = _columns(table, path)
    indptr, step, channels = _steps(table.column(columns["path"]), separator, path)
    n = len(indptr) - 1
    cents = _numbers(table, columns.get("value_cents"), n, path)
    if "value_cents" not in columns:
        cents = _numbers(table, columns.get("value"), n, path) * _CENTS
    converted = _numbers(table, columns["conversions"], n, path)
    nulls = _numbers(table, columns.get("nulls"), n, path)
    return Paths(channels, indptr, step, converted, nulls, cents)


def _table(path: Path) -> Any:  # noqa: ANN401 -- pyarrow has no types
    import pyarrow as pa  # loads much, and other commands need none
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as pq

    try:
        if path.suffix == ".parquet":
            return pq.read_table(path)
        delimiter = "\t" if path.suffix == ".tsv" else ","
        return arrow_csv.read_csv(path, parse_options=arrow_csv.ParseOptions(delimiter=delimiter))
    except (OSError, pa.ArrowException) as error:
        first = str(error).splitlines()[0]
        raise BadPathFile(f"the file is no table: {first}.", place=str(path)) from None


def _columns(table: Any, path: Path) -> dict[str, str]:  # noqa: ANN401 -- pyarrow has no types
    """Name in the file of each column that is there."""
    there = {str(name).strip().lower(): name for name in table.column_names}
    found = {
        ours: there[name]
        for ours, names in _NAMES.items()
        for name in reversed(names)
        if name in there
    }
    missing = [name for name in ("path", "conversions") if name not in found]
    if missing:
        raise BadPathFile(
            f"there is no column {' and no column '.join(missing)} among "
            f"{', '.join(map(str, table.column_names))}.",
            hint="Columns are path, conversions, and, where known, value and nulls.",
            place=str(path),
        )
    return found


def _steps(
    column: Any,  # noqa: ANN401 -- pyarrow has no types
    separator: str,
    path: Path,
) -> tuple[NDArray[np.int64], NDArray[np.int32], tuple[str, ...]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        texts = column.cast("large_string").combine_chunks().fill_null("")
    except pa.ArrowException as error:
        raise BadPathFile(f"paths are no text: {error}.", place=str(path)) from None
    parts = pc.split_pattern(texts, separator)
    names = pc.utf8_trim_whitespace(parts.flatten())
    empty = np.asarray(pc.equal(names, ""), dtype=np.bool_)
    indptr = np.append(0, np.cumsum(np.asarray(pc.list_value_length(parts)))).astype(np.int64)
    if empty.any():
        row = int(np.searchsorted(indptr, np.argmax(empty), side="right")) - 1
        raise BadPathFile(
            f'row {row + 1} holds the path "{texts[row].as_py()}", in which a channel has no name.',
            hint=f"Channels stand between {separator}, as in email {separator} search.",
            place=str(path),
        )
    encoded = pa.chunked_array([names]).combine_chunks().dictionary_encode()
    met = encoded.dictionary.to_pylist()
    order = sorted(range(len(met)), key=met.__getitem__)
    rank = np.empty(len(met), np.int32)
    rank[order] = np.arange(len(met), dtype=np.int32)
    return indptr, rank[np.asarray(encoded.indices)], tuple(met[one] for one in order)


def _numbers(
    table: Any,  # noqa: ANN401 -- pyarrow has no types
    name: str | None,
    n: int,
    path: Path,
) -> NDArray[np.float64]:
    """A column as numbers; none is 0."""
    import pyarrow as pa

    if name is None:
        return np.zeros(n)
    try:
        column = table.column(name).cast("float64").fill_null(0.0)
    except pa.ArrowException as error:
        raise BadPathFile(f'column "{name}": {error}.', place=str(path)) from None
    numbers = np.asarray(column, dtype=np.float64)
    bad = ~(np.isfinite(numbers) & (numbers >= 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise BadPathFile(
            f'row {row + 1} has {numbers[row]} in "{name}"; numbers from 0 on are accepted.',
            place=str(path),
        )
    return numbers
