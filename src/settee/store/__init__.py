"""Keep facts, tables, views and bundles on disk; the only room that speaks SQL."""

from settee.store.arrays import pack_strings, unpack_strings
from settee.store.bundle import Bundle, list_bundles, open_bundle, write_bundle
from settee.store.errors import (
    BadBundle,
    BadRecord,
    BundleDamaged,
    BundleNotFound,
    DiskFull,
    RowTaken,
    SchemaTooNew,
    Stale,
    StoreBusy,
    StoreClosed,
    StoreDamaged,
    StoreUnavailable,
)
from settee.store.etl_engine import Progress, no_progress
from settee.store.health import Health
from settee.store.history import History
from settee.store.history_seal import seal_journal
from settee.store.journal import Appended, Entry, Journal, Record
from settee.store.profile_events import KIND_NO, NO_EVENTS, PROFILE_DTYPE, Chunk, merge_events
from settee.store.profiles import Profiles
from settee.store.rows import Key, Release, Report, Segment
from settee.store.tables import Tables

__all__ = [
    "KIND_NO",
    "NO_EVENTS",
    "PROFILE_DTYPE",
    "Appended",
    "BadBundle",
    "BadRecord",
    "Bundle",
    "BundleDamaged",
    "BundleNotFound",
    "Chunk",
    "DiskFull",
    "Entry",
    "Health",
    "History",
    "Journal",
    "Key",
    "Profiles",
    "Progress",
    "Record",
    "Release",
    "Report",
    "RowTaken",
    "SchemaTooNew",
    "Segment",
    "Stale",
    "StoreBusy",
    "StoreClosed",
    "StoreDamaged",
    "StoreUnavailable",
    "Tables",
    "list_bundles",
    "merge_events",
    "no_progress",
    "open_bundle",
    "pack_strings",
    "seal_journal",
    "unpack_strings",
    "write_bundle",
]
