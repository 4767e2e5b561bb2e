"""Keep answers that can be given again, and give them only while nothing has changed.

A key is the question as it came in, byte for byte. Beside each answer stands a mark of everything
else that it hangs on: what is known of the account, the rules' version, the bundle, what can be
had, the live counters, the minute. A hit is the same question under the same mark; under another
mark the answer is made anew and takes the place of the old one. So nothing here is ever stale, and
nothing needs to be thrown away by whoever changes something.

Reads / Writes: memory.
Not here: what the mark is made of (respond), how an answer is given again (respond).
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

_ENTRY_BYTES = 500
Key = Hashable
Kept = TypeVar("Kept")


@dataclass(slots=True)
class CacheFigures:
    """What a cache did: `stale` are questions that were known under another mark."""

    hits: int = 0
    stale: int = 0
    misses: int = 0


class AnswerCache(Generic[Kept]):
    """Answers by question, the ones asked for lately, within so many bytes.

    Args:
        max_bytes: The oldest are let go beyond that; 0 keeps none.

    >>> cache = AnswerCache[str](2_000)
    >>> cache.put(b"k=5", (1, "rules-3"), "five films", 10)
    >>> cache.find(b"k=5", (1, "rules-3")), cache.find(b"k=5", (1, "rules-4"))
    ('five films', None)
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Key, tuple[Hashable, Kept, int]] = OrderedDict()
        self.n_bytes = 0
        self.figures = CacheFigures()

    def __len__(self) -> int:
        """Number of answers."""
        return len(self._kept)

    @property
    def is_on(self) -> bool:
        """Is anything kept at all?"""
        return self._max_bytes > 0

    def find(self, key: Key, mark: Hashable) -> Kept | None:
        """The answer to a question under a mark.

        Args:
            key: The question.
            mark: Of all that the answer hangs on beside the question.
        """
        entry = self._kept.get(key)
        if entry is None:
            self.figures.misses += 1
            return None
        if entry[0] != mark:
            self.figures.stale += 1
            return None
        self._kept.move_to_end(key)
        self.figures.hits += 1
        return entry[1]

    def put(self, key: Key, mark: Hashable, kept: Kept, n_bytes: int) -> None:
        """Keep an answer in place of what was there.

        Args:
            key: The question.
            mark: As it was before the answer was made: a change meanwhile must not go unseen.
            kept: The answer.
            n_bytes: What it takes.
        """
        before = self._kept.pop(key, None)
        if before is not None:
            self.n_bytes -= before[2]
        size = n_bytes + _ENTRY_BYTES
        if size > self._max_bytes:
            return
        self._kept[key] = (mark, kept, size)
        self.n_bytes += size
        while self.n_bytes > self._max_bytes:
            _, (_, _, oldest) = self._kept.popitem(last=False)
            self.n_bytes -= oldest
