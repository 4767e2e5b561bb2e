"""Write one household as lines: its events in the wire format, and beside them who it was.

The events never say who: an event id is the household's code and a running number in order of
time, and device and profile ids are random. ``{"event_id": "5c…-000017", "account_id": "a5c…",
"persons": ["p09…"], "guest": false, "session_id": "5c….3"}`` is the truth about the seventeenth.

Reads: a simulated household.  Writes: nothing.
Not here: files (events.simulate_files).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES, KINDS, Item, from_epoch_s, to_json
from settee.events.simulate_homes import PLATFORMS
from settee.events.simulate_touches import Contact, TrueEffects

_SEARCH = KINDS.index("search")


@dataclass(frozen=True)
class Change:
    """Something that becomes different in the record (part of the truth).

    Args:
        what: joined, left, hours_moved, hours_rotate, taste_drifts, device_updated or
            device_replaced.
        who: Label of the person, or id of the device before.
        at_s: Since when, seconds since 1970.
    """

    what: str
    who: str
    at_s: int


@dataclass(frozen=True)
class SimulatedHousehold:
    """One household: its events as columns in order of time, and the truth beside each.

    Args:
        account_id: Of the household.
        person_ids: Labels of its members; opaque, in no order.
        device_ids: What `device` counts.
        profile_ids: What `profile` counts; one for each of `person_ids`, or none.
        items: What `item` counts: the catalogue.
        contacts: What `contact` counts: ways of advertising.
        at_s: (n,) int64, seconds since 1970, UTC.
        kind: (n,) uint8, position in `settee.core.KINDS`.
        item: (n,) int32; -1 none. A search has one here, and on the wire asks for its first tag.
        device: (n,) int16; -1 none.
        device_type: (n,) int8, position in `settee.core.DEVICE_TYPES` as reported; -1 none.
        platform: (n,) int8, position in `PLATFORMS`; -1 none.
        profile: (n,) int16; -1 none.
        value: (n,) float32, stars; NaN none.
        duration_s: (n,) float32 seconds; NaN none.
        contact: (n,) int16; -1 none.
        revenue_cents: (n,) int32 of a conversion or purchase; -1 none.
        session: (n,) int32, true session; -1 none.
        persons: (n,) uint16, a bit for each of `person_ids` who was there (the truth).
        is_guest: (n,) bool, was somebody else there (the truth)?
        changes: What became different (the truth).
        effects: What advertising did (the truth).
    """

    account_id: str
    person_ids: tuple[str, ...]
    device_ids: tuple[str, ...]
    profile_ids: tuple[str, ...]
    items: tuple[Item, ...]
    contacts: tuple[Contact, ...]
    at_s: NDArray[np.int64]
    kind: NDArray[np.uint8]
    item: NDArray[np.int32]
    device: NDArray[np.int16]
    device_type: NDArray[np.int8]
    platform: NDArray[np.int8]
    profile: NDArray[np.int16]
    value: NDArray[np.float32]
    duration_s: NDArray[np.float32]
    contact: NDArray[np.int16]
    revenue_cents: NDArray[np.int32]
    session: NDArray[np.int32]
    persons: NDArray[np.uint16]
    is_guest: NDArray[np.bool_]
    changes: tuple[Change, ...]
    effects: TrueEffects

    def __len__(self) -> int:
        return len(self.at_s)

    def event_ids(self) -> list[str]:
        """Ids of its events."""
        code = self.account_id[1:]
        return [f"{code}-{number:06d}" for number in range(1, len(self) + 1)]

    def present(self) -> list[tuple[str, ...]]:
        """Labels of who was there at each event; empty for a guest alone."""
        known: dict[int, tuple[str, ...]] = {}
        for mask in np.unique(self.persons).tolist():
            there = (label for bit, label in enumerate(self.person_ids) if mask >> bit & 1)
            known[mask] = tuple(sorted(there))
        return [known[mask] for mask in self.persons.tolist()]


def event_lines(home: SimulatedHousehold) -> bytes:
    """Its events in the wire format, one line each, in order of time."""
    at = np.datetime_as_string(home.at_s.astype("datetime64[s]"), unit="s").tolist()
    account = f'","account_id":"{home.account_id}","kind":"'
    lines = [
        f'{{"event_id":"{event_id}{account}{KINDS[kind]}","at":"{instant}Z"{about}{where}{rest}}}\n'
        for event_id, kind, instant, about, where, rest in zip(
            home.event_ids(), home.kind.tolist(), at, _abouts(home), _wheres(home), _rests(home),
            strict=True,
        )
    ]  # fmt: skip
    return "".join(lines).encode()


def truth_lines(home: SimulatedHousehold) -> bytes:
    """Who was there, one line for each event."""
    code = home.account_id[1:]
    account = f'","account_id":"{home.account_id}","persons":['
    names = {there: ",".join(f'"{one}"' for one in there) for there in set(home.present())}
    lines = [
        f'{{"event_id":"{event_id}{account}{names[there]}],"guest":{"true" if guest else "false"}'
        + (f',"session_id":"{code}.{session}"}}\n' if session >= 0 else "}\n")
        for event_id, there, guest, session in zip(
            home.event_ids(), home.present(), home.is_guest.tolist(), home.session.tolist(),
            strict=True,
        )
    ]  # fmt: skip
    return "".join(lines).encode()


def change_lines(home: SimulatedHousehold) -> bytes:
    """What became different, one line for each change."""
    return b"".join(
        to_json({
            "account_id": home.account_id, "what": one.what, "who": one.who,
            "at": from_epoch_s(one.at_s),
        }) + b"\n"
        for one in home.changes
    )  # fmt: skip


def effect_lines(home: SimulatedHousehold) -> bytes:
    """What advertising did to the household, as one line."""
    ids, effects = home.event_ids(), home.effects
    touches = zip(effects.touch.tolist(), effects.touch_extra.tolist(), strict=True)
    columns = (effects.convert, effects.p, effects.p_without)
    conversions = zip(*(column.tolist() for column in columns), strict=True)
    line = {
        "account_id": home.account_id,
        "held_out": effects.is_held_out,
        "expected": round(effects.expected, 6),
        "expected_without": round(effects.expected_without, 6),
        "touches": [{"event_id": ids[at], "extra": round(extra, 6)} for at, extra in touches],
        "conversions": [
            {"event_id": ids[at], "p": round(p, 6), "p_without": round(p_without, 6)}
            for at, p, p_without in conversions
        ],
    }
    return to_json(line) + b"\n"


def _abouts(home: SimulatedHousehold) -> Iterator[str]:
    """The title, or what a search asks for."""
    for kind, item in zip(home.kind.tolist(), home.item.tolist(), strict=True):
        if item < 0:
            yield ""
        elif kind == _SEARCH:
            yield f',"query":"{home.items[item].tags[0]}"'
        else:
            yield f',"item_id":"{home.items[item].item_id}"'


def _wheres(home: SimulatedHousehold) -> list[str]:
    """Device, its type, platform and profile; few distinct ones, so each is written once."""
    columns = (home.device, home.device_type, home.platform, home.profile)
    keys = list(zip(*(column.tolist() for column in columns), strict=True))
    texts = {}
    for key in set(keys):
        device, device_type, platform, profile = key
        text = f',"device_id":"{home.device_ids[device]}"' if device >= 0 else ""
        text += f',"device_type":"{DEVICE_TYPES[device_type]}"' if device_type >= 0 else ""
        text += f',"platform":"{PLATFORMS[platform]}"' if platform >= 0 else ""
        text += f',"profile_id":"{home.profile_ids[profile]}"' if profile >= 0 else ""
        texts[key] = text
    return [texts[key] for key in keys]


def _rests(home: SimulatedHousehold) -> Iterator[str]:
    """What only some kinds have."""
    ways = [
        f',"channel":"{one.channel}","campaign":"{one.campaign}","cost_micros":{one.cost_micros}'
        for one in home.contacts
    ]
    columns = (home.value, home.duration_s, home.revenue_cents, home.contact)
    for value, duration_s, cents, contact in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        text = "" if isnan(value) else f',"value":{value:g}'
        if not isnan(duration_s):
            text += f',"duration_s":{duration_s:g}'
        if cents >= 0:
            text += f',"revenue_cents":{cents},"currency":"EUR"'
        yield text if contact < 0 else text + ways[contact]
