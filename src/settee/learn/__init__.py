"""Learn from the record, judge on a later part of it, and say what was found."""

from settee.learn.cards import CARD_FACTS, CARD_PAGE, Card, card_texts, cost_of, facts_of
from settee.learn.evaluation import Evaluation, evaluate
from settee.learn.federated import keep_federated
from settee.learn.gate import GateFailed, ReadRecord, Verdict, compare, refusal
from settee.learn.intervals import Figure
from settee.learn.live import Replayed, replay_online
from settee.learn.table import Table
from settee.learn.training import (
    EVALUATION,
    TRAINING,
    TUNING,
    Training,
    store_report,
    train,
)
from settee.learn.trial import TooLittle
from settee.learn.tuning import NothingToTune, Tuned, TuningPlan, tune
from settee.learn.versions import VersionList, VersionView, list_versions, show_version

__all__ = [
    "CARD_FACTS",
    "CARD_PAGE",
    "EVALUATION",
    "TRAINING",
    "TUNING",
    "Card",
    "Evaluation",
    "Figure",
    "GateFailed",
    "NothingToTune",
    "ReadRecord",
    "Replayed",
    "Table",
    "TooLittle",
    "Training",
    "Tuned",
    "TuningPlan",
    "Verdict",
    "VersionList",
    "VersionView",
    "card_texts",
    "compare",
    "cost_of",
    "evaluate",
    "facts_of",
    "keep_federated",
    "list_versions",
    "refusal",
    "replay_online",
    "show_version",
    "store_report",
    "train",
    "tune",
]
