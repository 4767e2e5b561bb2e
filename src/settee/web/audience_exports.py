"""Let an audience out as a file over the network, and tell what was done with audiences.

    POST /v1/audiences/aud_01J…/download  {"format": "csv"}
    GET  /v1/audiences/log?limit=100&before=41

A download is an export like any other: who may not be addressed now is not in it, the floor holds,
it is remembered against what leaves later, and it stands in the log. It is a POST because asking
twice is two exports, and nothing between here and there may ask or keep it by itself.

Reads: audiences, contacts, the log.  Writes: exports, the log, a file that is gone at once.
Not here: making audiences and webhooks (web.audiences), what may leave (audiences.floor).
"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path as File
from tempfile import TemporaryDirectory
from typing import Annotated, Any, BinaryIO, Final, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from settee.core import MAX_ID_LENGTH, to_json
from settee.web.audiences import AUDIENCE, AUDIENCES, AudienceId
from settee.web.body import Receive, Scope, Send, read_body
from settee.web.engine import Engine
from settee.web.errors import BadRequest
from settee.web.guard import caller_of

DOWNLOAD: Final = f"{AUDIENCE}/download"
AUDIENCE_LOG: Final = f"{AUDIENCES}/log"
FILE_TYPES: Final = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
_MOST = 1000
_CHUNK = 1 << 18


class AskedDownload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As what an audience should come, and what becomes of parts that are too small."""

    format: Literal["csv", "parquet"] = "csv"
    small_parts: Literal["refuse", "leave_out"] | None = None


class AudienceLogRow(msgspec.Struct, frozen=True):
    """Something that was done with an audience; it names nobody of it."""

    number: int
    at: datetime
    who: str
    what: str
    audience_id: str
    figures: dict[str, Any]
    seal: str


class AudienceLog(msgspec.Struct, frozen=True):
    """Rows of the log, newest first; `before` gives the next page, absent on the last."""

    rows: list[AudienceLogRow]
    before: int | None


class _Sent(Response):
    """The bytes of an open file, a quarter of a megabyte at a time; it is closed whatever happens.

    Args:
        stream: The file.
        media_type: What it is.
        headers: Its length among them.
    """

    def __init__(self, stream: BinaryIO, *, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(None, media_type=media_type, headers=dict(headers))
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- the signature of all responses
        """Send it all; to whoever hung up, nothing comes."""
        start = {"type": "http.response.start", "status": self.status_code}
        with self._stream as stream:
            await send({**start, "headers": self.raw_headers})
            while chunk := await run_in_threadpool(stream.read, _CHUNK):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


_asked = msgspec.json.Decoder(AskedDownload)


def add_audience_exports(router: APIRouter, engine: Engine) -> None:
    """Add the routes.

    Args:
        router: Where to; before the route of one audience, whose id could be ``log``.
        engine: What stands behind the door.
    """

    @router.get(AUDIENCE_LOG, summary="The log of audiences", tags=["audiences"])
    def audience_log(
        limit: Annotated[int, Query(ge=1, le=_MOST, description="Most rows.")] = 50,
        before: Annotated[
            int | None, Query(ge=1, le=2**53, description="Only rows with a smaller number.")
        ] = None,
        audience_id: Annotated[
            str | None,
            Query(min_length=1, max_length=MAX_ID_LENGTH, description="Of one audience only."),
        ] = None,
    ) -> Response:
        """What was made, exported, refused and suppressed, newest first.

        Every seal of the whole log is checked first; a log that was altered is a 500.
        """
        found = engine.audience_log(limit + 1, audience_id, before=before)
        rows = [
            AudienceLogRow(
                one.number, one.at, one.who, one.what, one.audience_id,
                msgspec.json.decode(one.body, type=dict[str, Any]), one.seal,
            )
            for one in found[:limit]
        ]  # fmt: skip
        return _json(AudienceLog(rows, rows[-1].number if len(found) > limit else None))

    @router.post(DOWNLOAD, summary="Download an audience", tags=["audiences"])
    async def download(audience_id: AudienceId, request: Request) -> Response:
        """Those who may be addressed now, and are not held out, as a file.

        It counts as an export, with the same floor and the same row in the log; what left is said
        by the headers `x-settee-export-id`, `x-settee-exported` and `x-settee-left-out`.
        """
        body = await read_body(request.scope, request.receive, engine.settings.serve.max_body_bytes)
        asked = _wanted(body)
        who = caller_of(request.scope).name
        return await run_in_threadpool(_file, engine, audience_id, asked, who)


def _file(engine: Engine, audience_id: str, asked: AskedDownload, who: str) -> Response:
    with TemporaryDirectory(prefix="settee-") as folder:
        path = File(folder) / f"download.{asked.format}"
        done = engine.export_audience(audience_id, path, who, small_parts=asked.small_parts)
        stream = path.open("rb")  # the name is gone before the first byte leaves
    left_out = ", ".join(f"{reason}={n}" for reason, n in done.left_out.items())
    return _Sent(
        stream,
        media_type=FILE_TYPES[asked.format],
        headers={
            "content-length": str(os.fstat(stream.fileno()).st_size),
            "content-disposition": f'attachment; filename="{done.export_id}.{asked.format}"',
            "cache-control": "no-store",
            "x-settee-export-id": done.export_id,
            "x-settee-exported": str(done.n_exported),
            "x-settee-left-out": left_out,
        },
    )


def _wanted(body: bytes) -> AskedDownload:
    try:
        return _asked.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(
            f"the body is no download: {error}.",
            hint='Send {"format": "csv"} or {"format": "parquet"}.',
            place="body",
        ) from None


def _json(value: object) -> Response:
    return Response(to_json(value), media_type="application/json")
