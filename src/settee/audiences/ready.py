"""Give the audience of an item that was computed ahead, without whoever may be shown no longer.

An answer was made of people who might be shown then. Whoever said something since is noted, and an
answer is looked at when one of them stands in it: of 1,000 members one took consent back, so the
answer goes out with 999. Nobody has to throw anything away, and an answer that nobody's word met
goes out as the bytes that it is.

Reads: the folder of answers, news of accounts.  Writes: nothing.
Not here: the bytes (store.sliced), making them (audiences.precomputed).
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from settee.core import NotFound
from settee.store import SlicedAnswers, Slices, Unit, sliced_mark

NEWS_S = 0.02
"""Seconds after which it is asked again whether something was said of anybody."""
_PARTS_S = 1.0
_MOST_KEPT = 20_000


class NoAudienceYet(NotFound):
    """The audience of an item was not computed ahead, or is too old."""

    code = "no_audience_yet"


@dataclass(frozen=True)
class News:
    """Of whom something became known.

    Args:
        mark: Where the next look begins.
        account_ids: Accounts; None where it may be anybody.
    """

    mark: tuple[int, ...]
    account_ids: frozenset[str] | None


class Watch(Protocol):
    """Who may be shown."""

    def news(self, since: tuple[int, ...], /) -> News:
        """Of whom something became known since a mark."""
        ...

    def may_show(self, units: Sequence[Unit], /) -> NDArray[np.bool_]:
        """(n,) who may be shown now."""
        ...


class Found(NamedTuple):
    """An answer.

    Args:
        pieces: Its body, in pieces that follow each other.
        tag: Of the whole answer: the same tag and number, the same bytes.
    """

    pieces: tuple[bytes, bytes | memoryview, bytes]
    tag: str


class _Seen(NamedTuple):
    epoch: int
    slices: Slices


class ReadyAudiences:
    """The answers of one home; safe to share between threads.

    Args:
        folder: Where they lie.
        watch: Who may be shown.
        max_age_s: Older answers are not given (changes results).
        steady_s: A steady clock in seconds.
    """

    def __init__(
        self,
        folder: Path,
        watch: Watch,
        max_age_s: float,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._watch = watch
        self._max_age_s = max_age_s
        self._steady_s = steady_s
        self._answers: SlicedAnswers | None = None
        self._seen: dict[str, _Seen] = {}
        self._mark: tuple[int, ...] = ()
        self._epoch = 0
        self._is_anybody = False
        self._asked_s = self._looked_s = -1e9
        self._looking = threading.Lock()

    def find(self, item_id: str, n: int, now_s: float) -> Found:
        """The first people of an item.

        Args:
            item_id: The item.
            n: Most people.
            now_s: Instant of the question, epoch seconds.

        Raises:
            SetteeError: As `slices` says.
        """
        slices = self.slices(item_id, now_s)
        return Found(slices.pieces(n), slices.tag)

    def slices(self, item_id: str, now_s: float) -> Slices:
        """The people of an item who may be shown now, open for cutting.

        Args:
            item_id: The item.
            now_s: Instant of the question, epoch seconds.

        Raises:
            NothingSliced: If nothing was computed ahead.
            NoAudienceYet: If the item's was not, or is too old.
            SetteeError: If files or news cannot be read.
        """
        steady_s = self._steady_s()
        if steady_s - self._asked_s >= NEWS_S:
            self._look(steady_s)
        seen = self._seen.get(item_id)
        if seen is None or seen.epoch != self._epoch:
            seen = self._see(item_id)
        slices = seen.slices
        if now_s - slices.made_s > self._max_age_s:
            raise _not_yet(item_id, "is older than precomputed.max_age_s")
        return slices

    def about(self) -> tuple[dict[str, object], int]:
        """What is said of the answers, and how many items have one.

        Raises:
            NothingSliced: If nothing was computed ahead.
        """
        answers = SlicedAnswers(self._folder)
        return answers.about, len(answers)

    def _look(self, steady_s: float) -> None:
        """Take up new parts, and whatever became known of anybody."""
        with self._looking:
            answers = self._answers
            if answers is None or steady_s - self._looked_s >= _PARTS_S:
                if answers is None or answers.mark != sliced_mark(self._folder):
                    answers = SlicedAnswers(self._folder)
                    self._answers, self._mark = answers, tuple(answers.about["mark"])
                    self._is_anybody = False
                    self._seen.clear()  # answers of parts that are gone hold their memory
                    self._turn()
                self._looked_s = steady_s
            news = self._watch.news(self._mark)
            if news.account_ids is None:
                self._is_anybody = True
            else:
                answers.touch(news.account_ids)
            if news.mark != self._mark or news.account_ids is None:
                self._mark = news.mark
                self._turn()
            self._asked_s = steady_s

    def _turn(self) -> None:
        self._epoch += 1
        if len(self._seen) > _MOST_KEPT:
            self._seen.clear()

    def _see(self, item_id: str) -> _Seen:
        """The answer of an item as it may go out now."""
        epoch, answers = self._epoch, self._answers
        slices = None if answers is None else answers.find(item_id)
        if slices is None:
            self._seen.pop(item_id, None)
            raise _not_yet(item_id, "was not computed")
        places = np.arange(len(slices)) if self._is_anybody else slices.touched()
        if len(places):
            gone = places[~self._watch.may_show(slices.units(places))]
            if len(gone):
                slices = slices.without(gone)
        if len(self._seen) < _MOST_KEPT or item_id in self._seen:
            self._seen[item_id] = _Seen(epoch, slices)
        return _Seen(epoch, slices)


def _not_yet(item_id: str, why: str) -> NoAudienceYet:
    return NoAudienceYet(
        f'the audience of item "{item_id[:128]}" {why}.',
        hint="settee audience precompute makes it; POST /v1/audiences makes one at once.",
    )
