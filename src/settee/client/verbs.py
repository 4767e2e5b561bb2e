"""What both clients can do, route by route.

Each verb is a function that builds a call; `Verbs` lists them all, and both clients have it.

Reads / Writes: nothing.
Not here: streams of many calls (client.streams), sending (client.sending).
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar, Unpack

import msgspec

from settee.client import results
from settee.client.said import (
    EventLike,
    ItemLike,
    Moment,
    Told,
    Wanted,
    made_up_id,
    whole_event,
    whole_item,
)
from settee.client.verb import verb
from settee.client.wire import NDJSON, Call, Route, read_json, read_text

R = TypeVar("R")
_encoder = msgspec.json.Encoder()
EVENTS = Route("POST", "/v1/events", read_json(results.Taken))
ITEMS = Route("PUT", "/v1/items", read_json(results.Stored))
_RECOMMEND = Route("POST", "/v1/recommendations", read_json(results.Answer), twins=("GET",))
_WHO = Route("POST", "/v1/who", read_json(results.WhoIsThere))
_SIMILAR = Route("GET", "/v1/items/{item_id}/similar", read_json(results.Similar))
_ITEM = Route("GET", "/v1/items/{item_id}", read_json(results.ItemView))
_ACCOUNT = Route("GET", "/v1/accounts/{account_id}", read_json(results.Account))
_PEOPLE = Route("GET", "/v1/accounts/{account_id}/people", read_json(results.HouseholdView))
_CORRECT = Route(
    "POST", "/v1/accounts/{account_id}/people/corrections", read_json(results.Corrected)
)
_HEALTH = Route("GET", "/health", read_json(results.Health))
_READY = Route("GET", "/ready", read_json(results.Readiness), also=frozenset({503}))
_METRICS = Route("GET", "/metrics", read_text)


@verb(_RECOMMEND)
def recommend(account_id: str, **wanted: Unpack[Wanted]) -> Call[results.Answer]:
    """Items for whoever of an account is there.

    Args:
        account_id: For whom; an unknown account gets what newcomers get.
        wanted: See `Wanted`.
    """
    return _RECOMMEND.call(body={"account_id": account_id, **wanted})


@verb(_SIMILAR)
def similar(item_id: str, *, k: int | None = None) -> Call[results.Similar]:
    """Items that go with one item.

    Args:
        item_id: Which.
        k: Items wanted; None takes the service's default.
    """
    return _SIMILAR.call(item_id, query={"k": k})


@verb(_WHO)
def who(account_id: str, **moment: Unpack[Moment]) -> Call[results.WhoIsThere]:
    """Who is on the screen.

    Args:
        account_id: Of which account.
        moment: See `Moment`.
    """
    events = moment.get("events")
    told = {} if events is None else {"events": [whole_event(one) for one in events]}
    return _WHO.call(body={"account_id": account_id, **moment, **told})


@verb(EVENTS)
def send_events(events: Iterable[EventLike]) -> Call[results.Taken]:
    """Store events; they are on disk when this returns.

    One bad event harms no other: it comes back under `rejected` with its position.

    Args:
        events: Those of one request; see `stream_events` for more than a few thousand.
    """
    return _lines(EVENTS, [whole_event(one) for one in events])


@verb(ITEMS)
def put_items(items: Iterable[ItemLike]) -> Call[results.Stored]:
    """Insert or replace items.

    One bad item harms no other: it comes back under `rejected` with its position.

    Args:
        items: Those of one request; see `stream_items` for more than a few thousand.
    """
    return _lines(ITEMS, [whole_item(one) for one in items])


@verb(_ITEM)
def item(item_id: str) -> Call[results.ItemView]:
    """One item, and whether it can be recommended now."""
    return _ITEM.call(item_id)


@verb(_ACCOUNT)
def account(account_id: str) -> Call[results.Account]:
    """What is known of an account."""
    return _ACCOUNT.call(account_id)


@verb(_PEOPLE)
def people(account_id: str) -> Call[results.HouseholdView]:
    """The persons of an account."""
    return _PEOPLE.call(account_id)


@verb(_CORRECT)
def correct(account_id: str, kind: str, **told: Unpack[Told]) -> Call[results.Corrected]:
    """Say who it was; merge, part, name or forget persons.

    Args:
        account_id: Of which account.
        kind: was, guest, retract, merge, unmerge, split, rename, forget, owns, same or apart.
        told: See `Told`; each kind needs certain fields.
    """
    event_id = told.get("event_id") or made_up_id()
    return _CORRECT.call(account_id, body={**told, "kind": kind, "event_id": event_id})


@verb(_HEALTH)
def health() -> Call[results.Health]:
    """Is the process up?"""
    return _HEALTH.call()


@verb(_READY)
def ready() -> Call[results.Readiness]:
    """Can it take events and answer? A service that is not ready is no error here."""
    return _READY.call()


@verb(_METRICS)
def metrics() -> Call[str]:
    """Figures in the text format of Prometheus."""
    return _METRICS.call()


def _lines(route: Route[R], parts: Sequence[object]) -> Call[R]:
    """A call with one JSON object a line."""
    return route.call(content=_encoder.encode_lines(parts), content_type=NDJSON)
