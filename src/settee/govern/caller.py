"""Say who asks: which tenant's data they open, what they may do, and for which account.

A caller is made once for each key and each verified session token, and every request of theirs
gets the same frozen value: a check is then a look into a set.

Reads / Writes: nothing.
Not here: how somebody proves who they are (govern.keys, govern.tokens).
"""

import math
from dataclasses import dataclass

from settee.core import Forbidden
from settee.govern.roles import DEFAULT_TENANT, grants
from settee.store import Key


class NotPermitted(Forbidden):
    """The caller's role or scopes do not hold what the route needs."""

    code = "not_permitted"


class NotYourAccount(Forbidden):
    """An end user asked for or about an account that is not their own."""

    code = "not_your_account"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Args:
        tenant_id: Whose data they open.
        role: What they are.
        permissions: What they may do.
        name: What they are called in the figures for their owner; never in labels or logs.
        key: Their key; None for a session token and for the keyless on loopback.
        account_id: The only account that they may ask about; None for any.
        expires_s: Seconds since 1970 from which on they are nobody.
        place: Where their requests are counted (govern.limits).
        interval_us: Microseconds between two requests in the long run, 0 for no limit.
        window_us: Microseconds that they may be ahead of that after a pause.
        quota_per_day: Requests a day of UTC, 0 for no limit.
    """

    tenant_id: str
    role: str
    permissions: frozenset[str]
    name: str
    key: Key | None = None
    account_id: str | None = None
    expires_s: float = math.inf
    place: int = 0
    interval_us: int = 0
    window_us: int = 0
    quota_per_day: int = 0

    def must(self, permission: str) -> None:
        """Refuse unless the caller may do this.

        Raises:
            NotPermitted: If they may not.
        """
        if permission not in self.permissions:
            raise NotPermitted(
                f"this needs the permission {permission}; role {self.role} here holds "
                f"{', '.join(sorted(self.permissions))}.",
                hint="docs/access.md shows what each role may do.",
            )

    def must_own(self, account_id: str) -> None:
        """Refuse an end user another account than their own; others may ask about any.

        Raises:
            NotYourAccount: If it is another's.
        """
        if self.account_id is not None and account_id != self.account_id:
            raise NotYourAccount(
                "a session token opens the account that it was made for, and no other.",
                hint="Ask with an API key of role service for other accounts.",
                place="account_id",
            )


KEYLESS = Caller(DEFAULT_TENANT, "owner", grants("owner", tenant_id=DEFAULT_TENANT), "loopback")
"""Who asks without a key where none is needed: whoever sits at the machine."""
