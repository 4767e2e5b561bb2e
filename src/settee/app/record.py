"""The record of a workspace: what was imported, lived, refused and reported.

Reads / Writes: history, journal, tables, quarantine, profiles.
Not here: what is learnt from it (app.models).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from settee.events import (
    Catalogue,
    ImportReport,
    Interactions,
    Progress,
    Rejected,
    accept_batch,
    catalogue,
    import_path,
    interactions,
    no_progress,
    write_splits,
)
from settee.home import Home
from settee.store import Appended, Report


class RecordWork(Home):
    """Takes facts in, and gives the record out."""

    def _lineage(self) -> dict[str, list[str] | int]:
        """What the record is made of: hashes of its segments, and how far the journal is in it."""
        segments = self.history.segments()
        return {
            "segments": [one.sha256 for one in segments],
            "journal_offset": max((one.journal_offset or 0 for one in segments), default=0),
        }

    def import_path(self, path: Path, progress: Progress = no_progress) -> ImportReport:
        """Bring a file, folder or archive into the record, and its events into the profiles.

        Raises:
            BadInput: If nothing there can be understood.
            ChecksFailed: If a threshold of `settings.checks` stops it; nothing is stored.
        """
        if self.journal.last_offset():
            self.seal(progress)  # what was lived before stands before it in the record
        report = import_path(
            path,
            self.history,
            self.tables,
            self.settings,
            as_of=self.clock(),
            home=self.home,
            progress=progress,
        )
        self.fold_profiles(progress)
        return report

    def split(
        self,
        folder: Path,
        how: Literal["time", "account"],
        valid_share: float,
        test_share: float,
        progress: Progress = no_progress,
    ) -> dict[str, int]:
        """Write the whole record, live events included, as train, valid and test in Parquet.

        Args:
            folder: Where the three files go; those of an earlier split are replaced.
            how: By the same two instants for everybody, or by each account's newest events.
            valid_share: Share of the events that tune, 0 to 1.
            test_share: Share of the events that judge, 0 to 1.
            progress: Told how far each file is.

        Returns:
            Rows of each file, by name.

        Raises:
            CannotSplit: If there is no event, or the shares leave nothing to train on.
            SetteeError: If the disk is full, or a segment is damaged.
        """
        self.seal(progress)
        return write_splits(self.history, folder, how, valid_share, test_share, progress)

    def accept(self, raw_events: Sequence[bytes]) -> Appended:
        """Store live events durably and fold them into the profiles; all of them, or none.

        Args:
            raw_events: One JSON object each, in the wire format.

        Raises:
            BadEvent: If one of them breaks the wire format.
        """
        records, rejected = accept_batch(raw_events, self.clock(), self.settings.checks)
        if rejected:
            self.refuse(rejected)
            raise rejected[0].error
        appended = self.journal.append(records)
        self.fold_profiles()
        return appended

    def refuse(self, rejected: Sequence[Rejected]) -> None:
        """Keep refused live events in quarantine, with the reason.

        Raises:
            QuarantineFailed: If they cannot be kept.
        """
        self.quarantine.add(rejected, self.clock())

    def reports(self, kind: str | None = None, limit: int = 20) -> list[Report]:
        """What imports, trainings and evaluations found, newest first."""
        return self.tables.reports(kind, limit)

    def record(self, progress: Progress = no_progress) -> tuple[Interactions, Catalogue]:
        """The whole record as columns, live events included."""
        self.seal(progress)
        items = catalogue(self.tables, self.history)
        progress("read", 0, 0)
        return interactions(self.history, items, self.settings.signals), items
