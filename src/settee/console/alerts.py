"""Say what is not well with the service, and what to do about each.

A breaker that is open, events that nobody counts yet, a model of last month: each is a sentence and
a next step. 3 answers of 100 from a lower rung are no alert, 6 are.

Reads / Writes: nothing.
Not here: how it is drawn (console.pages.home), figures for alerting by machine (/metrics).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from settee.client.results import Stats, WorkerStats

RUNGS = ("ranker", "fusion", "popular", "catalogue")
_MAX_LAG = 5_000
_MAX_FALLBACK = 0.05
_MAX_REJECTED = 0.01
_MAX_AGE_DAYS = 7


@dataclass(frozen=True)
class Alert:
    """Something that is not well.

    Args:
        what: What it is, with its figure.
        do: The next step.
    """

    what: str
    do: str


def alerts_of(stats: Stats, now: datetime) -> list[Alert]:
    """What is not well, the model first.

    Args:
        stats: How the service is.
        now: The present instant, aware.
    """
    found = [*_of_model(stats, now), *_of_answers(stats), *_of_events(stats)]
    for worker in stats.workers:
        found += _of_worker(worker)
    return found


def quality_of(stats: Stats) -> str:
    """The quality of what came in, in one line.

    >>> from settee.client.results import Stats
    >>> quality_of(Stats("v1", "ranker", 1, {}, {}, {}, 0, {}, [], {"accepted": 98, "rejected": 2}))
    '100 events since the start: 98 accepted, 0 known already, 2 refused (2.0 %).'
    """
    counts = stats.events
    taken, known, refused = (counts.get(one, 0) for one in ("accepted", "duplicate", "rejected"))
    n = taken + known + refused
    if not n:
        return "No event came since the start."
    return (
        f"{n:,} events since the start: {taken:,} accepted, {known:,} known already, "
        f"{refused:,} refused ({100 * refused / n:.1f} %)."
    )


def _of_model(stats: Stats, now: datetime) -> Iterator[Alert]:
    if stats.model_version is None:
        yield Alert("No model is in use.", "Run settee train, then settee release.")
    elif stats.trained_until is not None:
        days = (now - stats.trained_until).days
        if days > _MAX_AGE_DAYS:
            yield Alert(
                f"The model in use knows events up to {stats.trained_until:%d %b %Y}, "
                f"{days:,} days ago.",
                "Run settee train, compare, then settee release.",
            )


def _of_answers(stats: Stats) -> Iterator[Alert]:
    n = sum(stats.answers.values())
    below = {one: count for one, count in stats.answers.items() if one != stats.rung}
    if n and sum(below.values()) > _MAX_FALLBACK * n:
        worst = max(below, key=lambda one: below[one])
        yield Alert(
            f"{100 * sum(below.values()) / n:.0f} % of the answers come from another rung than "
            f"{stats.rung or 'any'}, most from {worst}.",
            "Newcomers get popular titles; for others look at sources left out in /metrics.",
        )
    if stats.turned_away:
        yield Alert(
            f"{stats.turned_away:,} questions were turned away since the start.",
            "Add workers (settee serve --workers), or lists made ahead.",
        )


def _of_events(stats: Stats) -> Iterator[Alert]:
    refused, n = stats.events.get("rejected", 0), sum(stats.events.values())
    if refused > _MAX_REJECTED * n:
        yield Alert(
            f"{refused:,} of {n:,} events were refused.",
            "The page Data shows each with its reason.",
        )


def _of_worker(worker: WorkerStats) -> Iterator[Alert]:
    for name, state in worker.breakers.items():
        if state != "closed":
            yield Alert(
                f"Source {name} is not asked by worker {worker.worker}: its breaker is "
                f"{state.replace('_', ' ')}.",
                "It failed or was late, and is tried again by itself; the log says why.",
            )
    if worker.journal_lag > _MAX_LAG:
        yield Alert(
            f"{worker.journal_lag:,} entries of the journal are not counted yet by worker "
            f"{worker.worker}.",
            "Answers do not know them until then; send events more slowly, or wait.",
        )
    if worker.lost_exposures:
        yield Alert(
            f"{worker.lost_exposures:,} answers of worker {worker.worker} are on no record.",
            "Look for a full disk; caps and learning miss what was shown.",
        )
    if worker.let_in < 1:
        yield Alert(
            f"Worker {worker.worker} lets in {100 * worker.let_in:.0f} % of the questions.",
            "More come than it can answer; add workers (settee serve --workers).",
        )
