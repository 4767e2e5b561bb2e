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
        name: What its owner calls it; unique among the tenant's keys that are not revoked.
        key_hash: SHA-256 of the secret, 64 hex digits.
        created_at: When it was made.
        revoked_at: When it stopped working, None while it works.
        tenant_id: Whose data it opens.
        role: What it may do.
        scopes: Only these permissions of the role; none for all.
        expires_at: From when on it works no longer, None for never.
        rate_per_s: Requests a second that it may make in the long run, None for any number.
        burst: Requests that it may make at once after a pause.
        quota_per_day: Requests that it may make on one day of UTC, None for any number.
        slot: Where its uses are counted; given when it is added.
    """

    key_id: str
    name: str
    key_hash: str
    created_at: datetime
    revoked_at: datetime | None = None
    tenant_id: str = "default"
    role: str = "owner"
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    rate_per_s: float | None = None
    burst: int | None = None
    quota_per_day: int | None = None
    slot: int = 0


@dataclass(frozen=True)
class Tenant:
    """Somebody whose data are apart from all others', since `created_at`, till `removed_at`."""

    tenant_id: str
    created_at: datetime
    removed_at: datetime | None = None
