"""The wire format: what an event and an item look like, checked in one pass.

An event is one JSON object. Absent fields are absent, not null; an unknown field or kind is an
error here, so that whoever called can quarantine the row with the reason instead of losing it.
Decoding and checking happen together in msgspec, at about a microsecond an event.

Reads: bytes of JSON.  Writes: nothing.
Source: RFC 8259 (JSON), RFC 3339 (instants), JSON Schema 2020-12 for the export.
Not here: files in other layouts (events.importing), which are mapped onto this vocabulary.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from settee.core.errors import BadInput
from settee.core.ids import MAX_ID_LENGTH
from settee.core.meanings import EVENT_MEANINGS, ITEM_MEANINGS

Kind = Literal[
    "play", "pause", "stop", "complete", "browse", "search", "view", "click", "like", "dislike",
    "rate", "wishlist", "cart", "purchase", "impression", "touch", "convert", "profile",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
"""Every kind of event, in the order of the documentation."""

ITEM_KINDS: frozenset[str] = frozenset({
    "play", "pause", "stop", "complete", "view", "click", "like", "dislike", "rate", "wishlist",
    "cart", "purchase", "impression",
})  # fmt: skip
"""Kinds that are about an item and therefore must name one."""

DeviceType = Literal["tv", "desktop", "mobile", "tablet", "console", "speaker", "other"]
DEVICE_TYPES: tuple[str, ...] = get_args(DeviceType)

# No control characters: ids travel in URLs, headers, logs and CSV files. `$` would let one line
# break through at the end; "nothing follows" is said so that Python and ECMAScript agree.
_END = r"(?![\s\S])"
Id = Annotated[
    str, Meta(min_length=1, max_length=MAX_ID_LENGTH, pattern=rf"^[^\x00-\x1f\x7f]+{_END}")
]
Short = Annotated[str, Meta(min_length=1, max_length=128)]
Instant = Annotated[datetime, Meta(tz=True)]
_Seconds = Annotated[float, Meta(ge=0, le=31_536_000)]
_Cents = Annotated[int, Meta(ge=-(10**12), le=10**12)]


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One fact about an account; see `docs/events.md` for each field."""

    event_id: Id
    account_id: Id
    kind: Kind
    at: Instant
    item_id: Id | UnsetType = UNSET
    device_id: Id | UnsetType = UNSET
    device_type: DeviceType | UnsetType = UNSET
    platform: Short | UnsetType = UNSET
    ip_hash: Short | UnsetType = UNSET
    profile_id: Id | UnsetType = UNSET
    value: Annotated[float, Meta(ge=-1e9, le=1e9)] | UnsetType = UNSET
    duration_s: _Seconds | UnsetType = UNSET
    revenue_cents: _Cents | UnsetType = UNSET
    currency: Annotated[str, Meta(pattern=rf"^[A-Z]{{3}}{_END}")] | UnsetType = UNSET
    channel: Short | UnsetType = UNSET
    campaign: Short | UnsetType = UNSET
    cost_micros: Annotated[int, Meta(ge=0, le=10**15)] | UnsetType = UNSET
    slot: Short | UnsetType = UNSET
    exposure_id: Id | UnsetType = UNSET
    rank: Annotated[int, Meta(ge=1, le=100_000)] | UnsetType = UNSET
    query: Annotated[str, Meta(max_length=1024)] | UnsetType = UNSET


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One title or product of the catalogue; only `item_id` is required."""

    item_id: Id
    title: Annotated[str, Meta(max_length=1024)] = ""
    kind: Annotated[str, Meta(max_length=64)] = ""
    tags: Annotated[tuple[Short, ...], Meta(max_length=256)] = ()
    year: Annotated[int, Meta(ge=1000, le=3000)] | UnsetType = UNSET
    language: Annotated[str, Meta(max_length=35)] = ""
    age_rating: Annotated[int, Meta(ge=0, le=21)] | UnsetType = UNSET
    duration_s: _Seconds | UnsetType = UNSET
    price_cents: _Cents | UnsetType = UNSET
    text: Annotated[str, Meta(max_length=65_536)] = ""
    image_embedding: Annotated[tuple[float, ...], Meta(max_length=4096)] = ()
    available_from: Instant | UnsetType = UNSET
    available_to: Instant | UnsetType = UNSET
    stock: Annotated[int, Meta(ge=0, le=10**12)] | UnsetType = UNSET
    margin: Annotated[float, Meta(ge=-1e9, le=1e9)] | UnsetType = UNSET


_event_decoder = msgspec.json.Decoder(Event)
_item_decoder = msgspec.json.Decoder(Item)
_encoder = msgspec.json.Encoder()


class BadEvent(BadInput):
    """An event breaks the wire format."""

    code = "bad_event"


class BadItem(BadInput):
    """An item breaks the wire format."""

    code = "bad_item"


class BadId(BadInput):
    """An id is empty, too long, or holds what no id may hold."""

    code = "bad_id"


def check_id(text: str, place: str) -> str:
    """The id, where it may be one.

    Args:
        text: What was given.
        place: Where in the input it stands.

    Raises:
        BadId: If it is empty, over 128 characters, no UTF-8, or holds a control character.

    >>> check_id("a7", "account_id")
    'a7'
    """
    try:
        text.encode()
        return msgspec.convert(text, Id)
    except (msgspec.ValidationError, UnicodeEncodeError):
        raise BadId(
            f"{place} is {text[:40]!a}; 1 to {MAX_ID_LENGTH} characters of text without control "
            "characters are an id.",
            place=place,
        ) from None


def parse_event(raw: bytes | msgspec.Raw) -> Event:
    """Read and check one event.

    Args:
        raw: One JSON object in UTF-8.

    Raises:
        BadEvent: If it is not JSON, a field is unknown, missing, mistyped or out of range, an
            item kind names no item, a rating lies outside 0.5 to 5, or `at` has no UTC form.

    >>> parse_event(b'{"event_id":"e1","account_id":"a7","kind":"play",'
    ...             b'"at":"2026-11-21T20:14:03Z","item_id":"m318"}').item_id
    'm318'
    """
    try:
        event = _event_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _refusal(BadEvent, "event", error) from None
    if not _is_in_range(event.at):
        raise BadEvent(
            f'event "{event.event_id}" is at {event.at}, which has no form in UTC; '
            "instants lie in the years 1 to 9999.",
            place="at",
        )
    if event.item_id is UNSET and event.kind in ITEM_KINDS:
        raise BadEvent(
            f'event "{event.event_id}" of kind "{event.kind}" names no item; '
            "that kind needs an item_id.",
            place="item_id",
        )
    if event.kind == "rate" and not (event.value is not UNSET and 0.5 <= event.value <= 5):
        given = "no value" if event.value is UNSET else f"value {event.value:g}"
        raise BadEvent(
            f'rating "{event.event_id}" has {given}; ratings lie between 0.5 and 5.', place="value"
        )
    return event


def parse_item(raw: bytes | msgspec.Raw) -> Item:
    """Read and check one item.

    Args:
        raw: One JSON object in UTF-8.

    Raises:
        BadItem: If it is not JSON, a field is unknown, missing, mistyped or out of range, an
            instant has no UTC form, or the window ends before it starts.

    >>> parse_item(b'{"item_id":"m318","tags":["Drama"],"year":1994}').tags
    ('Drama',)
    """
    try:
        item = _item_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _refusal(BadItem, "item", error) from None
    start, end = item.available_from, item.available_to
    for place, at in (("available_from", start), ("available_to", end)):
        if isinstance(at, datetime) and not _is_in_range(at):
            raise BadItem(
                f'item "{item.item_id}" has {place} {at}, which has no form in UTC; '
                "instants lie in the years 1 to 9999.",
                place=place,
            )
    if isinstance(start, datetime) and isinstance(end, datetime) and start >= end:
        raise BadItem(
            f'item "{item.item_id}" is available from {start} to {end}; '
            "the end must come after the start.",
            place="available_to",
        )
    return item


_Refused = TypeVar("_Refused", bound=BadInput)
_PLACE = re.compile(r"^(?P<what>.*) - at `\$\.?(?P<place>.*)`$", re.DOTALL)
_ACCEPTED = {
    "kind": f"Kinds are {', '.join(KINDS)}.",
    "device_type": f"Device types are {', '.join(DEVICE_TYPES)}.",
    "at": 'Write instants as "2026-11-21T20:14:03Z".',
}


def _refusal(family: type[_Refused], what: str, error: Exception) -> _Refused:
    """Turn the decoder's words into ours: what, where, and what would be accepted."""
    parts = _PLACE.match(str(error))
    words, place = (parts["what"], parts["place"]) if parts else (str(error), "")
    hint = _ACCEPTED.get(place, "docs/events.md lists every field.")
    return family(f"{what} refused: {words}.", hint=hint, place=place)


def _is_in_range(at: datetime) -> bool:
    """Has the instant a form in UTC? 0001-01-01T00:00+14:00 lies in the year 0 there."""
    if 1 < at.year < 9999:
        return True
    try:
        at.astimezone(UTC)
    except OverflowError:
        return False
    return True


def to_json(value: Any) -> bytes:  # noqa: ANN401 -- whatever msgspec can write
    """Write structs, dataclasses, dicts and instants as compact JSON bytes.

    >>> to_json(Item(item_id="m1", year=1999))
    b'{"item_id":"m1","year":1999}'
    """
    return _encoder.encode(value)


def json_schemas() -> dict[str, Any]:
    """JSON Schema 2020-12 of the event and the item, keyed ``event`` and ``item``.

    >>> sorted(json_schemas())
    ['event', 'item']
    """
    described = {"event": (Event, EVENT_MEANINGS), "item": (Item, ITEM_MEANINGS)}
    schemas = {}
    for name, (struct, meanings) in described.items():
        schema = msgspec.json.schema(struct)
        for field, meaning in meanings.items():
            schema["$defs"][struct.__name__]["properties"][field]["description"] = meaning
        schemas[name] = schema
    return schemas
