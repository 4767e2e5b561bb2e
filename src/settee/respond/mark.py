"""Say in one value what an answer hangs on, beside the question itself.

Two questions that are alike get the same answer while their marks are equal: the same model, items
and rules, no fact since, the same rules in season. Whoever keeps answers compares marks and never
has to be told that something changed.

Reads: a serving.  Writes: nothing.
Not here: keeping answers (web).
"""

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Same:
    """A value that equals itself alone, whatever its contents.

    >>> one, other = [1], [1]
    >>> Same(one) == Same(one), Same(one) == Same(other)
    (True, False)
    """

    value: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)
