"""Turn questions away before the service collapses, as many as it takes and no more.

Answers are made one after the other, so whoever asks waits for those before them. A clock that
should ring every 20 ms tells how long that is: when it rings 620 ms late, a question that comes now
waits about 600 ms. Over the limit the share that is let in shrinks with each ring until the wait is
back at the limit, and grows again by a tenth. Turning one away costs a fiftieth of answering it.

Reads: a steady clock.  Writes: nothing.
Source: Nichols and Jacobson (2012), "Controlling Queue Delay" (wait, not length, is what counts).
Not here: events, which have a limit of their own (journal.max_waiting).
"""

import asyncio
from collections.abc import Callable

from settee.core import Overloaded

TICK_S = 0.02
_LEAST_SHARE = 0.02
_SHRINK = 0.5
_GROW = 1.1
_SLACK = 0.8
"""Part of the limit under which more are let in again."""


class TooBusy(Overloaded):
    """More questions come than can be answered in time."""

    code = "too_busy"
    status = 503


class Pressure:
    """How long a question waits, and who is let in.

    Args:
        limit_ms: Wait from which on some are turned away (changes who gets an answer).
        now_s: A steady clock in seconds.

    >>> calm = Pressure(500.0, lambda: 0.0)
    >>> calm.saw(0.7), calm.share, calm.lets_in(), calm.lets_in(), calm.lets_in()
    (None, 0.7142857142857143, False, True, True)
    """

    def __init__(self, limit_ms: float, now_s: Callable[[], float]) -> None:
        self._limit_s = limit_ms / 1000
        self._now_s = now_s
        self._credit = 0.0
        self.wait_s = 0.0
        self.share = 1.0
        self._watching: asyncio.Task[None] | None = None

    def lets_in(self) -> bool:
        """May one more question be answered?"""
        if self.share >= 1.0:
            return True
        self._credit += self.share
        if self._credit >= 1.0:
            self._credit -= 1.0
            return True
        return False

    def refusal(self) -> TooBusy:
        """What a question is refused with."""
        return TooBusy(
            f"Questions wait {1000 * self.wait_s:.0f} ms; from {1000 * self._limit_s:.0f} ms on "
            "some are turned away (serve.shed_above_ms).",
            hint="Ask again later, or run more workers (serve.workers).",
        )

    def saw(self, wait_s: float) -> None:
        """Take in how long the wait was just now."""
        self.wait_s = wait_s
        if wait_s > self._limit_s:
            shrunk = self.share * max(self._limit_s / wait_s, _SHRINK)
            self.share = max(shrunk, _LEAST_SHARE)
        elif wait_s < _SLACK * self._limit_s:
            self.share = min(1.0, self.share * _GROW)

    async def start(self) -> None:
        """Look at the clock from now on."""
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Look no more; stopping twice is harmless."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _watch(self) -> None:
        while True:
            before_s = self._now_s()
            await asyncio.sleep(TICK_S)
            self.saw(max(0.0, self._now_s() - before_s - TICK_S))
