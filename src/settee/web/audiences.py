"""Serve audiences: make or try one, see which there are and who is in it, send one to a webhook.

Whoever reads an audience sees those who may be addressed now. To webhooks people leave only where
the host is listed.

Reads: audiences, contacts.  Writes: audiences, exports, their log.
Not here: files and the log (web.audience_exports), audiences of items that lie ready (web.reached),
what a query may say (audiences).
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from settee.audiences import Audience, Members, parse_query
from settee.core import MAX_ID_LENGTH, to_json
from settee.web.body import read_body
from settee.web.engine import Engine
from settee.web.errors import BadRequest
from settee.web.guard import caller_of

AUDIENCES = "/v1/audiences"
AUDIENCE_PREVIEW = f"{AUDIENCES}/preview"
AUDIENCE = f"{AUDIENCES}/{{audience_id}}"
EXPORT = f"{AUDIENCE}/export"
_MOST = 1000
AudienceId = Annotated[
    str, Path(min_length=1, max_length=MAX_ID_LENGTH, description="Id of the audience.")
]


class AudienceMember(msgspec.Struct, frozen=True):
    """One who was chosen; `person_id` is empty where the account stands for itself.

    `uplift` is what a contact adds to the probability, where that ranks; `margin_cents` what a
    response brings, where it was foretold for each.
    """

    account_id: str
    person_id: str
    rank: int
    probability: float
    held_out: bool
    uplift: float | None = None
    margin_cents: float | None = None


class AudienceView(msgspec.Struct, frozen=True):
    """An audience as it was made, and the first of those who may be addressed now.

    `audience_id` is empty where it was tried and is not kept.
    """

    audience_id: str
    name: str
    campaign: str | None
    channel: str | None
    as_of: datetime
    how: str
    n_eligible: int
    n_chosen: int
    n_held_out: int
    n_reachable: int
    expected_responses: float
    expected_profit_cents: float | None
    left_out: dict[str, int]
    left_out_since: dict[str, int]
    members: list[AudienceMember]
    valued_by: str | None = None
    learnt_from: str | None = None


class AudienceKept(msgspec.Struct, frozen=True):
    """One audience of a list."""

    audience_id: str
    at: datetime
    who: str
    campaign: str
    n_members: int


class AudienceList(msgspec.Struct, frozen=True):
    """Audiences, newest first."""

    audiences: list[AudienceKept]


class AskedExport(msgspec.Struct, forbid_unknown_fields=True):
    """Where an audience should go, and what becomes of parts that are too small."""

    webhook: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    small_parts: Literal["refuse", "leave_out"] | None = None


class AudienceExported(msgspec.Struct, frozen=True):
    """What left, and how many did not, by reason."""

    export_id: str
    audience_id: str
    n_exported: int
    left_out: dict[str, int]
    to: str


_export = msgspec.json.Decoder(AskedExport)


def add_audiences(router: APIRouter, engine: Engine) -> None:
    """Add the routes.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """

    @router.post(AUDIENCES, summary="Make an audience", tags=["audiences"])
    async def make(
        request: Request,
        n: Annotated[int, Query(ge=0, le=_MOST, description="Members to tell.")] = 100,
    ) -> Response:
        """Rank people for an item, a tag, attributes or likeness, choose, hold out, keep."""
        query = parse_query(await _body(request, engine))
        who = caller_of(request.scope).name

        def run() -> AudienceView:
            return audience_view(engine, engine.make_audience(query, who), n)

        return _reply(await run_in_threadpool(run))

    @router.post(AUDIENCE_PREVIEW, summary="Try an audience", tags=["audiences"])
    async def preview(
        request: Request,
        n: Annotated[int, Query(ge=0, le=_MOST, description="Members to tell.")] = 100,
    ) -> Response:
        """The audience that would be made; it is not kept, has no id, and nothing is logged."""
        query = parse_query(await _body(request, engine))

        def run() -> AudienceView:
            return audience_view(engine, engine.preview_audience(query), n)

        return _reply(await run_in_threadpool(run))

    @router.get(AUDIENCES, summary="Audiences", tags=["audiences"])
    def audiences(
        limit: Annotated[int, Query(ge=1, le=_MOST, description="Most audiences.")] = 50,
    ) -> Response:
        """Which audiences were made, newest first."""
        kept = [
            AudienceKept(one.audience_id, one.at, one.who, one.campaign, one.n_members)
            for one in engine.audiences(limit)
        ]
        return _reply(AudienceList(kept))

    @router.post(EXPORT, summary="Let an audience out", tags=["audiences"])
    async def export(audience_id: AudienceId, request: Request) -> Response:
        """Send those who may be addressed now, and are not held out, to a webhook."""
        asked = _asked(await _body(request, engine))
        who = caller_of(request.scope).name

        def run() -> AudienceExported:
            done = engine.export_audience(
                audience_id, asked.webhook, who, small_parts=asked.small_parts
            )
            return msgspec.convert(done, AudienceExported, from_attributes=True)

        return _reply(await run_in_threadpool(run))

    @router.get(AUDIENCE, summary="One audience", tags=["audiences"])
    def audience(
        audience_id: AudienceId,
        n: Annotated[int, Query(ge=0, le=_MOST, description="Members to tell.")] = 100,
    ) -> Response:
        """What was asked for, how many are in it, and the first who may be addressed now."""
        return _reply(audience_view(engine, engine.audience(audience_id), n))


def audience_view(engine: Engine, audience: Audience, n: int) -> AudienceView:
    """An audience as it is told.

    Args:
        engine: Says who may be addressed now.
        audience: Any.
        n: Most members to tell.
    """
    members, since = engine.reachable(audience)
    return AudienceView(
        audience.audience_id,
        audience.name,
        audience.query.campaign,
        audience.query.channel,
        audience.as_of,
        audience.how,
        audience.n_eligible,
        audience.n_chosen,
        audience.n_held_out,
        len(members) - int(members.held_out.sum()),
        audience.expected_responses,
        audience.expected_profit_cents,
        audience.left_out,
        since,
        members_of(members, n),
        audience.valued_by,
        audience.query.learnt_from,
    )


def members_of(members: Members, n: int) -> list[AudienceMember]:
    """The first members as they are told.

    Args:
        members: The first first.
        n: How many.
    """
    first = members.pick(members.rank[:n] - 1)
    uplift, margin = (
        [None] * len(first) if one is None else one.tolist()
        for one in (first.uplift, first.margin_cents)
    )
    rows = zip(
        first.account_ids, first.person_ids, first.rank.tolist(), first.probability.tolist(),
        first.held_out.tolist(), uplift, margin, strict=True,
    )  # fmt: skip
    return [AudienceMember(*row) for row in rows]


def _asked(body: bytes) -> AskedExport:
    try:
        return _export.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(
            f"the body is no export: {error}.",
            hint='Send {"webhook": "https://crm.example/people"}.',
            place="body",
        ) from None


async def _body(request: Request, engine: Engine) -> bytes:
    return await read_body(request.scope, request.receive, engine.settings.serve.max_body_bytes)


def _reply(value: object) -> Response:
    return Response(to_json(value), media_type="application/json")
