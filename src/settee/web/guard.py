"""Ask each caller for the permission that the route needs, whoever serves the route.

The door leaves the caller in the request's scope. Hot routes are asked by path before they are
served; FastAPI's are asked by a dependency that runs before anything else of theirs, so a caller
who may not learns nothing about what was sent.

Reads: the request's scope.  Writes: nothing.
Not here: the table (web.permissions), who the caller is (web.keeper).
"""

from fastapi import Request

from settee.govern import Caller
from settee.web.body import Scope
from settee.web.permissions import OPEN, need_of

CALLER = "settee.caller"
"""Where the door leaves the caller."""


def caller_of(scope: Scope) -> Caller:
    """Who asks.

    Args:
        scope: The scope of a request that came through the door.
    """
    caller: Caller = scope[CALLER]
    return caller


def must_own(scope: Scope, account_id: str) -> None:
    """Refuse an end user another account than their own; everybody else may ask about any.

    Args:
        scope: The scope of a request that came through the door.
        account_id: The account that the request is about.

    Raises:
        NotYourAccount: If it is another's.
    """
    caller = scope[CALLER]
    if caller.account_id is not None:
        caller.must_own(account_id)


async def guard(request: Request) -> None:
    """Refuse a caller who may not use the route of a request.

    Raises:
        UnlistedRoute: If nobody said what the route needs.
        NotPermitted: If the caller lacks it.
        NotYourAccount: If the path names another account than an end user's own.
    """
    need = need_of(request.method, request.scope["route"].path)
    if need is OPEN:
        return
    caller = caller_of(request.scope)
    caller.must(need.permission)
    if need.about == "path":
        caller.must_own(request.path_params["account_id"])
