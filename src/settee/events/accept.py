"""Take live events in: check each by itself, so that one bad event never harms its batch.

Of a batch of 100 events with one mistyped, 99 become records for the journal and one comes back
with its position and reason. The record keeps the event's own bytes.

Reads: raw JSON.  Writes: nothing.
Not here: making records durable (store.journal), keeping refused events (events.quarantine).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from settee.core import BadEvent, CheckSettings, Event, SetteeError, instant_text, parse_event
from settee.store import Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that was refused.

    Args:
        position: Its place in the batch, from 0.
        error: Why.
        raw: Its bytes as they came.
    """

    position: int
    error: SetteeError
    raw: bytes


def accept_batch(
    raw_events: Sequence[bytes | msgspec.Raw], as_of: datetime, checks: CheckSettings
) -> tuple[list[Record], list[Rejected]]:
    """Check events one by one.

    Args:
        raw_events: One JSON object each.
        as_of: The present instant, aware; nothing may lie further ahead than
            `checks.max_future_s`.
        checks: `max_future_s` and `min_year`.

    Returns:
        Records in the order of the good events, and the refused ones with their position.

    >>> good = b'{"event_id":"e1","account_id":"a","kind":"browse","at":"2026-01-01T00:00:00Z"}'
    >>> now = datetime(2026, 1, 2, tzinfo=UTC)
    >>> records, rejected = accept_batch([good, b"{}"], now, CheckSettings())
    >>> [record.event_id for record in records], [one.position for one in rejected]
    (['e1'], [1])
    """
    latest = latest_instant(as_of, checks)
    records: list[Record] = []
    rejected: list[Rejected] = []
    for position, raw in enumerate(raw_events):
        try:
            event = parse_event(raw)
            _check_instant(event, latest, checks)
        except SetteeError as error:
            rejected.append(Rejected(position, error, bytes(raw)))
        else:
            at_us = (event.at - _EPOCH) // _MICROSECOND
            records.append(Record(event.event_id, event.account_id, event.kind, at_us, bytes(raw)))
    return records, rejected


def latest_instant(as_of: datetime, checks: CheckSettings) -> datetime:
    """The last instant that an event may have.

    >>> now = datetime(2026, 1, 2, tzinfo=UTC)
    >>> instant_text(latest_instant(now, CheckSettings(max_future_s=60)))
    '2026-01-02T00:01:00Z'
    """
    try:
        return as_of + timedelta(seconds=checks.max_future_s)
    except OverflowError:
        return _LAST


def _check_instant(event: Event, latest: datetime, checks: CheckSettings) -> None:
    if event.at > latest:
        raise BadEvent(
            f'event "{event.event_id}" is at {instant_text(event.at)}; '
            f"nothing may lie after {instant_text(latest)}.",
            hint="Check the clock of the sender, or raise checks.max_future_s.",
            place="at",
        )
    if event.at.year < checks.min_year:
        raise BadEvent(
            f'event "{event.event_id}" is of the year {event.at.year}; '
            f"nothing may be older than {checks.min_year}.",
            place="at",
        )
