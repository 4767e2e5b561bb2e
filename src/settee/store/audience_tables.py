"""Keep audiences, what of them left the house, and a log that cannot be altered.

What left the house is kept as salted hashes of 8 bytes a member: enough to tell that tomorrow's
export differs from today's by 3 people, too little to tell which. The log holds figures and no id
of anybody; each row is sealed over the row before.

Reads / Writes: five tables of the tables' database.
Source: Haber & Stornetta (1991), "How to time-stamp a digital document" (linked hashes).
Not here: what may leave (audiences.floor), what the bytes of an audience mean (audiences.stored),
who is never addressed (store.suppression_table).
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from settee.core import NotFound, to_json
from settee.store import schema
from settee.store.database import Database
from settee.store.errors import RowTaken, StoreDamaged
from settee.store.instants import from_us, to_us
from settee.store.sealing import seal_of

Hashes = NDArray[np.uint64]
"""Sorted salted hashes of the members of a set."""
_PAGE = 500
_SALT_BYTES = 32


@dataclass(frozen=True)
class StoredAudience:
    """An audience as it is kept.

    Args:
        audience_id: Names it.
        at: When it was made, aware.
        who: Who made it.
        campaign: What it is for, "" for nothing in particular.
        n_members: How many were chosen.
        body: What was asked and what came of it.
        number: 1 for the first; given by the table.
    """

    audience_id: str
    at: datetime
    who: str
    campaign: str
    n_members: int
    body: bytes
    number: int = 0


@dataclass(frozen=True)
class Logged:
    """One row of the log.

    Args:
        number: 1 for the first.
        at: When, aware.
        who: Who did it.
        what: Such as ``exported`` or ``export_refused``.
        audience_id: Of which audience, "" for none.
        body: Figures as JSON.
        seal: SHA-256 over all this and the seal before, 64 hex digits.
    """

    number: int
    at: datetime
    who: str
    what: str
    audience_id: str
    body: bytes
    seal: str = ""

    def sealed(self, before: str) -> "Logged":
        """The row with its seal; `before` is the seal of the row before, "" for the first."""
        parts = (self.number, to_us(self.at), self.who, self.what, self.audience_id)
        return replace(self, seal=seal_of(before, parts, self.body))


@dataclass(frozen=True)
class ExportSet:
    """Who left the house together, as salted hashes.

    Args:
        accounts: Of accounts.
        units: Of accounts together with the person that was meant.
    """

    accounts: Hashes
    units: Hashes


class AudienceTables:
    """Audiences of one home; any number of threads and processes may use it.

    Args:
        database: Of the tables.

    Raises:
        SetteeError: Every method may raise StoreBusy, DiskFull, StoreDamaged, StoreUnavailable and
            StoreClosed; see `store.errors`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def salt(self, name: str) -> bytes:
        """32 random bytes, drawn once and kept; each use has its own.

        Args:
            name: What they salt.
        """
        table = schema.salts
        query = sa.select(table.c.salt).where(table.c.name == name)
        with self._database.writing() as connection:  # so that of two who ask first one draws
            known = connection.scalar(query)
            if known is None:
                known = secrets.token_bytes(_SALT_BYTES)
                connection.execute(sa.insert(table).values(name=name, salt=known))
        return bytes(known)

    # -- audiences -----------------------------------------------------------------------------

    def add(self, audience: StoredAudience, members: bytes) -> StoredAudience:
        """Keep an audience.

        Args:
            audience: Without a number.
            members: Its members.

        Raises:
            RowTaken: If there is one of that id.
        """
        table = schema.audiences
        taken = sa.select(table.c.number).where(table.c.audience_id == audience.audience_id)
        with self._database.writing() as connection:
            if connection.scalar(taken) is not None:
                raise RowTaken(
                    f'there is an audience "{audience.audience_id}" already; each has its own id.'
                )
            number = (connection.scalar(sa.select(sa.func.max(table.c.number))) or 0) + 1
            connection.execute(
                sa.insert(table).values(
                    audience_id=audience.audience_id,
                    number=number,
                    at_us=to_us(audience.at),
                    who=audience.who,
                    campaign=audience.campaign,
                    n_members=audience.n_members,
                    body=audience.body,
                )
            )
            connection.execute(
                sa.insert(schema.audience_members).values(
                    audience_id=audience.audience_id, body=members
                )
            )
        return replace(audience, number=number)

    def audience(self, audience_id: str) -> StoredAudience:
        """One audience.

        Raises:
            NotFound: If there is none of that id.
        """
        table = schema.audiences
        with self._database.reading() as connection:
            row = connection.execute(
                sa.select(table).where(table.c.audience_id == audience_id)
            ).first()
        if row is None:
            raise NotFound(
                f'there is no audience "{audience_id[:128]}".',
                hint="settee audience list has them.",
            )
        return _audience(row)

    def audiences(self, limit: int, offset: int = 0) -> list[StoredAudience]:
        """The latest audiences, newest first.

        Args:
            limit: Most to give.
            offset: How many to pass over first.
        """
        table = schema.audiences
        query = sa.select(table).order_by(table.c.number.desc())
        with self._database.reading() as connection:
            rows = connection.execute(query.limit(max(limit, 0)).offset(max(offset, 0)))
            return [_audience(row) for row in rows]

    def members(self, audience_id: str) -> bytes:
        """The members of an audience, as they were given.

        Raises:
            NotFound: If there is none of that id.
        """
        table = schema.audience_members
        with self._database.reading() as connection:
            body = connection.scalar(
                sa.select(table.c.body).where(table.c.audience_id == audience_id)
            )
        if body is None:
            raise NotFound(
                f'there is no audience "{audience_id[:128]}".',
                hint="settee audience list has them.",
            )
        return bytes(body)

    # -- what left the house -------------------------------------------------------------------

    def release(
        self,
        audience_id: str,
        *,
        at: datetime,
        since: datetime,
        who: str,
        decide: Callable[[Sequence[ExportSet]], tuple[ExportSet, dict[str, Any]]],
    ) -> Logged:
        """Let a set of people out, and write it down, as one transaction.

        Of two exports at once the second sees the first, so none slips past the other.

        Args:
            audience_id: Of which audience.
            at: When, aware.
            since: Earlier exports from here on are shown to `decide`.
            who: Who does it.
            decide: Told the earlier sets, gives the new one and figures for the log; may raise.

        Returns:
            The row of the log.
        """
        table = schema.audience_exports
        query = sa.select(table.c.accounts, table.c.units).where(table.c.at_us >= to_us(since))
        with self._database.writing() as connection:
            earlier = [
                ExportSet(_hashes(row.accounts), _hashes(row.units))
                for row in connection.execute(query.order_by(table.c.number))
            ]
            members, figures = decide(earlier)
            connection.execute(
                sa.insert(table).values(
                    at_us=to_us(at),
                    audience_id=audience_id,
                    accounts=members.accounts.astype("<u8").tobytes(),
                    units=members.units.astype("<u8").tobytes(),
                )
            )
            return _log(connection, Logged(0, at, who, "exported", audience_id, to_json(figures)))

    def log(
        self, what: str, *, at: datetime, who: str, audience_id: str = "", **figures: object
    ) -> Logged:
        """Write down what was done.

        Args:
            what: Such as ``made`` or ``export_refused``.
            at: When, aware.
            who: Who did it.
            audience_id: Of which audience, "" for none.
            figures: Numbers and words, no id of anybody.
        """
        with self._database.writing() as connection:
            return _log(connection, Logged(0, at, who, what, audience_id, to_json(figures)))

    def history(
        self, limit: int, audience_id: str | None = None, before: int | None = None
    ) -> list[Logged]:
        """The latest rows of the log, newest first.

        Args:
            limit: Most to give.
            audience_id: Of one audience only.
            before: Only rows with a smaller number.
        """
        table = schema.audience_log
        query = sa.select(table).order_by(table.c.number.desc()).limit(max(limit, 0))
        if audience_id is not None:
            query = query.where(table.c.audience_id == audience_id)
        if before is not None:
            query = query.where(table.c.number < before)
        with self._database.reading() as connection:
            return [_logged(row) for row in connection.execute(query)]

    def check(self) -> int:
        """Look at every seal of the log, oldest first.

        Returns:
            How many rows there are.

        Raises:
            StoreDamaged: If a row is missing, or is not what was written.
        """
        table, last, seal = schema.audience_log, 0, ""
        query = sa.select(table).order_by(table.c.number).limit(_PAGE)
        while True:  # page by page, so that no reader holds the database open
            with self._database.reading() as connection:
                page = connection.execute(query.where(table.c.number > last)).all()
            if not page:
                return last
            for row in page:
                found = _logged(row)
                wanted = replace(found, number=last + 1).sealed(seal)
                if found != wanted:
                    raise StoreDamaged(
                        f"row {last + 1} of the log of audiences is not what was written: its seal "
                        f"is {found.seal[:12]}… and should be {wanted.seal[:12]}….",
                        hint="Restore tables.db from a backup, and find out who changed it.",
                    )
                last, seal = found.number, found.seal


