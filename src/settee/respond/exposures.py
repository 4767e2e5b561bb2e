"""Hand exposures to the journal a few at a time, and never let an answer wait for it.

A commit costs half a millisecond whether it holds one exposure or twenty, so what comes within
`GATHER_S` goes in one submission: at 500 answers a second that is 40 commits instead of 500. When
the journal has no room, an exposure is refused at once and its answer says so; the answer goes out.

Reads: nothing.  Writes: the journal.
Not here: what an exposure says (respond.telling).
"""

import logging
import threading
from concurrent.futures import Future

from settee.core import SetteeError
from settee.store import Appended, Journal, Record

GATHER_S = 0.025
_log = logging.getLogger("settee.respond")


class Exposures:
    """The way of exposures into the journal.

    Args:
        journal: Where they go.
        max_waiting: Most events that may wait there (``journal.max_waiting``).
    """

    def __init__(self, journal: Journal, max_waiting: int) -> None:
        self._journal = journal
        self._max_waiting = max_waiting
        self._gathered: list[Record] = []
        self._n_lost = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def n_lost(self) -> int:
        """Exposures that were taken and could then not be written."""
        return self._n_lost

    def take(self, record: Record) -> bool:
        """Take an exposure; False when there is no room, and then nothing was taken."""
        if self._thread is None:
            return self._submit([record])
        if self._journal.n_waiting + len(self._gathered) >= self._max_waiting:
            return False
        with self._lock:
            self._gathered.append(record)
        self._wake.set()
        return True

    def start(self) -> None:
        """Gather from now on; starting twice is harmless."""
        if self._thread is None:
            self._stop.clear()
            thread = threading.Thread(target=self._run, name="settee-exposures", daemon=True)
            thread.start()
            self._thread = thread

    def stop(self) -> None:
        """Hand over what was gathered, and gather no more; stopping twice is harmless."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stop.set()
            self._wake.set()
            thread.join()
            self._hand_over()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            self._stop.wait(GATHER_S)
            self._hand_over()

    def _hand_over(self) -> None:
        with self._lock:
            records, self._gathered = self._gathered, []
        if records and not self._submit(records):
            self._n_lost += len(records)

    def _submit(self, records: list[Record]) -> bool:
        try:
            future = self._journal.submit(records)
        except SetteeError as error:
            _log.debug("%d exposures not journalled: %s", len(records), error.code)
            return False

        def settle(done: "Future[Appended]") -> None:
            if not done.cancelled() and done.exception() is not None:
                self._n_lost += len(records)

        future.add_done_callback(settle)
        return True
