"""Say when, where and amid what somebody asks who is there, as a session that is still running.

Before the first click a moment is a device and a clock: a session of no event. With the play of
20:05 and the click of 20:08 behind it, it is the session of those two, and every further event
sharpens what is known.

Reads / Writes: nothing.
Not here: running sessions (people.sessionizer), who it is (people.posterior).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import UNSET

from settee.core import Event
from settee.people.sessionizer import Happening, Running, lasted_us

_Key = tuple[int, str]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAST_ID = "\U0010ffff"


@dataclass(frozen=True)
class Moment:
    """When and where it is asked who is there.

    Args:
        account_id: Whose persons.
        at_us: The instant, microseconds since 1970-01-01 UTC.
        device_id: On which device, None where unknown.
        device_type: One of core.DEVICE_TYPES, or None.
        platform: By which product or service, or None.
        profile_id: The profile that was picked, or None; a noisy label.
        events: What else happened in the running session on that device, in any order. A scene
            takes them as if the record had them; where only who is there is asked and the record
            has the session, only what is newer than it counts.
    """

    account_id: str
    at_us: int
    device_id: str | None = None
    device_type: str | None = None
    platform: str | None = None
    profile_id: str | None = None
    events: tuple[Happening, ...] = ()


def happening(event: Event) -> Happening:
    """An event in wire format, as far as sessions care."""
    texts = (event.item_id, event.device_id, event.device_type, event.platform, event.profile_id)
    item_id, device_id, device_type, platform, profile_id = (
        None if text is UNSET else text for text in texts
    )
    duration_s = None if event.duration_s is UNSET else event.duration_s
    return Happening(
        (event.at - _EPOCH) // _MICROSECOND, event.kind, event.event_id, item_id, device_id,
        device_type, platform, profile_id, lasted_us(duration_s),
    )  # fmt: skip


def session_at(moment: Moment, running: Running | None = None) -> Running:
    """The running session at a moment.

    Args:
        moment: When, where, and events of the session.
        running: The session of that device as the record has it; it is not changed.

    >>> session_at(Moment("a7", 60_000_000, device_id="d2")).n_events
    0
    """
    if running is None:
        start_us = min([moment.at_us, *(event.at_us for event in moment.events)])
        session = Running(moment.device_id, start_us, (start_us, ""), start_us, items={})
    else:
        session = msgspec.structs.replace(running, items=dict(running.items), answer=b"")
    for event in moment.events:
        if running is None or (event.at_us, event.event_id) > running.last:
            session.add(event)
    # The clock goes on while somebody sits there and has not clicked yet.
    session.end_us = max(session.end_us, moment.at_us)
    key = (moment.at_us, _LAST_ID)
    session.device_type = _told(session.device_type, key, moment.device_type)
    session.platform = _told(session.platform, key, moment.platform)
    session.profile_id = _told(session.profile_id, key, moment.profile_id)
    return session


def _told(before: tuple[_Key, str] | None, key: _Key, text: str | None) -> tuple[_Key, str] | None:
    return before if text is None else (key, text)
