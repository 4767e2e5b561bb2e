"""The keys of a workspace, and the tenants beside it.

Reads / Writes: the tables of keys and tenants, the tenants' folders.
Not here: hashing and checking, keeping tenants apart (govern).
"""

from dataclasses import replace
from pathlib import Path
from typing import Self

from settee.govern import NewKey, Tenant, Terms, Used
from settee.home import Home
from settee.store import Key


class KeysWork(Home):
    """Makes and revokes keys, lets tenants in and out."""

    def issue_key(self, name: str, terms: Terms | None = None) -> NewKey:
        """Make an API key of this tenant; its secret is in the result and nowhere else.

        Args:
            name: What it is for.
            terms: What it is good for, whatever tenant they name; None for an owner's.

        Raises:
            BadInput: If name or terms are not acceptable.
            Conflict: If a working key of the tenant has that name.
        """
        own = replace(terms or Terms(), tenant_id=self.tenant_id)
        return self.keys.create(name, self.clock(), own)

    def list_keys(self) -> list[Key]:
        """All API keys of this tenant, revoked ones included."""
        return self.keys.all(self.tenant_id)

    def key_use(self, key: Key) -> Used:
        """How much a key was used."""
        return self.keys.used(key, self.clock())

    def revoke_key(self, name: str) -> Key:
        """Let a key of this tenant work no longer, by its name or id.

        Raises:
            NotFound: If no key has that name or id.
        """
        return self.keys.revoke(name, self.clock(), self.tenant_id)

    def create_tenant(self, tenant_id: str) -> tuple[Tenant, NewKey]:
        """Let a tenant in, with an empty folder and the first key of its owner.

        Raises:
            BadTenant: If no tenant can be called so.
            TenantTaken: If it is there, or its folder holds data.
        """
        tenant = self.tenants.create(tenant_id, self.clock())
        return tenant, self.keys.create("owner", self.clock(), Terms(tenant_id=tenant_id))

    def list_tenants(self) -> list[Tenant]:
        """The tenants beside the default one."""
        return self.tenants.all()

    def n_keys(self, tenant_id: str) -> int:
        """How many keys of a tenant work."""
        now = self.clock()
        return sum(
            key.revoked_at is None and (key.expires_at is None or key.expires_at > now)
            for key in self.keys.all(tenant_id)
        )

    def remove_tenant(self, tenant_id: str, *, with_data: bool = False) -> Path:
        """Let a tenant and its keys work no longer; its folder, which stays unless told otherwise.

        Raises:
            BadTenant: If it is the default one.
            NotFound: If it is not there.
        """
        folder = self.tenants.remove(tenant_id, self.clock(), with_data=with_data)
        self.keys.look_again()
        return folder

    def open_tenant(self, tenant_id: str) -> Self:
        """The workspace of a tenant, which is the caller's to close.

        Raises:
            NotFound: If there is no such tenant.
        """
        return type(self)(self.settings, self.clock, tenant_id)
