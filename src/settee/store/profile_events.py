"""Say what one account's lately-done list is, and merge two of them.

The list is sorted by instant, then item, kind and value, and keeps the newest `max_events`. That
order leaves nothing to the order of arrival: folding events one by one, in batches, or segments
before the journal gives the same list. Of 3 events with room for 2 the later 2 stay, however they
came.

Reads / Writes: nothing.
Not here: where the lists are kept (store.profiles).
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from settee.core import KINDS

PROFILE_DTYPE = np.dtype([("item_no", "<u4"), ("kind", "u1"), ("at_s", "<i8"), ("value", "<f4")])
"""One event of an account. `kind` is a position in core.KINDS; `value` is the event's value, else
its duration in seconds, else NaN: a rating or quantity for kinds that carry one, and how long it
lasted for the others."""

Events = NDArray[np.void]
"""Rows of PROFILE_DTYPE, oldest first."""

KIND_NO = {kind: number for number, kind in enumerate(KINDS)}
"""Number of each kind in a profile. Kinds are only ever added at the end of KINDS."""

Chunk = tuple[
    Sequence[str], NDArray[np.uint32], NDArray[np.uint8], NDArray[np.int64], NDArray[np.float32]
]
"""Many events of many accounts: account_ids, item_nos, kinds, at_s, value; one of each a row."""

NO_EVENTS: Events = np.empty(0, dtype=PROFILE_DTYPE)
NO_EVENTS.setflags(write=False)


def read_only(events: Events) -> Events:
    """The same rows, protected against being written over in somebody's cache."""
    events.setflags(write=False)
    return events


def merge_events(before: Events, more: Events, max_events: int) -> Events:
    """The newest `max_events` of both, sorted; `before` is sorted already, `more` need not be.

    >>> rows = [(1, 0, 30, 1.0), (2, 0, 10, 1.0), (3, 0, 20, 1.0)]
    >>> merge_events(NO_EVENTS, np.array(rows, PROFILE_DTYPE), 2)["item_no"].tolist()
    [3, 1]
    """
    both = np.concatenate([before, more])
    is_tail = len(more) == 1 and (not len(before) or more["at_s"][0] > before["at_s"][-1])
    if not is_tail:
        both = both[event_order(both)]
    return read_only(both[-max_events:].copy() if len(both) > max_events else both)


def event_order(events: Events, account: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Positions that sort events: by account when given, then instant, item, kind and value.

    Args:
        events: (n,) rows.
        account: (n,) numbers of their accounts, or None when all are of one.
    """
    bits = np.ascontiguousarray(events["value"]).view("<u4")  # NaN equals itself as bits
    columns: Sequence[NDArray[np.generic]] = (
        bits, events["kind"], events["item_no"], events["at_s"],
    )  # fmt: skip
    return np.lexsort(columns if account is None else (*columns, account))


def accounts_of(chunk: Chunk) -> Iterator[tuple[str, Events]]:
    """Each account of a chunk with its events, sorted; an account may come in several parts.

    Raises:
        ValueError: If the columns differ in length.
    """
    account_ids = chunk[0]
    columns: tuple[NDArray[np.generic], ...] = chunk[1:]
    events = np.empty(len(account_ids), dtype=PROFILE_DTYPE)
    for name, column in zip(PROFILE_DTYPE.names or (), columns, strict=True):
        if len(column) != len(events):
            raise ValueError(
                f"{len(events)} account_ids, but {len(column)} values of {name}; a chunk has one "
                "of each a row."
            )
        events[name] = column
    runs = [(account_id, sum(1 for _ in run)) for account_id, run in groupby(account_ids)]
    sizes = np.array([size for _, size in runs], dtype=np.int64)
    events = read_only(events[event_order(events, np.repeat(np.arange(len(runs)), sizes))])
    for (account_id, size), end in zip(runs, np.cumsum(sizes).tolist(), strict=True):
        yield account_id, events[end - size : end]
