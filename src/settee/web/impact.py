"""Answer what a campaign is worth.

    POST /v1/impact {"users": 100000, "lift": 0.15, "lift_of": "engagement", …}

Nothing is read or kept: the same question has the same answer for ever, draws included, for they
have a seed. It runs in a thread, so that draws hold up nobody.

Reads: requests.  Writes: nothing.
Not here: the sums (measure), what each figure means (docs/impact.md).
"""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from settee.core import to_json
from settee.measure import impact, impact_inputs
from settee.web.body import read_body
from settee.web.engine import Engine

IMPACT = "/v1/impact"


def add_impact(router: APIRouter, engine: Engine) -> None:
    """Add the route.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """

    @router.post(IMPACT, summary="What a campaign is worth", tags=["measure"])
    async def impact_post(request: Request) -> Response:
        """Lift with its interval, revenue, cost, return, break-even, payback, sensitivity.

        The lift is stated, or measured from the two arms of an experiment. Every formula is
        written out with its numbers; a lift of engagement is an upper bound until it is told what
        part of it becomes revenue.
        """
        most = engine.settings.serve.max_body_bytes
        body = await read_body(request.scope, request.receive, most)
        return await run_in_threadpool(_answer, body)


def _answer(body: bytes) -> Response:
    found = impact(impact_inputs(body))
    return Response(to_json(found), media_type="application/json")
