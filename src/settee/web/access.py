"""Serve who one is, and the keys and tenants that one may see and make.

    GET /v1/me → {"tenant_id": "acme", "role": "marketer", "permissions": ["answers.read", …]}

Nobody makes or revokes a key that may do more than their own. A tenant is made with its first key,
for nobody else could open it; from then on its owner makes keys, and the home's owner sees none.

Reads / Writes: the tables of keys and tenants.
Not here: what a role may do (govern.roles), who the caller is (web.keeper).
"""

import math
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import msgspec
from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from msgspec import Meta

from settee.core import MAX_ID_LENGTH, from_epoch_s, to_json
from settee.govern import DEFAULT_TENANT, Caller, Key, Terms, must_cover, must_hold
from settee.web.body import read_body
from settee.web.engine import Engine
from settee.web.errors import BadRequest
from settee.web.guard import caller_of

_JSON = "application/json"
_MAX_LIFE_S = 100 * 366 * 86_400
Name = Annotated[str, Meta(min_length=1, max_length=128)]
KeyId = Annotated[str, Path(min_length=1, max_length=MAX_ID_LENGTH, description="Id of the key.")]
TenantId = Annotated[
    str, Path(min_length=1, max_length=MAX_ID_LENGTH, description="Id of the tenant.")
]


class AskedKey(msgspec.Struct, forbid_unknown_fields=True):
    """A key to be made; without an end it works for ever, without limits as often as it likes."""

    name: Name
    role: Name
    scopes: Annotated[list[Name], Meta(max_length=100)] = []
    expires_in_s: Annotated[int, Meta(ge=1, le=_MAX_LIFE_S)] | None = None
    rate_per_s: Annotated[float, Meta(gt=0, le=1_000_000)] | None = None
    burst: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None
    quota_per_day: Annotated[int, Meta(ge=1, le=1_000_000_000_000)] | None = None


class AskedTenant(msgspec.Struct, forbid_unknown_fields=True):
    """A tenant to be made."""

    tenant_id: Annotated[str, Meta(min_length=1, max_length=63)]


class KeyView(msgspec.Struct, frozen=True):
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


class KeyList(msgspec.Struct, frozen=True):
    """The keys of a tenant, revoked ones included, oldest first."""

    keys: list[KeyView]


class MadeKey(msgspec.Struct, frozen=True):
    """A key that was just made; `secret` is shown this once."""

    secret: str
    key: KeyView


class TenantView(msgspec.Struct, frozen=True):
    """A tenant."""

    tenant_id: str
    created_at: datetime | None


class TenantList(msgspec.Struct, frozen=True):
    """The tenants that are there, the default one first."""

    tenants: list[TenantView]


class MadeTenant(msgspec.Struct, frozen=True):
    """A tenant that was just made, with the first key of its owner."""

    tenant: TenantView
    owner: MadeKey


class Me(msgspec.Struct, frozen=True):
    """Who asks, and what they may do."""

    tenant_id: str
    role: str
    permissions: list[str]
    account_id: str | None
    expires_at: datetime | None
    key: KeyView | None


def add_access(router: APIRouter, root: Engine) -> None:
    """Add the routes.

    Args:
        router: Where to.
        root: The workspace of the home, which has the keys and tenants of all.
    """

    @router.get("/v1/me", summary="Who am I?", tags=["access"])
    def me(request: Request) -> Response:
        """Tenant, role, permissions, and how much the key was used today."""
        return _reply(_me(root, caller_of(request.scope)))

    _add_keys(router, root)
    _add_tenants(router, root)


