"""Keep the item state of the present bucket, and take live events in.

Describing 3,700 items costs about a millisecond and is good for a whole bucket, so the states of
the last few buckets are kept; an event taken in at 12:40 starts to count at 13:00.

Reads: an ItemTimeline.  Writes: its own few states, behind a lock.
Not here: the counting (features.timeline).
"""

import threading

import numpy as np
from numpy.typing import NDArray

from settee.features.timeline import ItemState, ItemTimeline


class ItemStates:
    """Item states by bucket; safe to share between threads.

    Args:
        timeline: Where to start.
        bucket_s: RankingSettings.time_bucket_s (changes results).
        keep: States kept at most (speed only).
    """

    def __init__(self, timeline: ItemTimeline, bucket_s: int, keep: int = 4) -> None:
        self._timeline = timeline
        self._bucket_s = bucket_s
        self._keep = keep
        self._states: dict[int, ItemState] = {}
        self._clocks: dict[int, int] = {}
        self._lock = threading.Lock()

    def copy(self) -> "ItemStates":
        """The same timeline, and what it takes in from now on is not taken in here."""
        other = ItemStates(self._timeline, self._bucket_s, self._keep)
        with self._lock:
            other._timeline = self._timeline
            other._states = dict(self._states)
        return other

    @property
    def timeline(self) -> ItemTimeline:
        """The timeline with all that was taken in."""
        return self._timeline

    def at(self, as_of_s: int) -> ItemState:
        """The state for a request at `as_of_s`, epoch seconds."""
        timeline = self._timeline
        key = self._clock(timeline, as_of_s)
        state = self._states.get(key)
        if state is None:
            state = timeline.state_at(as_of_s, self._bucket_s)
            with self._lock:
                if timeline is self._timeline:
                    self._states[key] = state
                    while len(self._states) > self._keep:
                        del self._states[next(iter(self._states))]
        return state

    def _clock(self, timeline: ItemTimeline, as_of_s: int) -> int:
        """The record's clock, the same for all requests of one second."""
        clocks = self._clocks
        key = clocks.get(as_of_s)
        if key is None:
            key = timeline.clock(as_of_s, self._bucket_s)
            with self._lock:
                if timeline is self._timeline:
                    self._clocks = {as_of_s: key}
        return key

    def extend(self, item: NDArray[np.int32], at_s: NDArray[np.int64]) -> None:
        """Take live interest events in; states that they would change are forgotten.

        Args:
            item: (n,) int32 positions in the item space.
            at_s: (n,) int64 epoch seconds, any order.

        Raises:
            BadTimeline: If a position lies outside the item space or the lengths differ.
        """
        if len(item) == 0:
            return
        with self._lock:
            self._timeline = self._timeline.extend(item, at_s)
            self._clocks = {}
            oldest_s = int(at_s.min())
            self._states = {key: state for key, state in self._states.items() if key <= oldest_s}
