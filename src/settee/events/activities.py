"""Read the record as what happened in each account, whole accounts together, in bounded memory.

Every event becomes one row of plain columns, sorted by account, then instant; texts become numbers
in the order of the texts. An event at 20:00 that lasted 600 s ends at 20:10, and its event id stays
as bytes: of a million ids only those that end a session ever become text.

Reads: history.  Writes: nothing.
Not here: what a session is (people.sessions), how segments are read in order (store).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES, KINDS, Columns
from settee.store import History, Segment, Wanted, sorted_parts

_COLUMNS = (
    Columns.account_id, Columns.event_id, Columns.kind, Columns.at, Columns.item_id,
    Columns.device_id, Columns.device_type, Columns.platform, Columns.profile_id,
    Columns.duration_s,
)  # fmt: skip
_MOST_S = 31_536_000.0  # what the wire format allows
_MICROS = 1_000_000
_DEVICE_TYPE_NO = {name: number for number, name in enumerate(DEVICE_TYPES)}
_KIND_NO = {name: number for number, name in enumerate(KINDS)}


@dataclass(frozen=True)
class Activity:
    """Events of whole accounts, sorted by account, instant, event id, kind and item.

    Each text is a position in its space, -1 where the event has none; spaces are sorted.

    Args:
        account_ids: Account space: every account that has an event here.
        device_ids: Device space.
        platforms: Platform space.
        profile_ids: Profile space.
        item_ids: Item space.
        account: (n,) int32.
        kind: (n,) int8 positions in core.KINDS.
        device: (n,) int32.
        device_type: (n,) int8 positions in core.DEVICE_TYPES.
        platform: (n,) int32.
        profile: (n,) int32.
        item: (n,) int32.
        at_us: (n,) int64 microseconds since 1970-01-01 UTC.
        lasted_us: (n,) int64 microseconds from `at_us` on; 0 where the event names no duration.
        id_letters: (n_bytes,) uint8: all event ids behind each other.
        id_ends: (n + 1,) int64: id i is ``id_letters[id_ends[i]:id_ends[i + 1]]``.
    """

    account_ids: tuple[str, ...]
    device_ids: tuple[str, ...]
    platforms: tuple[str, ...]
    profile_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    account: NDArray[np.int32]
    kind: NDArray[np.int8]
    device: NDArray[np.int32]
    device_type: NDArray[np.int8]
    platform: NDArray[np.int32]
    profile: NDArray[np.int32]
    item: NDArray[np.int32]
    at_us: NDArray[np.int64]
    lasted_us: NDArray[np.int64]
    id_letters: NDArray[np.uint8]
    id_ends: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of events."""
        return len(self.account)

    def sizes(self) -> NDArray[np.int64]:
        """(n_accounts,) how many events each account has."""
        return np.bincount(self.account, minlength=len(self.account_ids))

    def newest_us(self) -> Iterator[tuple[str, int]]:
        """Each account that has events, and the instant of its newest."""
        last = np.flatnonzero(np.append(self.account[1:] != self.account[:-1], len(self) > 0))
        for number, at_us in zip(
            self.account[last].tolist(), self.at_us[last].tolist(), strict=True
        ):
            yield self.account_ids[number], at_us

    def event_ids(self, places: NDArray[np.int64]) -> tuple[str, ...]:
        """Event ids at these places, empty where an event has none."""
        starts, ends = self.id_ends[places].tolist(), self.id_ends[places + 1].tolist()
        return tuple(
            self.id_letters[start:end].tobytes().decode()
            for start, end in zip(starts, ends, strict=True)
        )


def activity(
    history: History,
    *,
    segments: Sequence[Segment] | None = None,
    account_ids: Sequence[str] | None = None,
    after: str | None = None,
    part_rows: int = 1_000_000,
) -> Iterator[Activity]:
    """What happened, some accounts at a time; no account is in two parts.

    Answers of settee's own, of kind ``exposure``, are left out. Live events are there once the
    journal was sealed.

    Args:
        history: The record.
        segments: Only these segments.
        account_ids: Only these accounts.
        after: Only accounts behind this one.
        part_rows: About how many events come together (speed only).

    Raises:
        SetteeError: If a segment is missing or damaged, or memory does not suffice.
    """
    wanted = Wanted(_COLUMNS, KINDS, segments, account_ids, after, part_rows)
    for rows in sorted_parts(history, wanted):
        yield activity_of(rows)


