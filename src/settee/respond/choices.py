"""Read from the journal what was shown, so that what is taken of it can be learnt from.

An exposure says what was shown and with which features of the online layer; an event of the same
account about one of those items says which was chosen. Both are entries of the journal, so every
worker learns the same, and a replay learns it again.

Reads: entries of the journal.  Writes: nothing.
Not here: remembering and learning (ranking.online), what an exposure says (respond.telling).
"""

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.store import Entry, StoreDamaged


class _Item(msgspec.Struct):
    item_id: str
    x: list[float] = []


class _Watcher(msgspec.Struct):
    person_id: str


class _Watching(msgspec.Struct):
    mode: str = "account"
    persons: list[_Watcher] = []


class _Exposure(msgspec.Struct):
    account_id: str
    items: list[_Item]
    person: _Watching = msgspec.field(default_factory=_Watching)


class ShownList(NamedTuple):
    """What was shown, as `ranking.Choices.show` wants it."""

    account_id: str
    person_key: str
    at_s: int
    item_ids: list[str]
    x: NDArray[np.float32]


_decoder = msgspec.json.Decoder(_Exposure)


def person_key(account_id: str, mode: str, first_person: str) -> str:
    """Whose weights of the online layer count for an answer.

    >>> person_key("a7", "person", "p1"), person_key("a7", "mixed", "p1")
    ('a7/p1', 'a7')
    """
    return f"{account_id}/{first_person}" if mode == "person" else account_id


def shown_in(entry: Entry) -> ShownList | None:
    """What an exposure showed; None where there is nothing to be learnt from it.

    Args:
        entry: Of the kind exposure.

    Raises:
        StoreDamaged: If it is no exposure.
    """
    try:
        told = _decoder.decode(entry.record.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreDamaged(
            f"journal entry {entry.offset} is no exposure: {error}.",
            hint="settee doctor checks the journal.",
        ) from None
    rows = [one for one in told.items if one.x]
    if len(rows) < 2 or len({len(one.x) for one in rows}) != 1:
        return None
    first = told.person.persons[0].person_id if told.person.persons else ""
    return ShownList(
        told.account_id,
        person_key(told.account_id, told.person.mode, first),
        entry.record.at_us // 1_000_000,
        [one.item_id for one in rows],
        np.array([one.x for one in rows], np.float32),
    )
