"""Say what a row of the tables is once it is out of the database: a frozen value.

Reads / Writes: nothing.  Not here: how rows are stored (store.tables, store.schema).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Segment:
    """One immutable part of the history.

    Args:
        segment_id: Its name, also of its folder.
        origin: import: from a file; journal: sealed from the live journal.
        source: The file's name, or what was sealed.
        n_rows: Events in it.
        first_at_us: Oldest event, microseconds since 1970-01-01 UTC.
        last_at_us: Newest event, likewise.
        journal_offset: Last journal offset that it holds; None for an import.
        sha256: Hash over the list of its files.
        added_at: When it was added.
    """

    segment_id: str
    origin: Literal["import", "journal"]
    source: str
    n_rows: int
    first_at_us: int
    last_at_us: int
    journal_offset: int | None
    sha256: str
    added_at: datetime


@dataclass(frozen=True)
class Report:
    """What a run found: a name, a kind such as ``import`` or ``evaluation``, and JSON."""

    report_id: str
    kind: str
    at: datetime
    body: dict[str, Any]


@dataclass(frozen=True)
class Release:
    """From `at` on, the bundle `version` was in use, for `reason`, with these metrics."""

    version: str
    at: datetime
    reason: str
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Key:
    """What is kept of an API key; the secret itself is not.

    Args:
        key_id: Names the key in lists and logs.
        name: What its owner calls it; unique among keys that are not revoked.
        key_hash: SHA-256 of the secret, 64 hex digits.
        created_at: When it was made.
        revoked_at: When it stopped working, None while it works.
    """

    key_id: str
    name: str
    key_hash: str
    created_at: datetime
    revoked_at: datetime | None = None