def activity_of(rows: Any) -> Activity:  # noqa: ANN401 -- pyarrow has no types
    """An Arrow table of whole accounts, sorted as `Activity` is, as plain columns.

    Args:
        rows: Has the columns of a history; kinds and device types are those of the wire format.
    """
    account, account_ids = _numbered(rows.column(Columns.account_id))
    device, device_ids = _numbered(rows.column(Columns.device_id))
    platform, platforms = _numbered(rows.column(Columns.platform))
    profile, profile_ids = _numbered(rows.column(Columns.profile_id))
    item, item_ids = _numbered(rows.column(Columns.item_id))
    letters, ends = _letters(rows.column(Columns.event_id))
    return Activity(
        account_ids=account_ids,
        device_ids=device_ids,
        platforms=platforms,
        profile_ids=profile_ids,
        item_ids=item_ids,
        account=account,
        kind=_known(rows.column(Columns.kind), _KIND_NO),
        device=device,
        device_type=_known(rows.column(Columns.device_type), _DEVICE_TYPE_NO),
        platform=platform,
        profile=profile,
        item=item,
        at_us=np.asarray(rows.column(Columns.at).cast("int64"), dtype=np.int64),
        lasted_us=lasted_us(
            np.asarray(
                rows.column(Columns.duration_s).cast("float32").fill_null(0), dtype=np.float32
            )
        ),
        id_letters=letters,
        id_ends=ends,
    )


def lasted_us(duration_s: NDArray[np.float32]) -> NDArray[np.int64]:
    """Durations in whole microseconds; what is no number, or below 0, counts as 0.

    >>> lasted_us(np.array([1.5, np.nan, -1], np.float32)).tolist()
    [1500000, 0, 0]
    """
    seconds = np.nan_to_num(duration_s.astype(np.float64), nan=0.0, posinf=_MOST_S, neginf=0.0)
    return np.rint(np.clip(seconds, 0.0, _MOST_S) * _MICROS).astype(np.int64)


def _encoded(column: Any) -> tuple[NDArray[np.int32], list[str]]:  # noqa: ANN401 -- pyarrow has no types
    """Positions, -1 for null, in the texts that occur, which come in no order."""
    encoded = column.combine_chunks().dictionary_encode()
    codes = np.asarray(encoded.indices.fill_null(-1)).astype(np.int32)
    texts: list[str] = encoded.dictionary.to_pylist()
    return codes, texts


def _numbered(column: Any) -> tuple[NDArray[np.int32], tuple[str, ...]]:  # noqa: ANN401 -- pyarrow has no types
    """Positions of the texts, -1 for null, and the texts, sorted."""
    codes, texts = _encoded(column)
    order = sorted(range(len(texts)), key=texts.__getitem__)
    place = np.full(len(texts) + 1, -1, dtype=np.int32)
    place[np.array(order, dtype=np.int64)] = np.arange(len(texts), dtype=np.int32)
    return place[codes], tuple(texts[number] for number in order)


def _known(column: Any, numbers: dict[str, int]) -> NDArray[np.int8]:  # noqa: ANN401 -- pyarrow has no types
    codes, texts = _encoded(column)
    known = np.array([*(numbers.get(text, -1) for text in texts), -1], dtype=np.int8)
    return known[codes]


def _letters(column: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:  # noqa: ANN401 -- pyarrow has no types
    """All texts behind each other, and where each ends; null is the empty text."""
    texts = column.cast("large_string").combine_chunks().fill_null("")
    if not len(texts):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    _, ends, letters = texts.buffers()
    bounds = np.frombuffer(ends, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    if letters is None:
        return np.empty(0, np.uint8), bounds
    return np.frombuffer(letters, np.uint8), bounds
