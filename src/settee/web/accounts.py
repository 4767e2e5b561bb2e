"""Serve accounts as wholes: which there are, first picks, a merge with an anonymous one.

    GET  /v1/accounts?limit=10&q=a
    POST /v1/accounts/a7/onboarding  {"item_ids": ["m1"], "tags": ["Crime"], "languages": ["en"]}
    POST /v1/accounts/a7/merge       {"from": "anon-7f"}

The last two are facts: on disk before the answer, seen by the next recommendation, harmless when
repeated.

Reads: requests.  Writes: facts, through the engine.
Not here: what an account looks like (web.routes), what the facts say (events).
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from settee.core import MAX_ID_LENGTH, to_json
from settee.events import parse_merge, parse_onboarding
from settee.web.body import read_body
from settee.web.engine import Engine

ACCOUNTS = "/v1/accounts"
_JSON = "application/json"
AccountId = Annotated[
    str, Path(min_length=1, max_length=MAX_ID_LENGTH, description="Id of the account.")
]


def add_accounts(router: APIRouter, engine: Engine) -> None:
    """Add the routes.

    Args:
        router: Where to; before any route whose account id takes the whole rest of a path.
        engine: What stands behind the door.
    """

    @router.get(ACCOUNTS, summary="Accounts", tags=["accounts"])
    def accounts(
        limit: Annotated[int, Query(ge=1, le=200, description="Most accounts.")] = 20,
        q: Annotated[
            str, Query(max_length=MAX_ID_LENGTH, description="How the id begins; any if empty.")
        ] = "",
    ) -> Response:
        """Accounts that did something lately, the newest first; behind them others by id."""
        return _reply(engine.responder().accounts(limit, q))

    @router.post(
        "/v1/accounts/{account_id:path}/onboarding", summary="First picks", tags=["accounts"]
    )
    async def onboard(account_id: AccountId, request: Request) -> Response:
        """Take in titles, tags and languages that somebody new picked.

        Titles count as liked from the next answer on; tags and languages hold until others are
        sent. Sent again under the same `event_id` it changes nothing.
        """
        picked = parse_onboarding(await _body(request, engine))
        return _reply(await run_in_threadpool(engine.onboard, account_id, picked))

    @router.post("/v1/accounts/{account_id:path}/merge", summary="Merge", tags=["accounts"])
    async def merge(account_id: AccountId, request: Request) -> Response:
        """Make another account a part of this one, as when somebody anonymous signs in.

        What was done, shown and said under the other id is this account's at once, and what comes
        under it later follows. An account can become a part of another once.
        """
        asked = parse_merge(await _body(request, engine), account_id)
        return _reply(await run_in_threadpool(engine.merge_accounts, account_id, asked.origin))


async def _body(request: Request, engine: Engine) -> bytes:
    return await read_body(request.scope, request.receive, engine.settings.serve.max_body_bytes)


def _reply(value: object) -> Response:
    return Response(to_json(value), media_type=_JSON)
