"""Add up what the contacts of a campaign cost.

Three touches of 350,000 millionths are 1.05 of the currency, 105 cents. Contacts in no campaign,
or without a cost, add nothing.

Reads: history.  Writes: nothing.
Not here: whom they reached (events.contacts), what they brought (measure.campaign).
"""

from settee.core import Columns
from settee.store import History

_MICROS_PER_CENT = 10_000


def spent_cents(history: History, campaign: str, from_us: int, until_us: int) -> float:
    """Cost of a campaign's touches in cents.

    Args:
        history: The record; live events are in it once the journal was sealed.
        campaign: As on the touches.
        from_us: First instant, microseconds since 1970-01-01 UTC.
        until_us: First instant behind it.

    Raises:
        StoreDamaged: If a segment is missing or is not what was written.
    """
    import pyarrow as pa  # loads much, and serving needs none
    import pyarrow.compute as pc

    columns = (Columns.kind, Columns.campaign, Columns.at, Columns.cost_micros)
    total = 0
    for rows in history.row_groups(columns):
        at = rows.column(Columns.at)
        keep = pc.and_(
            pc.and_(
                pc.equal(rows.column(Columns.kind).cast(pa.string()), "touch"),
                pc.equal(rows.column(Columns.campaign).cast(pa.string()), campaign),
            ),
            pc.and_(
                pc.greater_equal(at, pa.scalar(from_us, at.type)),
                pc.less(at, pa.scalar(until_us, at.type)),
            ),
        )
        total += pc.sum(rows.filter(keep).column(Columns.cost_micros)).as_py() or 0
    return total / _MICROS_PER_CENT
