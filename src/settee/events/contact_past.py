"""Read the touches and purchases of an imported segment, as the view of contacts takes them.

Of 30 million plays nothing is read but their kind; a purchase becomes an account and an instant, a
touch its channel as well. An account's touches of one second on one channel are each a touch.

Reads: history.  Writes: nothing.
Not here: paths of channels (events.contacts), the view (store.contact_view).
"""

from collections.abc import Iterator

from settee.core import Columns
from settee.store import BOUGHT_KINDS, TOUCH_KIND, History, PastEvent, Segment

_COLUMNS = (Columns.account_id, Columns.kind, Columns.at, Columns.channel)


def past_contacts(history: History, segment: Segment) -> Iterator[PastEvent]:
    """Touches, purchases and conversions of one segment.

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
