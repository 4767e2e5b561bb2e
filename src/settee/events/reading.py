"""Read the record back as columns: the catalogue, who did what with it, and rows for profiles.

Parquet keeps texts as dictionary codes, so a row group of half a million events brings each account
id once; 32 million rows become numbers without 32 million strings ever existing.

Reads: history and tables.  Writes: nothing.
Not here: what the columns mean (events.record), how segments lie on disk (store.history).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.core import ITEM_KINDS, Columns, Item, SignalSettings
from settee.events.record import (
    NO_END,
    NO_INSTANT,
    UNLIMITED,
    Catalogue,
    Interactions,
)
from settee.store import KIND_NO, Chunk, History, Profiles, Segment, Tables

_MICROS = 1_000_000
_PROFILE_KINDS = {kind: number for kind, number in KIND_NO.items() if kind in ITEM_KINDS}
_SHOWN = "impression"  # being shown a title is not doing something with it


def catalogue(tables: Tables, history: History) -> Catalogue:
    """Every item that is described or was seen: described ones by id, then the others by id.

    Args:
        tables: Where descriptions are.
        history: Where items were seen.

    Raises:
        StoreDamaged: If a segment is missing or is not what was written.
    """
    items = list(tables.items())
    described = {item.item_id for item in items}
    seen: set[str] = set()
    for group in history.row_groups([Columns.item_id]):
        for chunk in _dictionaries(group.column(Columns.item_id)):
            seen.update(chunk.dictionary.to_pylist())
    seen.discard(None)  # dictionaries may hold null
    items += [Item(item_id=item_id) for item_id in sorted(seen - described)]
    return catalogue_of(items)


def catalogue_of(items: Sequence[Item]) -> Catalogue:
    """The items as columns, in their order.

    Args:
        items: Distinct by id.

    >>> catalogue_of([Item(item_id="m1", tags=("Drama",), year=1994)]).tags_of(0)
    ('Drama',)
    """
    tag_names = tuple(sorted({tag for item in items for tag in item.tags}))
    tag_no = {tag: number for number, tag in enumerate(tag_names)}
    sizes = np.array([len(item.tags) for item in items], dtype=np.int64)
    return Catalogue(
        item_ids=tuple(item.item_id for item in items),
        titles=tuple(item.title for item in items),
        texts=tuple(item.text for item in items),
        tag_names=tag_names,
        tag_indptr=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)]),
        tag_index=np.array([tag_no[tag] for item in items for tag in item.tags], dtype=np.int32),
        year=np.array([_whole(item.year, 0) for item in items], dtype=np.int32),
        available_from_s=_instants([item.available_from for item in items], NO_INSTANT),
        available_to_s=_instants([item.available_to for item in items], NO_END),
        stock=np.array([_whole(item.stock, UNLIMITED) for item in items], dtype=np.int64),
        pictures=_pictures(items),
    )


def _pictures(items: Sequence[Item]) -> NDArray[np.float32]:
    """Given vectors, (n_items, d), where d is what most have; another length counts as none."""
    lengths = Counter(len(item.image_embedding) for item in items if item.image_embedding)
    width = lengths.most_common(1)[0][0] if lengths else 0
    rows = np.zeros((len(items), width), np.float32)
    for row, item in enumerate(items):
        if width and len(item.image_embedding) == width:
            rows[row] = item.image_embedding
    return rows


def interactions(
    history: History,
    catalogue: Catalogue,
    signals: SignalSettings,
    *,
    until_s: int | None = None,
) -> Interactions:
    """Who did what with which item; showing an item to somebody is not doing something.

    Args:
        history: The record.
        catalogue: Fixes the item space; from `catalogue`, of the same history.
        signals: Which events are of interest.
        until_s: Only events strictly before that instant, epoch seconds; None for all.

    Raises:
        StoreDamaged: If a segment is missing or is not what was written.
    """
    accounts: dict[str, int] = {}
    columns = (
        Columns.account_id,
        Columns.item_id,
        Columns.kind,
        Columns.at,
        Columns.value,
        Columns.duration_s,
    )
    parts: list[tuple[NDArray[Any], ...]] = [
        (
            np.empty(0, np.int32),
            np.empty(0, np.int32),
            np.empty(0, np.int64),
            np.empty(0, np.bool_),
        )
    ]
    index = catalogue.index
    for group in history.row_groups(columns):
        item = _codes(group.column(Columns.item_id), index)
        at_s = _seconds(group.column(Columns.at))
        is_action, is_interest = _weigh(group, signals)
        keep = (item >= 0) & is_action
        if until_s is not None:
            keep &= at_s < until_s
        # Only accounts that did something get a number.
        account = _codes(group.column(Columns.account_id).filter(keep), accounts, True)
        parts.append((account, item[keep], at_s[keep], is_interest[keep]))
    account, item, at_s, is_interest = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = _sorted_order(account, at_s, item)
    if order is not None:
        account, item = account[order], item[order]
        at_s, is_interest = at_s[order], is_interest[order]
    names = list(accounts)
    by_name = sorted(range(len(names)), key=names.__getitem__)
    account, order = _by_name(account, np.array(by_name, dtype=np.int64))
    return Interactions(
        account_ids=tuple(names[number] for number in by_name),
        n_items=catalogue.n_items,
        account=account,
        item=item[order],
        at_s=at_s[order],
        is_interest=is_interest[order],
    )


def _sorted_order(
    account: NDArray[np.int32], at_s: NDArray[np.int64], item: NDArray[np.int32]
) -> NDArray[np.int64] | None:
    """Places that sort by account, instant and item; None when that is the order already.

    One segment is sorted by account and instant, several are a few sorted runs, which a stable
    sort merges; items then have to be put in order only where instants are equal.
    """
    if len(account) == 0:
        return None
    key = at_s - at_s.min()
    n_bits = int(key.max()).bit_length()
    if n_bits + int(account.max()).bit_length() > 62:
        return np.lexsort((item, at_s, account))
    key |= account.astype(np.int64) << n_bits
    order = None
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        key, item = key[order], item[order]
    is_tie = key[1:] == key[:-1]
    if not (is_tie & (item[1:] < item[:-1])).any():
        return order
    places = np.flatnonzero(np.append(is_tie, False) | np.append(False, is_tie))
    put = places[np.lexsort((item[places], key[places]))]
    if order is None:
        order = np.arange(len(key))
    order[places] = order[put]
    return order


def _by_name(
    account: NDArray[np.int32], by_name: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Move whole accounts: numbers in the new order, and where each row comes from.

    Args:
        account: (n,) sorted numbers.
        by_name: (n_accounts,) which account comes first, second, …
    """
    size = np.bincount(account, minlength=len(by_name))
    start = np.cumsum(size) - size
    size, start = size[by_name], start[by_name]
    moved = np.repeat(start - (np.cumsum(size) - size), size)
    numbers = np.repeat(np.arange(len(by_name), dtype=np.int32), size)
    return numbers, moved + np.arange(len(account))


