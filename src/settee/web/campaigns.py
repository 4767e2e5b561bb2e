"""Answer what a campaign changed.

    GET /v1/campaigns/spring?margin=0.4

It reads the whole record, in a thread, so that it holds up nobody; a record of a million events
takes some seconds.

Reads: requests.  Writes: nothing.
Not here: the comparison (measure.campaign), what each figure means (docs/audiences.md).
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from settee.core import to_json
from settee.web.engine import Engine

CAMPAIGN = "/v1/campaigns/{campaign}"
Name = Annotated[
    str, Path(min_length=1, max_length=128, description="As on its audiences and its touches.")
]
Margin = Annotated[
    float, Query(ge=0, le=1, description="Share of revenue that is kept before contacts.")
]
Confidence = Annotated[float, Query(ge=0.5, le=0.9999, description="Of the intervals.")]


def add_campaigns(router: APIRouter, engine: Engine) -> None:
    """Add the route.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """

    @router.get(CAMPAIGN, summary="What a campaign changed", tags=["measure"])
    async def campaign_get(
        campaign: Name, margin: Margin = 1.0, confidence: Confidence = 0.95
    ) -> Response:
        """All who were chosen for a campaign against all who were held out by chance.

        Whoever was chosen counts as chosen, contacted or not. Too few, or no holdout, is a reason
        and no number.
        """

        def answer() -> Response:
            read = engine.campaign(campaign, margin=margin, confidence=confidence)
            return Response(to_json(read), media_type="application/json")

        return await run_in_threadpool(answer)
