"""Answer one request through the stages: budgets, fallback ladder, rules, reasons, exposure."""

from settee.respond.again import Repeatable, repeatable
from settee.respond.ahead import ListAnswer, made_ahead, made_at_once
from settee.respond.because import Signal
from settee.respond.dry_run import recorded_requests
from settee.respond.errors import (
    BadQuestion,
    NoModel,
    NothingToShow,
    UnknownAccount,
    UnknownItem,
)
from settee.respond.explaining import Why
from settee.respond.household import Corrected, HouseholdView
from settee.respond.inventory import Inventory, take_inventory
from settee.respond.keeping import Parts
from settee.respond.lately import Accounts
from settee.respond.lists import Lists
from settee.respond.replayed import Skew, Unequal, replay_skew
from settee.respond.responder import Responder
from settee.respond.searching import ItemPage, find_items
from settee.respond.telling import EXPOSURE_KIND
from settee.respond.words import (
    RUNGS,
    Account,
    Answer,
    Dials,
    Request,
    Similar,
    Standing,
    Watcher,
    Watching,
)

__all__ = [
    "EXPOSURE_KIND",
    "RUNGS",
    "Account",
    "Accounts",
    "Answer",
    "BadQuestion",
    "Corrected",
    "Dials",
    "HouseholdView",
    "Inventory",
    "ItemPage",
    "ListAnswer",
    "Lists",
    "NoModel",
    "NothingToShow",
    "Parts",
    "Repeatable",
    "Request",
    "Responder",
    "Signal",
    "Similar",
    "Skew",
    "Standing",
    "Unequal",
    "UnknownAccount",
    "UnknownItem",
    "Watcher",
    "Watching",
    "Why",
    "find_items",
    "made_ahead",
    "made_at_once",
    "recorded_requests",
    "repeatable",
    "replay_skew",
    "take_inventory",
]
