"""Answer which versions of the model there are, what was measured of one, and its card.

    GET /v1/models
    GET /v1/models/current
    GET /v1/models/current/card

A card is read before a version serves, so one that was trained and not released has one too. The
first look at a version checks every byte of its bundle, in a thread, which holds up nobody.

Reads: requests.  Writes: nothing.
Not here: figures and cards (learn), releasing a version (`settee release`).
"""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from fastapi.responses import Response

from settee.core import to_json
from settee.web.engine import Engine

VERSIONS = "/v1/models"
VERSION = f"{VERSIONS}/{{version}}"
CARD = f"{VERSION}/card"
CURRENT = "current"
Version = Annotated[
    str, Path(min_length=1, max_length=128, description="Its name, or `current`: the one in use.")
]


class ModelCard(msgspec.Struct, kw_only=True, omit_defaults=True, rename={"uses": "for"}):
    """What is to be said of a version: data, split, figures with intervals, sizes, cost.

    `table` has a row for each system and group of people, with its figures and their intervals;
    `sizes` are bytes of each part; `settings_changed` are the settings not at their defaults;
    `reliability` is absent where calibration was not measured, `cost` where no report is kept.
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
    reliability: list[dict[str, Any]] = []
    cost: dict[str, Any] | None = None


def add_models(router: APIRouter, engine: Engine) -> None:
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
        return _json(engine.version(_named(version)))

    @router.get(CARD, summary="Model card of a version", tags=["models"])
    def card_get(version: Version) -> Response:
        """What it learnt from, how it was judged, what it was worth, its sizes and its cost."""
        return _json(msgspec.convert(engine.card(_named(version)).as_dict(), ModelCard))


def _named(version: str) -> str | None:
    return None if version == CURRENT else version


def _json(value: object) -> Response:
    return Response(to_json(value), media_type="application/json")
