"""Score items from counts that every event moves: clicked now, coming next, new.

    recent   the share of clicks that an item gets now, at several speeds at once
    next     the share of people who went there from the latest items of this person
    fresh    how alike an item without an audience is to the latest items of this person

A click counts within microseconds, and the next score knows it. Memory is bounded: rows, pairs and
streams have a most, and what was silent or weak longest goes. The same events in the same order
leave the same bytes, however they are cut into batches.

Reads: interest events in arrival order.  Writes: its own counts.
Not here: the counting (live_loops), the sources of a model, which stand still (candidates.source).
"""

import hashlib
import threading
from collections.abc import Iterable, Sequence
from copy import copy, deepcopy
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.histories import check_positions, checked, read_only
from settee.candidates.live_loops import take_events
from settee.candidates.live_shares import (
    imaginary_events,
    loudness_of,
    next_shares,
    recent_shares,
)
from settee.candidates.live_state import (
    TAKEN,
    Pace,
    State,
    empty_state,
    state_arrays,
    state_from,
    with_cells,
    with_items,
)
from settee.candidates.live_words import (
    N_TERMS,
    describe,
    no_words,
    score_fresh,
    terms_of,
    weigh,
    words_from,
)
from settee.candidates.live_words import with_items as words_with_items
from settee.candidates.source import Arrays
from settee.core import LiveSettings
from settee.events import Catalogue, Histories, Interactions

LIVE_SOURCES: Final = ("recent", "next", "fresh")
"""Names of the live sources, in the order in which they join a pool."""
_DAY_S: Final = 86_400
_MOST_AT_ONCE: Final = 2048
"""Events that are taken under one lock, so that no answer waits for more than some 3 ms."""
_WORDS_OF_HISTORY: Final = 8


