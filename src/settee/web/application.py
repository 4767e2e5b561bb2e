"""Put the door together: hot routes, typed routes, keys, errors, figures, manual.

Reads: the workspace it is handed.  Writes: nothing.
Not here: the socket (web.server).
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

import settee
from settee.core import Clock, SetteeError, new_id, to_json
from settee.web.document import document
from settee.web.door import Door
from settee.web.engine import Engine
from settee.web.errors import (
    Reply,
    error_reply,
    internal_reply,
    refusal_from_validation,
    status_reply,
)
from settee.web.host import accepted_names
from settee.web.hot import HotRoutes
from settee.web.keys import DoorKeeper
from settee.web.manual import manual_page
from settee.web.metrics import Metrics
from settee.web.routes import typed_routes


def create_app(workspace: Engine) -> Door:
    """The ASGI application of a workspace.

    Args:
        workspace: An open workspace; it stays the caller's to close, after the application.

    Raises:
        NoKeys: If the settings ask for a key and none exists.
        SetteeError: If the workspace cannot give a responder.
    """
    keeper = DoorKeeper(workspace.keys, workspace.settings.serve, workspace.clock)
    metrics = Metrics()
    _add_gauges(workspace, metrics)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        responder = workspace.responder()
        responder.start()
        try:
            yield
        finally:
            responder.stop()

    typed = FastAPI(
        title="settee",
        version=settee.__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=life,
    )
    typed.include_router(typed_routes(workspace, metrics))
    _add_manual(typed)
    _add_errors(typed, metrics, workspace.clock)
    return Door(
        HotRoutes(workspace, metrics),
        typed,
        keeper,
        accepted_names(workspace.settings.serve.host),
        metrics,
        workspace.clock,
    )


def _add_manual(app: FastAPI) -> None:
    whole = document(app)
    page = manual_page(whole)

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return Response(to_json(whole), media_type="application/json")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        headers = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return Response(page, media_type="text/html", headers=headers)


def _add_errors(app: FastAPI, metrics: Metrics, clock: Clock) -> None:
    async def on_settee(_: Request, error: Exception) -> Response:
        known = cast("SetteeError", error)  # it is registered for these alone
        metrics.saw_error(known.code)
        return _response(error_reply(known))

    async def on_bug(_: Request, error: Exception) -> Response:
        metrics.saw_error("internal")
        return _response(internal_reply(new_id("err", clock()), error))

    async def on_validation(_: Request, error: Exception) -> Response:
        complaints = error.errors() if isinstance(error, RequestValidationError) else ()
        refusal = refusal_from_validation(complaints)
        metrics.saw_error(refusal.code)
        return _response(error_reply(refusal))

    async def on_status(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        allow = (getattr(error, "headers", None) or {}).get("Allow", "")
        methods = [name.strip() for name in allow.split(",") if name.strip()]
        return _response(status_reply(status, request.url.path, request.method, methods))

    app.add_exception_handler(Exception, on_bug)
    app.add_exception_handler(SetteeError, on_settee)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_status)


def _add_gauges(workspace: Engine, metrics: Metrics) -> None:
    def journal_lag() -> float:
        return float(workspace.responder().lag())

    def data_age() -> float:
        newest = workspace.responder().newest_at()
        return (workspace.clock() - newest).total_seconds() if newest else math.nan

    def model_age() -> float:
        until = workspace.responder().standing(workspace.clock()).trained_until
        return (workspace.clock() - until).total_seconds() if until else math.nan

    def lost() -> float:
        return float(workspace.responder().n_lost_exposures)

    metrics.gauge("settee_exposures_lost", "Exposures taken and then not written.", lost)
    metrics.gauge("settee_journal_lag_events", "Entries not yet in the profiles.", journal_lag)
    metrics.gauge("settee_data_age_seconds", "Age of the newest event known.", data_age)
    metrics.gauge("settee_model_age_seconds", "Age of what the model was trained on.", model_age)


def _response(reply: Reply) -> Response:
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    return Response(reply.body, reply.status, headers)