def _add_keys(router: APIRouter, root: Engine) -> None:
    @router.get("/v1/keys", summary="Keys", tags=["access"])
    def keys(request: Request) -> Response:
        """The keys of the caller's tenant, without their secrets."""
        found = root.keys.all(caller_of(request.scope).tenant_id)
        return _reply(KeyList([_view(root, key) for key in found]))

    @router.post("/v1/keys", summary="Make a key", tags=["access"])
    async def create(request: Request) -> Response:
        """Make a key of the caller's tenant that may do no more than the caller's own."""
        asked = _decoded(await _body(request, root), AskedKey)
        caller = caller_of(request.scope)
        return _reply(await run_in_threadpool(_make_key, root, caller, asked))

    @router.delete("/v1/keys/{key_id}", summary="Revoke a key", tags=["access"])
    def revoke(key_id: KeyId, request: Request) -> Response:
        """Let a key of the caller's tenant work no longer, everywhere within a second."""
        caller, at = caller_of(request.scope), root.clock()
        key = root.keys.working(key_id, caller.tenant_id)
        if caller.key is None or key.key_id != caller.key.key_id:
            must_cover(caller, key)
        revoked = root.keys.revoke(key.key_id, at, caller.tenant_id)
        return _reply(_view(root, revoked))


def _add_tenants(router: APIRouter, root: Engine) -> None:
    @router.get("/v1/tenants", summary="Tenants", tags=["access"])
    def tenants() -> Response:
        """The tenants of this service; for the owner of the default tenant."""
        others = [TenantView(one.tenant_id, one.created_at) for one in root.tenants.all()]
        return _reply(TenantList([TenantView(DEFAULT_TENANT, None), *others]))

    @router.post("/v1/tenants", summary="Make a tenant", tags=["access"])
    async def create_tenant(request: Request) -> Response:
        """Make a tenant with an empty folder, and the first key of its owner."""
        asked = _decoded(await _body(request, root), AskedTenant)
        return _reply(await run_in_threadpool(_make_tenant, root, asked.tenant_id))

    @router.delete("/v1/tenants/{tenant_id}", summary="Remove a tenant", tags=["access"])
    def remove_tenant(tenant_id: TenantId) -> Response:
        """Let a tenant and its keys work no longer; its folder stays where it is."""
        root.tenants.remove(tenant_id, root.clock())
        root.keys.look_again()
        return _reply(TenantView(tenant_id, None))


async def _body(request: Request, root: Engine) -> bytes:
    limit = root.settings.serve.max_body_bytes
    return await read_body(request.scope, request.receive, limit)


_T = TypeVar("_T")


def _decoded(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(
            f"the body is no {kind.__name__}: {error}.", hint="/docs shows what the route takes."
        ) from None


def _make_key(root: Engine, caller: Caller, asked: AskedKey) -> MadeKey:
    at = root.clock()
    ends = None if asked.expires_in_s is None else at + timedelta(seconds=asked.expires_in_s)
    terms = Terms(
        asked.role,
        tuple(asked.scopes),
        caller.tenant_id,
        ends,
        asked.rate_per_s,
        asked.burst,
        asked.quota_per_day,
    )
    must_hold(caller, terms, at)
    made = root.keys.create(asked.name, at, terms)
    return MadeKey(made.secret, _view(root, made.key))


def _make_tenant(root: Engine, tenant_id: str) -> MadeTenant:
    at = root.clock()
    tenant = root.tenants.create(tenant_id, at)
    made = root.keys.create("owner", at, Terms(tenant_id=tenant_id))
    return MadeTenant(
        TenantView(tenant_id, tenant.created_at), MadeKey(made.secret, _view(root, made.key))
    )


def _me(root: Engine, caller: Caller) -> Me:
    ends = from_epoch_s(caller.expires_s) if math.isfinite(caller.expires_s) else None
    key = None if caller.key is None else _view(root, caller.key)
    return Me(
        caller.tenant_id, caller.role, sorted(caller.permissions), caller.account_id, ends, key
    )


def _view(root: Engine, key: Key) -> KeyView:
    used = root.keys.used(key, root.clock())
    return KeyView(
        key.key_id,
        key.name,
        key.role,
        list(key.scopes),
        key.created_at,
        key.expires_at,
        key.revoked_at,
        key.rate_per_s,
        key.burst,
        key.quota_per_day,
        used.n_today,
        used.last_at,
    )


def _reply(value: object) -> Response:
    return Response(to_json(value), media_type=_JSON)
