"""What every source has in common that is a table of similar items, however it came about.

Reads / Writes: nothing.
Not here: the table and its scoring (candidates.neighbours), what fills it (the sources).
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.neighbours import Neighbours
from settee.candidates.source import Arrays
from settee.events import Histories


@dataclass(frozen=True)
class ByNeighbours:
    """A source that scores by a table of similar items.

    Args:
        neighbours: The table.
    """

    needs_history: ClassVar[bool] = True

    neighbours: Neighbours

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Sum of similarities to the history: (n_people, n_items)."""
        return self.neighbours.score(histories)

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Similarity of each item to each item of the history: (n, n_history)."""
        return self.neighbours.shares(history, items)

    def to_arrays(self) -> Arrays:
        """The columns of the table."""
        return self.neighbours.to_arrays()

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        return cls(Neighbours.from_arrays(arrays))
