"""Ask who one is; make and revoke keys and tenants.

What makes something is sent once: where no answer comes, nobody knows whether it was made, and a
second try would make another. `keys` and `tenants` tell what is there.

Reads / Writes: nothing.
Not here: what a role may do (docs/access.md).
"""

from typing import Unpack

from settee.client.results import KeyList, KeyView, MadeKey, MadeTenant, Me, TenantList, TenantView
from settee.client.said import KeyTerms
from settee.client.verb import verb
from settee.client.wire import Call, Route, read_json

_ME = Route("GET", "/v1/me", read_json(Me))
_KEYS = Route("GET", "/v1/keys", read_json(KeyList))
_MAKE_KEY = Route("POST", "/v1/keys", read_json(MadeKey), is_repeatable=False)
_REVOKE = Route("DELETE", "/v1/keys/{key_id}", read_json(KeyView), is_repeatable=False)
_TENANTS = Route("GET", "/v1/tenants", read_json(TenantList))
_MAKE_TENANT = Route("POST", "/v1/tenants", read_json(MadeTenant), is_repeatable=False)
_REMOVE = Route("DELETE", "/v1/tenants/{tenant_id}", read_json(TenantView), is_repeatable=False)


@verb(_ME)
def me() -> Call[Me]:
    """Tenant, role and permissions of the key or token that asks."""
    return _ME.call()


@verb(_KEYS)
def keys() -> Call[KeyList]:
    """The keys of the tenant, without their secrets."""
    return _KEYS.call()


@verb(_MAKE_KEY)
def make_key(name: str, role: str, **terms: Unpack[KeyTerms]) -> Call[MadeKey]:
    """Make a key that may do no more than the one that asks; its secret is shown this once.

    Args:
        name: Whose it is, for people's eyes.
        role: owner, admin, scientist, marketer, auditor or service.
        terms: See `KeyTerms`.
    """
    return _MAKE_KEY.call(body={**terms, "name": name, "role": role})


@verb(_REVOKE)
def revoke_key(key_id: str) -> Call[KeyView]:
    """Let a key work no longer."""
    return _REVOKE.call(key_id)


@verb(_TENANTS)
def tenants() -> Call[TenantList]:
    """The tenants of the service."""
    return _TENANTS.call()


@verb(_MAKE_TENANT)
def make_tenant(tenant_id: str) -> Call[MadeTenant]:
    """Make a tenant, with the first key of its owner."""
    return _MAKE_TENANT.call(body={"tenant_id": tenant_id})


@verb(_REMOVE)
def remove_tenant(tenant_id: str) -> Call[TenantView]:
    """Let a tenant and its keys work no longer; its folder stays where it is."""
    return _REMOVE.call(tenant_id)
