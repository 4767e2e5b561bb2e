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
from settee.respond.keeping import Parts
from settee.respond.lists import Lists
from settee.respond.replayed import Skew, Unequal, replay_skew
from settee.respond.responder import Responder
from settee.respond.telling import EXPOSURE_KIND
from settee.respond.words import (
    RUNGS,
    Account,
    Answer,
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
    "Answer",
    "BadQuestion",
    "Corrected",
    "HouseholdView",
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
    "made_ahead",
    "made_at_once",
    "recorded_requests",
    "repeatable",
    "replay_skew",
]
