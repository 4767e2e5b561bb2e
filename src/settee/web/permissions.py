"""Say which permission each route needs: the one table that the door goes by.

    ("POST", "/v1/events"): may("events.write", about="asked")

A route that is served and does not stand here makes `create_app` fail, so none can be forgotten;
one that is added by a way which this check does not see is refused when it is asked.

Reads / Writes: nothing.
Not here: what a role may do (govern.roles), the routes themselves (web.hot, web.routes).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from settee.core import SetteeError

About = Literal["nobody", "path", "asked"]


class UnlistedRoute(SetteeError):
    """A route is served that the table of permissions does not list."""

    code = "unlisted_route"


@dataclass(frozen=True)
class Need:
    """What a route asks of its caller.

    Args:
        permission: A name of `govern.PERMISSIONS`; empty for a route that is open to everybody.
        about: Where a route names the account that it is about: in its `path` as ``account_id``,
            in what is `asked` (body or query: its handler calls `must_own`), or `nobody`. An end
            user gets no further with an account that is not their own.
    """

    permission: str
    about: About = "nobody"


def may(permission: str, about: About = "nobody") -> Need:
    """The need of a route that only those with the permission may use."""
    return Need(permission, about)


OPEN = Need("")
"""Probes and the manual, which everybody may ask for."""

_ACCOUNT = "/v1/accounts/{account_id}"
NEEDS: dict[tuple[str, str], Need] = {
    ("GET", "/health"): OPEN,
    ("GET", "/ready"): OPEN,
    ("GET", "/docs"): OPEN,
    ("GET", "/openapi.json"): OPEN,
    ("POST", "/v1/events"): may("events.write", "asked"),
    ("GET", "/v1/recommendations"): may("answers.read", "asked"),
    ("POST", "/v1/recommendations"): may("answers.read", "asked"),
    ("GET", "/v1/lists/{name}"): may("answers.read", "asked"),
    ("POST", "/v1/who"): may("people.read", "asked"),
    ("PUT", "/v1/items"): may("items.write"),
    ("GET", "/v1/items"): may("items.read"),
    ("GET", "/v1/catalogue"): may("stats.read"),
    ("GET", "/v1/items/{item_id}/audience"): may("audiences.read"),
    ("POST", "/v1/audiences"): may("audiences.write"),
    ("POST", "/v1/audiences/preview"): may("audiences.read"),
    ("GET", "/v1/audiences"): may("audiences.read"),
    ("GET", "/v1/audiences/curves"): may("audiences.read"),
    ("GET", "/v1/audiences/log"): may("audiences.read"),
    ("GET", "/v1/audiences/{audience_id}"): may("audiences.read"),
    ("POST", "/v1/audiences/{audience_id}/download"): may("audiences.export"),
    ("POST", "/v1/audiences/{audience_id}/export"): may("audiences.export"),
    ("GET", "/v1/items/{item_id}/similar"): may("items.read"),
    ("GET", "/v1/items/{item_id}"): may("items.read"),
    ("POST", "/v1/preview"): may("explain.read", "asked"),
    ("GET", "/v1/accounts"): may("accounts.list"),
    ("GET", _ACCOUNT): may("accounts.read", "path"),
    ("GET", f"{_ACCOUNT}/people"): may("people.read", "path"),
    ("POST", f"{_ACCOUNT}/people/corrections"): may("people.write", "path"),
    ("POST", f"{_ACCOUNT}/onboarding"): may("accounts.write", "path"),
    ("POST", f"{_ACCOUNT}/merge"): may("accounts.merge", "path"),
    ("GET", f"{_ACCOUNT}/contact"): may("accounts.read", "path"),
    ("PUT", f"{_ACCOUNT}/contact"): may("contacts.write", "path"),
    ("POST", "/v1/suppressions"): may("audiences.write"),
    ("GET", "/v1/explain"): may("explain.read", "asked"),
    ("POST", "/v1/explain"): may("explain.read", "asked"),
    ("GET", "/v1/rules"): may("rules.read"),
    ("PUT", "/v1/rules"): may("rules.write"),
    ("POST", "/v1/rules/check"): may("rules.read"),
    ("POST", "/v1/rules/dry-run"): may("rules.read"),
    ("GET", "/v1/rules/history"): may("rules.read"),
    ("POST", "/v1/rules/rollback"): may("rules.write"),
    ("POST", "/v1/attribution"): may("measure.read"),
    ("POST", "/v1/impact"): may("measure.read"),
    ("GET", "/v1/campaigns/{campaign}"): may("measure.read"),
    ("GET", "/v1/models"): may("stats.read"),
    ("GET", "/v1/models/{version}"): may("stats.read"),
    ("GET", "/v1/reports"): may("data.read"),
    ("GET", "/v1/quarantine"): may("data.read"),
    ("GET", "/v1/quarantine/{name}"): may("data.read"),
    ("GET", "/v1/models/{version}/card"): may("stats.read"),
    ("GET", "/v1/precomputed"): may("stats.read"),
    ("GET", "/stats"): may("stats.read"),
    ("GET", "/metrics"): may("stats.read"),
    ("GET", "/v1/me"): may("self.read"),
    ("GET", "/v1/keys"): may("keys.read"),
    ("POST", "/v1/keys"): may("keys.write"),
    ("DELETE", "/v1/keys/{key_id}"): may("keys.write"),
    ("GET", "/v1/tenants"): may("tenants.read"),
    ("POST", "/v1/tenants"): may("tenants.write"),
    ("DELETE", "/v1/tenants/{tenant_id}"): may("tenants.write"),
}


def need_of(method: str, template: str) -> Need:
    """What a route asks of its caller.

    Args:
        method: HTTP method, upper case.
        template: The route's path as written, such as ``/v1/items/{item_id:path}``.

    Raises:
        UnlistedRoute: If the table does not list it.

    >>> need_of("GET", "/v1/items/{item_id:path}").permission
    'items.read'
    """
    plain = template.replace(":path}", "}")
    need = NEEDS.get((method, plain))
    if need is None:
        raise UnlistedRoute(
            f"{method} {plain} is served, and web/permissions.py does not list it.",
            hint="Add the permission that it needs there.",
        )
    return need


def methods_of(template: str) -> list[str]:
    """The methods that a path is served by.

    >>> methods_of("/v1/keys")
    ['GET', 'POST']
    """
    plain = template.replace(":path}", "}")
    return sorted(method for method, path in NEEDS if path == plain)


def check_listed(routes: Iterable[tuple[str, str]]) -> None:
    """Make sure that each route stands in the table.

    Args:
        routes: Method and template each.

    Raises:
        UnlistedRoute: If one does not.
    """
    for method, template in routes:
        need_of(method, template)
