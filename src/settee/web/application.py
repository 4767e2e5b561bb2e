"""Put the door together: callers, tenants, hot routes, typed routes, errors, figures, manual.

Reads: the workspace it is handed.  Writes: nothing.
Not here: the socket (web.server).
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import cast

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route

import settee
from settee.core import Clock, SetteeError, accepted_names, new_id, to_json
from settee.web.access import add_access
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
from settee.web.guard import guard
from settee.web.hot import HotRoutes
from settee.web.house import House, Rooms
from settee.web.keeper import Keeper
from settee.web.manual import manual_page
from settee.web.memory import Memory
from settee.web.metrics import Metrics
from settee.web.permissions import check_listed, methods_of
from settee.web.pressure import Pressure
from settee.web.routes import typed_routes
from settee.web.siblings import Siblings
from settee.web.stats import Teller, add_stats, worker_stats

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    workspace: Engine, pressure: Pressure | None = None, siblings: Siblings | None = None
) -> Door:
    """The ASGI application of a workspace and its tenants.

    Args:
        workspace: An open workspace; it stays the caller's to close, after the application.
        pressure: Who is turned away; None turns nobody away.
        siblings: The other workers; None where there is one alone.

    Raises:
        NoKeys: If the settings ask for a key and none exists.
        UnlistedRoute: If a route is served that the table of permissions does not list.
        SetteeError: If the workspace cannot give a responder, or the settings of access cannot be.
    """
    access, serve = workspace.settings.access, workspace.settings.serve
    watch = _Watch(pressure or Pressure(serve.shed_above_ms, time.monotonic), siblings)
    keeper = Keeper(workspace, serve, access, workspace.clock)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        responder = workspace.responder()
        responder.start()
        sweeping = asyncio.create_task(house.sweeping(workspace.keys.knows_tenant))
        try:
            yield
        finally:
            sweeping.cancel()
            await house.close()
            responder.stop()

    def open_rooms(tenant_id: str) -> Rooms:
        engine = workspace.open_tenant(tenant_id)
        try:
            rooms = _furnish(engine, workspace, watch)
            engine.responder().start()
        except BaseException:
            engine.close()
            raise
        return rooms

    house = House(
        _furnish(workspace, workspace, watch, life),
        open_rooms,
        access.max_open_tenants,
        access.tenant_idle_s,
        time.monotonic,
    )
    return Door(house, keeper, accepted_names(serve.host), workspace.clock)


@dataclass(frozen=True)
class _Watch:
    """What all rooms share: who is turned away, and the other workers."""

    pressure: Pressure
    siblings: Siblings | None


def _furnish(engine: Engine, root: Engine, watch: _Watch, life: Lifespan | None = None) -> Rooms:
    """The rooms of one tenant.

    Args:
        engine: Its workspace.
        root: The workspace of the home, which has the keys and tenants.
        watch: What all rooms share.
        life: What to do while the application lives.
    """
    metrics = Metrics(engine.tenant_id, watch.siblings)
    _add_gauges(engine, metrics)
    typed = FastAPI(
        title="settee",
        version=settee.__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=life,
        dependencies=[Depends(guard)],
    )
    hot = HotRoutes(engine, metrics, watch.pressure)
    number = 0 if watch.siblings is None else watch.siblings.number
    memory = Memory()
    teller = Teller(
        engine, metrics, lambda: worker_stats(engine, hot, watch.pressure, memory, number)
    )
    router = typed_routes(engine, metrics)
    add_access(router, root)
    add_stats(router, teller)
    typed.include_router(router)
    _add_manual(typed)
    _add_errors(typed, metrics, engine.clock)
    check_listed((method, path) for path, handlers in hot.routes.items() for method in handlers)
    check_listed(_routes(router.routes))
    check_listed(_routes(typed.routes))
    return Rooms(engine, hot, typed, metrics, engine.close, teller.told)


def _routes(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Method and path of each; a router within is looked at by itself."""
    for route in routes:
        if isinstance(route, Route):
            for method in route.methods or ():
                yield method, route.path


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
        # The framework names the methods of one route; a path may have several.
        methods = methods_of(str(getattr(request.scope.get("route"), "path", "")))
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
