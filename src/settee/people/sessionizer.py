"""Gather the events of one account into running sessions, one event after another.

What a session says is a sum, an extreme or a first of its events, so they may come in any order: a
click of 20:05 that arrives after one of 20:08 joins, and may even join two sessions into one. The
watermark lies `lateness_s` before the newest event. Once it passes the end of a silence nothing
can join any more and the session is closed; an event from before the watermark is counted, no more.

Reads / Writes: nothing.
Source: Akidau et al. (2015), "The Dataflow Model" (session windows, watermarks).
Not here: the same for a whole record at once (people.sessions), where the state is kept (store).
"""

from collections.abc import Sequence
from itertools import accumulate

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES, PeopleSettings
from settee.people.errors import HouseholdDamaged
from settee.people.sessions import NO_PRESENCE, TOUCH_KINDS, Sessions

_MICROS = 1_000_000
_MOST_S = 31_536_000.0
_NEVER = -(2**62)
_TYPE_NO = {name: number for number, name in enumerate(DEVICE_TYPES)}
_Key = tuple[int, str]


class Happening(msgspec.Struct, frozen=True):
    """One event, as far as sessions care; fields as in `core.Event`."""

    at_us: int
    kind: str
    event_id: str = ""
    item_id: str | None = None
    device_id: str | None = None
    device_type: str | None = None
    platform: str | None = None
    profile_id: str | None = None
    lasted_us: int = 0


class Running(msgspec.Struct, array_like=True):
    """What a session contains so far; each text with the event that said it last.

    Args:
        device_id: On which device, None when unknown.
        start_us: Instant of the first event.
        last: Instant and id of the last event.
        end_us: End of the last activity.
        n_events: Events that show presence.
        watched_us: Sum of durations.
        device_type: The last that was named, after the event that named it.
        platform: Likewise.
        profile_id: Likewise.
        items: Event of the first touch and number of touches of each item.
        answer: What was said about it, once that is certain; opaque here, empty before.
        notes: What people told about it while it ran; opaque here.
    """

    device_id: str | None
    start_us: int
    last: _Key
    end_us: int
    n_events: int = 0
    watched_us: int = 0
    device_type: tuple[_Key, str] | None = None
    platform: tuple[_Key, str] | None = None
    profile_id: tuple[_Key, str] | None = None
    items: dict[str, tuple[_Key, int]] = {}
    answer: bytes = b""
    notes: list[bytes] = []

    def add(self, event: Happening) -> None:
        """Take an event in; it may be older than others."""
        key = (event.at_us, event.event_id)
        self.answer = b""
        self.start_us = min(self.start_us, event.at_us)
        self.last = max(self.last, key)
        self.end_us = max(self.end_us, event.at_us + event.lasted_us)
        self.n_events += 1
        self.watched_us += event.lasted_us
        self.device_type = _later(self.device_type, key, event.device_type)
        self.platform = _later(self.platform, key, event.platform)
        self.profile_id = _later(self.profile_id, key, event.profile_id)
        if event.item_id is not None and event.kind in TOUCH_KINDS:
            first, n_touches = self.items.get(event.item_id, (key, 0))
            self.items[event.item_id] = (min(first, key), n_touches + 1)

    def join(self, other: "Running") -> None:
        """Take in all events of another session of the same device."""
        self.answer = b""
        self.start_us = min(self.start_us, other.start_us)
        self.last = max(self.last, other.last)
        self.end_us = max(self.end_us, other.end_us)
        self.n_events += other.n_events
        self.watched_us += other.watched_us
        self.notes = sorted({*self.notes, *other.notes})
        for name in ("device_type", "platform", "profile_id"):
            mark = getattr(other, name)
            if mark is not None:
                setattr(self, name, _later(getattr(self, name), *mark))
        for item_id, (key, n_touches) in other.items.items():
            first, n_before = self.items.get(item_id, (key, 0))
            self.items[item_id] = (min(first, key), n_before + n_touches)

    def item_touches(self) -> list[tuple[str, int]]:
        """Items in the order of first touch, each with its number of touches."""
        ordered = sorted(self.items.items(), key=lambda one: one[1][0])
        return [(item_id, n_touches) for item_id, (_, n_touches) in ordered]


class _State(msgspec.Struct, array_like=True):
    newest_us: int = _NEVER
    n_late: int = 0
    running: list[Running] = []


_decoder = msgspec.msgpack.Decoder(_State)
_encoder = msgspec.msgpack.Encoder()