def profile_rows(history: History, segment: Segment, profiles: Profiles) -> Iterator[Chunk]:
    """Rows of one segment as profiles take them.

    Args:
        history: Where the segment lies.
        segment: Which one; imported segments are sorted by account.
        profiles: Numbers the items.

    Raises:
        StoreDamaged: If the segment is missing or is not what was written.
    """
    columns = (
        Columns.account_id,
        Columns.item_id,
        Columns.kind,
        Columns.at,
        Columns.value,
        Columns.duration_s,
    )
    for group in history.row_groups(columns, [segment]):
        kind = _codes(group.column(Columns.kind), _PROFILE_KINDS)
        keep = (kind >= 0) & np.asarray(group.column(Columns.item_id).is_valid())
        rows = group.filter(keep)
        numbers: dict[str, int] = {}
        item = _codes(rows.column(Columns.item_id), numbers, True)
        item_nos = profiles.item_nos(list(numbers))
        value, duration_s = (_floats(rows.column(c)) for c in (Columns.value, Columns.duration_s))
        yield (
            rows.column(Columns.account_id).to_pylist(),
            item_nos[item],
            kind[keep].astype(np.uint8),
            _seconds(rows.column(Columns.at)),
            np.where(np.isnan(value), duration_s, value),  # as live events are folded
        )


def _weigh(group: Any, signals: SignalSettings) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:  # noqa: ANN401 -- pyarrow has no types
    """(n,) is it an action on an item, and (n,) does it show interest."""
    kinds: dict[str, int] = {}
    kind = _codes(group.column(Columns.kind), kinds, True)
    acts = np.array([name in ITEM_KINDS and name != _SHOWN for name in kinds], dtype=np.bool_)
    wants = np.array([name in signals.kinds for name in kinds], dtype=np.bool_)
    value, duration_s = (_floats(group.column(c)) for c in (Columns.value, Columns.duration_s))
    is_rating = kind == kinds.get("rate", -1)
    is_watch = (kind == kinds.get("play", -1)) | (kind == kinds.get("view", -1))
    is_weak = is_rating & ~(value >= signals.min_rating)  # no value is no interest
    is_weak |= is_watch & (duration_s < signals.min_duration_s)  # no duration is no reproach
    return acts[kind], wants[kind] & ~is_weak


def _dictionaries(column: Any) -> list[Any]:  # noqa: ANN401 -- pyarrow has no types
    import pyarrow as pa  # loads much, and serving needs none

    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    chunks: list[Any] = encoded.chunks
    return chunks


def _codes(column: Any, known: dict[str, int], grow: bool = False) -> NDArray[np.int32]:  # noqa: ANN401 -- pyarrow has no types; internal
    """(n,) numbers of the texts, -1 for null and for what is not `known`; `grow` numbers those."""
    parts = [np.empty(0, np.int32)]
    for chunk in _dictionaries(column):
        if grow:
            used = np.unique(np.asarray(chunk.indices.drop_null()))
            texts = chunk.dictionary.take(used).to_pylist()
            numbers = np.full(len(chunk.dictionary) + 1, -1, dtype=np.int32)
            numbers[used] = [known.setdefault(text, len(known)) for text in texts]
        else:
            texts = chunk.dictionary.to_pylist()
            numbers = np.array([*(known.get(text, -1) for text in texts), -1], dtype=np.int32)
        parts.append(numbers[np.asarray(chunk.indices.fill_null(-1))])
    return np.concatenate(parts)


def _seconds(column: Any) -> NDArray[np.int64]:  # noqa: ANN401 -- pyarrow has no types
    micros: NDArray[np.int64] = np.asarray(column.cast("int64"))
    return micros // _MICROS


def _floats(column: Any) -> NDArray[np.float32]:  # noqa: ANN401 -- pyarrow has no types
    return np.asarray(column.cast("float32").fill_null(np.nan), dtype=np.float32)


def _whole(value: object, absent: int) -> int:
    return value if isinstance(value, int) else absent


def _instants(values: Sequence[object], absent: int) -> NDArray[np.int64]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    seconds = [
        int((value - epoch).total_seconds() // 1) if isinstance(value, datetime) else absent
        for value in values
    ]
    return np.array(seconds, dtype=np.int64)
