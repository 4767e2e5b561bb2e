"""Make a world of shared accounts, cut it into sessions, and keep the truth row by row beside them.

The truth about a session is who was there at its last event, the event by which an exported answer
names the session. Several of the household, or one of it and a guest, are together.

Reads / Writes: nothing.
Not here: the simulator (settee.events), the sessions (settee.people).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES, KINDS, Item, PeopleSettings
from settee.events import SimulatedHousehold, activity_of, make_world, simulate_households
from settee.people import PeopleTruth as Truth
from settee.people import Sessions, judged_from, sessions_of

N_DAYS = 90
END_AT = datetime(2026, 11, 1, tzinfo=UTC)
_MOST_PERSONS = 8
_TV = DEVICE_TYPES.index("tv")
_MICROS = 1_000_000
_PLATFORMS = ("stream", "sport", "stream-2", "sport-2")
Column = NDArray[Any] | Sequence[str | None]


@dataclass(frozen=True)
class HouseholdWorld:
    """Sessions of invented households and who was there.

    Args:
        sessions: All of them, sorted by account and end.
        truth: Row by row.
        at_s: (n,) Unix seconds of the last event.
        judged_from_s: First second that is judged: the last quarter of the days.
        items: The catalogue.
    """

    sessions: Sessions
    truth: Truth
    at_s: NDArray[np.int64]
    judged_from_s: int
    items: tuple[Item, ...]

    def without_devices(self) -> "HouseholdWorld":
        """The same sessions with device ids withheld; types stay."""
        hidden = np.full(len(self.sessions), -1, np.int32)
        return replace(self, sessions=replace(self.sessions, device=hidden))

    @property
    def primary(self) -> NDArray[np.int64]:
        """(n,) number of the person who was there alone, -1 for guests, several and nobody."""
        alone = (self.truth.is_present.sum(axis=1) == 1) & ~self.truth.is_guest
        return np.where(alone, self.truth.is_present.argmax(axis=1), -1)


def household_world(
    difficulty: str, seed: int, n_households: int, n_days: int = N_DAYS, **dials: float
) -> HouseholdWorld:
    """A world of 90 days, or so many.

    Args:
        difficulty: easy, default or hard.
        seed: Of every random choice.
        n_households: Accounts.
        n_days: Days of the record.
        dials: Any dial of the simulator, set by hand.
    """
    world = make_world(difficulty, **dials)
    items, homes = simulate_households(world, seed, n_households, n_days, END_AT)
    columns: dict[str, list[Column]] = {}
    names = [item.item_id for item in items]
    present, guest, event_ids = [], [], []
    for home in homes:
        for name, column in _columns(home, names).items():
            columns.setdefault(name, []).append(column)
        present.append((home.persons[:, None] >> np.arange(_MOST_PERSONS)) & 1)
        guest.append(home.is_guest)
        event_ids += home.event_ids()
    table = pa.table({name: _joined(name, parts) for name, parts in columns.items()})
    order = pc.sort_indices(
        table, [("account_id", "ascending"), ("at", "ascending"), ("event_id", "ascending")]
    )
    sessions = sessions_of(activity_of(table.take(order)), PeopleSettings())
    row = {event_id: number for number, event_id in enumerate(event_ids)}
    last = np.array([row[event_id] for event_id in sessions.last_event_id])
    return _world(sessions, np.concatenate(present)[last] > 0, np.concatenate(guest)[last], items)


def _world(
    sessions: Sessions,
    present: NDArray[np.bool_],
    is_guest: NDArray[np.bool_],
    items: tuple[Item, ...],
) -> HouseholdWorld:
    at_s = sessions.last_us // _MICROS
    judged_from_s = judged_from(at_s)
    truth = Truth(
        is_present=present,
        is_guest=is_guest,
        is_together=present.sum(axis=1) + is_guest >= 2,
        is_judged=at_s >= judged_from_s,
        is_tv=sessions.device_type == _TV,
    )
    return HouseholdWorld(sessions, truth, at_s, judged_from_s, items)


def _columns(home: SimulatedHousehold, names: list[str]) -> dict[str, Column]:
    n = len(home)

    def text(numbers: NDArray[np.integer], texts: Sequence[str]) -> list[str | None]:
        known = [*texts, None]
        return [known[number] for number in numbers.tolist()]

    return {
        "event_id": home.event_ids(),
        "account_id": [home.account_id] * n,
        "kind": text(home.kind, KINDS),
        "at": home.at_s * _MICROS,
        "item_id": text(home.item, names),
        "device_id": text(home.device, home.device_ids),
        "device_type": text(home.device_type, DEVICE_TYPES),
        "platform": text(home.platform, _PLATFORMS),
        "profile_id": text(home.profile, home.profile_ids),
        "duration_s": home.duration_s,
    }


def _joined(name: str, parts: list[Column]) -> pa.Array:
    if name == "at":
        return pa.array(np.concatenate(parts), pa.timestamp("us", "UTC"))
    if name == "duration_s":
        return pa.array(np.concatenate(parts), pa.float32())
    return pa.array([one for part in parts for one in part], pa.string())
