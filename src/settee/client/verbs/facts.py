"""Tell: events, items, corrections, first picks, merges of accounts.

All of these may be sent again: an item is the same after a second put, and events, corrections and
picks have an id, which is made up here where the caller gives none.

Reads / Writes: nothing.
Not here: streams of many batches (client.streams).
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar, Unpack

import msgspec

from settee.client.results import Corrected, Merged, Onboarded, Stored, Taken
from settee.client.said import (
    EventLike,
    ItemLike,
    Picks,
    Told,
    made_up_id,
    whole_event,
    whole_item,
)
from settee.client.verb import verb
from settee.client.wire import NDJSON, Call, Route, read_json

R = TypeVar("R")
_encoder = msgspec.json.Encoder()
_ACCOUNT = "/v1/accounts/{account_id}"
EVENTS = Route("POST", "/v1/events", read_json(Taken))
ITEMS = Route("PUT", "/v1/items", read_json(Stored))
_CORRECT = Route("POST", f"{_ACCOUNT}/people/corrections", read_json(Corrected))
_ONBOARD = Route("POST", f"{_ACCOUNT}/onboarding", read_json(Onboarded))
_MERGE = Route("POST", f"{_ACCOUNT}/merge", read_json(Merged))


@verb(EVENTS)
def send_events(events: Iterable[EventLike]) -> Call[Taken]:
    """Store events; they are on disk when this returns.

    One bad event harms no other: it comes back under `rejected` with its position.

    Args:
        events: Those of one request; see `stream_events` for more than a few thousand.
    """
    return _lines(EVENTS, [whole_event(one) for one in events])


@verb(ITEMS)
def put_items(items: Iterable[ItemLike]) -> Call[Stored]:
    """Insert or replace items.

    One bad item harms no other: it comes back under `rejected` with its position.

    Args:
        items: Those of one request; see `stream_items` for more than a few thousand.
    """
    return _lines(ITEMS, [whole_item(one) for one in items])


@verb(_CORRECT)
def correct(account_id: str, kind: str, **told: Unpack[Told]) -> Call[Corrected]:
    """Say who it was; merge, part, name or forget persons.

    Args:
        account_id: Of which account.
        kind: was, guest, retract, merge, unmerge, split, rename, forget, owns, same or apart.
        told: See `Told`; each kind needs certain fields.
    """
    event_id = told.get("event_id") or made_up_id()
    return _CORRECT.call(account_id, body={**told, "kind": kind, "event_id": event_id})


@verb(_ONBOARD)
def onboard(account_id: str, **picks: Unpack[Picks]) -> Call[Onboarded]:
    """Take in what somebody new picked, so that the next answer knows it.

    Args:
        account_id: Of which account.
        picks: See `Picks`; at least titles, tags or languages.
    """
    event_id = picks.get("event_id") or made_up_id()
    return _ONBOARD.call(account_id, body={**picks, "event_id": event_id})


@verb(_MERGE)
def merge(account_id: str, origin: str) -> Call[Merged]:
    """Make another account a part of this one, as when somebody anonymous signs in.

    Args:
        account_id: The account that stays.
        origin: The one that becomes a part of it.
    """
    return _MERGE.call(account_id, body={"from": origin})


def _lines(route: Route[R], parts: Sequence[object]) -> Call[R]:
    """A call with one JSON object a line."""
    return route.call(content=_encoder.encode_lines(parts), content_type=NDJSON)
