"""What an import found and did, as a value that can be stored, printed and sent.

Reads / Writes: nothing.  Not here: the checks themselves (events.checks), tables on a terminal
(cli).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from settee.core import instant_text
from settee.events.checks import CheckResult


@dataclass(frozen=True)
class FileReport:
    """One file of an import.

    Args:
        name: Its name inside the folder or archive.
        layout: As what it was understood.
        n_rows: Rows, good and bad.
        n_quarantined: Bad ones.
    """

    name: str
    layout: str
    n_rows: int
    n_quarantined: int


@dataclass(frozen=True)
class ImportReport:
    """One import.

    Args:
        import_id: Names it, its segment and its quarantine file.
        source: The path that was given.
        at: When it ran.
        checks: Every check with its value and limit.
        files: What was read.
        ignored: Files that were not understood, with the reason.
        n_rows: Rows of events in the files, good and bad.
        n_new: Events that were added.
        n_duplicate: Rows that repeat another row of the files.
        n_already: Events that the history held already.
        n_quarantined: Rows of events and items in quarantine.
        reasons: Rows in quarantine by reason.
        quarantine_path: The quarantine file, None when nothing was refused.
        segment_id: The new segment, None when nothing was added.
        items_added: Items that were added or changed.
        first_at: Oldest good event, None without events.
        last_at: Newest good event, None without events.
    """

    import_id: str
    source: str
    at: datetime
    checks: tuple[CheckResult, ...]
    files: tuple[FileReport, ...]
    ignored: tuple[tuple[str, str], ...]
    n_rows: int
    n_new: int
    n_duplicate: int
    n_already: int
    n_quarantined: int
    reasons: Mapping[str, int]
    quarantine_path: str | None
    segment_id: str | None
    items_added: int
    first_at: datetime | None
    last_at: datetime | None

    @property
    def passed(self) -> bool:
        """Did every check hold, so that the events were stored?"""
        return all(one.passed for one in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON can say it; instants as text."""
        body = asdict(self)
        for name in ("at", "first_at", "last_at"):
            instant: datetime | None = body[name]
            body[name] = None if instant is None else instant_text(instant)
        return {**body, "passed": self.passed}
