"""Answer what channels are credited with.

    POST /v1/attribution {"by": "campaign", "unit": "person"}

An answer reads the whole record, so it runs in a thread, and one at a time: whoever asks meanwhile
waits for it.

Reads: requests.  Writes: the record, where live events are sealed first.
Not here: paths and methods (measure), what they mean (docs/attribution.md).
"""

import threading

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from settee.core import to_json
from settee.measure import parse_credit_query
from settee.web.body import read_body
from settee.web.engine import Engine

ATTRIBUTION = "/v1/attribution"


def add_attribution(router: APIRouter, engine: Engine) -> None:
    """Add the route.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """
    one_at_a_time = threading.Lock()

    def answer(body: bytes) -> Response:
        query = parse_credit_query(body or b"{}")
        with one_at_a_time:
            found = engine.attribute(query)
        return Response(to_json(found), media_type="application/json")

    @router.post(ATTRIBUTION, summary="Credit channels", tags=["measure"])
    async def attribution_post(request: Request) -> Response:
        """Credit of channels for conversions by every method side by side, with intervals.

        Of the record, by accounts or by persons, or of counted paths that are sent along. Credit
        along paths is not causal; where a holdout is named, what contacts added stands beside it.
        """
        most = engine.settings.serve.max_body_bytes
        body = await read_body(request.scope, request.receive, most)
        return await run_in_threadpool(answer, body)
