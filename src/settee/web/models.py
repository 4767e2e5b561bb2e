"""Answer what a version of the model is: its card.

    GET /v1/models/current/card

A card is read before a version serves, so one that was trained and not released has one too. Every
byte of the bundle is checked on the way, in a thread, which holds up nobody.

Reads: requests.  Writes: nothing.
Not here: what stands on a card (learn), the page for people (`settee card`).
"""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from settee.core import to_json
from settee.web.engine import Engine

CARD = "/v1/models/{version}/card"
CURRENT = "current"
Version = Annotated[
    str, Path(min_length=1, max_length=128, description="Its name, or `current`: the one in use.")
]


class ModelCard(msgspec.Struct, kw_only=True, omit_defaults=True, rename={"uses": "for"}):
    """What is to be said of a version: data, split, figures with intervals, sizes, cost.

    `table` has a row for each system and group of people, with its figures and their intervals;
    `sizes` are bytes of each part; `settings_changed` are the settings not at their defaults;
    `cost` is absent where no report of the training is kept.
    """

    version: str
    sources: list[str]
    has_ranker: bool
    serving: str
    why: str
    seed: int | None
    federation: dict[str, Any] | None
    uses: list[str]
    not_for: list[str]
    data: dict[str, Any]
    protocol: dict[str, Any]
    table: list[dict[str, Any]]
    sizes: dict[str, int]
    settings_changed: dict[str, Any]
    packages: dict[str, str]
    cost: dict[str, Any] | None = None


def add_models(router: APIRouter, engine: Engine) -> None:
    """Add the route.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """

    @router.get(CARD, summary="Model card of a version", tags=["models"])
    async def card(version: Version) -> Response:
        """What it learnt from, how it was judged, what it was worth, its sizes and its cost."""

        def answer() -> Response:
            found = engine.card(None if version == CURRENT else version)
            told = msgspec.convert(found.as_dict(), ModelCard)
            return Response(to_json(told), media_type="application/json")

        return await run_in_threadpool(answer)
