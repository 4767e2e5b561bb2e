"""Serve the people of an item that were computed ahead, as many as are asked for, as bytes.

`GET /v1/items/m318/audience?n=20` is a slice of what lies ready. An answer says that it must be
asked for again each time (``no-cache``), for somebody may take consent back at any moment, and has
a tag: where that is still the same, the reply is a 304 without a body.

Reads: audiences computed ahead.  Writes: nothing.
Source: RFC 9110 section 13 (conditional requests), RFC 9111 (caching).
Not here: making them (app.audiences), who may be shown (audiences.ready).
"""

import re
from urllib.parse import unquote_to_bytes

from settee.core import MAX_ID_LENGTH
from settee.web.at_once import Plain, Ready, head_of
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

    def ready(self, plain: Plain) -> Ready:
        """The people of an item.

        Args:
            plain: What is asked.

        Raises:
            BadRequest: If the query is anything but a number of people.
            NotFound: If they were not computed ahead.
        """
        status, tag, pieces = self._found(
            plain.path, plain.query, plain.heads.get(b"if-none-match")
        )
        return Ready(_HEADS[status].replace(_TAG, tag), pieces, status)

    async def __call__(self, scope: Scope, receive: Receive) -> Reply:  # noqa: ARG002 -- one signature for all handlers
        """The people of an item, as `ready` has them.

        Raises:
            SetteeError: As `ready` says.
        """
        wanted = header(scope, b"if-none-match")
        status, tag, pieces = self._found(scope["path"], scope["query_string"], wanted)
        headers: Headers = [_KEEPING, _VARY, (b"etag", tag)]
        return Reply(status, b"".join(pieces), [JSON_TYPE, *headers] if pieces else headers)

    def _found(
        self, path: str, query: bytes, wanted: bytes | None
    ) -> tuple[int, bytes, tuple[bytes | memoryview, ...]]:
        item_id = path[len(REACHED_PREFIX) : -len(REACHED_SUFFIX)]
        n = number_of(query) if query else self._n
        now_s = self._engine.clock().timestamp()
        pieces, bare = self._engine.audiences_ahead.find(item_id, n, now_s)
        tag = b'"%s-%d"' % (bare.encode("ascii"), n)
        self._metrics.saw_reached(is_same=bool(wanted) and _names(wanted or b"", tag))
        if wanted and _names(wanted, tag):
            return 304, tag, ()
        return 200, tag, pieces


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


def _names(wanted: bytes, tag: bytes) -> bool:
    """Does an If-None-Match header name the tag?"""
    return wanted.strip() == b"*" or tag in (
        one.strip().removeprefix(b"W/") for one in wanted.split(b",")
    )
