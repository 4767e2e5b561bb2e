"""Keep the answers fresh: new events, new items, a new release, without a restart.

One thread folds what came into the journal into profiles and households, and now and then has
everything else renewed. It is woken by whoever stored something here, and looks by itself every
`LOOK_S` for what other processes stored, so a worker is a tenth of a second behind at most.

Reads: journal.  Writes: profiles, households.
Not here: answering (respond.responder).
"""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from settee.core import SetteeError
from settee.respond.lately import Lately
from settee.store import HotState, Journal

LOOK_S = 0.1
POLL_S = 0.5
FLUSH_S = 2.0
_BATCH = 250
_ANSWER = "exposure"
_MAX_CATCH_UP = 20
_log = logging.getLogger("settee.respond")


class Renewable(Protocol):
    """What the follower tells."""

    def follow(self) -> bool:
        """Let live events count in what moves of the model; is everything taken in?"""
        ...

    def renew(self) -> None:
        """Look for changed items and another release; called every `POLL_S`."""
        ...


class Foldable(Protocol):
    """Another view of the record that is kept up beside the profiles."""

    def step(self) -> bool:
        """Take in the journal, and a little of what else is to be done; is there more?"""
        ...


class Follower:
    """The thread, and the fold it shares with requests that cannot wait for it.

    Args:
        journal: What is followed.
        state: Where events go.
        told: Who is told.
        now_s: A steady clock in seconds.
        people: Where events go too; None where persons are not looked for.
        lately: Remembers whose the latest events are; None where nobody asks.
    """

    def __init__(
        self,
        journal: Journal,
        state: HotState,
        told: Renewable,
        now_s: Callable[[], float],
        people: Foldable | None = None,
        lately: Lately | None = None,
    ) -> None:
        self._people = people
        self._lately = lately
        self._journal = journal
        self._state = state
        self._told = told
        self._now_s = now_s
        self._folding = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._awaited: dict[str, int] = {}
        self._done = 0
        self._is_more = False
        self.n_facts = 0
        """Rises with every fact that may change an answer: all but the answers themselves."""
        self._awaiting = threading.Lock()

    def is_behind(self, account_id: str) -> bool:
        """Did this process store an event of the account that its views do not hold yet?"""
        offset = self._awaited.get(account_id)
        return offset is not None and self._done < offset

    def is_behind_anybody(self) -> bool:
        """Did this process store any event that its views do not hold yet?"""
        return bool(self._awaited)

    def look_after(self, offset: int, account_ids: Iterable[str]) -> None:
        """Entries of these accounts, up to `offset`, are in the journal; fold them soon."""
        with self._awaiting:
            self._awaited.update(dict.fromkeys(account_ids, offset))
        self._wake.set()

    def catch_up(self, max_batches: int = _MAX_CATCH_UP) -> bool:
        """Fold what the journal holds, at most so many batches.

        Returns:
            Is everything folded?

        Raises:
            SetteeError: If the journal cannot be read or the profiles cannot be used.
        """
        for _ in range(max_batches):
            with self._folding:
                entries = self._journal.read(self._state.offset(), _BATCH)
                self._state.apply(entries)  # without any, it looks for loaded segments
                offset = self._state.offset()
                if self._lately is not None:
                    self._lately.take(entries)
                # What breaks here must not keep the profiles back.
                is_more = self._guarded(self._told.follow) is False
                if self._people is not None:
                    is_more |= self._guarded(self._people.step) is True
                self.n_facts += sum(one.record.kind != _ANSWER for one in entries)
                self.n_facts += is_more or self._is_more
                self._is_more = is_more
                self._forget(offset)
                if not entries:
                    return True
        return False

    def _forget(self, offset: int) -> None:
        """Await no longer what is folded."""
        self._done = offset
        with self._awaiting:
            if self._awaited:
                self._awaited = {who: at for who, at in self._awaited.items() if at > offset}

    def start(self) -> None:
        """Start the thread; starting twice is harmless."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="settee-follow", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and write the profiles; stopping twice is harmless."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stop.set()
            self._wake.set()
            thread.join()
            self._state.flush()

    def _run(self) -> None:
        renew_s = flush_s = self._now_s()
        while not self._stop.is_set():
            self._wake.clear()
            is_done = self._guarded(self.catch_up, 1)
            now_s = self._now_s()
            if now_s >= renew_s:
                self._guarded(self._told.renew)
                renew_s = now_s + POLL_S
            if now_s >= flush_s:
                self._guarded(self._state.flush)
                flush_s = now_s + FLUSH_S
            if is_done is not False and not self._is_more:
                self._wake.wait(LOOK_S)

    def _guarded(self, call: Callable[..., object], *args: object) -> object:
        """Call, and outlive what goes wrong: the next turn tries again."""
        try:
            return call(*args)
        except SetteeError as error:
            _log.warning("%s: %s", error.code, error.message)
        except Exception:  # noqa: BLE001 -- the thread must outlive a bug in one turn
            _log.exception("following failed")
        return None
