"""Read the history account by account: whole accounts together, each sorted by time.

Segments are sorted in themselves, but an account may lie in several. The accounts are counted, cut
into ranges of about equal size, and each range is sorted by itself: 60 million events of 50,000
accounts pass through memory a million at a time. An account is never cut.

Reads: segments.  Writes: a scratch folder for what does not fit into memory.
Not here: what the columns mean (events.activities), how segments are written (store.history).
"""

# ruff: noqa: S608 -- names and texts in this SQL are quoted by store.etl_engine

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from settee.core import HISTORY_COLUMNS, Columns
from settee.store.errors import StoreDamaged
from settee.store.etl import parquet
from settee.store.etl_engine import BadFile, Engine, literal, quoted
from settee.store.history import History
from settee.store.rows import Segment

_PART_ROWS = 1_000_000
_ORDER = (Columns.account_id, Columns.at, Columns.event_id, Columns.kind, Columns.item_id)
_serial = count()


@dataclass(frozen=True)
class Wanted:
    """What to read.

    Args:
        columns: Names out of `HISTORY_COLUMNS`.
        kinds: Kinds of events; others are left out.
        segments: Which segments, all when None.
        account_ids: Only these accounts, all when None.
        after: Only accounts behind this one.
        part_rows: About how many rows come together (speed only).
    """

    columns: Sequence[str]
    kinds: Sequence[str]
    segments: Sequence[Segment] | None = None
    account_ids: Sequence[str] | None = None
    after: str | None = None
    part_rows: int = _PART_ROWS


def sorted_parts(history: History, wanted: Wanted) -> Iterator[Any]:
    """Arrow tables of whole accounts, sorted by account, instant, event id, kind and item.

    Texts compare by code point; an absent event id or item comes first. Every account is in one
    part only, and the parts follow each other in the order of accounts.

    Args:
        history: The record.
        wanted: Which columns of which events.

    Raises:
        StoreDamaged: If a segment is missing or is not what was written.
        OutOfMemory: If the memory that settings allow does not suffice.
    """
    files = history.files(wanted.segments)
    if not files:
        return
    name = f"sorted-{os.getpid()}-{next(_serial)}"
    with history.scratch(name) as scratch, history.engine(scratch / "spill") as engine:
        try:
            yield from _parts(engine, parquet(files), wanted)
        except BadFile as error:
            raise StoreDamaged(
                f"{history.folder}: {error.message}; segments that settee wrote are expected.",
                hint="Restore the folder from a backup.",
            ) from error


def _parts(engine: Engine, files: str, wanted: Wanted) -> Iterator[Any]:
    source = _source(engine, files, wanted)
    for low, high in _ranges(engine, source, wanted.part_rows):
        yield engine.table(
            f"SELECT {', '.join(map(quoted, wanted.columns))} FROM {source} "
            f"AND account_id BETWEEN {literal(low)} AND {literal(high)} "
            f"ORDER BY {', '.join(f'{quoted(one)} NULLS FIRST' for one in _ORDER)}"
        )


def _source(engine: Engine, files: str, wanted: Wanted) -> str:
    """The wanted rows of all files as one relation that ends in a condition."""
    there = {row[0] for row in engine.rows(f"DESCRIBE SELECT * FROM {files}")}
    names = {*wanted.columns, *_ORDER}
    cells = [
        quoted(name) if name in there else f"NULL::{kind} AS {quoted(name)}"
        for name, kind in HISTORY_COLUMNS
        if name in names
    ]
    kinds = ", ".join(map(literal, wanted.kinds))
    condition = f"kind IN ({kinds})"
    if wanted.account_ids is not None:
        engine.register("chosen", _texts(wanted.account_ids))
        condition += " AND account_id IN (SELECT account_id FROM chosen)"
        if wanted.account_ids:  # row groups of other accounts are not even read
            low, high = min(wanted.account_ids), max(wanted.account_ids)
            condition += f" AND account_id BETWEEN {literal(low)} AND {literal(high)}"
    if wanted.after is not None:
        condition += f" AND account_id > {literal(wanted.after)}"
    return f"(SELECT {', '.join(cells)} FROM {files}) WHERE {condition}"


def _texts(account_ids: Sequence[str]) -> Any:  # noqa: ANN401 -- pyarrow has no types
    import pyarrow as pa  # loads much, and serving needs none

    return pa.table({Columns.account_id: pa.array(account_ids, pa.string())})


def _ranges(engine: Engine, source: str, part_rows: int) -> list[tuple[str, str]]:
    """First and last account of every part."""
    counted = engine.table(
        f"SELECT account_id, count(*) AS n FROM {source} GROUP BY account_id ORDER BY account_id"
    )
    if not len(counted):
        return []
    before = np.cumsum(np.asarray(counted.column("n"))) - np.asarray(counted.column("n"))
    part = before // part_rows
    first = np.flatnonzero(np.append(True, part[1:] != part[:-1]))
    last = np.append(first[1:], len(part)) - 1
    names = counted.column(Columns.account_id)
    return list(zip(names.take(first).to_pylist(), names.take(last).to_pylist(), strict=True))
