"""Serve what decides whether somebody may be addressed: their word, and the suppression list.

    PUT  /v1/accounts/a7/contact  {"consent": {"email": true, "*": false}}
    POST /v1/suppressions         {"entries": ["a7", "a8,p1"], "why": "asked by phone"}

Both count at once for every audience that is read or leaves the house from then on.

Reads: requests.  Writes: facts and the suppression list, through the engine.
Not here: what follows for an audience (audiences.guard), what the facts say (events.consenting).
"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from msgspec import Meta

from settee.core import MAX_ID_LENGTH, to_json
from settee.events import parse_contact
from settee.web.body import read_body
from settee.web.engine import Engine
from settee.web.errors import BadRequest
from settee.web.guard import caller_of

CONTACT = "/v1/accounts/{account_id}/contact"
SUPPRESSIONS = "/v1/suppressions"
_JSON = "application/json"
AccountId = Annotated[
    str, Path(min_length=1, max_length=MAX_ID_LENGTH, description="Id of the account.")
]


class AskedSuppression(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom never to address, or to address again.

    Args:
        entries: An account each, an account and a person behind a comma, or sha256: and the hash.
        why: Why, for people.
        is_freed: Take them from the list.
    """

    entries: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=300, pattern=r"^[^\n]+$")], ...],
        Meta(min_length=1, max_length=100_000),
    ]
    why: Annotated[str, Meta(max_length=500)] = ""
    is_freed: bool = False


class Suppression(msgspec.Struct, frozen=True):
    """How many entries the list has gained, or lost."""

    n_changed: int
    is_freed: bool


_decoder = msgspec.json.Decoder(AskedSuppression)


def add_contacts(router: APIRouter, engine: Engine) -> None:
    """Add the routes.

    Args:
        router: Where to; before any route whose account id takes the whole rest of a path.
        engine: What stands behind the door.
    """

    @router.get("/v1/accounts/{account_id:path}/contact", summary="Consent", tags=["accounts"])
    def contact(account_id: AccountId) -> Response:
        """What an account and its persons said about being contacted."""
        return _reply(engine.contact(account_id))

    @router.put("/v1/accounts/{account_id:path}/contact", summary="Put consent", tags=["accounts"])
    async def put_contact(account_id: AccountId, request: Request) -> Response:
        """Take in by which channels somebody may be addressed, and whether they are a child.

        What is not named stays as it was. Sent again under the same `event_id` it changes nothing.
        """
        word = parse_contact(await _body(request, engine))
        return _reply(await run_in_threadpool(engine.put_contact, account_id, word))

    @router.post(SUPPRESSIONS, summary="Suppress", tags=["audiences"])
    async def suppress(request: Request) -> Response:
        """Never address whom a list names, or free them again; the list keeps salted hashes."""
        try:
            asked = _decoder.decode(await _body(request, engine))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest(
                f"the list is refused: {error}.", hint='Send {"entries": ["…"]}.'
            ) from None
        who = caller_of(request.scope).name
        raw = "\n".join(asked.entries).encode()
        verb = engine.free if asked.is_freed else engine.suppress
        n_changed = await run_in_threadpool(verb, raw, who, asked.why)
        return _reply(Suppression(n_changed, asked.is_freed))


async def _body(request: Request, engine: Engine) -> bytes:
    return await read_body(request.scope, request.receive, engine.settings.serve.max_body_bytes)


def _reply(value: object) -> Response:
    return Response(to_json(value), media_type=_JSON)
