"""Answer how good the data are: reports of imports and models, and what was refused.

    GET /v1/reports?kind=import
    GET /v1/quarantine/imp_01J….jsonl?reason=bad_at&after=40

A refused row may hold whatever somebody sent by mistake, so why and where it was refused is told to
whoever may see the data, and the row itself to those with `data.raw` alone.

Reads: requests.  Writes: nothing.
Not here: making reports (app), keeping what was refused (events.quarantine).
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from settee.core import to_json
from settee.events import RefusedFile, RefusedRow
from settee.web.engine import Engine
from settee.web.guard import caller_of

REPORTS = "/v1/reports"
QUARANTINE = "/v1/quarantine"
REFUSED = f"{QUARANTINE}/{{name}}"
RAW = "data.raw"
_MOST = 500
_MOST_REPORTS = 100
Kind = Literal["import", "training", "evaluation", "tuning"]


class ReportView(msgspec.Struct, frozen=True):
    """What an import, training, evaluation or search found; `body` is as the command tells it."""

    report_id: str
    kind: str
    at: datetime
    body: dict[str, Any]


class ReportList(msgspec.Struct, frozen=True):
    """Reports, newest first."""

    reports: list[ReportView]


class QuarantineList(msgspec.Struct, frozen=True):
    """Quarantine files, the one that grew last first."""

    files: list[RefusedFile]


class QuarantineRow(msgspec.Struct, frozen=True):
    """A refused row; `detail` and `raw` are null for whoever may not see rows as they came."""

    number: int
    file: str
    line: int
    reason: str
    detail: str | None
    raw: str | None


class QuarantinePage(msgspec.Struct, frozen=True):
    """Rows of a quarantine file in order; `after` gives the next page, null on the last."""

    name: str
    rows: list[QuarantineRow]
    after: int | None


def add_data(router: APIRouter, engine: Engine) -> None:
    """Add the routes.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """

    @router.get(REPORTS, summary="Reports", tags=["data"])
    def reports_get(
        kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
        limit: Annotated[int, Query(ge=1, le=_MOST_REPORTS, description="Most reports.")] = 20,
    ) -> Response:
        """What imports, trainings and evaluations found, newest first."""
        found = engine.reports(kind, limit)
        return _json(
            ReportList([ReportView(one.report_id, one.kind, one.at, one.body) for one in found])
        )

    @router.get(QUARANTINE, summary="What was refused", tags=["data"])
    def quarantine_get() -> Response:
        """Every quarantine file with its rows by reason."""
        return _json(QuarantineList(engine.refused.files()))

    @router.get(REFUSED, summary="Refused rows", tags=["data"])
    def refused_get(
        request: Request,
        name: Annotated[
            str, Path(min_length=1, max_length=255, description="Name of the quarantine file.")
        ],
        reason: Annotated[
            str, Query(max_length=100, description="Only rows refused for that reason.")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST, description="Most rows.")] = 50,
        after: Annotated[
            int, Query(ge=0, le=2**53, description="The `after` of the page before.")
        ] = 0,
    ) -> Response:
        """Rows in order: where each stood and why it was refused.

        The row itself comes with the permission `data.raw`.
        """
        found = engine.refused.rows(name, limit + 1, after=after, reason=reason)
        may_see = RAW in caller_of(request.scope).permissions
        rows = [_row(one, may_see=may_see) for one in found[:limit]]
        return _json(QuarantinePage(name, rows, rows[-1].number if len(found) > limit else None))


def _row(row: RefusedRow, *, may_see: bool) -> QuarantineRow:
    told = (row.detail, row.raw) if may_see else (None, None)
    return QuarantineRow(row.number, row.file, row.line, row.reason, *told)


def _json(value: object) -> Response:
    return Response(to_json(value), media_type="application/json")
