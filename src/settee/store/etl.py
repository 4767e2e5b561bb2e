"""Bring staged files together: count, order, find what repeats, and write one Parquet segment.

Rows are sorted by account, instant and item; equal neighbours are repeats, so one pass over the
sorted rows finds them without a table of everything seen. Of (a, 3 pm, m1), (a, 3 pm, m1) and
(a, 4 pm, m1) the second is dropped, the first in the order of the files stays.

Reads: staged tables, and the segments that could hold the same events.  Writes: a Parquet file.
Source: measured: sorting 4M rows takes 0.3 s, grouping them by their key 0.4 s.
Not here: reading files (store.etl_files), thresholds (events.checks).
"""

# ruff: noqa: S608 -- names and texts in this SQL are quoted by store.etl_engine

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from settee.core import HISTORY_COLUMNS, Columns
from settee.store.etl_engine import Engine, literal, quoted
from settee.store.etl_fields import staged_name
from settee.store.etl_files import Staged

_FILE_BITS = 40  # a row's number is its file's number above that many bits of row number
_ROW_GROUP = 250_000
_SLICE_ROWS = 4_000_000  # rows that are sorted at once
_MOST_SLICES = 64
_WIDTHS = frozenset({"INTEGER", "BIGINT"})
_SAMPLE = 10_000
_NEEDED = frozenset({"account_id", "item_id", "at_us", "kind", "event_id"})


ALWAYS_THERE = frozenset({
    Columns.event_id, Columns.account_id, Columns.kind, Columns.at, Columns.item_id, Columns.value,
    Columns.duration_s,
})  # fmt: skip
"""Columns that every segment has; others may be missing where no row fills them."""


@dataclass(frozen=True)
class Counts:
    """What the good rows hold, before repeats are dropped.

    Args:
        n_good: Rows that keep every rule.
        first_at_us: Earliest instant, None when there are no rows.
        last_at_us: Latest instant, None when there are no rows.
        n_missing: Empty cells of each optional field that a file has; wire events leave fields out.
        n_disordered: Rows older than the row before them of the same account.
    """

    n_good: int
    first_at_us: int | None
    last_at_us: int | None
    n_missing: Mapping[str, int]
    n_disordered: int


@dataclass(frozen=True)
class Known:
    """Segments that could hold some of the same events, as Parquet files.

    Args:
        by_time: Those whose instants overlap; compared by account, kind, item and instant.
        by_id: Those that hold event ids; compared by event id.
    """

    by_time: Sequence[Path] = ()
    by_id: Sequence[Path] = ()


@dataclass(frozen=True)
class Repeats:
    """Good rows that are not new.

    Args:
        n_duplicate: Rows that repeat another row of these files.
        n_already: Others that the history holds already.
    """

    n_duplicate: int
    n_already: int


@dataclass(frozen=True)
class Items:
    """When items exist; arrays of one length.

    Args:
        item_ids: Ids.
        first_us: Earliest sensible instant of an event, microseconds; the least int64 when open.
        last_us: Latest one; the greatest int64 when open.
    """

    item_ids: Sequence[str]
    first_us: Sequence[int]
    last_us: Sequence[int]


