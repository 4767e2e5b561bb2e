"""The words that every room shares: ids, clock, errors, settings, columns, wire format.

This room alone exports more than a dozen names, for it is the vocabulary of all others.
"""

from settee.core.clock import Clock, from_epoch_s, instant_text, system_clock
from settee.core.columns import HISTORY_COLUMNS, Columns
from settee.core.errors import (
    BadInput,
    ChecksFailed,
    Conflict,
    Damaged,
    Forbidden,
    NotAllowed,
    NotFound,
    Overloaded,
    SetteeError,
    TooLarge,
    Unavailable,
)
from settee.core.host import HostRefused, accepted_names, check_host, is_loopback
from settee.core.ids import MAX_ID_LENGTH, new_id
from settee.core.logs import log_request, start_logging
from settee.core.presets import BadPreset, preset_names, preset_text
from settee.core.schema import (
    DEVICE_TYPES,
    ITEM_KINDS,
    KINDS,
    BadEvent,
    BadId,
    BadItem,
    Event,
    Id,
    Item,
    Short,
    check_id,
    json_schemas,
    parse_event,
    parse_item,
    to_json,
)
from settee.core.sections import (
    CheckSettings,
    ImportSettings,
    JournalSettings,
    PeopleSettings,
    RankingSettings,
    RespondSettings,
    RuleSettings,
    Settings,
    SignalSettings,
    SourceSettings,
    TrainSettings,
)
from settee.core.sections_access import AccessSettings
from settee.core.sections_attribution import AttributionSettings
from settee.core.sections_audiences import AudienceSettings
from settee.core.sections_console import ConsoleSettings
from settee.core.sections_linear import Numbers
from settee.core.sections_live import LiveSettings, OnlineSettings
from settee.core.sections_precomputed import PrecomputedSettings
from settee.core.sections_response import ResponseSettings
from settee.core.sections_serve import (
    BreakerSettings,
    ListSettings,
    ServeSettings,
    TracingSettings,
)
from settee.core.sections_state import StateSettings
from settee.core.sections_variety import ExploreSettings, VarietySettings
from settee.core.settings import BadSettings, load_settings, sections_toml, settings_toml

__all__ = [
    "DEVICE_TYPES",
    "HISTORY_COLUMNS",
    "ITEM_KINDS",
    "KINDS",
    "MAX_ID_LENGTH",
    "AccessSettings",
    "AttributionSettings",
    "AudienceSettings",
    "BadEvent",
    "BadId",
    "BadInput",
    "BadItem",
    "BadPreset",
    "BadSettings",
    "BreakerSettings",
    "CheckSettings",
    "ChecksFailed",
    "Clock",
    "Columns",
    "Conflict",
    "ConsoleSettings",
    "Damaged",
    "Event",
    "ExploreSettings",
    "Forbidden",
    "HostRefused",
    "Id",
    "ImportSettings",
    "Item",
    "JournalSettings",
    "ListSettings",
    "LiveSettings",
    "NotAllowed",
    "NotFound",
    "Numbers",
    "OnlineSettings",
    "Overloaded",
    "PeopleSettings",
    "PrecomputedSettings",
    "RankingSettings",
    "RespondSettings",
    "ResponseSettings",
    "RuleSettings",
    "ServeSettings",
    "SetteeError",
    "Settings",
    "Short",
    "SignalSettings",
    "SourceSettings",
    "StateSettings",
    "TooLarge",
    "TracingSettings",
    "TrainSettings",
    "Unavailable",
    "VarietySettings",
    "accepted_names",
    "check_host",
    "check_id",
    "from_epoch_s",
    "instant_text",
    "is_loopback",
    "json_schemas",
    "load_settings",
    "log_request",
    "new_id",
    "parse_event",
    "parse_item",
    "preset_names",
    "preset_text",
    "sections_toml",
    "settings_toml",
    "start_logging",
    "system_clock",
    "to_json",
]
