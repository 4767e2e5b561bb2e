"""Fold the live journal into a segment of the history.

The fold remembers the journal offset in the very row that lists the segment, so it is done once or
not at all, however often it is tried. An answer that showed three items becomes three rows of kind
``exposure`` with ranks 1 to 3. Events that an import brought already, by event id, are left out.

Reads: journal entries after the last sealed offset.  Writes: one segment.
Source: Kleppmann (2017), "Designing Data-Intensive Applications", ch. 11 (state from logs).
Not here: how a segment becomes part of the history (store.history).
"""

# ruff: noqa: S608 -- names and texts in this SQL are quoted by store.etl_engine

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from settee.core import HISTORY_COLUMNS, Columns, new_id
from settee.store.errors import StoreDamaged
from settee.store.etl import parquet
from settee.store.etl_engine import Engine, Progress, literal, no_progress, quoted
from settee.store.history import EVENTS_FILE, History, Origin, Written, history_schema
from settee.store.journal import Entry, Journal
from settee.store.rows import Segment

_PAGE = 10_000
_FROM_BODY = tuple(
    name
    for name, _ in HISTORY_COLUMNS
    if name not in (Columns.event_id, Columns.account_id, Columns.kind, Columns.at)
)


class _Shown(msgspec.Struct):
    item_id: str
    rank: int | None = None


class _Body(msgspec.Struct):
    """The fields of a journalled fact that a history keeps; others stay in the journal."""

    item_id: str | None = None
    value: float | None = None
    device_id: str | None = None
    device_type: str | None = None
    platform: str | None = None
    profile_id: str | None = None
    duration_s: float | None = None
    revenue_cents: int | None = None
    currency: str | None = None
    channel: str | None = None
    campaign: str | None = None
    cost_micros: int | None = None
    ip_hash: str | None = None
    slot: str | None = None
    exposure_id: str | None = None
    rank: int | None = None
    query: str | None = None
    items: list[_Shown] = []


_decoder = msgspec.json.Decoder(_Body)


def seal_journal(
    history: History, journal: Journal, at: datetime, progress: Progress = no_progress
) -> Segment | None:
    """Fold what the journal holds beyond the last segment of it.

    Args:
        history: Where the segment goes.
        journal: Where the entries come from.
        at: The present instant, aware.
        progress: Told how many entries were read.

    Returns:
        The segment, or None when there was nothing new.

    Raises:
        SetteeError: If the journal is damaged, or there is no room.
    """
    segment_id = new_id("seg", at)
    if journal.last_offset() <= _sealed(history):
        return None
    with history.scratch(segment_id) as scratch, history.writing():
        after, last = _sealed(history), journal.last_offset()
        if last <= after:
            return None
        written = _write(history, journal, (after, last), scratch, progress)
        origin = Origin("journal", f"journal {after + 1} to {last}", at, last, after)
        return history.publish(segment_id, written, origin)


def _sealed(history: History) -> int:
    return max((one.journal_offset or 0 for one in history.segments()), default=0)


def _write(
    history: History, journal: Journal, span: tuple[int, int], scratch: Path, progress: Progress
) -> Written:
    folder = scratch / "segment"
    folder.mkdir()
    target = folder / EVENTS_FILE
    names = ", ".join(quoted(name) for name, _ in HISTORY_COLUMNS)
    known = [path for path in history.known(None, None).by_id if _is_import(history, path.parent)]
    with history.engine(scratch / "spill", progress) as engine:
        engine.register("page", history_schema().empty_table())
        engine.rows("CREATE TABLE entries AS SELECT * FROM page")
        for page in _pages(journal, span, progress):
            engine.register("page", page)
            engine.rows("INSERT INTO entries SELECT * FROM page")
        kept = "entries"
        if known:
            kept += (
                f" ANTI JOIN (SELECT event_id FROM {parquet(known)} "
                "WHERE event_id IS NOT NULL) USING (event_id)"
            )
        engine.rows(
            f'COPY (SELECT {names} FROM {kept} ORDER BY account_id, "at", item_id, rank) '
            f"TO {literal(str(target))} (FORMAT parquet, COMPRESSION snappy)"
        )
        return written_in(engine, folder)


def written_in(engine: Engine, folder: Path) -> Written:
    """What lies in a folder that is about to become a segment."""
    n_rows, first, last, n_ids = engine.one(
        'SELECT count(*), coalesce(epoch_us(min("at")), 0), coalesce(epoch_us(max("at")), 0), '
        f"count(event_id) FROM {parquet([folder / EVENTS_FILE])}"
    )
    return Written(folder, n_rows, first, last, n_ids)


def _is_import(history: History, folder: Path) -> bool:
    return any(
        one.segment_id == folder.name and one.origin == "import" for one in history.segments()
    )


def _pages(journal: Journal, span: tuple[int, int], progress: Progress) -> Iterator[Any]:
    import pyarrow as pa  # loads much, and serving needs none

    after, last = span
    done = after
    while entries := [one for one in journal.read(done, _PAGE) if one.offset <= last]:
        done = entries[-1].offset
        yield pa.Table.from_pydict(_columns(entries), schema=history_schema())
        progress("seal journal", done - after, last - after)


def _columns(entries: list[Entry]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name, _ in HISTORY_COLUMNS}
    for entry in entries:
        record, body = entry.record, _body(entry)
        for shown in body.items or [_Shown(body.item_id or "", body.rank)]:
            columns[Columns.event_id].append(record.event_id)
            columns[Columns.account_id].append(record.account_id)
            columns[Columns.kind].append(record.kind)
            columns[Columns.at].append(record.at_us)
            for name in _FROM_BODY:
                columns[name].append(getattr(body, name))
            columns[Columns.item_id][-1] = shown.item_id or None
            columns[Columns.rank][-1] = shown.rank
            if record.kind == "exposure":
                columns[Columns.exposure_id][-1] = record.event_id
    return columns


def _body(entry: Entry) -> _Body:
    try:
        return _decoder.decode(entry.record.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StoreDamaged(
            f"journal entry {entry.offset} cannot be read: {error}; wire JSON is expected.",
            hint="settee doctor checks the journal.",
        ) from None
