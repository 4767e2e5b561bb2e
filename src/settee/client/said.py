"""What a caller says to the service: events, items, and the optional fields of questions.

Absent fields are None and are not sent. An `Event` without an id gets one before it is first sent,
so that sending it again after a broken connection counts once; one without an instant happened now.

Reads / Writes: nothing.
Source: docs/events.md for each field.
Not here: what the service says (client.results).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypedDict, TypeVar
from uuid import uuid4

import msgspec


class Event(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One fact about an account; docs/events.md tells the meaning of each field."""

    account_id: str
    kind: str
    event_id: str | None = None
    at: datetime | None = None
    item_id: str | None = None
    device_id: str | None = None
    device_type: str | None = None
    platform: str | None = None
    ip_hash: str | None = None
    profile_id: str | None = None
    value: float | None = None
    duration_s: float | None = None
    revenue_cents: int | None = None
    currency: str | None = None
    channel: str | None = None
    campaign: str | None = None
    cost_micros: int | None = None
    slot: str | None = None
    exposure_id: str | None = None
    rank: int | None = None
    query: str | None = None


class Item(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One title or product of the catalogue; docs/events.md tells the meaning of each field."""

    item_id: str
    title: str = ""
    kind: str = ""
    tags: Sequence[str] = ()
    year: int | None = None
    language: str = ""
    age_rating: int | None = None
    duration_s: float | None = None
    price_cents: int | None = None
    text: str = ""
    image_embedding: Sequence[float] = ()
    available_from: datetime | None = None
    available_to: datetime | None = None
    stock: int | None = None
    margin: float | None = None


Said = TypeVar("Said")
EventLike = Event | Mapping[str, object]
ItemLike = Item | Mapping[str, object]


class Where(TypedDict, total=False):
    """Where a question is asked, which tells who of the account is there.

    Keys:
        device_id: On which device.
        device_type: tv, desktop, mobile, tablet, console, speaker or other.
        platform: By which product or service.
        profile_id: The profile that was picked.
    """

    device_id: str | None
    device_type: str | None
    platform: str | None
    profile_id: str | None


class Placed(Where, total=False):
    """What else a question about a page of items may say.

    Keys:
        k: Items wanted.
        exclude: Items not to show.
        slot: Name of the place on the page; kept with the exposure.
        person_id: Who is there, where the caller knows: one, or several together.
        together: Do several watch?
        least: How much the least pleased of several count, 0 to 1.
        segments: Segments that the caller puts the account in, for rules.
        max_age: Nothing rated for older viewers, or not rated, is shown.
        languages: Nothing known to be in other languages is shown.
    """

    k: int | None
    exclude: Sequence[str]
    slot: str | None
    person_id: str | Sequence[str]
    together: bool
    least: float | None
    segments: Sequence[str]
    max_age: int | None
    languages: Sequence[str]


class Wanted(Placed, total=False):
    """What else a question for recommendations may say.

    Keys:
        explain: Give reasons? "full" tells more, and False leaves them out.
    """

    explain: bool | str


class Amid(Placed, total=False):
    """What else a question about another moment may say.

    Keys:
        at: Another instant than now, aware.
        events: What was not sent; the answer is the one that there would be if it had been.
    """

    at: datetime | None
    events: Sequence[EventLike]


class Tried(Wanted, Amid, total=False):
    """What else a question for a list that nobody is shown may say.

    Keys:
        variety: Strength of variety, 0 to 1.
        explore: Part of the places that are given to chance, 0 to 1.
        rules: Do the rules of the business count?
    """

    variety: float | None
    explore: float
    rules: bool


class Moment(Where, total=False):
    """What else a question for who is there may say.

    Keys:
        at: Another instant than now, aware.
        events: What happened in the running session and was not sent yet.
    """

    at: datetime | None
    events: Sequence[EventLike]


class Told(TypedDict, total=False):
    """What a correction says; which kind needs which field stands in docs/people.md.

    Keys:
        event_id: Its id; made up where absent. A repeat under the same id changes nothing.
        sessions: Event ids that name sessions.
        persons: Person ids.
        devices: Device ids.
        name: A name for people's eyes.
    """

    event_id: str | None
    sessions: Sequence[str]
    persons: Sequence[str]
    devices: Sequence[str]
    name: str | None


class Picks(TypedDict, total=False):
    """What somebody new picked.

    Keys:
        item_ids: Titles that are liked.
        tags: Tags that are liked; an empty list takes back what was said before.
        languages: Languages that are understood, likewise.
        person_id: For whom of the account tags and languages hold; all of it where absent.
        event_id: Its id; made up where absent. A repeat under the same id changes nothing.
    """

    item_ids: Sequence[str]
    tags: Sequence[str] | None
    languages: Sequence[str] | None
    person_id: str | None
    event_id: str | None


class KeyTerms(TypedDict, total=False):
    """What a key may do, for how long and how often.

    Keys:
        scopes: Permissions that it has of those of its role; all of them where there are none.
        expires_in_s: It works for so many seconds; for ever where absent.
        rate_per_s: Requests a second; as many as it likes where absent.
        burst: Requests at once.
        quota_per_day: Requests a day.
    """

    scopes: Sequence[str]
    expires_in_s: int | None
    rate_per_s: float | None
    burst: int | None
    quota_per_day: int | None


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)  # noqa: TID251 -- the client stands alone, without core.clock


def made_up_id() -> str:
    """An id that nobody else will make."""
    return uuid4().hex


def whole_event(
    event: EventLike,
    clock: Callable[[], datetime] = now,
    make_id: Callable[[], str] = made_up_id,
) -> EventLike:
    """The event with an id and an instant, so that it can be sent twice and count once.

    Args:
        event: As the caller gave it.
        clock: Gives the instant of one that has none.
        make_id: Gives the id of one that has none.

    >>> whole_event({"account_id": "a7", "kind": "browse"}, lambda: "T", lambda: "e1")
    {'event_id': 'e1', 'at': 'T', 'account_id': 'a7', 'kind': 'browse'}
    """
    if isinstance(event, Event):
        if event.event_id is not None and event.at is not None:
            return event
        return msgspec.structs.replace(
            event,
            event_id=make_id() if event.event_id is None else event.event_id,
            at=clock() if event.at is None else event.at,
        )
    known = {name: value for name, value in event.items() if value is not None}
    if "event_id" in known and "at" in known:
        return known
    return {"event_id": make_id(), "at": clock()} | known


def whole_item(item: ItemLike) -> ItemLike:
    """The item without what is None.

    >>> whole_item({"item_id": "m1", "year": None})
    {'item_id': 'm1'}
    """
    return without_none(item)


def without_none(said: Said) -> Said | Mapping[str, object]:
    """A mapping without what is None; a struct leaves that out by itself."""
    if isinstance(said, Mapping):
        return {name: value for name, value in said.items() if value is not None}
    return said
