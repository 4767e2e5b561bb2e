"""Keep the list of those who are never addressed, as salted hashes.

Whoever reads the table learns how many there are and when they were added, and not who.

Reads / Writes: one table of the tables' database.
Not here: what an entry is a hash of (audiences.suppression).
"""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from settee.store import schema
from settee.store.database import Database
from settee.store.instants import to_us

_PAGE = 500


class SuppressionTable:
    """Those of one home who are never addressed; any threads and processes may use it.

    Args:
        database: Of the tables.

    Raises:
        SetteeError: Every method may raise StoreBusy, DiskFull, StoreDamaged, StoreUnavailable and
            StoreClosed; see `store.errors`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def suppress(self, entries: Iterable[str], *, at: datetime, who: str, why: str) -> int:
        """Add entries to the list of those who are never addressed.

        Args:
            entries: Salted hashes.
            at: When, aware.
            who: Who does it.
            why: Why, for people.

        Returns:
            How many were not on it before.
        """
        rows = [
            {"entry": entry, "at_us": to_us(at), "who": who, "why": why}
            for entry in dict.fromkeys(entries)
        ]
        with self._database.writing() as connection:
            before = _count(connection, schema.suppressions)
            if rows:
                connection.execute(insert(schema.suppressions).on_conflict_do_nothing(), rows)
            return _count(connection, schema.suppressions) - before

    def free(self, entries: Iterable[str]) -> int:
        """Take entries from that list.

        Returns:
            How many were on it.
        """
        table, gone = schema.suppressions, 0
        wanted = list(dict.fromkeys(entries))
        with self._database.writing() as connection:
            for start in range(0, len(wanted), _PAGE):
                page = wanted[start : start + _PAGE]
                gone += connection.execute(sa.delete(table).where(table.c.entry.in_(page))).rowcount
        return gone

    def entries(self) -> frozenset[str]:
        """All entries of that list."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(sa.select(schema.suppressions.c.entry)))

    def mark(self) -> tuple[int, int]:
        """How many entries there are, and the instant of the newest; another one after a change."""
        table = schema.suppressions
        with self._database.reading() as connection:
            n, newest = connection.execute(
                sa.select(sa.func.count(), sa.func.max(table.c.at_us))
            ).one()
        return n, newest or 0


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