def stream_of(account_id: str, device_id: str = "") -> int:
    """The number of one device of one account, which is not told from it; never 0.

    >>> stream_of("a7", "d2") == stream_of("a7", "d2") != stream_of("a7", "d3")
    True
    """
    digest = hashlib.blake2b(f"{account_id}\0{device_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1


class LiveItems:
    """The live sources; safe to use from several threads.

    Args:
        n_items: Size of the item space so far.
        settings: Speeds, weights and bounds (change results).
    """

    def __init__(self, n_items: int, settings: LiveSettings) -> None:
        self._settings = settings
        self._pace = Pace.of(settings)
        self._state: State = empty_state(n_items, settings)
        self._words = no_words(n_items, settings.fresh_items)
        self._n_items = n_items
        self._history_weight = np.array(settings.history_weights, np.float64)
        self._taste = np.zeros(N_TERMS, np.float32)
        self._lock = threading.Lock()

    @classmethod
    def fit(cls, interactions: Interactions, catalogue: Catalogue, settings: LiveSettings) -> Self:
        """Describe the catalogue and take in the newest part of the record, as if it came now.

        Args:
            interactions: The record; its latest `live.replay_days` are taken in order of time.
            catalogue: In the same item space.
            settings: What counts how much.
        """
        live = cls(catalogue.n_items, settings)
        live.describe_items(
            np.arange(catalogue.n_items, dtype=np.int32),
            [
                f"{title} {text}"
                for title, text in zip(catalogue.titles, catalogue.texts, strict=True)
            ],
            [catalogue.tags_of(item) for item in range(catalogue.n_items)],
        )
        interest = interactions.where(interactions.is_interest)
        if len(interest):
            since_s = int(interest.at_s.max()) - int(settings.replay_days * _DAY_S)
            older = interest.where(interest.at_s < since_s)
            live.remember(np.bincount(older.item, minlength=catalogue.n_items))
            interest = interest.where(interest.at_s >= since_s)
            streams = np.array([stream_of(one) for one in interest.account_ids], np.uint64)
            order = np.argsort(interest.at_s, kind="stable")
            live.take(streams[interest.account[order]], interest.item[order], interest.at_s[order])
        return live

    @property
    def n_items(self) -> int:
        """Size of the item space."""
        return self._n_items

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the live sources that are switched on, in the order of a pool's columns."""
        return tuple(name for name in LIVE_SOURCES if name in self._settings.sources)

    @property
    def n_taken(self) -> int:
        """Events that were counted so far; says whether scores may have changed."""
        return int(self._state.counts.counters[TAKEN])

    def n_events(self, items: NDArray[np.int32]) -> NDArray[np.int32]:
        """Events of each of these items that were counted so far, without decay."""
        check_positions(items, self._n_items)
        return self._state.counts.n_events[items]

    def grow(self, n_items: int) -> None:
        """Make room for items that came later; fewer than there are change nothing."""
        with self._lock:
            if n_items > len(self._state.counts.first_s):
                self._state = with_items(self._state, n_items)
                self._words = words_with_items(self._words, len(self._state.counts.first_s))
            self._n_items = max(self._n_items, n_items)

    def take(
        self, stream: NDArray[np.uint64], item: NDArray[np.int32], at_s: NDArray[np.int64]
    ) -> None:
        """Count interest events in arrival order; they may be older than the newest.

        Args:
            stream: (n,) uint64 from `stream_of`.
            item: (n,) int32 positions.
            at_s: (n,) int64 epoch seconds, none after its arrival: one of next year would make
                all others a year old.

        Raises:
            UnknownPosition: If an item lies outside the item space.
        """
        check_positions(item, self._n_items)
        for start in range(0, len(item), _MOST_AT_ONCE):
            span = slice(start, start + _MOST_AT_ONCE)
            with self._lock:
                self._take(stream[span], item[span], at_s[span])

    def _take(
        self, stream: NDArray[np.uint64], item: NDArray[np.int32], at_s: NDArray[np.int64]
    ) -> None:
        stream = np.ascontiguousarray(stream, np.uint64)
        item = np.ascontiguousarray(item, np.int32)
        at_s = np.ascontiguousarray(at_s, np.int64)
        need = 2 * len(self._pace.lag_weight) * self._pace.max_room
        begin = 0
        while (begin := take_events(stream, item, at_s, begin, self._pace, self._state)) < len(
            item
        ):
            self._state = with_cells(self._state, need, self._pace.max_cells)

    def warm(self) -> None:
        """Compile what events run through, on counts of its own: one event, twice."""
        other = LiveItems(2, self._settings)
        stream, item = np.ones(1, np.uint64), np.zeros(1, np.int32)
        for step in range(2):
            other.take(stream, item + np.int32(step), np.array([step], np.int64))

    def remember(self, n_events: NDArray[np.integer[Any]]) -> None:
        """Say how many events items had before those that are taken: such an item is not fresh.

        Args:
            n_events: (n,) of the first n items.

        Raises:
            UnknownPosition: If there are more than `n_items`.
        """
        check_positions(np.array([len(n_events) - 1], np.int32)[: len(n_events)], self._n_items)
        with self._lock:
            self._state.counts.n_events[: len(n_events)] += n_events.astype(np.int32)

    def describe_items(
        self,
        positions: NDArray[np.int32],
        texts: Sequence[str],
        tags: Sequence[Iterable[str]],
    ) -> None:
        """Say what items are about; those that nobody met yet can be found at once.

        Args:
            positions: (n,) int32 below `n_items`.
            texts: Title and whatever else is said in words, one of each item.
            tags: Tags of each item.

        Raises:
            UnknownPosition: If an item lies outside the item space.
        """
        check_positions(positions, self._n_items)
        terms = [terms_of(text, tag) for text, tag in zip(texts, tags, strict=True)]
        with self._lock:
            for item, found in zip(positions, terms, strict=True):
                describe(self._words, int(item), found)
            if len(terms):
                weigh(self._words)

    def score(self, histories: Histories, as_of_s: int) -> dict[str, NDArray[np.float32]]:
        """Score every item for every person by each live source that is switched on.

        Args:
            histories: What they did so far.
            as_of_s: The instant, epoch seconds.

        Returns:
            (n_people, n_items) float32 by name; 0 says nothing.

        Raises:
            UnknownPosition: If a history names an item outside the item space.
        """
        ready = checked(histories, self._n_items)
        at_s = read_only(histories.at_s.astype(np.int64, copy=False))
        with self._lock:  # the item space may grow at any moment
            shape = (histories.n_people, self._n_items)
            scores = {name: np.zeros(shape, np.float32) for name in LIVE_SOURCES}
            recent = self._recent(as_of_s)
            for person in range(histories.n_people):
                span = slice(ready.indptr[person], ready.indptr[person + 1])
                one = (ready.item[span], at_s[span], ready.weight[span])
                scores["recent"][person] = recent
                self._score_one(one, recent, as_of_s, scores, person)
        return {name: scores[name] for name in self.sources}

    def _recent(self, as_of_s: int) -> NDArray[np.float32]:
        recent = np.empty(self._n_items, np.float32)
        recent_shares(
            self._settings.recent_prior, as_of_s, self._pace.half_life_s, self._state.counts, recent
        )
        return recent

    def _score_one(
        self,
        one: tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]],
        recent: NDArray[np.float32],
        as_of_s: int,
        scores: dict[str, NDArray[np.float32]],
        person: int,
    ) -> None:
        if not len(one[0]):
            return
        settings, counts = self._settings, self._state.counts
        latest, loudness = loudness_of(*one, self._history_weight, settings.history_half_life_s)
        imaginary = imaginary_events(
            settings.next_prior, as_of_s, self._pace.half_life_s, counts.base_s
        )
        next_shares(latest, loudness, imaginary, self._state.rows, recent, scores["next"][person])
        told = one[0][-_WORDS_OF_HISTORY:][::-1].copy()
        fresh = scores["fresh"][person]
        score_fresh(told, self._words, counts.n_events, settings.fresh_until, self._taste, fresh)

    def copy(self) -> "LiveItems":
        """The same counts in memory of their own; what one takes the other does not.

        Nothing is counted or scored meanwhile, and full bounds are some 100 MB: it is for a
        question that somebody tries out, not for answers.
        """
        other = copy(self)
        other._lock, other._taste = threading.Lock(), np.zeros(N_TERMS, np.float32)
        with self._lock:
            other._state, other._words = deepcopy(self._state), deepcopy(self._words)
            other._n_items = self._n_items
        return other

    def first_seen_s(self) -> NDArray[np.int64]:
        """(n_items,) int64 first event of each item, the largest int64 where there was none."""
        return self._state.counts.first_s[: self._n_items].copy()

    def to_arrays(self) -> Arrays:
        """All counts as plain arrays; the same events in the same order give the same bytes."""
        with self._lock:
            return state_arrays(self._state, self._n_items) | self._words.to_arrays(self._n_items)

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: LiveSettings) -> Self:
        """The live sources that `to_arrays` described, in memory of their own.

        Args:
            arrays: May be read-only memory maps; they are copied, for counts change.
            settings: Of the same speeds, lags and streams.

        Raises:
            LiveDamaged: If the arrays do not fit each other or the settings.
        """
        live = cls(0, settings)
        live._state = state_from(arrays, settings)
        live._words = words_from(arrays)
        live._n_items = len(arrays["first_s"])
        return live
