"""Let live events count in the item features of the model in use.

A model knows the events up to its training; what came since is read from the journal and added,
in batches, for events of the present hour do not count before the next one anyway. Events older
than the training are passed over: the model has them.

Reads: journal.  Writes: the item states of one model, in memory.
Not here: the counting itself (features.states).
"""

import threading
from collections.abc import Sequence

import msgspec
import numpy as np

from settee.core import SignalSettings
from settee.features import ItemState, ItemStates
from settee.ranking import Model
from settee.store import Entry, Journal

_BATCH = 1000
_TIMED = frozenset({"play", "view"})


class _Fact(msgspec.Struct):
    item_id: str = ""
    value: float | None = None
    duration_s: float | None = None


_decoder = msgspec.json.Decoder(_Fact)


class LiveCounts:
    """Item states of one model, kept up with the journal.

    Args:
        model: The model; ``manifest["lineage"]["journal_offset"]``, when there, says up to where
            of the journal its training read, so that nothing before it is read again (speed only).
        journal: Where live events come from.
        signals: What counts as interest (changes results).
    """

    def __init__(self, model: Model, journal: Journal, signals: SignalSettings) -> None:
        offset = (model.manifest.get("lineage") or {}).get("journal_offset", 0)
        self._offset = offset if isinstance(offset, int) else 0
        self._index = model.catalogue.index
        self._since_s = model.trained_until_s
        self._journal = journal
        self._signals = signals
        self._kinds = frozenset(signals.kinds)
        self._states = ItemStates(model.timeline, model.ranking.time_bucket_s)
        self._advancing = threading.Lock()

    @property
    def newest_s(self) -> int | None:
        """Newest event that counts, epoch seconds; None when there is none."""
        return self._states.timeline.newest_s

    def at(self, as_of_s: int) -> ItemState:
        """State of all items as of the bucket of an instant, epoch seconds."""
        return self._states.at(as_of_s)

    def advance(self, max_batches: int = 50) -> None:
        """Count what came into the journal since the last call.

        Args:
            max_batches: Stop after so many batches; the next call goes on (speed only).

        Raises:
            SetteeError: If the journal cannot be read.
        """
        with self._advancing:
            for _ in range(max_batches):
                entries = self._journal.read(self._offset, _BATCH)
                if not entries:
                    return
                self._count(entries)
                self._offset = entries[-1].offset

    def _count(self, entries: Sequence[Entry]) -> None:
        items: list[int] = []
        instants: list[int] = []
        for entry in entries:
            record = entry.record
            at_s = record.at_us // 1_000_000
            if record.kind in self._kinds and at_s >= self._since_s:
                position = self._wanted(record.kind, record.body)
                if position is not None:
                    items.append(position)
                    instants.append(at_s)
        self._states.extend(np.array(items, np.int32), np.array(instants, np.int64))

    def _wanted(self, kind: str, body: bytes) -> int | None:
        """Position of the item that the event wants, None when it wants none that is known."""
        fact = _decoder.decode(body)
        if kind == "rate" and not (fact.value or 0.0) >= self._signals.min_rating:
            return None
        if (
            kind in _TIMED
            and fact.duration_s is not None
            and fact.duration_s < self._signals.min_duration_s
        ):
            return None
        return self._index.get(fact.item_id)
