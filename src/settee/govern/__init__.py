"""Say who may use the doors: API keys, roles and permissions."""

from settee.govern.keys import BadKey, Keys, NewKey
from settee.govern.roles import (
    DEFAULT_TENANT,
    END_USER,
    PERMISSIONS,
    ROLES,
    BadRole,
    Role,
    grants,
)

__all__ = [
    "DEFAULT_TENANT",
    "END_USER",
    "PERMISSIONS",
    "ROLES",
    "BadKey",
    "BadRole",
    "Keys",
    "NewKey",
    "Role",
    "grants",
]
