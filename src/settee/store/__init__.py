"""Keep facts, tables, views and bundles on disk; the only room that speaks SQL."""

from settee.store.access_tables import AccessTables
from settee.store.arrays import pack_strings, unpack_strings
from settee.store.audience_tables import (
    AudienceTables,
    ExportSet,
    Hashes,
    Logged,
    StoredAudience,
)
from settee.store.bundle import Bundle, list_bundles, open_bundle, write_bundle
from settee.store.contact_columns import NEVER_S, NO_WORD, Contacts, contacts_of
from settee.store.contact_view import (
    BOUGHT_KINDS,
    CHILD,
    CONSENT,
    CONTACT_KIND,
    TOUCH_KIND,
    ContactView,
    PastEvent,
)
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
    VaultAway,
    VaultLost,
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
from settee.store.journal_until import JournalUntil
from settee.store.merging import MERGE_KIND
from settee.store.preferences import PREFERENCES_KIND, AccountPreferences, Preferences, Preferred
from settee.store.profile_events import KIND_NO, NO_EVENTS, PROFILE_DTYPE, Chunk, merge_events
from settee.store.profiles import Profiles
from settee.store.ready_made import (
    Made,
    NoSuchList,
    ReadyMade,
    current_version,
    open_ready_made,
    write_ready_made,
)
from settee.store.rows import Key, Release, Report, Segment, Tenant
from settee.store.rule_tables import RuleTable, RuleVersion
from settee.store.shown import Shown
from settee.store.sliced import (
    NothingSliced,
    SlicedAnswers,
    sliced_mark,
    write_sliced,
)
from settee.store.sliced_parts import Sliceable, Slices, Unit
from settee.store.slots import Slots
from settee.store.state import HotState, open_state
from settee.store.suppression_table import SuppressionTable
from settee.store.tables import Tables

__all__ = [
    "BOUGHT_KINDS",
    "CHILD",
    "CONSENT",
    "CONTACT_KIND",
    "EVENTS_FILE",
    "KIND_NO",
    "MERGE_KIND",
    "NEVER_S",
    "NO_EVENTS",
    "NO_WORD",
    "PREFERENCES_KIND",
    "PROFILE_DTYPE",
    "TOUCH_KIND",
    "AccessTables",
    "AccountPreferences",
    "Appended",
    "AudienceTables",
    "BadBundle",
    "BadFile",
    "BadRecord",
    "Bundle",
    "BundleDamaged",
    "BundleNotFound",
    "Bytes",
    "Check",
    "Chunk",
    "ContactView",
    "Contacts",
    "Counts",
    "Cut",
    "DiskFull",
    "Engine",
    "Entry",
    "ExportSet",
    "Form",
    "Gathering",
    "Hashes",
    "Health",
    "History",
    "HotState",
    "HouseholdChange",
    "HouseholdMark",
    "HouseholdState",
    "Households",
    "Items",
    "Journal",
    "JournalUntil",
    "Key",
    "Known",
    "Limits",
    "Logged",
    "Made",
    "NoSuchList",
    "NothingSliced",
    "Origin",
    "PastEvent",
    "Preferences",
    "Preferred",
    "Profiles",
    "Progress",
    "ReadyMade",
    "Reason",
    "Record",
    "Refused",
    "Release",
    "Repeats",
    "Report",
    "RowTaken",
    "RuleTable",
    "RuleVersion",
    "SchemaTooNew",
    "Segment",
    "Shown",
    "Sliceable",
    "SlicedAnswers",
    "Slices",
    "Slots",
    "Staged",
    "Stale",
    "StoreBusy",
    "StoreClosed",
    "StoreDamaged",
    "StoreUnavailable",
    "StoredAudience",
    "SuppressionTable",
    "TableFile",
    "Tables",
    "Tenant",
    "Unit",
    "VaultAway",
    "VaultLost",
    "Wanted",
    "Written",
    "contacts_of",
    "count_bytes",
    "current_version",
    "export_split",
    "list_bundles",
    "merge_events",
    "no_progress",
    "open_bundle",
    "open_ready_made",
    "open_state",
    "pack_strings",
    "parquet_columns",
    "parquet_rows",
    "seal_journal",
    "sliced_mark",
    "sorted_parts",
    "stage_csv",
    "stage_parquet",
    "stage_rows",
    "unpack_strings",
    "write_bundle",
    "write_ready_made",
    "write_sliced",
]
