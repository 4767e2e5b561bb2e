"""Say who may use the doors: tenants, keys, session tokens, roles, limits."""

from settee.govern.caller import KEYLESS, Caller, NotPermitted, NotYourAccount
from settee.govern.key_set import BadKeySet, KeySet
from settee.govern.keys import BadKey, Keys, NewKey, Terms, must_cover, must_hold
from settee.govern.limits import Limits, QuotaUsed, TooManyFailures, TooManyRequests, Used
from settee.govern.roles import (
    DEFAULT_TENANT,
    END_USER,
    PERMISSIONS,
    ROLES,
    BadRole,
    Role,
    grants,
)
from settee.govern.secret import WeakSecret
from settee.govern.tenants import BadTenant, Tenants, TenantTaken, home_of
from settee.govern.tokens import BadToken, NoSigners, Tokens, UnclearTokens, UnknownSigner
from settee.store import Key, Tenant

__all__ = [
    "DEFAULT_TENANT",
    "END_USER",
    "KEYLESS",
    "PERMISSIONS",
    "ROLES",
    "BadKey",
    "BadKeySet",
    "BadRole",
    "BadTenant",
    "BadToken",
    "Caller",
    "Key",
    "KeySet",
    "Keys",
    "Limits",
    "NewKey",
    "NoSigners",
    "NotPermitted",
    "NotYourAccount",
    "QuotaUsed",
    "Role",
    "Tenant",
    "TenantTaken",
    "Tenants",
    "Terms",
    "Tokens",
    "TooManyFailures",
    "TooManyRequests",
    "UnclearTokens",
    "UnknownSigner",
    "Used",
    "WeakSecret",
    "grants",
    "home_of",
    "must_cover",
    "must_hold",
]
