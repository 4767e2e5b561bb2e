"""Keep tenants apart: each has a folder of its own, with its own journal, tables and models.

Tenant "default" is the home itself; tenant "acme" is the folder ``tenants/acme`` in it. Nothing is
shared but the program, its settings, and the home's table of tenants and keys: what one tenant
asks can only ever meet files of its own folder.

Reads / Writes: the table of tenants, their folders.
Not here: which tenant a request is for (its credential says so: govern.keys, govern.tokens).
"""

import re
import shutil
from datetime import datetime
from pathlib import Path

from settee.core import BadInput, Conflict, NotFound
from settee.govern.roles import DEFAULT_TENANT
from settee.store import AccessTables, Tables, Tenant

FOLDER = "tenants"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class BadTenant(BadInput):
    """A tenant cannot be called so."""

    code = "bad_tenant"


class NoSuchTenant(NotFound):
    """No tenant is called so."""

    code = "no_such_tenant"


class TenantTaken(Conflict):
    """The tenant is there, or its folder holds data."""

    code = "tenant_taken"


def check_tenant_id(tenant_id: str) -> str:
    """The name, where a tenant can be called so: it is also the name of a folder.

    Raises:
        BadTenant: If it cannot.

    >>> check_tenant_id("acme-tv")
    'acme-tv'
    """
    if _NAME.fullmatch(tenant_id) is None:
        raise BadTenant(
            f"{tenant_id[:80]!r} cannot name a tenant; 1 to 63 of a-z, 0-9, - and _ can, the first "
            "a letter or digit.",
            place="tenant_id",
        )
    return tenant_id


def home_of(root: Path, tenant_id: str) -> Path:
    """The folder of a tenant.

    Args:
        root: The home.
        tenant_id: Its name.

    Raises:
        BadTenant: If no tenant can be called so.

    >>> home_of(Path("home"), "acme").as_posix(), home_of(Path("home"), "default").as_posix()
    ('home/tenants/acme', 'home')
    """
    if tenant_id == DEFAULT_TENANT:
        return root
    return root / FOLDER / check_tenant_id(tenant_id)


class Tenants:
    """The tenants of a home.

    Args:
        root: The home.
        tables: Its tables.
    """

    def __init__(self, root: Path, tables: Tables) -> None:
        self._root = root
        self._tables = AccessTables(tables.database)

    def create(self, tenant_id: str, at: datetime) -> Tenant:
        """Let a tenant in, with an empty folder.

        Args:
            tenant_id: Its name.
            at: The present instant, aware.

        Raises:
            BadTenant: If it cannot be called so.
            TenantTaken: If its folder holds data, as that of a tenant who was removed does: they
                must not come into the hands of whoever takes the name next.
            Conflict: If it is there.
        """
        if tenant_id == DEFAULT_TENANT:
            raise TenantTaken(f'tenant "{DEFAULT_TENANT}" is always there: it is the home itself.')
        folder = home_of(self._root, tenant_id)
        if self.is_there(tenant_id):
            raise TenantTaken(f'tenant "{tenant_id}" is there already.')
        if folder.is_symlink() or (folder.exists() and any(folder.iterdir())):
            raise TenantTaken(
                f'{folder} holds data of a tenant "{tenant_id}" that was removed.',
                hint="Move the folder away, or take another name.",
            )
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._tables.add_tenant(tenant_id, at)

    def remove(self, tenant_id: str, at: datetime, *, with_data: bool = False) -> Path:
        """Let a tenant and its keys work no longer; running services close it within a second.

        Args:
            tenant_id: Its name.
            at: The present instant, aware.
            with_data: Delete its folder too; otherwise it stays as it is.

        Returns:
            Its folder.

        Raises:
            BadTenant: If no tenant can be called so, or it is the default one.
            NotFound: If it is not there.
        """
        if tenant_id == DEFAULT_TENANT:
            raise BadTenant(
                f'tenant "{DEFAULT_TENANT}" cannot be removed: it is the home itself.',
                place="tenant_id",
            )
        folder = home_of(self._root, tenant_id)
        self._tables.remove_tenant(tenant_id, at)
        if with_data and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
        return folder

    def all(self) -> list[Tenant]:
        """The tenants that are there beside the default one, oldest first."""
        return [one for one in self._tables.tenants() if one.removed_at is None]

    def demand(self, tenant_id: str) -> None:
        """Refuse a tenant that is not there.

        Raises:
            NotFound: If it is not.
        """
        if not self.is_there(tenant_id):
            raise NoSuchTenant(
                f'there is no tenant "{tenant_id}".', hint="settee tenant list shows them."
            )

    def is_there(self, tenant_id: str) -> bool:
        """Is there such a tenant?"""
        return tenant_id == DEFAULT_TENANT or any(one.tenant_id == tenant_id for one in self.all())
