"""Read single events for sessions: out of the journal, or out of columns of imported events.

Both give the same value for the same event, to the microsecond, so that an account that was
imported up to Tuesday and lives since goes on as if it had always been one or the other.

Reads: journal entries, columns.  Writes: nothing.
Not here: what becomes of them (people.sessionizer), corrections (people.corrections).
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES, KINDS
from settee.events import Activity
from settee.people.sessionizer import Happening, lasted_us
from settee.store import Entry, StoreDamaged


class _Fact(msgspec.Struct):
    """The fields of a journalled event that sessions keep."""

    item_id: str | None = None
    device_id: str | None = None
    device_type: str | None = None
    platform: str | None = None
    profile_id: str | None = None
    duration_s: float | None = None


_decoder = msgspec.json.Decoder(_Fact)
_KINDS = frozenset(KINDS)


def is_event(entry: Entry) -> bool:
    """Does it come from outside, rather than being an answer or a correction?"""
    return entry.record.kind in _KINDS


def happening_of(entry: Entry) -> Happening:
    """A journalled event.

    Raises:
        StoreDamaged: If the entry is not JSON of an event.
    """
    record = entry.record
    try:
        fact = _decoder.decode(record.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StoreDamaged(
            f"journal entry {entry.offset} cannot be read: {error}; wire JSON is expected.",
            hint="settee doctor checks the journal.",
        ) from None
    return Happening(
        record.at_us, record.kind, record.event_id, fact.item_id, fact.device_id,
        fact.device_type, fact.platform, fact.profile_id, lasted_us(fact.duration_s),
    )  # fmt: skip


def happenings_at(activity: Activity, places: NDArray[np.int64]) -> list[Happening]:
    """Events of columns, in the order of `places`.

    Args:
        activity: Columns of events.
        places: (m,) which of them.
    """
    ids = activity.event_ids(places)
    return [
        Happening(
            at_us, KINDS[kind], event_id, _text(activity.item_ids, item),
            _text(activity.device_ids, device), _text(DEVICE_TYPES, device_type),
            _text(activity.platforms, platform), _text(activity.profile_ids, profile), lasted,
        )
        for at_us, kind, event_id, item, device, device_type, platform, profile, lasted in zip(
            activity.at_us[places].tolist(), activity.kind[places].tolist(), ids,
            activity.item[places].tolist(), activity.device[places].tolist(),
            activity.device_type[places].tolist(), activity.platform[places].tolist(),
            activity.profile[places].tolist(), activity.lasted_us[places].tolist(), strict=True,
        )
    ]  # fmt: skip


def _text(space: tuple[str, ...], number: int) -> str | None:
    return space[number] if number >= 0 else None
