"""Answer why an item is where it is, or why it is not shown.

    GET /v1/explain?account_id=a7&item_id=m318
    POST /v1/explain {"account_id": "a7", "item_id": "m318", "device_id": "d2"}

The question is that of `/v1/recommendations` with an item, and may be about another instant or a
session that was not sent, as in a preview; it makes no exposure, and nothing is left to chance in
it. It costs a few answers, so it runs beside the hot routes, in a thread.

Reads: requests.  Writes: nothing.
Not here: how the reason is found (respond.explaining), the fields of a question (web.asking).
"""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from msgspec import Meta

from settee.core import to_json
from settee.respond import Dials, Why
from settee.web.asking import (
    MAX_EXCLUDE,
    MAX_SEGMENTS,
    Asked,
    Id,
    Persons,
    Short,
    check_device_type,
    read_object,
    read_query,
    to_request,
)
from settee.web.body import read_body
from settee.web.engine import Engine
from settee.web.guard import must_own
from settee.web.who import MAX_EVENTS, instant_of, running_events

EXPLAIN = "/v1/explain"
_JSON = "application/json"


class AskedWhy(msgspec.Struct, forbid_unknown_fields=True):
    """A question why an item is where it is; other fields are those of a question for items."""

    account_id: Id
    item_id: Id
    k: Annotated[int, Meta(ge=1, le=1000)] | None = None
    exclude: Annotated[list[Id], Meta(max_length=MAX_EXCLUDE)] = []
    device_type: str | None = None
    slot: Short | None = None
    device_id: Id | None = None
    platform: Short | None = None
    profile_id: Id | None = None
    person_id: Persons = []
    together: bool = False
    least: Annotated[float, Meta(ge=0, le=1)] | None = None
    segments: Annotated[list[Short], Meta(max_length=MAX_SEGMENTS)] = []
    max_age: Annotated[int, Meta(ge=0, le=21)] | None = None
    languages: Annotated[list[Short], Meta(max_length=MAX_SEGMENTS)] = []
    at: Annotated[datetime, Meta(tz=True)] | None = None


class AskedWhyAmid(AskedWhy, forbid_unknown_fields=True, kw_only=True):
    """The same, amid `events` that were not sent: why it is where it would be if they had been."""

    events: Annotated[list[msgspec.Raw], Meta(max_length=MAX_EVENTS)] = msgspec.field(
        default_factory=list
    )


_decoder = msgspec.json.Decoder(AskedWhyAmid)


def add_explain(router: APIRouter, engine: Engine) -> None:
    """Add the routes.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """

    @router.get(EXPLAIN, summary="Why an item is there", tags=["recommendations"])
    async def explain_get(request: Request) -> Response:
        """Why an item is where it is in an answer, or why it is not shown.

        Its rank, what adds up to its score, where it would stand without a title of the history,
        and what rules did to it, the one that removed it among them.
        """
        asked = read_query(request.scope["query_string"], AskedWhy)
        return await _answer(engine, request, AskedWhyAmid(**msgspec.structs.asdict(asked)))

    @router.post(EXPLAIN, summary="Why an item is there", tags=["recommendations"])
    async def explain_post(request: Request) -> Response:
        """The same question as the GET, as a JSON object, and amid what was not sent."""
        most = engine.settings.serve.max_body_bytes
        body = await read_body(request.scope, request.receive, most)
        return await _answer(engine, request, read_object(body, _decoder))


async def _answer(engine: Engine, request: Request, asked: AskedWhyAmid) -> Response:
    must_own(request.scope, asked.account_id)
    check_device_type(asked.device_type)
    found = await run_in_threadpool(_why, engine, asked)
    return Response(to_json(found), media_type=_JSON)


def _why(engine: Engine, asked: AskedWhyAmid) -> Why:
    fields = msgspec.structs.asdict(asked)
    item_id, raws = fields.pop("item_id"), fields.pop("events")
    as_of = instant_of(fields.pop("at"), engine.clock())
    respond = engine.settings.respond
    request = to_request(Asked(**fields), default_k=respond.k, max_k=respond.max_k, as_of=as_of)
    events = running_events(asked.account_id, asked.device_id, raws)
    return engine.responder().why(request, item_id, Dials(events=events))
