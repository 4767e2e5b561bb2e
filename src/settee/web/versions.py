"""Answer which versions of the model there are, and what was measured of one.

    GET /v1/models
    GET /v1/models/current

The first look at a version opens its bundle and checks every byte, in a thread; the next ones find
it open.

Reads: requests.  Writes: nothing.
Not here: the figures (learn.versions), releasing a version (`settee release`).
"""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from settee.core import to_json
from settee.web.engine import Engine

VERSIONS = "/v1/models"
VERSION = f"{VERSIONS}/{{version}}"
CURRENT = "current"
Version = Annotated[
    str, Path(min_length=1, max_length=128, description="Its name, or `current`: the one in use.")
]


def add_versions(router: APIRouter, engine: Engine) -> None:
    """Add the routes.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """

    @router.get(VERSIONS, summary="Versions of the model", tags=["models"])
    def versions_get() -> Response:
        """Every trained version with its figures, and every release."""
        return _json(engine.versions())

    @router.get(VERSION, summary="One version", tags=["models"])
    def version_get(version: Version) -> Response:
        """How it was judged: every system beside the baselines, its ranker, later evaluations."""
        return _json(engine.version(None if version == CURRENT else version))


def _json(value: object) -> Response:
    return Response(to_json(value), media_type="application/json")
