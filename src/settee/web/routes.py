"""Serve the routes that are asked now and then: items, accounts, probes, figures.

These go through FastAPI, which checks their parameters and writes their part of the OpenAPI
document. Whatever touches a file runs in a thread, so that it never holds up the hot routes.

Reads: requests.  Writes: items to the tables.
Not here: events and recommendations (web.hot), the manual page (web.manual).
"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from settee.core import MAX_ID_LENGTH, BadItem, Item, NotFound, parse_item, to_json
from settee.web.accounts import add_accounts
from settee.web.attribution import add_attribution
from settee.web.audience_curves import add_audience_curves
from settee.web.audience_exports import add_audience_exports
from settee.web.audiences import add_audiences
from settee.web.batch import cut
from settee.web.body import header, read_body
from settee.web.campaigns import add_campaigns
from settee.web.catalogue import add_catalogue
from settee.web.contacts import add_contacts
from settee.web.data import add_data
from settee.web.engine import Engine
from settee.web.errors import BadRequest
from settee.web.explain import add_explain
from settee.web.hot import Refused
from settee.web.impact import add_impact
from settee.web.lists import add_lists
from settee.web.metrics import Metrics
from settee.web.models import add_models
from settee.web.previews import add_previews
from settee.web.rules import add_rules
from settee.web.who import read_correction

_JSON = "application/json"
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
ItemId = Annotated[str, Path(min_length=1, max_length=MAX_ID_LENGTH, description="Id of the item.")]
AccountId = Annotated[
    str, Path(min_length=1, max_length=MAX_ID_LENGTH, description="Id of the account.")
]


class NoSuchItem(NotFound):
    """No item has that id."""

    code = "no_such_item"


class Stored(msgspec.Struct, frozen=True):
    """What became of a batch of items; `changed` of the accepted ones differ from before."""

    accepted: int
    changed: int
    rejected: list[Refused]


class ItemView(msgspec.Struct, frozen=True):
    """An item as stored, and whether it can be recommended now."""

    item: Item
    is_servable: bool
    is_available: bool


class Health(msgspec.Struct, frozen=True):
    """The process is up."""

    is_up: bool


class Readiness(msgspec.Struct, frozen=True):
    """Can it take events and answer, and from which rung?"""

    is_ready: bool
    journal: str
    rung: str | None
    model_version: str | None
    n_items: int


def typed_routes(engine: Engine, metrics: Metrics) -> APIRouter:
    """The routes that FastAPI serves.

    Args:
        engine: What stands behind the door.
        metrics: What `/metrics` shows.
    """
    router = APIRouter()
    _add_items(router, engine)
    add_accounts(router, engine)
    add_contacts(router, engine)
    _add_accounts(router, engine)
    add_lists(router, engine)
    add_explain(router, engine)
    add_previews(router, engine)
    add_rules(router, engine)
    add_audience_curves(router, engine)
    add_audience_exports(router, engine)
    add_audiences(router, engine)
    add_attribution(router, engine)
    add_impact(router, engine)
    add_campaigns(router, engine)
    add_catalogue(router, engine)
    add_data(router, engine)
    add_models(router, engine)
    _add_probes(router, engine, metrics)
    return router


def _add_items(router: APIRouter, engine: Engine) -> None:
    @router.put("/v1/items", summary="Put items", tags=["items"])
    async def put_items(request: Request) -> Response:
        """Insert or replace items: one object, an array, ``{"items": [...]}``, or NDJSON.

        Availability and stock count from the next answer on; an item that the model in use has
        not seen can be recommended after the next training and release.
        """
        serve = engine.settings.serve
        body = await read_body(request.scope, request.receive, serve.max_body_bytes)
        content_type = header(request.scope, b"content-type")
        batch = cut(body, content_type, name="items", limit=serve.max_batch)
        stored = await run_in_threadpool(
            _store_items, engine, batch.parts, is_single=batch.is_single
        )
        return _reply(stored)

    # An id may hold a slash, so this pattern must come before the one that takes any rest.
    @router.get("/v1/items/{item_id:path}/similar", summary="Similar items", tags=["items"])
    def similar(
        item_id: ItemId,
        k: Annotated[int | None, Query(ge=1, le=1000, description="Items wanted.")] = None,
    ) -> Response:
        """Items that the same people want, by the sources of the model in use."""
        respond = engine.settings.respond
        wanted = respond.k if k is None else k
        if wanted > respond.max_k:
            raise BadRequest(
                f"k is {wanted}; send 1 to {respond.max_k} (respond.max_k).", place="k"
            )
        return _reply(engine.responder().similar(item_id, wanted, as_of=engine.clock()))

    @router.get("/v1/items/{item_id:path}", summary="One item", tags=["items"])
    def item(item_id: ItemId) -> Response:
        """The item as it was put, and whether it can be recommended now."""
        found = next(iter(engine.tables.items([item_id])), None)
        if found is None:
            raise NoSuchItem(f'No item has the id "{item_id}".', hint="PUT /v1/items adds items.")
        servable, available = engine.responder().standing_of(item_id, as_of=engine.clock())
        return _reply(ItemView(found, servable, available))


def _add_accounts(router: APIRouter, engine: Engine) -> None:
    # An id may hold a slash, so what ends in /people must come before what takes any rest.
    @router.post(
        "/v1/accounts/{account_id:path}/people/corrections", summary="Correct", tags=["people"]
    )
    async def correct(account_id: AccountId, request: Request) -> Response:
        """Say who was there in a session, or merge, part, name or forget persons.

        The correction is a fact and on disk before the answer; sent again under the same
        `event_id` it changes nothing.
        """
        body = await read_body(request.scope, request.receive, engine.settings.serve.max_body_bytes)
        event_id, correction = read_correction(body)
        corrected = await run_in_threadpool(engine.correct, account_id, correction, event_id)
        return _reply(corrected)

    @router.get("/v1/accounts/{account_id:path}/people", summary="Its persons", tags=["people"])
    def people(account_id: AccountId) -> Response:
        """Persons of an account: hours, devices, tastes, confidence, changes, last sessions."""
        return _reply(engine.responder().household(account_id))

    @router.get("/v1/accounts/{account_id:path}", summary="One account", tags=["accounts"])
    def account(account_id: AccountId) -> Response:
        """What is known of an account: counts, tastes, and its latest events."""
        return _reply(engine.responder().account(account_id))


def _add_probes(router: APIRouter, engine: Engine, metrics: Metrics) -> None:
    @router.get("/health", summary="Is the process up?", tags=["probes"])
    async def health() -> Response:
        """Always 200 while the process serves; looks at nothing else."""
        return _reply(Health(is_up=True))

    @router.get("/ready", summary="Can it take events and answer?", tags=["probes"])
    def ready() -> Response:
        """200 when the journal can be used and some rung of the ladder can answer, else 503."""
        journal = journal_state(engine)
        standing = engine.responder().standing(engine.clock())
        is_ready = journal == "ok" and standing.rung is not None
        seen = Readiness(is_ready, journal, standing.rung, standing.model_version, standing.n_items)
        return _reply(seen, status=200 if is_ready else 503)

    @router.get("/metrics", summary="Figures for Prometheus", tags=["probes"])
    def figures() -> Response:
        """Counters, times and gauges in the text format of Prometheus."""
        return Response(metrics.whole_page(), media_type=_PROMETHEUS)


def journal_state(engine: Engine) -> str:
    """``ok``, or the code of the error that keeps the journal from being used."""
    return engine.responder().journal_state()


def _store_items(
    engine: Engine, parts: list[msgspec.Raw] | list[bytes], *, is_single: bool
) -> Stored:
    items: list[Item] = []
    refused: list[Refused] = []
    for position, part in enumerate(parts):
        try:
            items.append(parse_item(part))
        except BadItem as error:
            if is_single:
                raise
            refused.append(Refused(position, error.as_dict()))
    changed = engine.tables.put_items(items, engine.clock()) if items else 0
    if changed:
        engine.responder().refresh_items()
    return Stored(len(items), changed, refused)


def _reply(value: object, status: int = 200) -> Response:
    return Response(to_json(value), status_code=status, media_type=_JSON)
