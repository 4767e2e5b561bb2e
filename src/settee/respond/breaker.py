"""Leave a part alone that keeps failing, and try it again with one question at a time.

Of the last 20 questions 10 failed or came too late: the breaker opens, and nobody asks for
`rest_s`. Then one question goes through as a probe. If it is answered all is as before, if not the
rest begins again. So an ill source costs an answer its time ten times and not ten thousand times.

Reads / Writes: nothing.
Source: Nygard (2007), "Release It!", circuit breaker.
Not here: asking the sources (respond.retrieve).
"""

import threading
from collections.abc import Callable
from typing import Literal

from settee.core import BreakerSettings

State = Literal["closed", "open", "half_open"]
WINDOW = 20
"""Questions that are looked back on."""


class Breaker:
    """The breaker of one part; safe to share between threads.

    Args:
        settings: `failures` of the last 20 that open it, and `rest_s` (both change results: what
            is left alone says nothing).
        now_s: A steady clock in seconds.

    >>> clock = iter([0.0, 1.0, 9.0, 9.0])
    >>> ill = Breaker(BreakerSettings(failures=1, rest_s=5.0), lambda: next(clock))
    >>> ill.saw(is_good=False)
    >>> ill.lets_through(), ill.lets_through(), ill.lets_through()
    (False, True, False)
    """

    def __init__(self, settings: BreakerSettings, now_s: Callable[[], float]) -> None:
        self._settings = settings
        self._now_s = now_s
        self._failed = 0  # a bit for each of the last questions, the newest lowest
        self._tried_s: float | None = None  # when it opened, or let the last probe through
        self._is_probing = False
        self._lock = threading.Lock()
        self.n_opened = 0

    @property
    def state(self) -> State:
        """Closed, open, or half open: a probe is under way."""
        if self._tried_s is None:
            return "closed"
        return "half_open" if self._is_probing else "open"

    def lets_through(self) -> bool:
        """May the part be asked now? While it rests, one question in `rest_s` may."""
        if self.state == "closed":  # the way of nearly all questions, without a lock
            return True
        with self._lock:
            tried_s, now_s = self._tried_s, self._now_s()
            if tried_s is not None:
                if now_s - tried_s < self._settings.rest_s:
                    return False
                self._tried_s, self._is_probing = now_s, True
            return True

    def saw(self, *, is_good: bool) -> None:
        """Take in what came of a question that was let through."""
        if is_good and self._failed == 0 and self._tried_s is None:
            return
        with self._lock:
            if self._tried_s is not None:
                if self._is_probing:
                    self._after_probe(is_good=is_good)
                return
            self._failed = (self._failed << 1 | (not is_good)) & ((1 << WINDOW) - 1)
            if self._failed.bit_count() >= self._settings.failures:
                self._open()

    def _after_probe(self, *, is_good: bool) -> None:
        if is_good:
            self._failed, self._tried_s, self._is_probing = 0, None, False
        else:
            self._open()

    def _open(self) -> None:
        self._tried_s, self._is_probing = self._now_s(), False
        self.n_opened += 1
