"""Tell what orders of people were worth on the record's last days, as it was found last.

    GET /v1/audiences/curves

Finding out learns a model anew and takes minutes, so a request does not: ``settee audience curves``
does, by hand or by night, and keeps what it found.

Reads: reports.  Writes: nothing.
Not here: how it is found (audiences.trial).
"""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from settee.core import to_json
from settee.web.audiences import AUDIENCES
from settee.web.engine import Engine

CURVES: Final = f"{AUDIENCES}/curves"


def add_audience_curves(router: APIRouter, engine: Engine) -> None:
    """Add the route.

    Args:
        router: Where to; before the route of one audience, whose id could be ``curves``.
        engine: What stands behind the door.
    """

    @router.get(CURVES, summary="What audiences are worth", tags=["audiences"])
    def audience_curves() -> Response:
        """Gain, lift, precision, recall and calibration of settee's order beside plain ones.

        All have 95 % intervals over people; who responded was not known when people were ranked.
        """
        return Response(to_json(engine.audience_curves()), media_type="application/json")
