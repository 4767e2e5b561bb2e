"""Read touches, purchases and picked profiles of an imported segment, for the view of contacts.

Of 30 million plays nothing is read but their kind and profile; a purchase becomes an account and an
instant, a touch its channel as well. An account's touches of one second on one channel are each a
touch; a profile that it picked a thousand times is told once for each part of the segment.

Reads: history.  Writes: nothing.
Not here: paths of channels (events.contacts), the view (store.contact_view).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from settee.core import Columns
from settee.store import BOUGHT_KINDS, TOUCH_KIND, History, PastEvent, Segment

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = (
    Columns.account_id, Columns.kind, Columns.at, Columns.channel, Columns.profile_id,
)  # fmt: skip


def past_contacts(history: History, segment: Segment) -> Iterator[PastEvent]:
    """Touches, purchases, conversions and picked profiles of one segment.

    Args:
        history: Where the segment lies.
        segment: Which one.

    Raises:
        StoreDamaged: If the segment is missing or is not what was written.
    """
    import pyarrow as pa  # loads much, and serving needs none
    import pyarrow.compute as pc

    wanted = pa.array([TOUCH_KIND, *BOUGHT_KINDS], pa.string())
    for group in history.row_groups(_COLUMNS, [segment]):
        yield from _picked(group)
        kinds = group.column(Columns.kind).cast(pa.string())
        rows = group.filter(pc.is_in(kinds, value_set=wanted))
        if not len(rows):
            continue
        at_us = rows.column(Columns.at).cast(pa.int64()).to_pylist()
        columns = (
            rows.column(name).cast(pa.string()).to_pylist()
            for name in (Columns.account_id, Columns.kind, Columns.channel)
        )
        for account_id, kind, channel, at in zip(*columns, at_us, strict=True):
            yield PastEvent(account_id, kind, at // 1_000_000, channel or "")


def _picked(group: "pa.Table") -> Iterator[PastEvent]:
    """Each account beside each profile that it picked, once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    named = group.filter(pc.is_valid(group.column(Columns.profile_id)))
    if not len(named):
        return
    columns = (Columns.account_id, Columns.profile_id)
    texts = [named.column(name).cast(pa.string()) for name in columns]
    pairs = pa.table(dict(zip(columns, texts, strict=True))).group_by(list(columns)).aggregate([])
    for account_id, profile_id in zip(*(pairs[name].to_pylist() for name in columns), strict=True):
        yield PastEvent(account_id, "", 0, profile_id=profile_id)
