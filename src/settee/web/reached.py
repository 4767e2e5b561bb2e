"""Serve the people of an item that were computed ahead, as many as are asked for, as bytes.

`GET /v1/items/m318/audience?n=20` is a slice of what lies ready. An answer says that it must be
asked for again each time (``no-cache``), for somebody may take consent back at any moment, and has
a tag: where that is still the same, the reply is a 304 without a body.

Reads: audiences computed ahead.  Writes: nothing.
Source: RFC 9110 section 13 (conditional requests), RFC 9111 (caching).
Not here: making them (app.audiences), who may be shown (audiences.ready).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_to_bytes

from settee.core import MAX_ID_LENGTH
from settee.govern import Caller
from settee.web.at_once import Buffers, Plain, Ready, head_of, with_length
from settee.web.body import Receive, Scope, header
from settee.web.engine import Engine
from settee.web.errors import JSON_TYPE, BadRequest, Headers, Reply
from settee.web.metrics import Metrics

REACHED = "/v1/items/{item_id}/audience"
REACHED_PREFIX, REACHED_SUFFIX = "/v1/items/", "/audience"
MOST_PEOPLE = 1000
_NUMBER = re.compile(rb"n=([0-9]{1,4})")
_KEEPING = (b"cache-control", b"private, no-cache")
_VARY = (b"vary", b"authorization, x-api-key")
_TAG = b"\0tag\0"
_HEADS = {
    status: head_of(status, [*more, _KEEPING, _VARY, (b"etag", _TAG)])
    for status, more in ((200, [JSON_TYPE]), (304, []))
}


@dataclass(slots=True)
class _Asked:
    """What a request asks one route for, and the head of its answer as it was last given.

    Args:
        route: Which one.
        item_id: The item.
        n: Most people.
        tag: Of the people of whom `head` tells; another one, and it must be made again.
        head: Of the answer.
        is_same: Has the caller that answer already?
    """

    route: "ReachedRoute"
    item_id: str
    n: int
    tag: str = ""
    head: bytes = b""
    is_same: bool = False


class ReachedRoute:
    """The route of one tenant.

    Args:
        engine: What stands behind the door.
        metrics: Where answers are counted.
    """

    def __init__(self, engine: Engine, metrics: Metrics) -> None:
        self._engine = engine
        self._metrics = metrics
        self._n = engine.settings.precomputed.n

    def ready(self, plain: Plain, caller: Caller, at: datetime) -> Ready:  # noqa: ARG002 -- one signature for all routes
        """The people of an item.

        Args:
            plain: What is asked; the head of the answer is kept in it, as long as it is the same.
            caller: Who asks.
            at: The present instant.

        Raises:
            BadRequest: If the query is anything but a number of people.
            NotFound: If they were not computed ahead.
        """
        asked = plain.kept
        if not isinstance(asked, _Asked) or asked.route is not self:
            asked = plain.kept = _Asked(self, *self._asked(plain.path, plain.query))
        slices = self._engine.audiences_ahead.slices(asked.item_id, at.timestamp())
        pieces = slices.pieces(asked.n)
        if asked.tag != slices.tag:
            _tell(asked, slices.tag, pieces, plain.wanted)
        self._metrics.saw_reached(is_same=asked.is_same)
        if asked.is_same:
            return Ready(asked.head, (), 304)
        return Ready(asked.head, pieces)

    async def __call__(self, scope: Scope, receive: Receive) -> Reply:  # noqa: ARG002 -- one signature for all handlers
        """The people of an item, as `ready` has them.

        Raises:
            SetteeError: As `ready` says.
        """
        item_id, n = self._asked(scope["path"], scope["query_string"])
        now_s = self._engine.clock().timestamp()
        slices = self._engine.audiences_ahead.slices(item_id, now_s)
        tag = _tag(slices.tag, n)
        is_same = _names(header(scope, b"if-none-match"), tag)
        self._metrics.saw_reached(is_same=is_same)
        headers: Headers = [_KEEPING, _VARY, (b"etag", tag)]
        if is_same:
            return Reply(304, b"", headers)
        return Reply(200, slices.cut(n), [JSON_TYPE, *headers])

    def _asked(self, path: str, query: bytes) -> tuple[str, int]:
        """The item and the number of people that a request names."""
        item_id = path[len(REACHED_PREFIX) : -len(REACHED_SUFFIX)]
        return item_id, number_of(query) if query else self._n


def number_of(query: bytes) -> int:
    """How many people a query string asks for.

    Args:
        query: As it stood in the URL.

    Raises:
        BadRequest: If it asks for none, too many, or anything else.

    >>> number_of(b"n=20")
    20
    """
    found = _NUMBER.fullmatch(query) or _NUMBER.fullmatch(unquote_to_bytes(query))
    n = int(found[1]) if found else 0
    if not 1 <= n <= MOST_PEOPLE:
        said = query[:40].decode("latin-1")
        raise BadRequest(
            f'the query is "{said}"; n from 1 to {MOST_PEOPLE} once is accepted, and nothing else.',
            hint=f"Ask for /v1/items/ID/audience?n=20; an id has at most {MAX_ID_LENGTH} letters.",
            place="n",
        )
    return n


def _tell(asked: _Asked, bare: str, pieces: Buffers, wanted: bytes) -> None:
    """Make the head of an answer out of these people."""
    tag = _tag(bare, asked.n)
    asked.tag, asked.is_same = bare, _names(wanted, tag)
    head = _HEADS[304 if asked.is_same else 200].replace(_TAG, tag)
    asked.head = head if asked.is_same else with_length(head, pieces)


def _tag(bare: str, n: int) -> bytes:
    """What names an answer with its first people: the same tag, the same bytes."""
    return b'"%s-%d"' % (bare.encode("ascii"), n)


def _names(wanted: bytes, tag: bytes) -> bool:
    """Does an If-None-Match header, empty for none, name the tag?"""
    return wanted.strip() == b"*" or tag in (
        one.strip().removeprefix(b"W/") for one in wanted.split(b",")
    )
