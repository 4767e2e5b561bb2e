"""Keep answers that can be given again, and give them only while nothing has changed.

A key is the question as it came in, byte for byte. Beside each answer stands a mark of everything
else that it hangs on: what is known of the account, the rules' version, the bundle, what can be
had, the live counters, its minute. A hit is the same question under the same mark; under another
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
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Entry(Generic[Kept]):
    """An answer, the mark it holds under, and the bytes that it takes."""

    mark: Hashable
    kept: Kept
    n_bytes: int


class AnswerCache(Generic[Kept]):
    """Answers by question, the ones asked for lately, within so many bytes.

    Args:
        max_bytes: The oldest are let go beyond that; 0 keeps none.

    >>> cache = AnswerCache[str](2_000)
    >>> cache.put(b"k=5", (1, "rules-3"), "five films", 10)
    >>> cache.get(b"k=5").mark == (1, "rules-3"), cache.get(b"k=6")
    (True, None)
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, Entry[Kept]] = OrderedDict()
        self.n_bytes = 0

    def __len__(self) -> int:
        """Number of answers."""
        return len(self._kept)

    @property
    def is_on(self) -> bool:
        """Is anything kept at all?"""
        return self._max_bytes > 0

    def get(self, key: Hashable) -> Entry[Kept] | None:
        """What is kept of a question; whoever asks compares the mark.

        Args:
            key: The question.
        """
        entry = self._kept.get(key)
        if entry is not None:
            self._kept.move_to_end(key)
        return entry

    def put(self, key: Hashable, mark: Hashable, kept: Kept, n_bytes: int) -> None:
        """Keep an answer in place of what was there.

        Args:
            key: The question.
            mark: As it was before the answer was made: a change meanwhile must not go unseen.
            kept: The answer.
            n_bytes: What it takes.
        """
        before = self._kept.pop(key, None)
        if before is not None:
            self.n_bytes -= before.n_bytes
        size = n_bytes + _ENTRY_BYTES
        if size > self._max_bytes:
            return
        self._kept[key] = Entry(mark, kept, size)
        self.n_bytes += size
        while self.n_bytes > self._max_bytes:
            self.n_bytes -= self._kept.popitem(last=False)[1].n_bytes
