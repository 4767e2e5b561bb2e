"""Judge one source alone on one later window, as cheaply as is honest.

The source is fitted on everything before the window and answers two kinds of questions there: what
will an account newly want that is asked at the window's start, and what next at one of its events.
Every person gives one figure, so two settings are compared person by person.

Reads: the record.  Writes: nothing.
Not here: which settings are tried (learn.tuning), all systems in one table (learn.trial).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates import SOURCES, top_k
from settee.core import Settings, SourceSettings
from settee.events import Catalogue, Interactions, Progress, no_progress
from settee.learn.metrics import accuracy
from settee.learn.requests import Requests, Sampling, Window, frozen_requests, live_requests

_DEPTH = 100
_CELLS = 4_000_000  # scores held at once


@dataclass(frozen=True)
class Arena:
    """A window, what came before it, and the questions that are asked in it.

    Args:
        past: Events before the window.
        catalogue: In the same item space.
        requests: Both kinds, only of people with a history.
    """

    past: Interactions
    catalogue: Catalogue
    requests: tuple[Requests, ...]

    @classmethod
    def of(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        window: Window,
        settings: Settings,
        seed: int,
    ) -> Self:
        """The arena of one window of the record.

        Args:
            interactions: The record; events after the window are not looked at.
            catalogue: In the same item space.
            window: That judges.
            settings: `sources.max_history` and `train.max_requests`.
            seed: Of the people and instants that are drawn.
        """
        rng = np.random.default_rng(seed)
        sampling = Sampling(settings.sources.max_history, settings.train.max_requests, rng)
        asked = (
            frozen_requests(interactions, window, sampling),
            live_requests(interactions, window, sampling),
        )
        warm = tuple(one.take(np.flatnonzero(one.is_warm)) for one in asked)
        past = interactions.where(interactions.at_s < window.start_s)
        return cls(past, catalogue, warm)

    @property
    def n_requests(self) -> int:
        """Number of questions."""
        return sum(len(one) for one in self.requests)

    def fingerprint(self) -> str:
        """Changes when any question, answer or event before the window does."""
        kinds = "-".join(one.fingerprint() for one in self.requests)
        past = self.past
        return f"{kinds}-{len(past)}-{int(past.item.sum(dtype=np.int64))}"

    def judge(
        self, source: str, settings: SourceSettings, metric: str, progress: Progress = no_progress
    ) -> NDArray[np.float64]:
        """Fit the source before the window and measure it in the window.

        Args:
            source: Name of the source.
            settings: It is fitted with.
            metric: One of learn.metrics.ACCURACY.
            progress: Told how far a long fit is.

        Returns:
            (n_requests,) the metric, person by person.

        Raises:
            SetteeError: If the source cannot be fitted with those settings.
        """
        fitted = SOURCES[source].fit(self.past, self.catalogue, settings, progress)
        step = int(np.clip(_CELLS // max(self.catalogue.n_items, 1), 1, 256))
        found: list[NDArray[np.float64]] = [np.empty(0)]
        for requests in self.requests:
            for start in range(0, len(requests), step):
                part = requests.take(np.arange(start, min(start + step, len(requests))))
                scores = np.ascontiguousarray(fitted.score(part.histories))
                items, best = top_k(scores, _DEPTH, part.seen.mask())
                lists = np.where((items >= 0) & (best > 0), items, -1)
                found.append(accuracy(lists, part.truth)[metric])
        return np.concatenate(found)
