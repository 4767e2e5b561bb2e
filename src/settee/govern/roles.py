"""Say what each role may do: a role is a set of permissions, a scope takes a part of it.

A key of role `service` may write events and read answers; the same key with the scope
``answers.read`` may do that alone. Nothing is ever granted by a scope that the role does not hold,
so the permissions below are all there is to look through.

Reads / Writes: nothing.
Source: Sandhu et al. (1996), "Role-Based Access Control Models" (RBAC0).
Not here: which route needs which permission (web.permissions), whose key it is (govern.keys).
"""

from collections.abc import Iterable
from typing import Literal, get_args

from settee.core import BadInput

Role = Literal["owner", "admin", "scientist", "marketer", "auditor", "service"]
ROLES: tuple[Role, ...] = get_args(Role)
END_USER = "end_user"
"""What a session token makes of its bearer: a person of one account. No key has this role."""
DEFAULT_TENANT = "default"

PERMISSIONS: dict[str, str] = {
    "self.read": "see who one is and what one may do",
    "events.write": "send events",
    "answers.read": "ask for recommendations and lists",
    "items.read": "see items and what goes with them",
    "items.write": "put items",
    "accounts.list": "see which accounts there are",
    "accounts.read": "see what is known of an account",
    "accounts.write": "tell what a newcomer likes",
    "accounts.merge": "join an anonymous account to an account",
    "people.read": "ask who is there, see the persons of an account",
    "people.write": "correct the persons of an account",
    "explain.read": "ask why an item stands where it does",
    "rules.read": "see the rules and their versions, try rules out",
    "rules.write": "put rules, roll them back",
    "stats.read": "see figures and times of the service",
    "audiences.read": "see audiences, try one out, and who is reached for an item",
    "audiences.write": "make audiences, suppress and free addresses",
    "audiences.export": "take an audience out of settee",
    "contacts.write": "say what an account may be contacted for",
    "measure.read": "see credit of channels, lift of campaigns, return",
    "data.read": "see what imports and checks found, and why rows were refused",
    "data.raw": "see refused rows as they came, which may hold personal data",
    "keys.read": "see the keys of one's tenant, without their secrets",
    "keys.write": "make and revoke keys of one's tenant that may not do more than one's own",
    "tenants.read": "see the tenants; in the default tenant only",
    "tenants.write": "make and remove tenants; in the default tenant only",
}
"""Every permission and what it lets one do; the names are also the scopes."""

_READING = frozenset({
    "self.read", "items.read", "accounts.list", "accounts.read", "people.read", "explain.read",
    "rules.read", "stats.read", "audiences.read", "measure.read", "data.read",
})  # fmt: skip
_OF_THE_HOUSE = frozenset({"tenants.read", "tenants.write"})
_ALL = frozenset(PERMISSIONS)
_GRANTS: dict[str, frozenset[str]] = {
    "owner": _ALL,
    "admin": _ALL - _OF_THE_HOUSE - {"data.raw"},
    "scientist": _READING | {"answers.read"},
    "marketer": frozenset({
        "self.read", "items.read", "items.write", "answers.read", "explain.read", "rules.read",
        "rules.write", "stats.read", "audiences.read", "audiences.write", "audiences.export",
        "contacts.write", "measure.read",
    }),
    "auditor": _READING | {"keys.read"},
    "service": frozenset({
        "self.read", "events.write", "answers.read", "items.read", "items.write", "accounts.read",
        "accounts.write", "accounts.merge", "people.read", "people.write", "explain.read",
        "audiences.read", "contacts.write",
    }),
    END_USER: frozenset({
        "self.read", "events.write", "answers.read", "items.read", "accounts.read",
        "accounts.write", "people.read", "people.write", "contacts.write",
    }),
}  # fmt: skip


class BadRole(BadInput):
    """A role or scope that there is not, or a scope that the role does not hold."""

    code = "bad_role"


def grants(role: str, scopes: Iterable[str] = (), *, tenant_id: str) -> frozenset[str]:
    """What a role may do in a tenant.

    Args:
        role: One of `ROLES`, or `END_USER`.
        scopes: Only these of its permissions; none for all.
        tenant_id: Tenants are the business of the default tenant alone.

    Raises:
        BadRole: If the role is unknown, or a scope is none of its permissions.

    >>> sorted(grants("service", ["answers.read"], tenant_id="default"))
    ['answers.read', 'self.read']
    """
    whole = _GRANTS.get(role)
    if whole is None:
        raise BadRole(f'"{role}" is no role; {", ".join(ROLES)} are.', place="role")
    if tenant_id != DEFAULT_TENANT:
        whole -= _OF_THE_HOUSE
    wanted = frozenset(scopes)
    if strange := sorted(wanted - whole):
        raise BadRole(
            f'"{strange[0]}" is nothing that role {role} may do in tenant "{tenant_id}"; '
            f"{', '.join(sorted(whole))} are.",
            place="scopes",
        )
    return whole & (wanted | {"self.read"}) if wanted else whole
