"""Keep the small tables: items, segments, reports, releases, and what views remember.

A row is a frozen value in and out. Every write is one transaction that holds the write lock from
its start, so "look, then write" is safe between processes: of two that add a report "r1", one gets
a Conflict.

Reads / Writes: one SQLite database (store.database).
Source: SQLAlchemy Core 2.
Not here: versions of the tables (store.schema, store.migrations), facts (store.journal), keys and
tenants (store.access_tables).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from settee.core import Item, parse_item, to_json
from settee.store import schema
from settee.store.closing import Closing
from settee.store.database import Database
from settee.store.errors import RowTaken, Stale
from settee.store.instants import from_us, to_us
from settee.store.rows import Release, Report, Segment

_PAGE = 500


class Tables(Closing):
    """The tables of one home; any number of threads and processes may use them.

    Args:
        url_or_path: A path, or ``sqlite:///…``; made when missing, upgraded when older.

    Raises:
        BadInput: If the address is of another kind.
        SchemaTooNew: If a newer settee wrote it.
        SetteeError: If it cannot be opened; see `store.errors`. Every method may raise StoreBusy,
            DiskFull, StoreDamaged, StoreUnavailable and, after `close`, StoreClosed.
    """

    def __init__(self, url_or_path: str | Path) -> None:
        self._database = Database(url_or_path)

    @property
    def database(self) -> Database:
        """The database, for the other tables of this room that live in it."""
        return self._database

    def close(self) -> None:
        """Let the file go; closing twice is harmless."""
        self._database.close()

    def put_items(self, items: Sequence[Item], at: datetime) -> int:
        """Store items, over those of the same id; the last of equal ids counts.

        Args:
            items: Whole items; fields that are absent are then absent.
            at: When they were given, aware.

        Returns:
            How many items are now other than before.
        """
        bodies = {item.item_id: to_json(item) for item in items}
        table = schema.items
        with self._database.writing() as connection:
            before = {
                row.item_id: row.body
                for page in _pages(list(bodies))
                for row in connection.execute(
                    sa.select(table.c.item_id, table.c.body).where(table.c.item_id.in_(page))
                )
            }
            changed = [item_id for item_id in bodies if before.get(item_id) != bodies[item_id]]
            if changed:
                change_no = _next(connection, table.c.change_no)
                for page in _pages([item_id for item_id in changed if item_id in before]):
                    connection.execute(sa.delete(table).where(table.c.item_id.in_(page)))
                connection.execute(
                    sa.insert(table),
                    [
                        {
                            "item_id": item_id,
                            "body": bodies[item_id],
                            "change_no": change_no,
                            "at_us": to_us(at),
                        }
                        for item_id in changed
                    ],
                )
        return len(changed)

    def items(
        self, item_ids: Sequence[str] | None = None, *, changed_after: int = 0
    ) -> Iterator[Item]:
        """Items, sorted by id; ids that are unknown are left out.

        Args:
            item_ids: Only these, or None for all.
            changed_after: Only items put after `items_mark` gave this number.
        """
        wanted = None if item_ids is None else sorted(set(item_ids))
        pages = self._all_items(changed_after) if wanted is None else self._some_items(wanted)
        for page in pages:
            for row in page:
                if row.change_no > changed_after:
                    yield parse_item(row.body)

    def items_put_s(self, item_ids: Sequence[str]) -> dict[str, int]:
        """When items were put last, epoch seconds; ids that are unknown are left out."""
        table = schema.items
        with self._database.reading() as connection:
            return {
                row.item_id: row.at_us // 1_000_000
                for page in _pages(sorted(set(item_ids)))
                for row in connection.execute(
                    sa.select(table.c.item_id, table.c.at_us).where(table.c.item_id.in_(page))
                )
            }

    def n_items(self) -> int:
        """How many items there are."""
        with self._database.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(schema.items)) or 0

    def items_mark(self) -> int:
        """A number that rises whenever an item changes, 0 at first; cheap to ask."""
        with self._database.reading() as connection:
            return connection.scalar(sa.select(sa.func.max(schema.items.c.change_no))) or 0

    def add_segment(self, segment: Segment, *, after_offset: int | None = None) -> None:
        """Remember a segment; adding the same one again changes nothing.

        Args:
            segment: What was written.
            after_offset: For a sealed journal: the last offset that was sealed before, 0 for none.
                It is compared under the write lock, so that of two processes which seal the same
                entries one is refused.

        Raises:
            RowTaken: If another segment has that id.
            Stale: If `after_offset` is not the last sealed offset.
        """
        with self._database.writing() as connection:
            rows = self._segments(connection)
            if segment in rows:
                return
            if any(row.segment_id == segment.segment_id for row in rows):
                raise RowTaken(f'segment "{segment.segment_id}" is there with other content.')
            sealed = max((row.journal_offset or 0 for row in rows), default=0)
            if after_offset is not None and after_offset != sealed:
                raise Stale(
                    f"the journal is sealed up to offset {sealed}, not {after_offset}; "
                    "nothing was added.",
                    hint="Another process sealed it just now; look again.",
                )
            values = {name: getattr(segment, name) for name in _SEGMENT_COLUMNS}
            values["number"] = _next(connection, schema.segments.c.number)
            values["added_us"] = to_us(segment.added_at)
            connection.execute(sa.insert(schema.segments), [values])

    def segments(self) -> list[Segment]:
        """All segments in the order in which they were added."""
        with self._database.reading() as connection:
            return self._segments(connection)

    def add_report(self, report_id: str, kind: str, at: datetime, body: dict[str, Any]) -> None:
        """Keep a report.

        Args:
            report_id: Its name, unique.
            kind: Such as ``import`` or ``evaluation``.
            at: When it was made, aware.
            body: Anything that JSON can say.

        Raises:
            RowTaken: If a report has that id.
        """
        table = schema.reports
        with self._database.writing() as connection:
            if connection.scalar(sa.select(table.c.number).where(table.c.report_id == report_id)):
                raise RowTaken(f'report "{report_id}" is there already; ids are used once.')
            values = {
                "report_id": report_id,
                "number": _next(connection, table.c.number),
                "kind": kind,
                "at_us": to_us(at),
                "body": to_json(body),
            }
            connection.execute(sa.insert(table), [values])

    def reports(self, kind: str | None = None, limit: int = 20) -> list[Report]:
        """The latest reports, newest first.

        Args:
            kind: Only this kind, or None for all.
            limit: Most reports to give.
        """
        table = schema.reports
        query = sa.select(table).order_by(table.c.number.desc()).limit(max(limit, 0))
        if kind is not None:
            query = query.where(table.c.kind == kind)
        with self._database.reading() as connection:
            return [
                Report(row.report_id, row.kind, from_us(row.at_us), msgspec.json.decode(row.body))
                for row in connection.execute(query)
            ]

    def add_release(self, version: str, at: datetime, reason: str, metrics: dict[str, Any]) -> None:
        """From now on the bundle `version` is in use.

        Args:
            version: The bundle's version.
            at: When, aware.
            reason: Why, for people.
            metrics: What was measured when it was decided.
        """
        table = schema.releases
        with self._database.writing() as connection:
            values = {
                "number": _next(connection, table.c.number),
                "version": version,
                "at_us": to_us(at),
                "reason": reason,
                "metrics": to_json(metrics),
            }
            connection.execute(sa.insert(table), [values])

    def releases(self) -> list[Release]:
        """All releases, newest first."""
        table = schema.releases
        with self._database.reading() as connection:
            return [
                Release(
                    row.version, from_us(row.at_us), row.reason, msgspec.json.decode(row.metrics)
                )
                for row in connection.execute(sa.select(table).order_by(table.c.number.desc()))
            ]

    def current_release(self) -> str | None:
        """Version in use, None before the first release."""
        table = schema.releases
        query = sa.select(table.c.version).order_by(table.c.number.desc()).limit(1)
        with self._database.reading() as connection:
            return connection.scalar(query)

    def view_offset(self, name: str) -> dict[str, Any] | None:
        """What the view of that name remembers, None before it first did."""
        table = schema.views
        with self._database.reading() as connection:
            raw = connection.scalar(sa.select(table.c.state).where(table.c.name == name))
        if raw is None:
            return None
        state: dict[str, Any] = msgspec.json.decode(raw)
        return state

    def set_view_offset(self, name: str, state: dict[str, Any]) -> None:
        """Let the view of that name remember `state` instead of what it did."""
        table = schema.views
        with self._database.writing() as connection:
            connection.execute(sa.delete(table).where(table.c.name == name))
            connection.execute(sa.insert(table), [{"name": name, "state": to_json(state)}])

    def _all_items(self, changed_after: int) -> Iterator[Sequence[sa.Row[Any]]]:
        table, last = schema.items, ""  # ids are never empty
        query = sa.select(table).order_by(table.c.item_id).limit(_PAGE)
        if changed_after:
            query = query.where(table.c.change_no > changed_after)
        while True:  # page by page, so that no reader holds the database open
            with self._database.reading() as connection:
                page = connection.execute(query.where(table.c.item_id > last)).all()
            if not page:
                return
            yield page
            last = page[-1].item_id

    def _some_items(self, item_ids: list[str]) -> Iterator[Sequence[sa.Row[Any]]]:
        table = schema.items
        query = sa.select(table).order_by(table.c.item_id)
        for page in _pages(item_ids):
            with self._database.reading() as connection:
                yield connection.execute(query.where(table.c.item_id.in_(page))).all()

    def _segments(self, connection: sa.Connection) -> list[Segment]:
        table = schema.segments
        return [
            Segment(
                **{name: getattr(row, name) for name in _SEGMENT_COLUMNS},
                added_at=from_us(row.added_us),
            )
            for row in connection.execute(sa.select(table).order_by(table.c.number))
        ]


_SEGMENT_COLUMNS = (
    "segment_id", "origin", "source", "n_rows", "first_at_us", "last_at_us", "journal_offset",
    "sha256",
)  # fmt: skip


def _pages(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _PAGE):
        yield values[start : start + _PAGE]


def _next(connection: sa.Connection, number: sa.Column[int]) -> int:
    """The number after the greatest; safe because the caller holds the write lock."""
    return (connection.scalar(sa.select(sa.func.max(number))) or 0) + 1
