"""Keep up with the journal what of a model's state moves: item counters and the live sources.

A model knows the events up to its training; what came since is read from the journal and added, an
event a few microseconds after it was stored. A title that nobody had heard of yesterday is a number
behind the last item of the model from its first event on. Events older than the training are passed
over: the model has them.

Reads: journal.  Writes: the moving state of one model, in memory.
Not here: the counting (features.states), the live sources (candidates.live), numbering (offer).
"""

import logging
import threading
from collections.abc import Callable, Sequence
from copy import copy
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.candidates import LIVE_SOURCES, LiveItems, stream_of
from settee.core import Item, LiveSettings, OnlineSettings, SetteeError, SignalSettings
from settee.events import Histories
from settee.features import ItemState, ItemStates
from settee.ranking import ONLINE_FEATURES, Choices, Model, OnlineLayer
from settee.respond.choices import shown_in
from settee.store import Entry, Journal

LIVE_NEEDING_HISTORY = frozenset({"next", "fresh"})
"""Live sources that say nothing of somebody without a history."""
MOVING_LIVE, MOVING_ONLINE = "live", "online"
"""Names under which a model keeps the live sources and the layer, see `ranking.Model.moving`."""
_EXPOSURE = "exposure"
_LEAP_S = 600
_BATCH = 1000
_TIMED = frozenset({"play", "view"})
Positions = Callable[[Sequence[str]], NDArray[np.int32]]
"""Numbers items by their ids, new ones too; -1 for those that cannot be taken in."""


class _Fact(msgspec.Struct):
    item_id: str = ""
    value: float | None = None
    duration_s: float | None = None
    device_id: str = ""


class _Wanted(NamedTuple):
    item_id: str
    at_s: int
    stream: int


_log = logging.getLogger("settee.respond")
_decoder = msgspec.json.Decoder(_Fact)


