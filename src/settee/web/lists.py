"""Serve lists that were computed ahead, as the bytes that they are.

`GET /v1/lists/home?account_id=a7` is one look-up in a map of memory, while nothing that the list
hangs on has changed; otherwise the same list is made at once, as any other answer. Either way
`computed_at` says when. A list that is given as it is takes no exposure: say by `impression`
events what was shown of it.

Reads: lists, the responder.  Writes: exposures of lists that are made anew.
Not here: making them ahead (app.lists), whether one still holds (respond.ahead).
"""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qsl

import msgspec
from fastapi import APIRouter
from fastapi.responses import Response

from settee.core import MAX_ID_LENGTH, to_json
from settee.govern import Caller
from settee.respond import Request, made_at_once
from settee.web.at_once import Plain, Ready, head_of, with_length
from settee.web.body import Receive, Scope
from settee.web.engine import Engine
from settee.web.errors import JSON_TYPE, BadRequest, Reply
from settee.web.guard import must_own
from settee.web.metrics import Metrics
from settee.web.pressure import Pressure

LISTS = "/v1/lists/{name}"
LISTS_PREFIX = LISTS.removesuffix("{name}")
_QUERY = b"account_id="
_HEAD = head_of(200, [JSON_TYPE])
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")


class _Named(NamedTuple):
    """Which list of whom a request asks for."""

    name: str
    account_id: str


class ListRoute:
    """The route of one tenant.

    Args:
        engine: What stands behind the door.
        metrics: Where lists are counted.
        pressure: Who is turned away when a list must be made anew.
    """

    def __init__(self, engine: Engine, metrics: Metrics, pressure: Pressure) -> None:
        self._engine = engine
        self._metrics = metrics
        self._pressure = pressure
        self._encoder = msgspec.json.Encoder()

    def ready(self, plain: Plain, caller: Caller, at: datetime) -> Ready | None:
        """The list of an account where it holds; None where it must be made anew.

        Args:
            plain: What is asked; which list of whom is kept in it.
            caller: Who asks.
            at: The present instant.

        Raises:
            SetteeError: Whatever refuses it.
        """
        kept = plain.kept
        if not isinstance(kept, _Named):
            name = plain.path.removeprefix(LISTS_PREFIX)
            kept = plain.kept = _Named(name, account_of(plain.query))
        if caller.account_id is not None:
            caller.must_own(kept.account_id)
        body = self._engine.lists.find(kept.name, kept.account_id, at)
        if body is None:
            return None
        self._metrics.saw_list("ready")
        pieces = (body,)
        return Ready(with_length(_HEAD, pieces), pieces)

    async def __call__(self, scope: Scope, receive: Receive) -> Reply:  # noqa: ARG002 -- one signature for all handlers
        """The list of an account.

        Raises:
            BadRequest: If the query does not name one account and nothing else.
            NoSuchList: If no list of that name was made.
            TooBusy: If it must be made anew and too many questions come.
        """
        name = scope["path"].removeprefix(LISTS_PREFIX)
        account_id = account_of(scope["query_string"])
        must_own(scope, account_id)
        as_of = self._engine.clock()
        lists = self._engine.lists
        body = lists.find(name, account_id, as_of)
        if body is not None:
            self._metrics.saw_list("ready")
            return Reply(200, body, [JSON_TYPE])
        if not self._pressure.lets_in():
            self._metrics.saw_turned_away()
            raise self._pressure.refusal()
        answer = self._engine.responder().recommend(lists.request(name, account_id, as_of))
        self._metrics.saw_list("anew")
        return Reply(200, self._encoder.encode(made_at_once(answer, name)), [JSON_TYPE])


class PrecomputedList(msgspec.Struct, frozen=True):
    """A list that was computed ahead, for how many accounts and when."""

    name: str
    k: int
    explain: bool
    computed_at: datetime
    n_accounts: int
    n_bytes: int


class PrecomputedLists(msgspec.Struct, frozen=True):
    """All lists that there are, by name."""

    lists: list[PrecomputedList]


def add_lists(router: APIRouter, engine: Engine) -> None:
    """Add the route that tells which lists there are.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """

    @router.get("/v1/precomputed", summary="Lists made ahead", tags=["recommendations"])
    def lists() -> Response:
        """Which lists were computed ahead, for how many accounts, and when."""
        told = [msgspec.convert(one, PrecomputedList) for one in engine.lists.all()]
        return Response(to_json(PrecomputedLists(told)), media_type="application/json")


def list_for(engine: Engine, request: Request) -> bytes | None:
    """A list made ahead that answers a question as well; None where there is none.

    Args:
        engine: What stands behind the door.
        request: The question; one that excludes, names persons or narrows has no such list.
    """
    if not engine.settings.lists.when_shedding or request.slot is None:
        return None
    return engine.lists.instead_of(request)


def account_of(query: bytes) -> str:
    """The one account that a query string names.

    Args:
        query: As it stood in the URL, percent-encoded.

    Raises:
        BadRequest: If it names none, several, or anything else.

    >>> account_of(b"account_id=a7"), account_of(b"account_id=a%207")
    ('a7', 'a 7')
    """
    given = query[len(_QUERY) :]
    if query.startswith(_QUERY) and 0 < len(given) <= MAX_ID_LENGTH and _PLAIN.issuperset(given):
        return given.decode()
    try:
        fields = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=10
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise BadRequest(f"The query string cannot be read: {error}.", place="query") from None
    if [name for name, _ in fields] != ["account_id"]:
        raise BadRequest(
            f"The query names {', '.join(name[:40] for name, _ in fields) or 'nothing'}; "
            "account_id once is accepted, and nothing else.",
            place="account_id",
        )
    account_id = fields[0][1]
    if not 0 < len(account_id) <= MAX_ID_LENGTH or not account_id.isprintable():
        raise BadRequest(
            f"account_id has {len(account_id)} characters; 1 to {MAX_ID_LENGTH} that can be "
            "printed are accepted.",
            place="account_id",
        )
    return account_id
