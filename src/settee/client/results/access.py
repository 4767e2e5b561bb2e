"""Who one is, keys and tenants."""

from datetime import datetime

from msgspec import Struct


class KeyView(Struct, frozen=True):
    """A key, without its secret."""

    key_id: str
    name: str
    role: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    rate_per_s: float | None
    burst: int | None
    quota_per_day: int | None
    n_today: int
    last_used_at: datetime | None


class KeyList(Struct, frozen=True):
    """The keys of a tenant, revoked ones included, oldest first."""

    keys: list[KeyView]


class MadeKey(Struct, frozen=True):
    """A key that was just made; `secret` is shown this once."""

    secret: str
    key: KeyView


class Me(Struct, frozen=True):
    """Who asks, and what they may do."""

    tenant_id: str
    role: str
    permissions: list[str]
    account_id: str | None
    expires_at: datetime | None
    key: KeyView | None


class TenantView(Struct, frozen=True):
    """A tenant."""

    tenant_id: str
    created_at: datetime | None


class TenantList(Struct, frozen=True):
    """The tenants that are there, the default one first."""

    tenants: list[TenantView]


class MadeTenant(Struct, frozen=True):
    """A tenant that was just made, with the first key of its owner."""

    tenant: TenantView
    owner: MadeKey
