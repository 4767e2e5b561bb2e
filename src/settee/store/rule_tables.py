"""Keep every version of the rules, who made it, when and why, so that none can be lost or altered.

A version is a row that is only ever added. Its seal is a hash over the row and the seal before it,
so that whoever changes version 3 with an editor breaks the seals of 3, 4 and all that follow.

Reads / Writes: one table of the tables' database.
Source: Haber & Stornetta (1991), "How to time-stamp a digital document" (linked hashes).
Not here: what the bytes mean (rules.parse), what is in force (rules.book).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from settee.core import NotFound
from settee.store import schema
from settee.store.database import Database
from settee.store.errors import Stale, StoreDamaged
from settee.store.sealing import seal_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PAGE = 100


@dataclass(frozen=True)
class RuleVersion:
    """One version of the rules.

    Args:
        number: 1 for the first; the greatest is in force.
        at: When it was made, aware.
        who: Who made it: the name of a key, or whoever sat at the command line.
        why: Why, for people.
        body: The rules as bytes.
        restored: The version whose rules a rollback brought back, None where they are new.
        seal: SHA-256 over all this and the seal before, 64 hex digits.
    """

    number: int
    at: datetime
    who: str
    why: str
    body: bytes
    restored: int | None = None
    seal: str = ""

    def sealed(self, before: str) -> "RuleVersion":
        """The version with its seal.

        Args:
            before: Seal of the version before, "" for the first.
        """
        parts = (self.number, _to_us(self.at), self.who, self.why, self.restored)
        return replace(self, seal=seal_of(before, parts, self.body))


class RuleTable:
    """Versions of the rules of one home; any number of threads and processes may use it.

    Args:
        database: Of the tables.

    Raises:
        SetteeError: Every method may raise StoreBusy, DiskFull, StoreDamaged, StoreUnavailable and
            StoreClosed; see `store.errors`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        body: bytes,
        *,
        at: datetime,
        who: str,
        why: str,
        after: int | None = None,
        restored: int | None = None,
    ) -> RuleVersion:
        """Put a version in force.

        Args:
            body: The rules as bytes.
            at: When, aware.
            who: Who does it.
            why: Why, for people.
            after: The version that whoever made this one looked at, 0 for none; None takes any.
            restored: The version whose rules these are, for a rollback.

        Raises:
            Stale: If another version than `after` is in force by now.
        """
        table = schema.rule_versions
        with self._database.writing() as connection:
            newest = connection.execute(
                sa.select(table.c.number, table.c.seal).order_by(table.c.number.desc()).limit(1)
            ).first()
            number, seal = (0, "") if newest is None else (newest.number, newest.seal)
            if after is not None and after != number:
                raise Stale(
                    f"version {number} of the rules is in force, and these were made after "
                    f"version {after}; nothing was stored.",
                    hint="Read the rules again, and change those.",
                )
            version = RuleVersion(number + 1, _whole_us(at), who, why, body, restored).sealed(seal)
            connection.execute(
                sa.insert(table),
                [
                    {
                        "number": version.number,
                        "at_us": _to_us(version.at),
                        "who": who,
                        "why": why,
                        "restored": restored,
                        "body": body,
                        "seal": version.seal,
                    }
                ],
            )
        return version

    def mark(self) -> int:
        """Number of the version in force, 0 before the first; cheap to ask."""
        with self._database.reading() as connection:
            return connection.scalar(sa.select(sa.func.max(schema.rule_versions.c.number))) or 0

    def current(self) -> RuleVersion | None:
        """The version in force, None before the first."""
        table = schema.rule_versions
        query = sa.select(table).order_by(table.c.number.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _version(row)

    def version(self, number: int) -> RuleVersion:
        """One version.

        Raises:
            NotFound: If there is none of that number.
        """
        query = sa.select(schema.rule_versions).where(schema.rule_versions.c.number == number)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(
                f"there is no version {number} of the rules; there are {self.mark()}.",
                hint="The history of the rules lists them.",
            )
        return _version(row)

    def history(self, limit: int) -> list[RuleVersion]:
        """The latest versions, newest first.

        Args:
            limit: Most versions to give.
        """
        table = schema.rule_versions
        query = sa.select(table).order_by(table.c.number.desc()).limit(max(limit, 0))
        with self._database.reading() as connection:
            return [_version(row) for row in connection.execute(query)]

    def check(self) -> int:
        """Look at every seal, oldest first.

        Returns:
            How many versions there are.

        Raises:
            StoreDamaged: If a version is missing, or is not what was stored.
        """
        seal, n = "", 0
        for row in self._all():
            n += 1
            found = _version(row)
            wanted = replace(found, number=n).sealed(seal)
            if found != wanted:
                raise StoreDamaged(
                    f"version {n} of the rules is not what was stored: its seal is "
                    f"{found.seal[:12]}… and should be {wanted.seal[:12]}….",
                    hint="Restore tables.db from a backup, and find out who changed it.",
                )
            seal = found.seal
        return n

    def _all(self) -> Iterator[sa.Row[Any]]:
        table, last = schema.rule_versions, 0
        query = sa.select(table).order_by(table.c.number).limit(_PAGE)
        while True:  # page by page, so that no reader holds the database open
            with self._database.reading() as connection:
                page = connection.execute(query.where(table.c.number > last)).all()
            if not page:
                return
            yield from page
            last = page[-1].number


def _version(row: sa.Row[Any]) -> RuleVersion:
    at = _EPOCH + row.at_us * _MICROSECOND
    return RuleVersion(row.number, at, row.who, row.why, row.body, row.restored, row.seal)


def _whole_us(at: datetime) -> datetime:
    """The instant as it comes back from the table."""
    return _EPOCH + _to_us(at) * _MICROSECOND


def _to_us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