class Sessionizer:
    """The running sessions of one account.

    Args:
        settings: Gap and lateness.
        raw: What `to_bytes` gave earlier, under the same settings.

    Raises:
        HouseholdDamaged: If `raw` is something else.
    """

    def __init__(self, settings: PeopleSettings, raw: bytes = b"") -> None:
        self._gap_us = settings.gap_s * _MICROS
        self._lateness_us = settings.lateness_s * _MICROS
        try:
            self._state = _decoder.decode(raw) if raw else _State()
        except msgspec.MsgspecError as error:
            raise HouseholdDamaged(
                f"running sessions cannot be read: {error}; those that settee wrote are expected.",
                hint="Delete households.db; it is a view and is built again.",
            ) from None

    @property
    def newest_us(self) -> int:
        """Newest instant of any event, microseconds; -2**62 before the first."""
        return self._state.newest_us

    @property
    def n_late(self) -> int:
        """Events that came too late to be sorted into place."""
        return self._state.n_late

    @property
    def running(self) -> Sequence[Running]:
        """Sessions that are not closed, in no order."""
        return self._state.running

    def add(self, event: Happening) -> bool:
        """Take an event in; False when it came too late and was left out."""
        state = self._state
        if event.at_us < state.newest_us - self._lateness_us:
            state.n_late += event.kind not in NO_PRESENCE
            return False
        state.newest_us = max(state.newest_us, event.at_us)
        if event.kind not in NO_PRESENCE:
            self._place(event)
        return True

    def pass_time(self, at_us: int) -> None:
        """Know that events up to this instant have come, without being told about them."""
        self._state.newest_us = max(self._state.newest_us, at_us)

    def count_late(self, n_late: int) -> None:
        """Count events that came too late and were left out elsewhere."""
        self._state.n_late += n_late

    def close(self) -> list[Running]:
        """Let go of the sessions that nothing can join any more, by end, start and device."""
        before = self._state.newest_us - self._lateness_us - self._gap_us
        closed = [one for one in self._state.running if one.end_us < before]
        if closed:
            self._state.running = [one for one in self._state.running if one.end_us >= before]
        return sorted(closed, key=_order)

    def silent_at(self, at_us: int) -> list[Running]:
        """Running sessions whose silence is over at an instant, though some may yet be joined."""
        over = [one for one in self._state.running if one.end_us + self._gap_us < at_us]
        return sorted(over, key=_order)

    def on_device(self, device_id: str | None, at_us: int) -> Running | None:
        """The running session of a device that goes on at an instant."""
        for one in self._state.running:
            if one.device_id == device_id and one.end_us + self._gap_us >= at_us >= one.start_us:
                return one
        return None

    def holding(self, event: Happening) -> Running | None:
        """The running session that an event is in."""
        for one in self._state.running:
            if one.device_id == event.device_id and one.start_us <= event.at_us <= one.last[0]:
                return one
        return None

    def to_bytes(self) -> bytes:
        """The state, compactly; the same events give the same bytes in any order of arrival."""
        state = self._state
        state.running.sort(key=_order)
        for one in state.running:
            one.items = dict(sorted(one.items.items(), key=lambda item: item[1][0]))
        return _encoder.encode(state)

    def _place(self, event: Happening) -> None:
        until_us = event.at_us + event.lasted_us + self._gap_us
        joined: Running | None = None
        for one in list(self._state.running):
            is_near = one.start_us <= until_us and event.at_us <= one.end_us + self._gap_us
            if one.device_id != event.device_id or not is_near:
                continue
            if joined is None:
                joined = one
            else:
                joined.join(one)
                self._state.running.remove(one)
        if joined is None:
            key = (event.at_us, event.event_id)
            joined = Running(event.device_id, event.at_us, key, event.at_us, items={})
            self._state.running.append(joined)
        joined.add(event)


def lasted_us(duration_s: float | None) -> int:
    """A duration in whole microseconds, rounded as the history rounds it.

    >>> lasted_us(1.5), lasted_us(None)
    (1500000, 0)
    """
    if duration_s is None:
        return 0
    return round(min(max(float(np.float32(duration_s)), 0.0), _MOST_S) * _MICROS)


def gather(account_id: str, runs: Sequence[Running]) -> Sessions:
    """Sessions of one account as columns, in the order in which they are given."""
    devices, device = _numbered([one.device_id for one in runs])
    platforms, platform = _numbered([_text(one.platform) for one in runs])
    profiles, profile = _numbered([_text(one.profile_id) for one in runs])
    touched = [one.item_touches() for one in runs]
    items, item = _numbered([item_id for one in touched for item_id, _ in one])
    types = [-1 if one.device_type is None else _TYPE_NO[one.device_type[1]] for one in runs]
    start_us, last_us, end_us, watched_us = np.array(
        [
            [one.start_us for one in runs],
            [one.last[0] for one in runs],
            [one.end_us for one in runs],
            [one.watched_us for one in runs],
        ],
        dtype=np.int64,
    )
    return Sessions(
        (account_id,),
        devices,
        platforms,
        profiles,
        items,
        account=np.zeros(len(runs), np.int32),
        device=device,
        device_type=np.array(types, dtype=np.int8),
        platform=platform,
        profile=profile,
        start_us=start_us,
        last_us=last_us,
        end_us=end_us,
        n_events=np.array([one.n_events for one in runs], dtype=np.int32),
        watched_s=(watched_us / _MICROS).astype(np.float32),
        item_indptr=np.array([0, *accumulate(len(one) for one in touched)], dtype=np.int64),
        item=item,
        n_touches=np.array([n for one in touched for _, n in one], dtype=np.int32),
        last_event_id=tuple(one.last[1] for one in runs),
    )


def _order(one: Running) -> tuple[int, int, str]:
    return one.end_us, one.start_us, one.device_id or ""


def _later(mark: tuple[_Key, str] | None, key: _Key, text: str | None) -> tuple[_Key, str] | None:
    return mark if text is None or (mark is not None and mark[0] > key) else (key, text)


def _text(mark: tuple[_Key, str] | None) -> str | None:
    return None if mark is None else mark[1]


def _numbered(texts: Sequence[str | None]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    if len(texts) == 1:  # as most often, when it is asked who is there
        (text,) = texts
        return ((), np.array([-1], np.int32)) if text is None else ((text,), np.zeros(1, np.int32))
    space = tuple(sorted({text for text in texts if text is not None}))
    place = {text: number for number, text in enumerate(space)}
    return space, np.array([-1 if t is None else place[t] for t in texts], dtype=np.int32)
