"""Answer what would be shown if something were otherwise, and show it to nobody.

    POST /v1/preview {"account_id": "a7", "at": "2026-11-27T20:00:00Z", "device_type": "tv",
                      "variety": 0.4, "rules": false}

The question is that of `/v1/recommendations` with another instant, a session that was not sent and
dials. It makes no exposure, so it counts for no cap and teaches nothing. It may cost several
answers, so it runs beside the hot routes, in a thread.

Reads: requests.  Writes: nothing.
Not here: how the list is found (respond), answers that are shown (web.hot).
"""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from msgspec import Meta

from settee.core import to_json
from settee.respond import Answer, Dials
from settee.web.asking import Asked, check_device_type, read_object, to_request
from settee.web.body import read_body
from settee.web.engine import Engine
from settee.web.guard import caller_of, must_own
from settee.web.who import MAX_EVENTS, instant_of, running_events

PREVIEW = "/v1/preview"


class AskedPreview(Asked, forbid_unknown_fields=True, kw_only=True):
    """A question for recommendations, and what shall be otherwise.

    `at` is now where it is absent; `events` were not sent, and the list is the one that there would
    be if they had been; `variety` is the strength of variety, `explore` the part
    of the places that are given to chance; `rules` false leaves out the rules of the business, not
    what is always removed.
    """

    at: Annotated[datetime, Meta(tz=True)] | None = None
    events: Annotated[list[msgspec.Raw], Meta(max_length=MAX_EVENTS)] = msgspec.field(
        default_factory=list
    )
    variety: Annotated[float, Meta(ge=0, le=1)] | None = None
    explore: Annotated[float, Meta(ge=0, le=1)] = 0.0
    rules: bool = True


_decoder = msgspec.json.Decoder(AskedPreview)


def add_previews(router: APIRouter, engine: Engine) -> None:
    """Add the route.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """

    @router.post(PREVIEW, summary="A list that nobody is shown", tags=["recommendations"])
    async def preview(request: Request) -> Response:
        """What would be shown at another instant, in another session, or with other dials.

        It makes no exposure, and leaves nothing to chance but what `explore` asks for. Without the
        rules it is for those who may read the rules.
        """
        most = engine.settings.serve.max_body_bytes
        asked = read_object(await read_body(request.scope, request.receive, most), _decoder)
        must_own(request.scope, asked.account_id)
        check_device_type(asked.device_type)
        if not asked.rules:
            caller_of(request.scope).must("rules.read")
        answer = await run_in_threadpool(_preview, engine, asked)
        return Response(to_json(answer), media_type="application/json")


def _preview(engine: Engine, asked: AskedPreview) -> Answer:
    respond = engine.settings.respond
    as_of = instant_of(asked.at, engine.clock())
    request = to_request(asked, default_k=respond.k, max_k=respond.max_k, as_of=as_of)
    events = running_events(asked.account_id, asked.device_id, asked.events)
    dials = Dials(asked.variety, asked.explore, asked.rules, events)
    return engine.responder().preview(request, dials)
