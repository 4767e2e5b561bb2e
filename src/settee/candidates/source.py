"""What every candidate source can do, whatever its mathematics.

A source is fitted once on many accounts and then scores any *live* history: the person need not
have existed at training. Fitting sees only the events that it is handed.

Reads / Writes: nothing.
Not here: turning scores into lists (candidates.top_k), mixing sources (ranking.pool).
"""

from typing import ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from settee.core import SourceSettings, Unavailable
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress

Arrays = dict[str, NDArray[np.generic]]


class NeedsTorch(Unavailable):
    """A source that is trained with torch was enabled, and torch is not installed."""

    code = "needs_torch"

    def __init__(self, source: str) -> None:
        super().__init__(
            f'the source "{source}" is trained with torch, which is not installed.',
            hint="pip install 'settee[deep]', or leave it out of sources.enabled; serving needs "
            "no torch.",
        )


@runtime_checkable
class Source(Protocol):
    """One way of finding items for a person.

    Laws, checked in tests/laws for every source: scores are finite float32 of shape
    (n_people, n_items); a batch gives what its people give one by one; no history means 0
    everywhere, save for sources that need none; the same input gives the same bytes; arrays
    written and read again give the same bytes.
    """

    name: ClassVar[str]
    needs_history: ClassVar[bool]
    """False for a source that has an answer for everybody (popular)."""

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        settings: SourceSettings,
        progress: Progress = no_progress,
    ) -> Self:
        """Learn from the interest events among `interactions`, up to its newest instant.

        A fit of many rounds tells `progress` how far it is; the others say nothing.
        """
        ...

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Score every item for every person: (n_people, n_items), higher is better, 0 is none."""
        ...

    def shares(
        self, history: NDArray[np.int32], items: NDArray[np.int32]
    ) -> NDArray[np.float32] | None:
        """Exact part that each item of the history has in each score, where the source is linear.

        Args:
            history: (n_history,) distinct positions.
            items: (n,) positions whose scores are to be explained.

        Returns:
            (n, n_history); rows sum to `score` at those items. None when there are no such parts.
        """
        ...

    def to_arrays(self) -> Arrays:
        """All that is needed to serve, as plain arrays (no objects)."""
        ...

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described; arrays may be read-only memory maps."""
        ...


@runtime_checkable
class Unsure(Protocol):
    """A source that knows how unsure it is of each score."""

    def spread(self, histories: Histories) -> NDArray[np.float32]:
        """Standard deviation of every score: (n_people, n_items), 0 where there is no score."""
        ...
