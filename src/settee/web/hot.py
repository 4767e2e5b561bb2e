"""Serve the routes that carry nearly all requests, without a framework in between.

Events come in and answers go out thousands of times a second; at that rate a framework's
matching, injection and models cost more than the answer. These routes check key, size and form as
the others do, have the same error shape, and stand in the same OpenAPI document, to which a test
holds them.

Reads: requests.  Writes: events to the journal.
Not here: the other routes (web.routes), lists made ahead (web.lists), what wraps all (web.door).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from zlib import crc32

import msgspec

from settee.events import Rejected, accept_batch
from settee.respond import Repeatable, Request, repeatable
from settee.web.asking import Asked, asked_by_body, asked_by_query, to_request
from settee.web.at_once import Answer as AnswerAtOnce
from settee.web.batch import cut
from settee.web.body import Receive, Scope, header, read_body
from settee.web.cache import AnswerCache
from settee.web.engine import Engine
from settee.web.errors import JSON_TYPE, MethodRefused, Reply
from settee.web.guard import must_own
from settee.web.lists import LISTS, LISTS_PREFIX, ListRoute, list_for
from settee.web.metrics import Metrics
from settee.web.pressure import Pressure
from settee.web.reached import REACHED, REACHED_PREFIX, REACHED_SUFFIX, ReachedRoute
from settee.web.tracing import ANSWERED, Answered
from settee.web.who import asked_who, who_is_there

EVENTS = "/v1/events"
RECOMMENDATIONS = "/v1/recommendations"
WHO = "/v1/who"
_LISTS, _ITEMS, _AUDIENCE = (one.encode() for one in (LISTS_PREFIX, REACHED_PREFIX, REACHED_SUFFIX))
READY_TEMPLATES = (LISTS, REACHED)
"""Routes whose answers may lie ready."""
_SLICE = 250
"""Events parsed before other requests get a turn: about half a millisecond."""

Handler = Callable[[Scope, Receive], Awaitable[Reply]]


class Refused(msgspec.Struct, frozen=True):
    """One event or item that was not taken; positions count from 0."""

    position: int
    error: dict[str, str]


class Taken(msgspec.Struct, frozen=True):
    """What became of a batch."""

    accepted: int
    duplicates: int
    rejected: list[Refused]


Kept = tuple[Asked, Repeatable]


class HotRoutes:
    """The hot routes of one tenant.

    Args:
        engine: What stands behind the door.
        metrics: Where answers and events are counted.
        pressure: Who is turned away; None watches nobody and turns nobody away.
    """

    def __init__(self, engine: Engine, metrics: Metrics, pressure: Pressure | None = None) -> None:
        serve = engine.settings.serve
        self._engine = engine
        self._metrics = metrics
        self._pressure = pressure or Pressure(serve.shed_above_ms, time.monotonic)
        self._encoder = msgspec.json.Encoder()
        lists, reached = ListRoute(engine, metrics, self._pressure), ReachedRoute(engine, metrics)
        self.cache = AnswerCache[Kept](serve.cache_mb * 1024 * 1024)
        self.routes: dict[str, dict[str, Handler]] = {
            EVENTS: {"POST": self.take_events},
            RECOMMENDATIONS: {"GET": self.recommend_get, "POST": self.recommend_post},
            WHO: {"POST": self.who},
            LISTS: {"GET": lists},
            REACHED: {"GET": reached},
        }
        self.ready: dict[str, AnswerAtOnce] = {LISTS: lists.ready, REACHED: reached.ready}

    def template(self, path: str) -> str | None:
        """The template in `routes` that a path belongs to; None where it is no hot one.

        Args:
            path: Of a request, decoded.
        """
        if path in self.routes:
            return path
        return ready_template(path.encode("utf-8", "replace"), is_plain=False)

    async def __call__(self, scope: Scope, receive: Receive) -> Reply:
        """Answer a request whose path has a `template`.

        Raises:
            SetteeError: Whatever refused it.
        """
        handlers = self.routes[self.template(scope["path"]) or ""]
        handler = handlers.get(scope["method"])
        if handler is None:
            raise MethodRefused(scope["method"], sorted(handlers))
        return await handler(scope, receive)

    async def take_events(self, scope: Scope, receive: Receive) -> Reply:
        """Store a batch and answer once it is durable."""
        serve = self._engine.settings.serve
        body = await read_body(scope, receive, serve.max_body_bytes)
        batch = cut(body, header(scope, b"content-type"), name="events", limit=serve.max_batch)
        taken = await self._store(scope, batch.parts, is_single=batch.is_single)
        return Reply(200, self._encoder.encode(taken), [JSON_TYPE])

    async def _store(
        self, scope: Scope, parts: list[msgspec.Raw] | list[bytes], *, is_single: bool
    ) -> Taken:
        engine = self._engine
        records, refused = [], list[Rejected]()
        for start in range(0, len(parts), _SLICE):
            if start:
                await asyncio.sleep(0)
            good, bad = accept_batch(
                parts[start : start + _SLICE], engine.clock(), engine.settings.checks
            )
            records += good
            refused += [replace(one, position=start + one.position) for one in bad]
        for account_id in {record.account_id for record in records}:
            must_own(scope, account_id)
        if refused:
            # Before the good ones are stored: what cannot be kept must be sent again, all of it.
            await asyncio.to_thread(engine.refuse, refused)
        if is_single and refused:
            self._metrics.saw_events(0, 0, 1)
            raise refused[0].error
        n_new = n_duplicate = 0
        if records:
            appended = await asyncio.wrap_future(self._engine.journal.submit(records))
            n_new, n_duplicate = appended.n_new, appended.n_duplicate
            self._engine.responder().look_after(
                appended.last_offset, {record.account_id for record in records}
            )
        self._metrics.saw_events(n_new, n_duplicate, len(refused))
        return Taken(
            n_new, n_duplicate, [Refused(one.position, one.error.as_dict()) for one in refused]
        )

    async def recommend_get(self, scope: Scope, receive: Receive) -> Reply:  # noqa: ARG002 -- one signature for all handlers
        """Answer a question in the query string."""
        return self._answer(scope, scope["query_string"], asked_by_query)

    async def recommend_post(self, scope: Scope, receive: Receive) -> Reply:
        """Answer a question in the body."""
        body = await read_body(scope, receive, self._engine.settings.serve.max_body_bytes)
        return self._answer(scope, body, asked_by_body)

    async def who(self, scope: Scope, receive: Receive) -> Reply:
        """Tell who is on the screen."""
        body = await read_body(scope, receive, self._engine.settings.serve.max_body_bytes)
        moment = asked_who(body, self._engine.clock())
        must_own(scope, moment.account_id)
        if not self._pressure.lets_in():
            self._metrics.saw_turned_away()
            raise self._pressure.refusal()
        answer = who_is_there(moment, self._engine.responder().who(moment))
        self._metrics.saw_who(answer.stage, is_unsure=answer.is_unsure)
        return Reply(200, self._encoder.encode(answer), [JSON_TYPE])

    def _answer(self, scope: Scope, raw: bytes, read: Callable[[bytes], Asked]) -> Reply:
        """Give an answer again where nothing has changed since, else make one.

        In the loop, not in a thread: an answer takes less time than a hand-over at this rate.
        """
        engine, cache = self._engine, self.cache
        key = (scope["method"], raw)
        known = cache.get(key)
        asked = known.kept[0] if known else read(raw)
        must_own(scope, asked.account_id)
        as_of, respond, responder = engine.clock(), engine.settings.respond, engine.responder()
        request = to_request(asked, default_k=respond.k, max_k=respond.max_k, as_of=as_of)
        minute = _minute_of(raw, as_of)
        mark = (minute, *responder.state_mark(request)) if cache.is_on else None
        if known and known.mark == mark:
            return self._again(known.kept[1], as_of)
        if not self._pressure.lets_in():
            return self._instead(request)
        answer, exposure = responder.recommend_to_keep(request)
        self._metrics.saw_answer(answer, is_journalling=exposure is not None)
        scope[ANSWERED] = Answered(answer.rung, answer.because, answer.timings_ms)
        body = self._encoder.encode(answer)
        if mark is not None:
            kept = repeatable(answer, body, exposure)
            cache.put(key, mark, (asked, kept), kept.n_bytes + len(raw))
        self._metrics.saw_cache("stale" if known else "miss")
        return Reply(200, body, [JSON_TYPE])

    def _again(self, kept: Repeatable, as_of: datetime) -> Reply:
        """The same answer, journalled under a name of its own."""
        body = self._engine.responder().repeat(kept, as_of)
        self._metrics.saw_cache("hit")
        self._metrics.saw_repeat(kept)
        return Reply(200, body, [JSON_TYPE])

    def _instead(self, request: Request) -> Reply:
        """What was computed ahead where it still holds; else the question is turned away."""
        body = list_for(self._engine, request)
        if body is None:
            self._metrics.saw_turned_away()
            raise self._pressure.refusal()
        self._metrics.saw_list("too_busy")
        return Reply(200, body, [JSON_TYPE])


def _minute_of(raw: bytes, as_of: datetime) -> int:
    """The minute that an answer holds for, which begins at a second of its own for each question.

    What drifts with the clock alone (who is likely there) is looked at anew each minute. If that
    were the same minute for all, everything kept would have to be made anew at once, and whoever
    asked then would wait behind all the others.
    """
    return (int(as_of.timestamp()) + crc32(raw)) // 60


def ready_template(path: bytes, *, is_plain: bool = True) -> str | None:
    """The template of a path whose answers lie ready; None where it is another one.

    Args:
        path: Of a request.
        is_plain: Only where nothing in it is escaped.

    >>> ready_template(b"/v1/lists/home"), ready_template(b"/v1/items/m1/audience")
    ('/v1/lists/{name}', '/v1/items/{item_id}/audience')
    """
    if is_plain and b"%" in path:
        return None
    if path.startswith(_LISTS):
        return LISTS
    return REACHED if path.startswith(_ITEMS) and path.endswith(_AUDIENCE) else None
