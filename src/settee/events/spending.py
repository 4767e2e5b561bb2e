"""Add up what the contacts of a campaign cost, or those of each channel.

Three touches of 350,000 millionths are 1.05 of the currency, 105 cents. Contacts in no campaign,
or without a cost, add nothing.

Reads: history.  Writes: nothing.
Not here: whom they reached (events.contacts), what they brought (measure.campaign).
"""

from collections import Counter

from settee.core import Columns
from settee.events.contacts import UNNAMED, Label
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


def spent_by(
    history: History, by: Label, *, since_us: int | None = None, until_us: int | None = None
) -> dict[str, float]:
    """Cost of all contacts in cents, by channel or campaign; those without any cost are not in it.

    Args:
        history: The record; live events are in it once the journal was sealed.
        by: What contacts are told apart by.
        since_us: First instant, microseconds since 1970-01-01 UTC; None is open.
        until_us: First instant behind it; None is open.

    Raises:
        StoreDamaged: If a segment is missing or is not what was written.
    """
    import pyarrow as pa  # loads much, and serving needs none
    import pyarrow.compute as pc

    columns = (Columns.kind, Columns.channel, Columns.campaign, Columns.at, Columns.cost_micros)
    micros: Counter[str] = Counter()
    for rows in history.row_groups(columns):
        at, kind = rows.column(Columns.at), rows.column(Columns.kind).cast(pa.string())
        shown = pc.and_(pc.equal(kind, "impression"), pc.is_valid(rows.column(Columns.channel)))
        keep = pc.and_(
            pc.or_(pc.equal(kind, "touch"), shown), pc.is_valid(rows.column(Columns.cost_micros))
        )
        if since_us is not None:
            keep = pc.and_(keep, pc.greater_equal(at, pa.scalar(since_us, at.type)))
        if until_us is not None:
            keep = pc.and_(keep, pc.less(at, pa.scalar(until_us, at.type)))
        kept = rows.filter(keep)
        names = pc.fill_null(kept.column(by).cast(pa.string()), UNNAMED)
        paid = pa.table({"name": names, "micros": kept.column(Columns.cost_micros)})
        sums = paid.group_by("name").aggregate([("micros", "sum")])
        micros.update(
            dict(zip(sums["name"].to_pylist(), sums["micros_sum"].to_pylist(), strict=True))
        )
    return {name: total / _MICROS_PER_CENT for name, total in sorted(micros.items())}
