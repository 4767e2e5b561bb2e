"""Keep closed sessions in two orders: when they fell silent, and when their last event was.

They are learnt from in the first order and answered in the second. Of a film that ends at 21:00 and
a click on the phone at 21:10 that closes later, the click waits to be answered only for what was
silent before 21:10, and the film does not keep it waiting.

Reads / Writes: nothing.
Not here: answering and learning (people.account).
"""

from collections.abc import Iterator, Sequence

import numpy as np

from settee.core import DEVICE_TYPES
from settee.people.answers import SessionAnswer
from settee.people.sessionizer import Running
from settee.people.sessions import Sessions

_EVER = 2**62


class Waiting:
    """Closed sessions of one account.

    Args:
        closed: Sorted by their ends.
        gap_us: Silence after which a session is known, microseconds.
        said: What was said about each before, None where nothing was; empty for nothing at all.
    """

    def __init__(
        self, closed: Sessions, gap_us: int, said: Sequence[SessionAnswer | None] = ()
    ) -> None:
        self._closed = closed
        self._silent_us = closed.end_us + gap_us
        self._last_us: list[int] = closed.last_us.tolist()
        self._n_before = self.n_silent(self._last_us)
        self._order = sorted(range(len(closed)), key=self._last_us.__getitem__)
        self._n_done = 0
        self._answers = list(said) or [None] * len(closed)
        self._taken: dict[int, Sessions] = {}  # whoever asks of one session twice gets one value

    def silent_us(self, place: int) -> int:
        """When a session is known; never, behind the last one."""
        return int(self._silent_us[place]) if place < len(self._closed) else _EVER

    def n_silent(self, at_us: Sequence[int]) -> list[int]:
        """How many sessions are known before each instant."""
        found: list[int] = np.searchsorted(self._silent_us, at_us, side="left").tolist()
        return found

    def session(self, place: int) -> Sessions:
        """The session at that place."""
        if place not in self._taken:
            self._taken[place] = self._closed.take(np.array([place]))
        return self._taken[place]

    def let_go(self, place: int) -> None:
        """Forget the value of a session."""
        self._taken.pop(place, None)

    def due(self, at_us: int, n_known: int) -> Iterator[int]:
        """Sessions to answer: ended until an instant, once so many others are known."""
        while self._n_done < len(self._order):
            place = self._order[self._n_done]
            if self._last_us[place] > at_us or self._n_before[place] > n_known:
                return
            self._n_done += 1
            if self._answers[place] is None:
                yield place

    def answer(self, place: int, answer: SessionAnswer) -> None:
        """Keep what was said."""
        self._answers[place] = answer

    def answers(self) -> list[SessionAnswer]:
        """All answers, in the order in which sessions fell silent."""
        return [one for one in self._answers if one is not None]

    def outlines(self) -> list[Running]:
        """Where and when each session ran, without what it was about."""
        return [self._outline(place) for place in range(len(self._closed))]

    def _outline(self, place: int) -> Running:
        closed = self._closed
        last = (self._last_us[place], closed.last_event_id[place])

        def mark(space: Sequence[str], number: int) -> tuple[tuple[int, str], str] | None:
            return (last, space[number]) if number >= 0 else None

        device = int(closed.device[place])
        return Running(
            device_id=closed.device_ids[device] if device >= 0 else None,
            start_us=int(closed.start_us[place]),
            last=last,
            end_us=int(closed.end_us[place]),
            device_type=mark(DEVICE_TYPES, int(closed.device_type[place])),
            platform=mark(closed.platforms, int(closed.platform[place])),
            items={},
        )
