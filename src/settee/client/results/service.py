"""How the service is."""

from datetime import datetime

from msgspec import Struct


class Health(Struct, frozen=True):
    """The process is up."""

    is_up: bool


class Readiness(Struct, frozen=True):
    """Can it take events and answer, and from which rung?"""

    is_ready: bool
    journal: str
    rung: str | None
    model_version: str | None
    n_items: int


class StageTimes(Struct, frozen=True):
    """How long one stage of an answer took: the number of times, the middle, the 99th of 100."""

    n: int
    p50_ms: float
    p99_ms: float


class WorkerStats(Struct, frozen=True):
    """What is one worker's own.

    `rss_mb` is all memory it sees, `pss_mb` its share of it, with pages that n workers share
    counted for a n-th (null where the system does not tell); `wait_ms` is how long a question waits
    for its turn, and `let_in` the share of questions that are answered; `breakers` says of each
    source whether it is asked: closed, open or half_open.
    """

    worker: int
    pid: int
    rss_mb: float | None
    pss_mb: float | None
    wait_ms: float
    let_in: float
    cached_answers: int
    cached_mb: float
    journal_lag: int
    lost_exposures: int
    breakers: dict[str, str]


class Stats(Struct, frozen=True):
    """How the service is, since its workers started.

    `events` counts by outcome (accepted, duplicate, rejected); `trained_until` is the newest event
    that the model in use was trained on.
    """

    model_version: str | None
    rung: str | None
    n_items: int
    answers: dict[str, int]
    cache: dict[str, int]
    lists: dict[str, int]
    turned_away: int
    stages: dict[str, StageTimes]
    workers: list[WorkerStats]
    events: dict[str, int] = {}
    trained_until: datetime | None = None
