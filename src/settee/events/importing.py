"""Import files: read, check, drop what repeats, store as one segment, and report.

Nothing is stored before every check has held; then items, one segment and the report follow, each
whole or not at all. An import killed at any point and started again gives the same record as one
that was never killed, for what is there already is found and left out.

Reads: the given path, and segments that may hold the same events.  Writes: quarantine, items, one
segment, one report.
Source: Kleppmann (2017), "Designing Data-Intensive Applications", ch. 10 (idempotent batches).
Not here: live events (events.accept), reading the record back (events.reading).
"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from settee.core import (
    CheckSettings,
    Item,
    Settings,
    instant_text,
    new_id,
)
from settee.events.accept import latest_instant
from settee.events.checks import CheckResult, Found, judge, stopped
from settee.events.intake import FileReader, Read
from settee.events.quarantine import FOLDER, Quarantine
from settee.events.report import ImportReport
from settee.store import (
    EVENTS_FILE,
    Counts,
    Engine,
    Gathering,
    History,
    Items,
    Limits,
    Origin,
    Progress,
    Repeats,
    Segment,
    Tables,
    Written,
    no_progress,
)

REPORT_KIND = "import"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OPEN = np.iinfo(np.int64)


def import_path(
    path: Path,
    history: History,
    tables: Tables,
    settings: Settings,
    *,
    as_of: datetime,
    home: Path,
    progress: Progress = no_progress,
) -> ImportReport:
    """Bring a file, a folder or an archive into the record; only what is new is added.

    Args:
        path: CSV, TSV, JSON lines, Parquet or a MovieLens data set, plain or packed.
        history: Where events go.
        tables: Where items and the report go.
        settings: `imports` and `checks`.
        as_of: The present instant, aware.
        home: Its folder ``quarantine`` takes the refused rows.
        progress: Told how far each stage is.

    Raises:
        NothingToImport: If there is no such path, or nothing readable behind it.
        UnknownLayout: If no file's columns are understood; the message names them.
        ImportStopped: If a check failed; refused rows and the report are kept, nothing else.
        SetteeError: If a file is damaged, or memory or disk do not suffice.
    """
    import_id = new_id("imp", as_of)
    quarantine = Quarantine(home / FOLDER / f"{import_id}.jsonl")
    return _Run(path, history, tables, settings, as_of, progress, import_id, quarantine).go()


@dataclass(frozen=True)
class _Run:
    """One import, from the path to the report."""

    path: Path
    history: History
    tables: Tables
    settings: Settings
    as_of: datetime
    progress: Progress
    import_id: str
    quarantine: Quarantine

    def go(self) -> ImportReport:
        with ExitStack() as stack:
            scratch = stack.enter_context(self.history.scratch(self.import_id))
            engine = stack.enter_context(
                Engine(scratch / "spill", self.settings.imports, self.progress)
            )
            read = self._read(engine, scratch / "plain")
            gathered = Gathering(engine, read.staged) if read.staged else None
            counts = gathered.count() if gathered else _NO_COUNTS
            if gathered:
                gathered.arrange(counts.n_good)
            stack.enter_context(self.history.writing())
            repeats = self._find_repeats(gathered, counts)
            checks = self._judge(read, gathered, counts, repeats)
            if not all(one.passed for one in checks):
                report = self._keep(self._report(read, counts, repeats, checks, None))
                raise stopped(str(self.path), checks, report.quarantine_path or "")
            n_items = self.tables.put_items(list(read.items.values()), self.as_of)
            segment = self._publish(gathered, counts, repeats, scratch) if gathered else None
            report = self._report(read, counts, repeats, checks, segment)
            return self._keep(replace(report, items_added=n_items))

    def _read(self, engine: Engine, plain: Path) -> Read:
        plain.mkdir()
        limits = limits_of(self.settings.checks, self.as_of)
        with self.quarantine:
            reader = FileReader(engine, self.settings.imports, limits, self.quarantine, plain)
            return reader.read(self.path)

    def _find_repeats(self, gathered: Gathering | None, counts: Counts) -> Repeats:
        if gathered is None:
            return Repeats(0, 0)
        return gathered.find_repeats(self.history.known(counts.first_at_us, counts.last_at_us))

    def _judge(
        self, read: Read, gathered: Gathering | None, counts: Counts, repeats: Repeats
    ) -> tuple[CheckResult, ...]:
        n_unknown = n_before = None
        if gathered is not None and (read.items or self.tables.n_items()):
            items = {item.item_id: item for item in self.tables.items()} | read.items
            n_unknown, n_before = gathered.unknown_and_early(_times(items))
        found = Found(
            n_rows=_n_rows(read),
            n_by_check=read.n_by_check,
            n_good=counts.n_good,
            n_item_rows=read.n_item_rows,
            n_bad_items=read.n_bad_items,
            n_duplicate=repeats.n_duplicate,
            last_at_us=counts.last_at_us,
            n_missing=counts.n_missing,
            n_disordered=counts.n_disordered,
            n_unknown_items=n_unknown,
            n_before_item=n_before,
        )
        return judge(found, self.settings.checks, self.as_of)

    def _publish(
        self, gathered: Gathering, counts: Counts, repeats: Repeats, scratch: Path
    ) -> Segment | None:
        if counts.n_good == repeats.n_duplicate + repeats.n_already:
            return None
        folder = scratch / "segment"
        folder.mkdir()
        n_rows, first, last, n_ids = gathered.write(folder / EVENTS_FILE)
        written = Written(folder, n_rows, first or 0, last or 0, n_ids)
        origin = Origin("import", self.path.name, self.as_of)
        self.progress("store", 0, 0)
        return self.history.publish(self.import_id, written, origin)

    def _report(
        self,
        read: Read,
        counts: Counts,
        repeats: Repeats,
        checks: tuple[CheckResult, ...],
        segment: Segment | None,
    ) -> ImportReport:
        quarantine = self.quarantine.path
        return ImportReport(
            import_id=self.import_id,
            source=str(self.path),
            at=self.as_of,
            checks=checks,
            files=tuple(read.files),
            ignored=tuple(read.ignored),
            n_rows=_n_rows(read),
            n_new=segment.n_rows if segment else 0,
            n_duplicate=repeats.n_duplicate,
            n_already=repeats.n_already,
            n_quarantined=self.quarantine.n_rows,
            reasons=dict(self.quarantine.reasons.most_common()),
            quarantine_path=str(quarantine) if quarantine else None,
            segment_id=segment.segment_id if segment else None,
            items_added=0,
            first_at=_instant(counts.first_at_us),
            last_at=_instant(counts.last_at_us),
        )

    def _keep(self, report: ImportReport) -> ImportReport:
        self.tables.add_report(self.import_id, REPORT_KIND, self.as_of, report.as_dict())
        return report


_NO_COUNTS = Counts(0, None, None, {}, 0)


def limits_of(checks: CheckSettings, as_of: datetime) -> Limits:
    """Between which instants an event may lie.

    >>> limits_of(CheckSettings(), datetime(2026, 1, 1, tzinfo=UTC)).last_text
    '2026-01-02T00:00:00Z'
    """
    first = datetime(checks.min_year, 1, 1, tzinfo=UTC)
    last = latest_instant(as_of, checks)
    return Limits(_micros(first), _micros(last), instant_text(first), instant_text(last))


def _n_rows(read: Read) -> int:
    return sum(staged.n_rows for staged in read.staged)


def _times(items: Mapping[str, Item]) -> Items:
    first_us, last_us = [], []
    for item in items.values():
        starts = [_OPEN.min]
        if isinstance(item.year, int):
            starts.append(_micros(datetime(item.year, 1, 1, tzinfo=UTC)))
        if isinstance(item.available_from, datetime):
            starts.append(_micros(item.available_from))
        first_us.append(max(starts))
        end = item.available_to
        last_us.append(_micros(end) if isinstance(end, datetime) else _OPEN.max)
    return Items(list(items), first_us, last_us)


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _instant(at_us: int | None) -> datetime | None:
    return None if at_us is None else _EPOCH + timedelta(microseconds=at_us)
