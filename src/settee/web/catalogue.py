"""Answer what the catalogue holds: items by their words, and its state as a whole.

    GET /v1/items?q=star+wa&limit=20
    GET /v1/catalogue

Reads: requests.  Writes: nothing.
Not here: one item and putting items (web.routes), what the figures mean (respond.inventory).
"""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from settee.core import MAX_ID_LENGTH, to_json
from settee.respond import find_items
from settee.web.engine import Engine

ITEMS = "/v1/items"
CATALOGUE = "/v1/catalogue"
_MOST = 200
_LONGEST = 200


def add_catalogue(router: APIRouter, engine: Engine) -> None:
    """Add the routes.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """

    @router.get(ITEMS, summary="Find items", tags=["items"])
    def items_get(
        q: Annotated[
            str, Query(max_length=_LONGEST, description="Words of the title, or of the id.")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST, description="Most items.")] = 20,
        after: Annotated[
            str, Query(max_length=MAX_ID_LENGTH, description="The `after` of the page before.")
        ] = "",
    ) -> Response:
        """Items whose title or id holds every word; what is named exactly comes first."""
        as_of_s = int(engine.clock().timestamp())
        return _json(find_items(engine.responder().serving, q, limit, after, as_of_s))

    @router.get(CATALOGUE, summary="The state of the catalogue", tags=["items"])
    def catalogue_get() -> Response:
        """What can be had, what the latest answers showed and never show, and what is cold.

        At most half a minute old; `at` says of when it is.
        """
        return _json(engine.inventory())


def _json(value: object) -> Response:
    return Response(to_json(value), media_type="application/json")
