"""Cut what an account did into sessions: one device, no silence longer than half an hour.

A play at 20:00 that lasted 50 minutes and a click at 21:15 are one session: the silence between
them, from 20:50 on, is 25 minutes. Being shown something, an advertising contact and a conversion
are not presence: they neither open nor prolong a session. Devices that are unknown count as one.

Reads: events as columns.  Writes: nothing.
Source: Catledge and Pitkow (1995), "Characterizing browsing strategies" (cutting at a silence).
Not here: one event after another (people.sessionizer), who it was (people.posterior).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from settee.core import ITEM_KINDS, KINDS, PeopleSettings
from settee.events import Activity, activity
from settee.people.session_loops import cut, touches
from settee.store import History

NO_PRESENCE = frozenset({"impression", "touch", "convert"})
"""Kinds of events that neither open nor prolong a session."""
TOUCH_KINDS = ITEM_KINDS - NO_PRESENCE
"""Kinds of events whose item was part of the session."""

_MICROS = 1_000_000
_Number = TypeVar("_Number", bound=np.generic)
_IS_PRESENCE = np.array([kind not in NO_PRESENCE for kind in KINDS], dtype=np.bool_)
_IS_TOUCH = np.array([kind in TOUCH_KINDS for kind in KINDS], dtype=np.bool_)


@dataclass(frozen=True)
class Sessions:
    """Sessions, sorted by account, end, start and device.

    Each text is a position in its space, -1 where it is unknown; spaces are sorted.

    Args:
        account_ids: Account space; accounts without a session may be in it.
        device_ids: Device space.
        platforms: Platform space.
        profile_ids: Profile space.
        item_ids: Item space.
        account: (n,) int32.
        device: (n,) int32.
        device_type: (n,) int8 positions in core.DEVICE_TYPES, the last one that was named.
        platform: (n,) int32, the last one that was named.
        profile: (n,) int32, the last one that was picked.
        start_us: (n,) int64 instant of the first event, microseconds since 1970-01-01 UTC.
        last_us: (n,) int64 instant of the last event.
        end_us: (n,) int64 end of the last activity, at least `last_us`.
        n_events: (n,) int32 events that show presence.
        watched_s: (n,) float32 sum of durations, seconds.
        item_indptr: (n + 1,) int64; items of session i are ``item[indptr[i]:indptr[i + 1]]``.
        item: (n_items_total,) int32 distinct items of a session in the order of first touch.
        n_touches: (n_items_total,) int32 how many events were about it.
        last_event_id: Id of each last event, empty where it has none.
    """

    account_ids: tuple[str, ...]
    device_ids: tuple[str, ...]
    platforms: tuple[str, ...]
    profile_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    account: NDArray[np.int32]
    device: NDArray[np.int32]
    device_type: NDArray[np.int8]
    platform: NDArray[np.int32]
    profile: NDArray[np.int32]
    start_us: NDArray[np.int64]
    last_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    n_events: NDArray[np.int32]
    watched_s: NDArray[np.float32]
    item_indptr: NDArray[np.int64]
    item: NDArray[np.int32]
    n_touches: NDArray[np.int32]
    last_event_id: tuple[str, ...]

    def __len__(self) -> int:
        """Number of sessions."""
        return len(self.account)

    @property
    def n_accounts(self) -> int:
        """Size of the account space."""
        return len(self.account_ids)

    @cached_property
    def account_indptr(self) -> NDArray[np.int64]:
        """(n_accounts + 1,) sessions of account a are ``indptr[a]:indptr[a + 1]``."""
        return np.searchsorted(self.account, np.arange(self.n_accounts + 1)).astype(np.int64)

    def where(self, keep: NDArray[np.bool_]) -> "Sessions":
        """The sessions at which `keep`, (n,) bool, is true; all spaces stay as they are."""
        return self.take(np.flatnonzero(keep))

    def of_account(self, account: int) -> "Sessions":
        """The sessions of one account, by its position; all spaces stay as they are."""
        first, last = self.account_indptr[account : account + 2].tolist()
        return self.take(np.arange(first, last))

    def take(self, order: NDArray[np.int64]) -> "Sessions":
        """The sessions at these places, in this order; all spaces stay as they are.

        Args:
            order: (m,) places. An order that is not rising leaves the sessions unsorted.
        """
        size = np.diff(self.item_indptr)[order]
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])
        places = np.repeat(self.item_indptr[order] - indptr[:-1], size) + np.arange(indptr[-1])
        return Sessions(
            self.account_ids,
            self.device_ids,
            self.platforms,
            self.profile_ids,
            self.item_ids,
            account=self.account[order],
            device=self.device[order],
            device_type=self.device_type[order],
            platform=self.platform[order],
            profile=self.profile[order],
            start_us=self.start_us[order],
            last_us=self.last_us[order],
            end_us=self.end_us[order],
            n_events=self.n_events[order],
            watched_s=self.watched_s[order],
            item_indptr=indptr,
            item=self.item[places],
            n_touches=self.n_touches[places],
            last_event_id=tuple(self.last_event_id[place] for place in order.tolist()),
        )


@dataclass(frozen=True)
class CutSessions:
    """Events and the sessions that they belong to.

    Args:
        sessions: All of them, closed or still running.
        is_closed: (n,) bool: did the watermark of the account pass the end of its silence?
        session: (n_events,) int64 place of each event's session, -1 for no presence.
        newest_us: (n_accounts,) int64 newest instant of each account.
    """

    sessions: Sessions
    is_closed: NDArray[np.bool_]
    session: NDArray[np.int64]
    newest_us: NDArray[np.int64]


def sessions_of(activity: Activity, settings: PeopleSettings, *, is_ended: bool = True) -> Sessions:
    """The sessions of these accounts.

    Args:
        activity: Their events.
        settings: How long a silence ends a session.
        is_ended: Give also sessions whose silence has not passed yet: the record has ended.
    """
    found = cut_sessions(activity, settings)
    return found.sessions if is_ended else found.sessions.where(found.is_closed)


def cut_sessions(activity: Activity, settings: PeopleSettings) -> CutSessions:
    """The sessions of these accounts, which event is in which, and which of them are closed."""
    is_presence = _IS_PRESENCE[activity.kind]
    session, facts, lasts = cut(
        activity.account, activity.device, activity.device_type, activity.platform,
        activity.profile, activity.at_us, activity.lasted_us, is_presence,
        len(activity.device_ids), settings.gap_s * _MICROS,
    )  # fmt: skip
    device_type, platform, profile = facts[:, 0], facts[:, 1], facts[:, 2]
    first, last = lasts[:, 0], lasts[:, 1]
    end_us, n_events, watched_us = lasts[:, 2], lasts[:, 3], lasts[:, 4]
    account, device = activity.account[first], activity.device[first]
    order = np.lexsort((device, activity.at_us[first], end_us, account))
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(len(order)), -1
    session = place[session]
    is_touch = _IS_TOUCH[activity.kind] & (activity.item >= 0)
    item_indptr, item, n_touches = touches(
        np.where(is_touch, session, -1), activity.item, len(order), len(activity.item_ids)
    )
    newest_us = np.zeros(len(activity.account_ids), dtype=np.int64)
    newest_us[activity.account] = activity.at_us  # the last one of each account stays
    found = Sessions(
        activity.account_ids,
        activity.device_ids,
        activity.platforms,
        activity.profile_ids,
        activity.item_ids,
        account=account[order],
        device=device[order],
        device_type=device_type[order].astype(np.int8),
        platform=platform[order],
        profile=profile[order],
        start_us=activity.at_us[first][order],
        last_us=activity.at_us[last][order],
        end_us=end_us[order],
        n_events=n_events[order].astype(np.int32),
        watched_s=(watched_us[order] / _MICROS).astype(np.float32),
        item_indptr=item_indptr,
        item=item,
        n_touches=n_touches,
        last_event_id=activity.event_ids(last[order]),
    )
    watermark = newest_us[found.account] - settings.lateness_s * _MICROS
    is_closed = watermark > found.end_us + settings.gap_s * _MICROS
    return CutSessions(found, is_closed, session, newest_us)


def join_sessions(parts: Sequence[Sessions]) -> Sessions:
    """Sessions of different accounts as one; equal spaces become one sorted space each.

    Args:
        parts: No account has sessions in two of them.
    """
    accounts, account = _joined_space([(one.account_ids, one.account) for one in parts])
    devices, device = _joined_space([(one.device_ids, one.device) for one in parts])
    platforms, platform = _joined_space([(one.platforms, one.platform) for one in parts])
    profiles, profile = _joined_space([(one.profile_ids, one.profile) for one in parts])
    items, item = _joined_space([(one.item_ids, one.item) for one in parts])
    sizes = _joined([np.diff(one.item_indptr) for one in parts], np.int64)
    joined = Sessions(
        accounts,
        devices,
        platforms,
        profiles,
        items,
        account=account,
        device=device,
        device_type=_joined([one.device_type for one in parts], np.int8),
        platform=platform,
        profile=profile,
        start_us=_joined([one.start_us for one in parts], np.int64),
        last_us=_joined([one.last_us for one in parts], np.int64),
        end_us=_joined([one.end_us for one in parts], np.int64),
        n_events=_joined([one.n_events for one in parts], np.int32),
        watched_s=_joined([one.watched_s for one in parts], np.float32),
        item_indptr=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
        item=item,
        n_touches=_joined([one.n_touches for one in parts], np.int32),
        last_event_id=tuple(one for part in parts for one in part.last_event_id),
    )
    return joined.take(np.lexsort((device, joined.start_us, joined.end_us, account)))


def _joined_space(
    parts: Sequence[tuple[tuple[str, ...], NDArray[np.int32]]],
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """One sorted space out of several, and all positions in it; -1 stays."""
    space = tuple(sorted(set().union(*(texts for texts, _ in parts))))
    place = {text: number for number, text in enumerate(space)}
    moved = [
        np.array([*(place[text] for text in texts), -1], dtype=np.int32)[numbers]
        for texts, numbers in parts
    ]
    return space, _joined(moved, np.int32)


def _joined(columns: Sequence[NDArray[_Number]], dtype: type[_Number]) -> NDArray[_Number]:
    return np.concatenate([np.empty(0, dtype), *columns])


def read_sessions(history: History, settings: PeopleSettings) -> Sessions:
    """All sessions of the record at once; some 200 bytes each.

    Args:
        history: The record; live events are in it once the journal was sealed.
        settings: How long a silence ends a session.

    Raises:
        SetteeError: If a segment is missing or damaged.
    """
    return join_sessions([sessions_of(part, settings) for part in activity(history)])
