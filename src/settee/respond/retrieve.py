"""Ask all sources within a time limit; one that is late or fails is left out, by name.

The sources run one after the other in a thread of their own, and the answer waits for that thread
no longer than the budget: 50 ms for all, whatever a source does. A source that is still busy with
an earlier question is not asked again until it is done.

Reads: a history.  Writes: nothing.
Not here: what is made of the scores (ranking.pool), what an answer does without them (ladder).
"""

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from queue import SimpleQueue
from typing import Final

import numpy as np
from numpy.typing import NDArray

from settee.candidates import Source
from settee.events import Histories

LATE: Final = "late"
FAILED: Final = "failed"
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

    __slots__ = ("failed", "gate", "histories", "is_given_up", "names", "scores")

    def __init__(self, names: Sequence[str], histories: Histories) -> None:
        self.names = names
        self.histories = histories
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
    """

    def __init__(self, sources: Mapping[str, Source], n_items: int) -> None:
        self._sources = sources
        self._n_items = n_items
        self._busy: set[str] = set()
        self._starting = threading.Lock()
        self._jobs: SimpleQueue[_Job | None] | None = None

    def ask(
        self, names: Sequence[str], histories: Histories, budget_s: float
    ) -> tuple[dict[str, Scores], dict[str, str]]:
        """Scores by the sources that answered in time, and why the others are left out.

        Args:
            names: Sources to ask, in that order.
            histories: One person, or several who watch together.
            budget_s: Longest wait for all of them.

        Returns:
            (n_people, n_items) float32 by name, and `LATE` or `FAILED` by name.
        """
        late = {name: LATE for name in names if name in self._busy}
        job = _Job([name for name in names if name not in late], histories)
        jobs = self._queue()
        jobs.put(job)
        if not job.gate.acquire(timeout=budget_s):
            self._give_up(job, jobs)
        scores, failed = dict(job.scores), list(job.failed)
        late |= {name: LATE for name in job.names if name not in scores and name not in failed}
        return scores, late | dict.fromkeys(failed, FAILED)

    def close(self) -> None:
        """End the thread once it is idle; a later question starts another."""
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
                self._busy.add(name)
                try:
                    scores = self._sources[name].score(job.histories)
                    job.scores[name] = scores.reshape(job.histories.n_people, self._n_items)
                except Exception:  # noqa: BLE001 -- one source must not take the answer down
                    _log.exception("source %s failed", name)
                    job.failed.append(name)
                finally:
                    self._busy.discard(name)
            job.gate.release()