def _log(connection: sa.Connection, row: Logged) -> Logged:
    table = schema.audience_log
    newest = connection.execute(
        sa.select(table.c.number, table.c.seal).order_by(table.c.number.desc()).limit(1)
    ).first()
    number, seal = (0, "") if newest is None else (newest.number, newest.seal)
    sealed = replace(row, number=number + 1, at=from_us(to_us(row.at))).sealed(seal)
    connection.execute(
        sa.insert(table).values(
            number=sealed.number,
            at_us=to_us(sealed.at),
            who=sealed.who,
            what=sealed.what,
            audience_id=sealed.audience_id,
            body=sealed.body,
            seal=sealed.seal,
        )
    )
    return sealed


def _logged(row: sa.Row[Any]) -> Logged:
    at = from_us(row.at_us)
    return Logged(row.number, at, row.who, row.what, row.audience_id, row.body, row.seal)


def _audience(row: sa.Row[Any]) -> StoredAudience:
    at = from_us(row.at_us)
    return StoredAudience(
        row.audience_id, at, row.who, row.campaign, row.n_members, row.body, row.number
    )


def _hashes(raw: bytes) -> Hashes:
    if len(raw) % 8:
        raise StoreDamaged(
            f"an export has {len(raw)} bytes of hashes; a multiple of 8 is expected.",
            hint="Restore tables.db from a backup.",
        )
    return np.frombuffer(raw, "<u8").astype(np.uint64)