class Gathering:
    """All staged files of one import.

    Args:
        engine: Where the tables are.
        staged: One for each file, in their order.
    """

    def __init__(self, engine: Engine, staged: Sequence[Staged]) -> None:
        self._engine = engine
        self._staged = staged
        self._types = _merged_types(staged)
        kinds = {file.kind for file in staged}
        if len(kinds) > 1:
            self._types["kind"] = "VARCHAR"
        self._kind = "" if "kind" in self._types else kinds.pop()
        engine.rows(
            f"CREATE VIEW staged AS {' UNION ALL '.join(map(self._one, range(len(staged))))}"
        )

    def _one(self, number: int) -> str:
        file = self._staged[number]
        cells = []
        for name, kind in self._types.items():
            if name in file.columns:
                cells.append(f"{quoted(name)}::{kind} AS {quoted(name)}")
            elif name == "kind":
                cells.append(f"{literal(file.kind)} AS kind")
            else:
                cells.append(f"NULL::{kind} AS {quoted(name)}")
        return (
            f"SELECT {', '.join(cells)}, {number << _FILE_BITS}::BIGINT + rowid AS number "
            f"FROM {file.table} WHERE refused = 0"
        )

    def count(self) -> Counts:
        """Count what the checks ask for.

        Raises:
            SetteeError: If memory does not suffice.
        """
        whole = [place for place, one in enumerate(self._staged) if not one.is_sparse]
        owned = {name for place in whole for name in self._staged[place].columns}
        optional = [name for name in self._types if name in owned - _NEEDED]
        where = (
            ""
            if len(whole) == len(self._staged)
            else f"number >> {_FILE_BITS} IN {(*whole, -1)} AND "
        )
        missing = ", ".join(f"count(*) FILTER ({where}{quoted(name)} IS NULL)" for name in optional)
        row = self._engine.rows(
            "SELECT count(*), min(at_us), max(at_us)"
            f"{', ' + missing if missing else ''} FROM staged",
            stage="count",
        )[0]
        return Counts(
            row[0], row[1], row[2], dict(zip(optional, row[3:], strict=True)), self._disorder()
        )

    def _disorder(self) -> int:
        # A row's predecessor of the same account is the row before it, except where a run of rows
        # of one account starts: there it is the end of that account's run before. In files that
        # are grouped by account there are few runs.
        self._engine.rows(
            "CREATE TEMP TABLE runs AS SELECT account_id, at_us, number, "
            "before_account, before_us, account_id = before_account AS is_worse FROM ("
            "SELECT account_id, at_us, number, lag(account_id) OVER () AS before_account, "
            "lag(at_us) OVER () AS before_us FROM staged"
            ") WHERE account_id IS DISTINCT FROM before_account OR at_us < before_us",
            stage="order",
        )
        total: int = self._engine.one(
            "WITH edges AS (SELECT account_id, at_us, number, TRUE AS is_start FROM runs "
            "WHERE is_worse IS DISTINCT FROM TRUE UNION ALL "
            "SELECT before_account, before_us, number, FALSE FROM runs "
            "WHERE is_worse IS DISTINCT FROM TRUE AND before_account IS NOT NULL) "
            "SELECT (SELECT count(*) FROM runs WHERE is_worse) + (SELECT count(*) FROM ("
            "SELECT is_start AND at_us < lag(at_us) OVER "
            "(PARTITION BY account_id ORDER BY number) AS is_worse FROM edges) WHERE is_worse)"
        )[0]
        self._engine.rows("DROP TABLE runs")
        return total

    def arrange(self, n_rows: int) -> None:
        """Sort the good rows and forget the staged tables.

        Args:
            n_rows: How many there are.

        Raises:
            SetteeError: If memory does not suffice.
        """
        names = ", ".join(map(quoted, self._types))
        keys = ["account_id", "at_us", *(["item_id"] if "item_id" in self._types else [])]
        keys += [name for name in ("kind", "event_id") if name in self._types]
        self._engine.rows(f"CREATE TABLE arranged AS SELECT {names}, number FROM staged LIMIT 0")
        slices = self._slices(n_rows)
        for place, where in enumerate(slices):
            self._engine.progress("sort", place, len(slices))
            self._engine.rows(
                f"INSERT INTO arranged SELECT {names}, number FROM staged WHERE {where} "
                f"ORDER BY {', '.join(keys)}, number",
            )
        self._engine.progress("sort", len(slices), len(slices))
        self._engine.rows("DROP VIEW staged")
        for file in self._staged:
            self._engine.rows(f"DROP TABLE {file.table}")

    def _slices(self, n_rows: int) -> list[str]:
        """Conditions that cut the accounts into ranges of about equal size, in order.

        Sorting slice by slice gives the same rows in the same order, in a fraction of the memory.
        """
        n_slices = min(_MOST_SLICES, 1 + n_rows // _SLICE_ROWS)
        if n_slices == 1:
            return ["TRUE"]
        sample = [
            row[0]
            for row in self._engine.rows(
                f"SELECT account_id FROM staged USING SAMPLE {_SAMPLE} ROWS (reservoir, 1)"
            )
        ]
        sample.sort(key=lambda one: one if isinstance(one, int) else one.encode())
        bounds = list(
            dict.fromkeys(sample[len(sample) * place // n_slices] for place in range(1, n_slices))
        )
        texts = [str(one) if isinstance(one, int) else literal(one) for one in bounds]
        return [
            f"account_id < {texts[0]}",
            *(f"account_id >= {low} AND account_id < {high}" for low, high in pairwise(texts)),
            f"account_id >= {texts[-1]}",
        ]

    def unknown_and_early(self, items: Items) -> tuple[int, int]:
        """Count rows of items that are not among `items`, and rows outside their item's time.

        Raises:
            SetteeError: If memory does not suffice.
        """
        if "item_id" not in self._types:
            return 0, 0
        import pyarrow as pa  # loads much, and serving needs none

        self._engine.register(
            "given_items",
            pa.table(
                {
                    "item_id": pa.array(items.item_ids, pa.string()),
                    "first_us": pa.array(items.first_us, pa.int64()),
                    "last_us": pa.array(items.last_us, pa.int64()),
                }
            ),
        )
        row = self._engine.rows(
            "SELECT count(*) FILTER (first_us IS NULL), "
            "count(*) FILTER (at_us < first_us OR at_us > last_us) FROM arranged LEFT JOIN "
            f"(SELECT {self._key('item_id', 'item_id')} AS item_id, first_us, last_us "
            "FROM given_items) USING (item_id) WHERE arranged.item_id IS NOT NULL",
            stage="items",
        )[0]
        self._engine.unregister("given_items")
        return row[0], row[1]

    def _key(self, name: str, sql: str) -> str:
        """Text of a history in the type that ids have here, NULL where it is none of that type."""
        kind = self._types.get(name)
        if kind not in _WIDTHS:
            return sql
        number = f"try_cast({sql} AS {kind})"
        return f"CASE WHEN {number}::VARCHAR = {sql} THEN {number} END"

    def find_repeats(self, known: Known) -> Repeats:
        """Mark the rows that repeat another row or that the history holds already.

        Raises:
            SetteeError: If memory does not suffice, or a segment cannot be read.
        """
        names = [name for name in ("account_id", "at_us", "item_id", "kind") if name in self._types]
        same = " AND ".join(f"{name} IS NOT DISTINCT FROM lag({name}) OVER ()" for name in names)
        if "event_id" in self._types:
            same += " AND event_id IS NULL AND lag(event_id) OVER () IS NULL"
        self._engine.rows(
            "CREATE TABLE repeats AS SELECT place FROM "
            f"(SELECT rowid AS place, {same} AND place > 0 AS is_repeat FROM arranged) "
            "WHERE is_repeat",
            stage="duplicates",
        )
        if "event_id" in self._types:
            self._engine.rows(
                "INSERT INTO repeats SELECT rowid FROM arranged JOIN (SELECT event_id, "
                "min(number) AS first FROM arranged WHERE event_id IS NOT NULL GROUP BY event_id "
                "HAVING count(*) > 1) USING (event_id) WHERE number <> first"
            )
        n_duplicate: int = self._engine.one("SELECT count(*) FROM repeats")[0]
        if known.by_id and "event_id" in self._types:
            self._known_by_id(known.by_id)
        if known.by_time:
            self._known_by_time(known.by_time)
        n_all: int = self._engine.one("SELECT count(*) FROM repeats")[0]
        return Repeats(n_duplicate, n_all - n_duplicate)

    def _known_by_id(self, files: Sequence[Path]) -> None:
        self._engine.rows(
            "INSERT INTO repeats SELECT place FROM (SELECT rowid AS place, event_id FROM arranged) "
            "ANTI JOIN repeats USING (place) SEMI JOIN "
            f"(SELECT event_id FROM {parquet(files)} WHERE event_id IS NOT NULL) USING (event_id)",
            stage="known events",
        )

    def _known_by_time(self, files: Sequence[Path]) -> None:
        keys = {
            "account_id": self._key("account_id", "account_id"),
            "at_us": 'epoch_us("at")',
            "item_id": self._key("item_id", "coalesce(item_id, '')"),
            "kind": "kind",
        }
        span = self._engine.one("SELECT min(at_us), max(at_us) FROM arranged")
        where = f'"at" BETWEEN make_timestamp({span[0]}) AND make_timestamp({span[1]})'
        if self._kind:
            where += f" AND kind = {literal(self._kind)}"
            del keys["kind"]
        if "item_id" not in self._types:
            where += " AND item_id IS NULL"
            del keys["item_id"]
        known = ", ".join(f"{sql} AS {name}" for name, sql in keys.items())
        # An absent item compares as the empty text, which is no id; a number is never absent.
        own = ", ".join(
            f"coalesce({name}, '') AS {name}"
            if name == "item_id" and self._types[name] == "VARCHAR"
            else name
            for name in keys
        )
        only = "WHERE event_id IS NULL" if "event_id" in self._types else ""
        self._engine.rows(
            f"INSERT INTO repeats SELECT place FROM (SELECT rowid AS place, {own} FROM arranged "
            f"{only}) ANTI JOIN repeats USING (place) SEMI JOIN (SELECT {known} FROM "
            f"{parquet(files)} WHERE {where}) USING ({', '.join(keys)})",
            stage="known events",
        )

    def write(self, path: Path) -> tuple[int, int | None, int | None, int]:
        """Write the new rows to a Parquet file, columns in the order of `HISTORY_COLUMNS`.

        Columns that no file has are left out, save those that are always there.

        Returns:
            Rows, first and last instant in microseconds, and rows with an event id.

        Raises:
            SetteeError: If memory or disk does not suffice.
        """
        cells = ", ".join(
            f"{self._cell(field, kind)} AS {quoted(field)}"
            for field, kind in HISTORY_COLUMNS
            if field in ALWAYS_THERE or staged_name(field) in self._types
        )
        # Repeats are deleted, not joined away: a join would let go of the order.
        self._engine.rows("DELETE FROM arranged WHERE rowid IN (SELECT place FROM repeats)")
        self._engine.rows(
            f"COPY (SELECT {cells} FROM arranged) TO {literal(str(path))} "
            f"(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {_ROW_GROUP})",
            what=path.name,
            stage="write",
        )
        has_ids = "count(event_id)" if "event_id" in self._types else "0"
        found = self._engine.one(
            f"SELECT count(*), min(at_us), max(at_us), {has_ids} FROM arranged"
        )
        return found[0], found[1], found[2], found[3]

    def _cell(self, field: str, kind: str) -> str:
        name = staged_name(field)
        if field == Columns.kind and self._kind:
            return literal(self._kind)
        if name not in self._types:
            return f"NULL::{kind}"
        if field == Columns.at:
            return "make_timestamp(at_us)"
        return f"{quoted(name)}::{kind}"


def parquet(files: Sequence[Path]) -> str:
    """SQL that reads Parquet files as one table, whichever columns each of them has.

    >>> parquet([Path("a.parquet")])
    "read_parquet(['a.parquet'], union_by_name=true)"
    """
    names = ", ".join(literal(str(file)) for file in files)
    return f"read_parquet([{names}], union_by_name=true)"


def _merged_types(staged: Sequence[Staged]) -> dict[str, str]:
    types: dict[str, str] = {}
    for file in staged:
        for name, kind in file.columns.items():
            both = {kind, types.get(name, kind)}
            if len(both) == 2:
                kind = "BIGINT" if both <= _WIDTHS else "VARCHAR"
            types[name] = kind
    return types
