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
from settee.store.etl import Counts, Gathering, Items, Known, Repeats
from settee.store.etl_engine import BadFile, Engine, Progress, no_progress
from settee.store.etl_fields import Check, Form, Limits, Reason
from settee.store.etl_files import (
    Refused,
    Staged,
    TableFile,
    parquet_columns,
    parquet_rows,
    stage_csv,
    stage_parquet,
    stage_rows,
)
from settee.store.etl_lines import Bytes, count_bytes
from settee.store.health import Health
from settee.store.history import EVENTS_FILE, History, Origin, Written
from settee.store.history_seal import seal_journal
from settee.store.history_sorted import Wanted, sorted_parts
from settee.store.history_split import Cut, export_split
from settee.store.households import (
    HouseholdChange,
    HouseholdMark,
    Households,
    HouseholdState,
)
from settee.store.journal import Appended, Entry, Journal, Record
from settee.store.profile_events import KIND_NO, NO_EVENTS, PROFILE_DTYPE, Chunk, merge_events
from settee.store.profiles import Profiles
from settee.store.rows import Key, Release, Report, Segment
from settee.store.tables import Tables

__all__ = [
    "EVENTS_FILE",
    "KIND_NO",
    "NO_EVENTS",
    "PROFILE_DTYPE",
    "Appended",
    "BadBundle",
    "BadFile",
    "BadRecord",
    "Bundle",
    "BundleDamaged",
    "BundleNotFound",
    "Bytes",
    "Check",
    "Chunk",
    "Counts",
    "Cut",
    "DiskFull",
    "Engine",
    "Entry",
    "Form",
    "Gathering",
    "Health",
    "History",
    "HouseholdChange",
    "HouseholdMark",
    "HouseholdState",
    "Households",
    "Items",
    "Journal",
    "Key",
    "Known",
    "Limits",
    "Origin",
    "Profiles",
    "Progress",
    "Reason",
    "Record",
    "Refused",
    "Release",
    "Repeats",
    "Report",
    "RowTaken",
    "SchemaTooNew",
    "Segment",
    "Staged",
    "Stale",
    "StoreBusy",
    "StoreClosed",
    "StoreDamaged",
    "StoreUnavailable",
    "TableFile",
    "Tables",
    "Wanted",
    "Written",
    "count_bytes",
    "export_split",
    "list_bundles",
    "merge_events",
    "no_progress",
    "open_bundle",
    "pack_strings",
    "parquet_columns",
    "parquet_rows",
    "seal_journal",
    "sorted_parts",
    "stage_csv",
    "stage_parquet",
    "stage_rows",
    "unpack_strings",
    "write_bundle",
]