class Living:
    """The moving state of one model; safe to share between threads.

    Args:
        model: The model; ``manifest["lineage"]["journal_offset"]``, when there, says up to where
            of the journal its training read, so that nothing before it is read again (speed only).
        journal: Where live events come from.
        signals: What counts as interest (changes results).
        live: Speeds and weights of the live sources (change results).
        online: How the online layer learns (changes results).
    """

    def __init__(
        self,
        model: Model,
        journal: Journal,
        signals: SignalSettings,
        live: LiveSettings,
        online: OnlineSettings,
    ) -> None:
        offset = (model.manifest.get("lineage") or {}).get("journal_offset", 0)
        self._offset = offset if isinstance(offset, int) else 0
        self._since_s = model.trained_until_s
        self._n_known = model.catalogue.n_items
        self._journal = journal
        self._signals = signals
        self._kinds = frozenset(signals.kinds)
        self._states = ItemStates(model.timeline, model.ranking.time_bucket_s)
        self.sources = tuple(name for name in LIVE_SOURCES if name in live.sources)
        self._live = _live_of(model, live)
        self.online = _online_of(model, online)
        self._choices = Choices(online)
        self._advancing = threading.Lock()
        self._scoring = threading.Lock()
        self._heard_s: int | None = None
        self._told: tuple[Histories, dict[str, NDArray[np.float32]]] | None = None
        self.tick = 0

    @property
    def offset(self) -> int:
        """Offset of the journal up to which everything counts."""
        return self._offset

    @property
    def newest_s(self) -> int | None:
        """Newest event that counts, epoch seconds; None when there is none."""
        return self._states.timeline.newest_s

    def at(self, as_of_s: int) -> ItemState:
        """State of the model's items as of the bucket of an instant, epoch seconds."""
        return self._states.at(as_of_s)

    def score(self, name: str, histories: Histories, n_items: int) -> NDArray[np.float32]:
        """What a live source says of the first `n_items` items: (n_people, n_items).

        All live sources are asked at once; the others' answers are kept for the next call.
        """
        with self._scoring:
            if self._told is None or self._told[0] is not histories:
                as_of_s = histories.as_of_s
                if as_of_s is None:
                    as_of_s = int(histories.at_s.max(initial=0))
                self._told = histories, self._live.score(histories, as_of_s)
            return self._told[1][name][:, :n_items]

    def grow(self, n_items: int) -> None:
        """Make room for items behind the last."""
        self._live.grow(n_items)

    def warm(self) -> None:
        """Compile what an event runs through, so that no answer waits for the first one."""
        self._live.warm()
        layer = OnlineLayer(OnlineSettings())
        x = np.zeros((2, len(ONLINE_FEATURES)), np.float32)
        layer.learn("", x, np.array([True, False]))

    def describe(self, positions: Sequence[int], items: Sequence[Item]) -> None:
        """Say what items are about, as they are now."""
        self._live.describe_items(
            np.array(positions, np.int32),
            [f"{one.title} {one.text}" for one in items],
            [one.tags for one in items],
        )

    def trial(self, account_id: str) -> "Living":
        """The same state for one account's answer; what it takes in is not taken in here."""
        other = copy(self)
        other._states, other.online = self._states.copy(), self.online.copy()
        other._choices = self._choices.of(account_id)
        other._advancing, other._scoring = threading.Lock(), threading.Lock()
        with self._scoring:
            other._live, other._told = self._live.copy(), None
        return other

    def take(self, entries: Sequence[Entry], positions: Positions) -> None:
        """Take entries in that are not read from the journal; for a trial.

        Args:
            entries: In the order in which they would have come.
            positions: Numbers items; may call `grow`.
        """
        with self._advancing:
            self._take(entries, positions)

    def advance(self, positions: Positions, max_batches: int = 50) -> bool:
        """Take in what came into the journal since the last call.

        Args:
            positions: Numbers items; may call `grow`.
            max_batches: Stop after so many batches; the next call goes on (speed only).

        Returns:
            Is everything taken in?

        Raises:
            SetteeError: If the journal cannot be read.
        """
        with self._advancing:
            for _ in range(max_batches):
                entries = self._journal.read(self._offset, _BATCH)
                if not entries:
                    return True
                self._take(entries, positions)
                self._offset = entries[-1].offset
        return False

    def _take(self, entries: Sequence[Entry], positions: Positions) -> None:
        facts = [one for entry in entries if (one := self._read(entry)) is not None]
        if not facts:
            return
        item = positions([one.item_id for one in facts])
        is_known = item >= 0
        item = item[is_known]
        at_s = np.array([one.at_s for one in facts], np.int64)[is_known]
        is_of_model = item < self._n_known
        self._states.extend(item[is_of_model], at_s[is_of_model])
        stream = np.array([one.stream for one in facts], np.uint64)[is_known]
        with self._scoring:
            self._live.take(stream, item, self._in_step(at_s))
            self._told = None
        self.tick += 1

    def _in_step(self, at_s: NDArray[np.int64]) -> NDArray[np.int64]:
        """Instants of events, none of them more than `_LEAP_S` after all that came before.

        A clock that runs a day ahead would make all that happens now a day old.
        """
        stepped = at_s.copy()
        for place, instant_s in enumerate(at_s.tolist()):
            heard_s = self._heard_s
            if heard_s is not None and instant_s > heard_s + _LEAP_S:
                instant_s = stepped[place] = heard_s + _LEAP_S
            self._heard_s = instant_s if heard_s is None else max(heard_s, int(instant_s))
        return stepped

    def _read(self, entry: Entry) -> _Wanted | None:
        """What an entry says of what is wanted; choices are learnt from on the way."""
        if entry.record.kind == _EXPOSURE:
            shown = shown_in(entry)
            if shown is not None:
                self._choices.show(*shown)
            return None
        fact = self._wanted(entry)
        if fact is not None:
            choice = self._choices.take(entry.record.account_id, fact.item_id, fact.at_s)
            if choice is not None:
                self.online.learn(*choice)
        return fact

    def _wanted(self, entry: Entry) -> _Wanted | None:
        """The fact that somebody wanted an item, None where the event says no such thing."""
        kind, at_s = entry.record.kind, entry.record.at_us // 1_000_000
        if kind not in self._kinds or at_s < self._since_s:
            return None
        fact = _decoder.decode(entry.record.body)
        if not fact.item_id or (
            kind == "rate" and not (fact.value or 0.0) >= self._signals.min_rating
        ):
            return None
        if (
            kind in _TIMED
            and fact.duration_s is not None
            and fact.duration_s < self._signals.min_duration_s
        ):
            return None
        return _Wanted(fact.item_id, at_s, stream_of(entry.record.account_id, fact.device_id))


class LiveSource:
    """One live source as the retriever asks it.

    Args:
        living: Where it lives.
        name: One of LIVE_SOURCES.
        n_items: Size of the item space.
    """

    def __init__(self, living: Living, name: str, n_items: int) -> None:
        self._living = living
        self._name = name
        self._n_items = n_items

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """What it says as of the histories' instant."""
        return self._living.score(self._name, histories, self._n_items)


def _online_of(model: Model, settings: OnlineSettings) -> OnlineLayer:
    """The online layer as the training left it, or from the base order where it left none."""
    arrays = model.moving.get(MOVING_ONLINE)
    if arrays is not None:
        try:
            return OnlineLayer.from_arrays(arrays, settings)
        except SetteeError as error:
            _log.warning("the online layer starts from nothing: %s", error.message)
    return OnlineLayer(settings)


def _live_of(model: Model, settings: LiveSettings) -> LiveItems:
    """The live sources as the training left them, or from nothing where it left none that fit."""
    arrays = model.moving.get(MOVING_LIVE)
    if arrays is not None:
        try:
            return LiveItems.from_arrays(arrays, settings)
        except SetteeError as error:
            _log.warning("live sources start from nothing: %s", error.message)
    catalogue = model.catalogue
    live = LiveItems(catalogue.n_items, settings)
    live.remember(np.diff(model.timeline.base.indptr))
    live.describe_items(
        np.arange(catalogue.n_items, dtype=np.int32),
        [f"{title} {text}" for title, text in zip(catalogue.titles, catalogue.texts, strict=True)],
        [catalogue.tags_of(item) for item in range(catalogue.n_items)],
    )
    return live
