"""Serve the three routes that carry nearly all requests, without a framework in between.

Events come in and answers go out thousands of times a second; at that rate a framework's
matching, injection and models cost more than the answer. These routes check key, size and form as
the others do, have the same error shape, and stand in the same OpenAPI document, to which a test
holds them.

Reads: requests.  Writes: events to the journal.
Not here: the other routes (web.routes), what wraps both (web.door).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec

from settee.events import Rejected, accept_batch
from settee.web.asking import Asked, asked_by_body, asked_by_query, to_request
from settee.web.batch import cut
from settee.web.body import Receive, Scope, header, read_body
from settee.web.engine import Engine
from settee.web.errors import JSON_TYPE, MethodRefused, Reply
from settee.web.metrics import Metrics
from settee.web.who import asked_who, who_is_there

EVENTS = "/v1/events"
RECOMMENDATIONS = "/v1/recommendations"
WHO = "/v1/who"
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


class HotRoutes:
    """The three routes.

    Args:
        engine: What stands behind the door.
        metrics: Where answers and events are counted.
    """

    def __init__(self, engine: Engine, metrics: Metrics) -> None:
        self._engine = engine
        self._metrics = metrics
        self._encoder = msgspec.json.Encoder()
        self.routes: dict[str, dict[str, Handler]] = {
            EVENTS: {"POST": self.take_events},
            RECOMMENDATIONS: {"GET": self.recommend_get, "POST": self.recommend_post},
            WHO: {"POST": self.who},
        }

    async def __call__(self, scope: Scope, receive: Receive) -> Reply:
        """Answer a request whose path is one of `routes`.

        Raises:
            SetteeError: Whatever refused it.
        """
        handlers = self.routes[scope["path"]]
        handler = handlers.get(scope["method"])
        if handler is None:
            raise MethodRefused(scope["method"], sorted(handlers))
        return await handler(scope, receive)

    async def take_events(self, scope: Scope, receive: Receive) -> Reply:
        """Store a batch and answer once it is durable."""
        serve = self._engine.settings.serve
        body = await read_body(scope, receive, serve.max_body_bytes)
        batch = cut(body, header(scope, b"content-type"), name="events", limit=serve.max_batch)
        taken = await self._store(batch.parts, is_single=batch.is_single)
        return Reply(200, self._encoder.encode(taken), [JSON_TYPE])

    async def _store(self, parts: list[msgspec.Raw] | list[bytes], *, is_single: bool) -> Taken:
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
        return self._answer(asked_by_query(scope["query_string"]))

    async def recommend_post(self, scope: Scope, receive: Receive) -> Reply:
        """Answer a question in the body."""
        body = await read_body(scope, receive, self._engine.settings.serve.max_body_bytes)
        return self._answer(asked_by_body(body))

    async def who(self, scope: Scope, receive: Receive) -> Reply:
        """Tell who is on the screen."""
        body = await read_body(scope, receive, self._engine.settings.serve.max_body_bytes)
        moment = asked_who(body, self._engine.clock())
        answer = who_is_there(moment, self._engine.responder().who(moment))
        self._metrics.saw_who(answer.stage, is_unsure=answer.is_unsure)
        return Reply(200, self._encoder.encode(answer), [JSON_TYPE])

    def _answer(self, asked: Asked) -> Reply:
        respond = self._engine.settings.respond
        request = to_request(
            asked, default_k=respond.k, max_k=respond.max_k, as_of=self._engine.clock()
        )
        # In the loop, not in a thread: an answer takes less time than a hand-over at this rate.
        answer = self._engine.responder().recommend(request)
        self._metrics.saw_answer(
            answer.rung,
            answer.because,
            answer.left_out,
            journalled=answer.journalled or not respond.journal_exposures,
        )
        self._metrics.saw_person(answer.person.mode, answer.person.because)
        return Reply(200, self._encoder.encode(answer), [JSON_TYPE])
