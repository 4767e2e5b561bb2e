"""Read what a caller asks of `/v1/who` or corrects, and write down who it is.

    {"account_id": "a7", "device_id": "d2", "device_type": "tv", "at": "2026-11-21T20:14:03Z"}

Before the first click that is all there is; `events` sharpens it by what happened in the running
session and was not sent to `/v1/events`. What was stored is known without being sent again.

Reads / Writes: nothing.
Not here: the route (web.hot), who it is (people).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from settee.core import Event, parse_event, to_json
from settee.people import Correction, Moment, Who, happening, parse_correction
from settee.respond import Signal, Watcher
from settee.web.asking import Id, Short, check_device_type, refused
from settee.web.errors import BadRequest

MAX_EVENTS = 1000
_EPOCH_YEARS = (1970, 9998)
_MICROS = 1_000_000


class AskedWho(msgspec.Struct, forbid_unknown_fields=True):
    """A question for who is there; `at` is now where it is absent."""

    account_id: Id
    device_id: Id | None = None
    device_type: str | None = None
    platform: Short | None = None
    profile_id: Id | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None
    events: Annotated[list[msgspec.Raw], Meta(max_length=MAX_EVENTS)] = []


class WhoIsThere(msgspec.Struct, frozen=True):
    """Who is on the screen.

    `persons` come the likeliest first; with `guest`, who is none of them, they sum to 1. `together`
    is how likely several watch. `stage` says what the account is known at: account, population (how
    its like watch) or persons.
    """

    account_id: str
    at: datetime
    stage: str
    persons: list[Watcher]
    guest: float
    together: float
    is_together: bool
    is_unsure: bool
    signals: list[Signal]


class AskedCorrection(Correction, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A correction with its id; without one it is made up, and a repeat counts again."""

    event_id: Id | None = None


_decoder = msgspec.json.Decoder(AskedWho)
_correction = msgspec.json.Decoder(dict[str, msgspec.Raw])
_id = msgspec.json.Decoder(Id | None)


def asked_who(body: bytes, now: datetime) -> Moment:
    """Read the JSON object of a question.

    Args:
        body: The whole body.
        now: The present instant, for a question that names none.

    Raises:
        BadRequest: If it is not JSON, or a field is missing, unknown, mistyped or out of range.
        BadEvent: If an event breaks the wire format.

    >>> body = b'{"account_id": "a7", "at": "1970-01-01T00:01:00Z"}'
    >>> asked_who(body, datetime(2026, 11, 21, tzinfo=UTC)).at_us
    60000000
    """
    try:
        asked = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise refused(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"The body is not JSON: {error}.", place="body") from None
    check_device_type(asked.device_type)
    at = instant_of(asked.at, now)
    return Moment(
        asked.account_id,
        round(at.timestamp() * _MICROS),
        asked.device_id,
        asked.device_type,
        asked.platform,
        asked.profile_id,
        tuple(map(happening, running_events(asked.account_id, asked.device_id, asked.events))),
    )


def instant_of(at: datetime | None, now: datetime) -> datetime:
    """The instant of a question: the one that it names, or now.

    Raises:
        BadRequest: If it is before 1970.
    """
    if at is None:
        return now
    if not _EPOCH_YEARS[0] <= at.year <= _EPOCH_YEARS[1]:
        raise BadRequest(f"at is of the year {at.year}; send one from 1970 on.", place="at")
    return at


def running_events(
    account_id: str, device_id: str | None, raws: Sequence[msgspec.Raw | bytes]
) -> tuple[Event, ...]:
    """Events of a running session that were not sent, which a question names.

    Args:
        account_id: Whom the question is about.
        device_id: On which device.
        raws: As they came.

    Raises:
        BadEvent: If one breaks the wire format.
        BadRequest: If one is of another account or device.
    """
    events = [parse_event(raw) for raw in raws]
    for place, event in enumerate(events):
        _check_session(account_id, device_id, event, place)
    return tuple(events)


def who_is_there(moment: Moment, who: Who | None) -> WhoIsThere:
    """The answer for a posterior.

    Args:
        moment: What was asked.
        who: Who it is; None where persons are not looked for.
    """
    at = datetime.fromtimestamp(moment.at_us / _MICROS, tz=UTC)
    if who is None:
        return WhoIsThere(
            moment.account_id, at, "account", [], 0.0, 0.0,
            is_together=False, is_unsure=True, signals=[],
        )  # fmt: skip
    return WhoIsThere(
        moment.account_id,
        at,
        who.stage,
        [Watcher(person_id, _short(p)) for person_id, p in who.persons],
        _short(who.guest),
        _short(who.together),
        bool(who.is_together),
        bool(who.is_unsure),
        [Signal(name, round(float(bits), 3)) for name, bits in who.signals],
    )


def read_correction(body: bytes) -> tuple[str | None, Correction]:
    """Read the JSON object of a correction: its id, None where it has none, and what it says.

    Args:
        body: The whole body.

    Raises:
        BadRequest: If it is not a JSON object, or its id is none.
        BadCorrection: If a field is missing, unknown, mistyped or out of range.

    >>> read_correction(b'{"event_id": "c1", "kind": "guest", "sessions": ["e9"]}')[0]
    'c1'
    """
    try:
        fields = _correction.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"The body is no JSON object: {error}.", place="body") from None
    given = fields.pop("event_id", None)
    try:
        event_id = None if given is None else _id.decode(given)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"event_id is refused: {error}.", place="event_id") from None
    return event_id, parse_correction(to_json(fields))


def _check_session(account_id: str, asked_id: str | None, event: Event, place: int) -> None:
    """A session is of one account on one device."""
    if event.account_id != account_id:
        raise BadRequest(
            f'the event is of account "{event.account_id}"; a question is about one account.',
            place=f"events[{place}].account_id",
        )
    device_id = None if event.device_id is msgspec.UNSET else event.device_id
    if device_id != asked_id:
        raise BadRequest(
            f'the event is on device "{device_id or ""}"; a session is on one device.',
            hint="Name the device in the question and in each event.",
            place=f"events[{place}].device_id",
        )


def _short(probability: float) -> float:
    return round(float(probability), 4)
