"""What imports and checks found, and what was refused.

Reads / Writes: nothing.
Source: docs/events.md for reasons.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct


class ReportView(Struct, frozen=True):
    """What an import, training, evaluation or search found."""

    report_id: str
    kind: str
    at: datetime
    body: dict[str, Any]


class ReportList(Struct, frozen=True):
    """Reports, newest first."""

    reports: list[ReportView]


class RefusedFile(Struct, frozen=True):
    """A quarantine file, with its rows by reason."""

    name: str
    changed_at: datetime
    n_bytes: int
    n_rows: int
    reasons: dict[str, int]


class QuarantineList(Struct, frozen=True):
    """Quarantine files, the one that grew last first."""

    files: list[RefusedFile]


class QuarantineRow(Struct, frozen=True):
    """A refused row; `detail` and `raw` are None for whoever may not see rows as they came."""

    number: int
    file: str
    line: int
    reason: str
    detail: str | None
    raw: str | None


class QuarantinePage(Struct, frozen=True):
    """Rows of a quarantine file in order; `after` gives the next page."""

    name: str
    rows: list[QuarantineRow]
    after: int | None
