"""Run several processes that answer on one socket, and keep as many of them alive.

The socket is opened once and each worker inherits it, so a connection that waits in line is taken
by whoever is free, also while one worker is replaced. Whoever dies is started anew; SIGHUP starts
new ones, waits until they answer, and only then lets the old ones finish; SIGTERM lets all finish.
The parent itself opens nothing but the socket, so nothing of it is shared by accident.

Reads / Writes: signals, processes.
Source: the pre-fork servers since Apache 1.3; Stevens (1998), "UNIX Network Programming", ch. 30.
Not here: what a worker does (web.server), how figures come together (web.siblings).
"""

import contextlib
import logging
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from settee.core import Unavailable

Run = Callable[[int, Callable[[], None]], None]
"""What a worker does, given its number and what to call once it answers, until it is done."""
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
_START_S = 300.0
_SHORT_LIFE_S = 5.0
_POLL_S = 0.2
_READY = b"+"
_log = logging.getLogger("settee.web")


class WorkersFailed(Unavailable):
    """Workers cannot be started."""

    code = "workers_failed"


@dataclass
class _Worker:
    pid: int
    number: int
    ready: int  # a pipe that tells when it answers; -1 once it did
    started_s: float
    is_leaving: bool = False


@dataclass
class Supervisor:
    """The parent of the workers.

    Args:
        run: What each does.
        n_workers: How many.
        grace_s: Seconds that a worker may take to finish.
        on_ready: Called once all of the first ones answer.
        on_reload: Called before new ones take the place of the old; what it raises keeps the old.
    """

    run: Run
    n_workers: int
    grace_s: float
    on_ready: Callable[[], None] = lambda: None
    on_reload: Callable[[], None] = lambda: None
    _workers: list[_Worker] = field(default_factory=list)
    _next: int = 0

    def supervise(self) -> None:
        """Start the workers and keep them until SIGTERM or SIGINT, then let them finish.

        Raises:
            WorkersFailed: If one of the first ones ends before it answers.
        """
        with _listening() as came:
            try:
                for _ in range(self.n_workers):
                    self._start()
                self._await_ready(list(self._workers))
                self.on_ready()
                while not (numbers := came()) & {signal.SIGTERM, signal.SIGINT}:
                    if signal.SIGHUP in numbers:
                        self._reload()
                    self._replace_dead()
            finally:
                self._end(self._workers)

    @property
    def pids(self) -> list[int]:
        """The workers that are there."""
        return [one.pid for one in self._workers]

    def _start(self) -> _Worker:
        """Fork a worker; the child never returns from here."""
        number, self._next = self._next, self._next + 1
        reading, writing = os.pipe()
        # What is sent to the child before it listens must not be taken for the parent's.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            self._be_worker(number, writing)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        os.close(writing)
        worker = _Worker(pid, number, reading, time.monotonic())
        self._workers.append(worker)
        return worker

    def _be_worker(self, number: int, writing: int) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for one in _SIGNALS:
                signal.signal(one, signal.SIG_DFL)
            # Ctrl-C goes to all of a terminal; the parent says when to end.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            self.run(number, lambda: _tell(writing))
            status = 0
        except BaseException:  # noqa: BLE001 -- nothing of the parent may run in its child
            _log.exception("worker %d failed", number)
        finally:
            logging.shutdown()
            os._exit(status)

    def _await_ready(self, workers: list[_Worker]) -> None:
        """Wait until these answer.

        Raises:
            WorkersFailed: If one ends before that, or takes too long.
        """
        until_s = time.monotonic() + _START_S
        for one in workers:
            is_told, _, _ = select.select([one.ready], [], [], max(0.0, until_s - time.monotonic()))
            said = os.read(one.ready, 1) if is_told else b""
            os.close(one.ready)
            one.ready = -1
            if said != _READY:
                raise WorkersFailed(
                    f"worker {one.number} ended before it answered; the log has the reason.",
                    hint="settee serve with serve.workers=1 shows the error itself.",
                )

    def _reload(self) -> None:
        """Put new workers in the place of the old, which finish what they began."""
        before = list(self._workers)
        try:
            self.on_reload()
            fresh = [self._start() for _ in range(self.n_workers)]
            self._await_ready(fresh)
        except Exception:  # noqa: BLE001 -- what answered before goes on
            _log.exception("reload failed; the workers before go on")
            self._end([one for one in self._workers if one not in before])
            return
        _log.info("%d new workers answer", len(fresh))
        for one in before:
            one.is_leaving = True
            _send(one.pid, signal.SIGTERM)

    def _replace_dead(self) -> None:
        for one in list(self._workers):
            pid, status = os.waitpid(one.pid, os.WNOHANG)
            if pid == 0:
                continue
            self._forget(one)
            if one.is_leaving:
                continue
            _log.error(
                "worker %d ended with status %d; another takes its place", one.number, status
            )
            if time.monotonic() - one.started_s < _SHORT_LIFE_S:
                time.sleep(1.0)  # one that dies at once must not be forked without end
            self._start()

    def _end(self, workers: list[_Worker]) -> None:
        """Let workers finish, and end those that do not."""
        leaving = list(workers)
        for one in leaving:
            _send(one.pid, signal.SIGTERM)
        until_s = time.monotonic() + self.grace_s
        while leaving:
            if time.monotonic() > until_s:
                for one in leaving:
                    _log.error("worker %d did not finish in %g s", one.number, self.grace_s)
                    _send(one.pid, signal.SIGKILL)
                until_s = time.monotonic() + self.grace_s
            for one in list(leaving):
                if os.waitpid(one.pid, os.WNOHANG)[0]:
                    leaving.remove(one)
                    self._forget(one)
            time.sleep(0.02 if leaving else 0.0)

    def _forget(self, worker: _Worker) -> None:
        if worker.ready >= 0:
            os.close(worker.ready)
        self._workers.remove(worker)


@contextlib.contextmanager
def _listening() -> Iterator[Callable[[], set[int]]]:
    """Take signals, and give what waits for the next ones and tells which came."""
    reading, writing = os.pipe()
    for one in (reading, writing):
        os.set_blocking(one, False)
    # A handler of Python's runs in this thread, whichever thread the system gave the signal to.
    before = {one: signal.signal(one, lambda *_: None) for one in _SIGNALS}
    wakeup = signal.set_wakeup_fd(writing)

    def came() -> set[int]:
        select.select([reading], [], [], _POLL_S)
        with contextlib.suppress(BlockingIOError):
            return set(os.read(reading, 512))
        return set()

    try:
        yield came
    finally:
        signal.set_wakeup_fd(wakeup)
        for one, handler in before.items():
            signal.signal(one, handler)
        os.close(reading)
        os.close(writing)


def _tell(writing: int) -> None:
    with contextlib.suppress(OSError):  # the parent gave up waiting
        os.write(writing, _READY)
        os.close(writing)


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
