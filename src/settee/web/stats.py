"""Say in one look how the service is: times, rungs, cache, breakers, waits, sizes.

`GET /stats` is for people and for scripts that want no Prometheus. Where several workers answer,
counts are those of all of them, times come from their boxes laid together, and what is each one's
own (memory, wait, cache) stands under `workers`.

Reads: counters, the responder.  Writes: nothing.
Not here: the page for Prometheus (web.metrics), how workers tell each other (web.siblings).
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.responses import Response

from settee.core import to_json
from settee.web.engine import Engine
from settee.web.hot import HotRoutes
from settee.web.memory import Memory
from settee.web.metrics import Metrics
from settee.web.pressure import Pressure
from settee.web.stages import Stages


class StageTimes(msgspec.Struct, frozen=True):
    """How long one stage of an answer took: the number of times, the middle, the 99th of 100."""

    n: int
    p50_ms: float
    p99_ms: float


class WorkerStats(msgspec.Struct, frozen=True):
    """What is one worker's own.

    `rss_mb` is all memory it sees, `pss_mb` its share of it, with pages that n workers share
    counted for a n-th (null where the system does not tell), both at most a minute old; `wait_ms`
    is how long a question waits for its turn, and `let_in` the share of questions that are
    answered; `breakers` says of each source whether it is asked: closed, open or half_open.
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


class Stats(msgspec.Struct, frozen=True):
    """How the service is, since its workers started.

    `events` counts by outcome (accepted, duplicate, rejected); `trained_until` is the newest event
    that the model in use was trained on.
    """

    model_version: str | None
    trained_until: datetime | None
    rung: str | None
    n_items: int
    answers: dict[str, int]
    cache: dict[str, int]
    lists: dict[str, int]
    events: dict[str, int]
    turned_away: int
    stages: dict[str, StageTimes]
    workers: list[WorkerStats]


def worker_stats(
    engine: Engine, hot: HotRoutes, pressure: Pressure, memory: Memory, worker: int = 0
) -> WorkerStats:
    """What this worker says of itself.

    Args:
        engine: What stands behind its door.
        hot: Its hot routes, which have the cache.
        pressure: How long questions wait.
        memory: What its process holds.
        worker: Its number.
    """
    responder = engine.responder()
    held = memory.held()
    return WorkerStats(
        worker, os.getpid(), held.rss_mb, held.pss_mb,
        round(1000 * pressure.wait_s, 1), round(pressure.share, 4),
        len(hot.cache), round(hot.cache.n_bytes / 2**20, 3),
        responder.lag(), responder.n_lost_exposures,
        {name: one.state for name, one in sorted(responder.breakers.items())},
    )  # fmt: skip


class Teller:
    """Puts together what all workers say of one tenant.

    Args:
        engine: The tenant's engine.
        metrics: Its counters.
        own: What this worker says of itself.
    """

    def __init__(self, engine: Engine, metrics: Metrics, own: Callable[[], WorkerStats]) -> None:
        self._engine = engine
        self._metrics = metrics
        self._own = own

    def told(self) -> dict[str, Any]:
        """What this worker tells the others, in JSON's types."""
        return self._own_figures() | {"page": self._metrics.page().decode()}

    def _own_figures(self) -> dict[str, Any]:
        return {
            "counts": self._metrics.counts(),
            "boxes": self._metrics.stages.boxes,
            "worker": msgspec.to_builtins(self._own()),
        }

    def stats(self) -> Stats:
        """The whole; it waits for other workers, so it is for a thread."""
        tellings = [self._own_figures(), *(said for _, said in self._metrics.others())]
        counts: dict[str, Counter[str]] = {}
        stages = Stages()
        for one in tellings:
            stages.add(one["boxes"])
            for name, values in one["counts"].items():
                counts.setdefault(name, Counter()).update(values)
        standing = self._engine.responder().standing(self._engine.clock())
        workers = [msgspec.convert(one["worker"], WorkerStats) for one in tellings]
        return Stats(
            standing.model_version, standing.trained_until, standing.rung, standing.n_items,
            _plain(counts["answers"]), _plain(counts["cache"]), _plain(counts["lists"]),
            _plain(counts["events"]), counts["turned_away"][""],
            {name: msgspec.convert(one, StageTimes) for name, one in stages.told().items()},
            sorted(workers, key=lambda one: one.worker),
        )  # fmt: skip


def add_stats(router: APIRouter, teller: Teller) -> None:
    """Add the route.

    Args:
        router: Where to.
        teller: Puts the figures together.
    """

    @router.get("/stats", summary="How the service is", tags=["probes"])
    def stats() -> Response:
        """Times of stages, rungs, cache, breakers, waits and memory, of all workers."""
        return Response(to_json(teller.stats()), media_type="application/json")


def _plain(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))
