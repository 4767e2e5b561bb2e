"""Answer as if some events had been sent, and keep nothing of them.

If m7 is played in a session that is tried out, m7 is hidden where seen titles are, speaks for what
is like it, and counts one in the live sources, as it would in the next answer had it been sent.
What an event moves is copied for the one answer: the account's profile, the counts that everybody
shares, what was learnt from choices. Events that the record has already count once.

Reads: profiles, journal, tables, the serving.  Writes: nothing.
Not here: the same for who is there (people.view), the answer itself (respond.course).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from settee.core import Event, to_json
from settee.respond.keeping import Keeper, Parts
from settee.respond.living import Living
from settee.respond.serving import Serving, stage_of
from settee.respond.words import Dials
from settee.store import Entry, Journal, Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def as_if_sent(
    parts: Parts, keeper: Keeper, serving: Serving, dials: Dials
) -> tuple[Serving, Dials]:
    """What answers as if the events of the dials had been sent, and the dials with what is new.

    Args:
        parts: What the responder works with.
        keeper: Numbers items that nobody named before.
        serving: What answers now; it stays as it is.
        dials: Their events are of one account.

    Raises:
        SetteeError: If journal, tables or the profile cannot be read.
    """
    events = _unsent(parts.journal, dials.events)
    dials = replace(dials, events=events)
    if not events:
        return serving, dials
    account_id = events[0].account_id
    entries = [_entry(one) for one in events]
    if serving.stage is not None:
        trial = _Trial(keeper, serving, serving.stage.living.trial(account_id))
        serving = trial.after(entries)
    profiles = parts.state.profiles.suppose(account_id, entries)
    return replace(serving, reader=serving.reader.over(profiles)), dials


class _Trial:
    """A serving that takes events in and is let go of after the answer."""

    def __init__(self, keeper: Keeper, serving: Serving, living: Living) -> None:
        self._keeper = keeper
        self._living = living
        self._serving = serving
        stage = serving.stage
        if stage is not None:
            own = stage_of(stage.model, living, serving.offer.n_items, stage.retriever)
            self._serving = replace(serving, stage=own)

    def after(self, entries: Sequence[Entry]) -> Serving:
        """The serving after these entries."""
        self._living.take(entries, self._positions)
        return self._serving

    def _positions(self, item_ids: Sequence[str]) -> NDArray[np.int32]:
        self._serving = self._keeper.heard_of(self._serving, item_ids)
        index = self._serving.offer.index
        return np.array([index.get(one, -1) for one in item_ids], np.int32)


def _unsent(journal: Journal, events: Sequence[Event]) -> tuple[Event, ...]:
    """Those that would be new to the record; of several with one id the first."""
    first: dict[str, Event] = {}
    for event in events:
        first.setdefault(event.event_id, event)
    return tuple(one for one in first.values() if not journal.has(one.event_id))


def _entry(event: Event) -> Entry:
    """The event as the journal would have it."""
    at_us = (event.at - _EPOCH) // _MICROSECOND
    record = Record(event.event_id, event.account_id, event.kind, at_us, to_json(event))
    return Entry(0, record)
