"""Small accounts as events, and the plainest possible cutting of sessions to compare with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from settee.core import DEVICE_TYPES, HISTORY_COLUMNS, ITEM_KINDS, Columns
from settee.events import Activity, activity_of
from settee.people import Sessions
from settee.store.history import history_schema

NO_PRESENCE = ("impression", "touch", "convert")


@dataclass(frozen=True)
class Act:
    """One event; instants and durations in seconds."""

    account_id: str
    at: float
    event_id: str = ""
    kind: str = "play"
    item_id: str | None = None
    device_id: str | None = None
    device_type: str | None = None
    platform: str | None = None
    profile_id: str | None = None
    duration_s: float | None = None

    @property
    def at_us(self) -> int:
        return round(self.at * 1e6)

    @property
    def end_us(self) -> int:
        return self.at_us + round((self.duration_s or 0) * 1e6)

    @property
    def key(self) -> tuple[int, str, str, str]:
        return self.at_us, self.event_id, self.kind, self.item_id or ""


def named(acts: Sequence[Act]) -> list[Act]:
    """The same, each with an event id of its own."""
    return [replace(one, event_id=f"e{number}") for number, one in enumerate(acts)]


def columns(acts: Sequence[Act]) -> Activity:
    """Events as the reader of the record gives them."""
    ordered = sorted(acts, key=lambda one: (one.account_id, *one.key))
    rows: dict[str, list[object]] = {name: [None] * len(ordered) for name, _ in HISTORY_COLUMNS}
    for place, one in enumerate(ordered):
        for name in (
            Columns.account_id, Columns.event_id, Columns.kind, Columns.item_id,
            Columns.device_id, Columns.device_type, Columns.platform, Columns.profile_id,
            Columns.duration_s,
        ):  # fmt: skip
            rows[name][place] = getattr(one, name) or None
        rows[Columns.at][place] = one.at_us
    return activity_of(pa.table(rows, schema=history_schema()))


@dataclass(frozen=True)
class Plain:
    """A session as texts and instants, whatever numbers stand for them elsewhere."""

    account_id: str
    device_id: str | None
    device_type: str | None
    platform: str | None
    profile_id: str | None
    start_us: int
    last_us: int
    end_us: int
    n_events: int
    watched_s: float
    items: tuple[tuple[str, int], ...]
    last_event_id: str


def plain_sessions(acts: Sequence[Act], gap_s: int = 1800) -> list[Plain]:
    """Sessions by going through the events of each device, one by one."""
    devices: dict[tuple[str, str | None], list[list[Act]]] = {}
    for one in sorted(acts, key=lambda act: (act.account_id, *act.key)):
        if one.kind in NO_PRESENCE:
            continue
        runs = devices.setdefault((one.account_id, one.device_id), [])
        if not runs or one.at_us - max(each.end_us for each in runs[-1]) > gap_s * 1_000_000:
            runs.append([])
        runs[-1].append(one)
    found = [_plain(run) for runs in devices.values() for run in runs]
    return sorted(found, key=lambda s: (s.account_id, s.end_us, s.start_us, s.device_id or ""))


def closed(found: Sequence[Plain], acts: Sequence[Act], gap_s: int, lateness_s: int) -> list[Plain]:
    """Those whose silence the watermark of their account has passed."""
    newest: dict[str, int] = {}
    for one in acts:
        newest[one.account_id] = max(newest.get(one.account_id, one.at_us), one.at_us)
    return [
        one
        for one in found
        if newest[one.account_id] - lateness_s * 1_000_000 > one.end_us + gap_s * 1_000_000
    ]


def _plain(run: Sequence[Act]) -> Plain:
    items: dict[str, int] = {}
    for one in run:
        if one.item_id and one.kind in ITEM_KINDS:
            items[one.item_id] = items.get(one.item_id, 0) + 1
    return Plain(
        account_id=run[0].account_id,
        device_id=run[0].device_id,
        device_type=_last([one.device_type for one in run]),
        platform=_last([one.platform for one in run]),
        profile_id=_last([one.profile_id for one in run]),
        start_us=run[0].at_us,
        last_us=run[-1].at_us,
        end_us=max(one.end_us for one in run),
        n_events=len(run),
        watched_s=sum(one.duration_s or 0 for one in run),
        items=tuple(items.items()),
        last_event_id=run[-1].event_id,
    )


def _last(texts: Sequence[str | None]) -> str | None:
    return next((text for text in reversed(texts) if text), None)


def told(sessions: Sessions) -> list[Plain]:
    """Sessions of the product as texts and instants."""

    def text(space: tuple[str, ...], number: int) -> str | None:
        return space[number] if number >= 0 else None

    return [
        Plain(
            account_id=sessions.account_ids[sessions.account[n]],
            device_id=text(sessions.device_ids, sessions.device[n]),
            device_type=text(DEVICE_TYPES, sessions.device_type[n]),
            platform=text(sessions.platforms, sessions.platform[n]),
            profile_id=text(sessions.profile_ids, sessions.profile[n]),
            start_us=int(sessions.start_us[n]),
            last_us=int(sessions.last_us[n]),
            end_us=int(sessions.end_us[n]),
            n_events=int(sessions.n_events[n]),
            watched_s=float(sessions.watched_s[n]),
            items=tuple(
                (sessions.item_ids[item], int(count))
                for item, count in zip(
                    sessions.item[sessions.item_indptr[n] : sessions.item_indptr[n + 1]],
                    sessions.n_touches[sessions.item_indptr[n] : sessions.item_indptr[n + 1]],
                    strict=True,
                )
            ),
            last_event_id=sessions.last_event_id[n],
        )
        for n in range(len(sessions))
    ]
