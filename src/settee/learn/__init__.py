"""Learn from the record, judge on a later part of it, and say what was found."""

from settee.learn.evaluation import Evaluation, evaluate
from settee.learn.gate import GateFailed, ReadRecord, Verdict, compare, refusal
from settee.learn.intervals import Figure
from settee.learn.live import Replayed, replay_online
from settee.learn.table import Table
from settee.learn.training import (
    EVALUATION,
    TRAINING,
    Training,
    store_report,
    train,
)
from settee.learn.trial import TooLittle

__all__ = [
    "EVALUATION",
    "TRAINING",
    "Evaluation",
    "Figure",
    "GateFailed",
    "ReadRecord",
    "Replayed",
    "Table",
    "TooLittle",
    "Training",
    "Verdict",
    "compare",
    "evaluate",
    "refusal",
    "replay_online",
    "store_report",
    "train",
]
