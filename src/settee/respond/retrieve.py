"""Ask all sources within a time limit; one that is late or fails is left out, by name.

The sources run one after the other in a thread of their own, and the answer waits for that thread
no longer than the budget: 50 ms for all, whatever a source does. A source that is still busy with
an earlier question is not asked again until it is done, and one that keeps failing rests a while.

Reads: a history.  Writes: nothing.
Not here: what is made of the scores (ranking.pool), when a source rests (respond.breaker).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from queue import SimpleQueue
from typing import Final

import numpy as np
from numpy.typing import NDArray

from settee.core import BreakerSettings
from settee.events import Histories
from settee.respond.breaker import Breaker
from settee.respond.widen import Scorer

LATE: Final = "late"
FAILED: Final = "failed"
RESTING: Final = "resting"
Scores = NDArray[np.float32]
_log = logging.getLogger("settee.respond")


def of_one(
    scores: Mapping[str, Scores], names: Iterable[str], person: int = 0
) -> list[Scores | None]:
    """One person's scores by each source, None where a source gave none.

    Args:
        scores: From `Retriever.ask`.
        names: Sources, in the order that is wanted.
        person: Which of those who were asked about.
    """
    return [scores[name][person] if name in scores else None for name in names]


class _Job:
    """One question to some sources; `gate` opens when all are done."""

    __slots__ = (
        "failed", "gate", "histories", "is_given_up", "n_items", "names", "scores", "sources"
    )  # fmt: skip

    def __init__(
        self,
        names: Sequence[str],
        histories: Histories,
        sources: Mapping[str, Scorer],
        n_items: int,
    ) -> None:
        self.names = names
        self.histories = histories
        self.sources = sources
        self.n_items = n_items
        self.scores: dict[str, Scores] = {}
        self.failed: list[str] = []
        self.is_given_up = False
        self.gate = threading.Lock()
        self.gate.acquire()


class Retriever:
    """Asks sources in a thread.

    Args:
        sources: By name.
        n_items: Size of the item space; other shapes count as failures.
        crew: Whose thread it is; a retriever over the same sources in a larger item space shares
            it. None starts one.
        breaker: When a source that fails is left alone; not looked at where a crew is given.
        now_s: A steady clock in seconds.
    """

    def __init__(
        self,
        sources: Mapping[str, Scorer],
        n_items: int,
        crew: "_Crew | None" = None,
        *,
        breaker: BreakerSettings | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sources = sources
        self._n_items = n_items
        self._crew = crew or _Crew(breaker or BreakerSettings(), now_s)

    def among(self, sources: Mapping[str, Scorer], n_items: int) -> "Retriever":
        """The same thread for the same sources in a larger item space."""
        return Retriever(sources, n_items, self._crew)

    def ask(
        self, names: Sequence[str], histories: Histories, budget_s: float
    ) -> tuple[dict[str, Scores], dict[str, str]]:
        """Scores by the sources that answered in time, and why the others are left out.

        Args:
            names: Sources to ask, in that order.
            histories: One person, or several who watch together.
            budget_s: Longest wait for all of them.

        Returns:
            (n_people, n_items) float32 by name, and `LATE`, `FAILED` or `RESTING` by name.
        """
        crew = self._crew
        left_out = {name: why for name in names if (why := crew.why_not(name))}
        asked = [name for name in names if name not in left_out] if left_out else names
        job = _Job(asked, histories, self._sources, self._n_items)
        culprit = crew.do(job, budget_s)
        scores, failed = dict(job.scores), list(job.failed)
        crew.saw(scores, [*failed, *culprit])
        if len(scores) < len(asked):
            left_out |= {name: LATE for name in asked if name not in scores}
        return scores, left_out | dict.fromkeys(failed, FAILED)

    @property
    def breakers(self) -> Mapping[str, Breaker]:
        """The breaker of each source that was asked so far."""
        return self._crew.breakers

    def close(self) -> None:
        """End the thread once it is idle; a later question starts another."""
        self._crew.close()


class _Crew:
    """The thread that asks, which sources are busy there, and which rest."""

    def __init__(self, settings: BreakerSettings, now_s: Callable[[], float]) -> None:
        self.busy: set[str] = set()
        self.breakers: dict[str, Breaker] = {}
        self._settings = settings
        self._now_s = now_s
        self._starting = threading.Lock()
        self._jobs: SimpleQueue[_Job | None] | None = None

    def why_not(self, name: str) -> str | None:
        """Why a source cannot be asked now; None where it can."""
        breaker = self.breakers.get(name)
        if breaker is None:
            breaker = self.breakers.setdefault(name, Breaker(self._settings, self._now_s))
        if name in self.busy:
            return LATE
        return None if breaker.lets_through() else RESTING

    def saw(self, good: Iterable[str], bad: Iterable[str]) -> None:
        """Take in which sources answered and which failed or hang."""
        for name in good:
            self.breakers[name].saw(is_good=True)
        for name in bad:
            self.breakers[name].saw(is_good=False)

    def do(self, job: _Job, budget_s: float) -> list[str]:
        """Have a job done, and wait no longer than the budget; the source that hangs, if one does.

        Those behind it were not asked any more and are not to blame.
        """
        jobs = self._queue()
        jobs.put(job)
        if job.gate.acquire(timeout=budget_s):
            return []
        self._give_up(job, jobs)
        return [name for name in job.names if name in self.busy and name not in job.scores][:1]

    def close(self) -> None:
        """End the thread once it is idle."""
        with self._starting:
            if self._jobs is not None:
                self._jobs.put(None)
                self._jobs = None

    def _queue(self) -> "SimpleQueue[_Job | None]":
        jobs = self._jobs
        if jobs is None:
            with self._starting:
                if self._jobs is None:
                    self._jobs = SimpleQueue()
                    threading.Thread(
                        target=self._run, args=(self._jobs,), name="settee-sources", daemon=True
                    ).start()
                jobs = self._jobs
        return jobs

    def _give_up(self, job: _Job, jobs: "SimpleQueue[_Job | None]") -> None:
        """Leave the thread to its slow source, and let the next question start another."""
        job.is_given_up = True
        with self._starting:
            if self._jobs is jobs:
                self._jobs.put(None)
                self._jobs = None

    def _run(self, jobs: "SimpleQueue[_Job | None]") -> None:
        while (job := jobs.get()) is not None:
            for name in job.names:
                if job.is_given_up:
                    break
                self.busy.add(name)
                try:
                    scores = np.asarray(job.sources[name].score(job.histories))
                    scores = scores.reshape(job.histories.n_people, job.n_items)
                    # Words and imaginary numbers fail here, not where the pool is made.
                    scores = scores.astype(np.float32, casting="same_kind", copy=False)
                    if np.isfinite(scores).all():
                        job.scores[name] = scores
                    else:
                        _log.error("source %s gave scores that are no numbers", name)
                        job.failed.append(name)
                except Exception:  # noqa: BLE001 -- one source must not take the answer down
                    _log.exception("source %s failed", name)
                    job.failed.append(name)
                finally:
                    self.busy.discard(name)
            job.gate.release()
