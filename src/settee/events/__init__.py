"""Accept, check, quarantine, import, split, and read the record back as columns."""

from settee.events.accept import Rejected, accept_batch
from settee.events.activities import Activity, activity, activity_of
from settee.events.checks import CheckResult, ImportStopped
from settee.events.consenting import (
    BadContact,
    Contacted,
    ContactState,
    ContactWord,
    check_contact,
    contact_record,
    parse_contact,
)
from settee.events.contact_past import past_contacts
from settee.events.contacts import (
    CONVERSION,
    SHOWN,
    TOUCH,
    Contacts,
    Label,
    all_accounts,
    read_contacts,
)
from settee.events.exporting import write_silos, write_splits
from settee.events.files import NothingToImport
from settee.events.importing import import_path
from settee.events.layouts import UnknownLayout
from settee.events.onboarding import (
    BadOnboarding,
    Onboarded,
    Onboarding,
    check_onboarding,
    onboarding_records,
    parse_onboarding,
)
from settee.events.quarantine import LiveQuarantine
from settee.events.reading import catalogue, catalogue_of, interactions, profile_rows
from settee.events.record import NO_END, NO_INSTANT, UNLIMITED, Catalogue, Histories, Interactions
from settee.events.refused import RefusedFile, RefusedFiles, RefusedRow
from settee.events.report import FileReport, ImportReport
from settee.events.simulate import simulate, simulate_days, write_days, write_world
from settee.events.simulate_files import Plan, write_households
from settee.events.simulate_households import simulate_households
from settee.events.simulate_lines import Change, SimulatedHousehold
from settee.events.simulate_world import BadDial, World, dials, make_world
from settee.events.spending import spent_by, spent_cents
from settee.events.splitting import (
    CannotSplit,
    TimeSplit,
    check_shares,
    split_by_account,
    split_by_time,
)
from settee.events.uniting import (
    AccountMerge,
    BadMerge,
    Merged,
    MergedElsewhere,
    check_merge,
    merge_id,
    merge_record,
    parse_merge,
)
from settee.store import Progress, no_progress

__all__ = [
    "CONVERSION",
    "NO_END",
    "NO_INSTANT",
    "SHOWN",
    "TOUCH",
    "UNLIMITED",
    "AccountMerge",
    "Activity",
    "BadContact",
    "BadDial",
    "BadMerge",
    "BadOnboarding",
    "CannotSplit",
    "Catalogue",
    "Change",
    "CheckResult",
    "ContactState",
    "ContactWord",
    "Contacted",
    "Contacts",
    "FileReport",
    "Histories",
    "ImportReport",
    "ImportStopped",
    "Interactions",
    "Label",
    "LiveQuarantine",
    "Merged",
    "MergedElsewhere",
    "NothingToImport",
    "Onboarded",
    "Onboarding",
    "Plan",
    "Progress",
    "RefusedFile",
    "RefusedFiles",
    "RefusedRow",
    "Rejected",
    "SimulatedHousehold",
    "TimeSplit",
    "UnknownLayout",
    "World",
    "accept_batch",
    "activity",
    "activity_of",
    "all_accounts",
    "catalogue",
    "catalogue_of",
    "check_contact",
    "check_merge",
    "check_onboarding",
    "check_shares",
    "contact_record",
    "dials",
    "import_path",
    "interactions",
    "make_world",
    "merge_id",
    "merge_record",
    "no_progress",
    "onboarding_records",
    "parse_contact",
    "parse_merge",
    "parse_onboarding",
    "past_contacts",
    "profile_rows",
    "read_contacts",
    "simulate",
    "simulate_days",
    "simulate_households",
    "spent_by",
    "spent_cents",
    "split_by_account",
    "split_by_time",
    "write_days",
    "write_households",
    "write_silos",
    "write_splits",
    "write_world",
]
