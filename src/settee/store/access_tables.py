"""Keep the tables of tenants and keys, and a mark that says whether either changed.

Whoever checks keys holds them in memory and asks once a second for the mark, one number: only when
it rose are the keys read again. So a door with 10,000 keys reads one row a second, not 10,000.

Reads / Writes: the database of the tables (store.database).
Not here: secrets and roles (govern), counting the uses of a key (store.slots).
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from settee.core import NotFound
from settee.store import schema
from settee.store.database import Database
from settee.store.errors import RowTaken
from settee.store.instants import from_us, to_us
from settee.store.rows import Key, Tenant

_MARK = "access"


class AccessTables:
    """Keys and tenants of a home; any number of threads and processes may use them.

    Args:
        database: Where they are; every method may raise what `store.errors` tells of.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self) -> int:
        """A number that rises whenever a key or tenant changes; cheap to ask."""
        with self._database.reading() as connection:
            return connection.scalar(_THE_MARK) or 0

    def add_key(self, key: Key) -> Key:
        """Keep a key.

        Args:
            key: Its slot is not looked at.

        Returns:
            The key with the slot that is now its own, the least that no working key has.

        Raises:
            NotFound: If its tenant is not there.
            RowTaken: If a key of the tenant that is not revoked has that name, or any has that id
                or hash.
        """
        table = schema.keys
        works = table.c.revoked_us.is_(None)
        with self._database.writing() as connection:
            _demand_tenant(connection, key.tenant_id)
            is_same = sa.and_(table.c.name == key.name, table.c.tenant_id == key.tenant_id, works)
            taken = sa.or_(is_same, table.c.key_id == key.key_id, table.c.key_hash == key.key_hash)
            if connection.scalar(sa.select(table.c.key_id).where(taken)):
                raise RowTaken(
                    f'a key named "{key.name}" is there already.',
                    hint="Revoke it first, or take another name.",
                )
            used = set(connection.scalars(sa.select(table.c.slot).where(works)))
            slot = next(number for number in range(len(used) + 1) if number not in used)
            connection.execute(sa.insert(table), [_row(key, slot)])
            _change(connection)
        return replace(key, slot=slot)

    def all_keys(self, tenant_id: str | None = None) -> list[Key]:
        """Keys, revoked ones included, oldest first.

        Args:
            tenant_id: Only of this tenant, or None for all.
        """
        table = schema.keys
        query = sa.select(table).order_by(table.c.created_us, table.c.key_id)
        if tenant_id is not None:
            query = query.where(table.c.tenant_id == tenant_id)
        with self._database.reading() as connection:
            return [_key(row) for row in connection.execute(query)]

    def revoke_key(self, key_id: str, at: datetime) -> None:
        """Let a key work no longer; revoking twice keeps the first instant.

        Raises:
            NotFound: If no key has that id.
        """
        table = schema.keys
        with self._database.writing() as connection:
            result = connection.execute(
                sa.update(table)
                .where(table.c.key_id == key_id)
                .values(revoked_us=sa.func.coalesce(table.c.revoked_us, to_us(at)))
            )
            if not result.rowcount:
                raise NotFound(
                    f'there is no key "{key_id}".', hint="List the keys to see their ids."
                )
            _change(connection)

    def add_tenant(self, tenant_id: str, at: datetime) -> Tenant:
        """Let a tenant in, or in again.

        Raises:
            RowTaken: If it is there.
        """
        table = schema.tenants
        with self._database.writing() as connection:
            if _is_there(connection, tenant_id):
                raise RowTaken(f'tenant "{tenant_id}" is there already.')
            connection.execute(sa.delete(table).where(table.c.tenant_id == tenant_id))
            values = {"tenant_id": tenant_id, "created_us": to_us(at), "removed_us": None}
            connection.execute(sa.insert(table), [values])
            _change(connection)
        return Tenant(tenant_id, at)

    def remove_tenant(self, tenant_id: str, at: datetime) -> None:
        """Let a tenant and all its keys work no longer.

        Raises:
            NotFound: If it is not there.
        """
        table, keys = schema.tenants, schema.keys
        with self._database.writing() as connection:
            _demand_tenant(connection, tenant_id)
            connection.execute(
                sa.update(table).where(table.c.tenant_id == tenant_id).values(removed_us=to_us(at))
            )
            connection.execute(
                sa.update(keys)
                .where(keys.c.tenant_id == tenant_id, keys.c.revoked_us.is_(None))
                .values(revoked_us=to_us(at))
            )
            _change(connection)

    def tenants(self) -> list[Tenant]:
        """All tenants but the default one, removed ones included, oldest first."""
        table = schema.tenants
        query = sa.select(table).order_by(table.c.created_us, table.c.tenant_id)
        with self._database.reading() as connection:
            return [
                Tenant(row.tenant_id, from_us(row.created_us), _instant(row.removed_us))
                for row in connection.execute(query)
            ]


_THE_MARK = sa.select(schema.marks.c.number).where(schema.marks.c.name == _MARK)
_DEFAULT = "default"  # needs no row: it is the home itself


def _demand_tenant(connection: sa.Connection, tenant_id: str) -> None:
    if tenant_id != _DEFAULT and not _is_there(connection, tenant_id):
        raise NotFound(f'there is no tenant "{tenant_id}".', hint="settee tenant list shows them.")


def _is_there(connection: sa.Connection, tenant_id: str) -> bool:
    table = schema.tenants
    query = sa.select(table.c.tenant_id).where(
        table.c.tenant_id == tenant_id, table.c.removed_us.is_(None)
    )
    return connection.scalar(query) is not None


def _change(connection: sa.Connection) -> None:
    """Raise the mark; safe because the caller holds the write lock."""
    number = connection.scalar(_THE_MARK) or 0
    connection.execute(sa.delete(schema.marks).where(schema.marks.c.name == _MARK))
    connection.execute(sa.insert(schema.marks), [{"name": _MARK, "number": number + 1}])


def _row(key: Key, slot: int) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "key_hash": key.key_hash,
        "created_us": to_us(key.created_at),
        "revoked_us": None if key.revoked_at is None else to_us(key.revoked_at),
        "tenant_id": key.tenant_id,
        "role": key.role,
        "scopes": " ".join(key.scopes),
        "expires_us": None if key.expires_at is None else to_us(key.expires_at),
        "rate_per_s": key.rate_per_s,
        "burst": key.burst,
        "quota_per_day": key.quota_per_day,
        "slot": slot,
    }


def _key(row: sa.Row[Any]) -> Key:
    return Key(
        row.key_id,
        row.name,
        row.key_hash,
        from_us(row.created_us),
        _instant(row.revoked_us),
        row.tenant_id,
        row.role,
        tuple(row.scopes.split()),
        _instant(row.expires_us),
        row.rate_per_s,
        row.burst,
        row.quota_per_day,
        row.slot,
    )


def _instant(at_us: int | None) -> datetime | None:
    return None if at_us is None else from_us(at_us)
