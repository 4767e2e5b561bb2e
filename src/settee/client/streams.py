"""Send any number of events or items, a batch at a time, without ever holding them all.

A million events become batches of 1,000, or fewer where they are large; each outcome comes back
before the next batch is sent. Where the service takes less at once than that, the batch is halved
until it fits, and one event that is too large by itself is refused by its position like any other.

Reads: an iterable.  Writes: nothing.
Source: the NDJSON 1.0 specification.
Not here: one batch (client.verbs).
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from settee.client.errors import TooLarge
from settee.client.results import Refused, Stored, Taken
from settee.client.said import EventLike, ItemLike, whole_event, whole_item
from settee.client.sending import AsyncSender, SyncSender
from settee.client.verbs.facts import EVENTS, ITEMS
from settee.client.wire import NDJSON, Call, Route

Outcome = TypeVar("Outcome", Taken, Stored)
T = TypeVar("T")
BATCH = 1_000
BATCH_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class Batch:
    """Some lines, and the position of the first of them in the whole stream."""

    first: int
    lines: list[bytes]

    def halves(self) -> "list[Batch]":
        """Two batches of about half as many lines."""
        middle = len(self.lines) // 2
        return [
            Batch(self.first, self.lines[:middle]),
            Batch(self.first + middle, self.lines[middle:]),
        ]

    def call(self, route: Route[T]) -> Call[T]:
        """The call that sends it."""
        return route.call(content=b"\n".join(self.lines), content_type=NDJSON)


class Cutter:
    """Cuts a stream into batches.

    Args:
        batch: Most lines of one.
        batch_bytes: Most bytes of one that has more than one line.

    Raises:
        ValueError: If one of them is below 1.

    >>> cutter = Cutter(2, 100)
    >>> [cutter.add(part) for part in ("a", "b", "c")][2]
    Batch(first=0, lines=[b'"a"', b'"b"'])
    >>> cutter.rest()
    Batch(first=2, lines=[b'"c"'])
    """

    def __init__(self, batch: int, batch_bytes: int) -> None:
        if batch < 1 or batch_bytes < 1:
            raise ValueError(f"batch is {batch}, batch_bytes {batch_bytes}; both start at 1.")
        self._batch = batch
        self._bytes = batch_bytes
        self._first = 0
        self._size = 0
        self._lines: list[bytes] = []

    def add(self, part: object) -> Batch | None:
        """Take one event or item; the batch before it, where it does not fit into that."""
        line = msgspec.json.encode(part)
        full = None
        if len(self._lines) >= self._batch or self._size + len(line) + 1 > self._bytes:
            full = self.rest()
        self._lines.append(line)
        self._size += len(line) + 1
        return full

    def rest(self) -> Batch | None:
        """What is left; None where nothing is."""
        if not self._lines:
            return None
        batch = Batch(self._first, self._lines)
        self._first += len(self._lines)
        self._lines, self._size = [], 0
        return batch


class SyncStreams(SyncSender):
    """Streams of the sync client."""

    def stream_events(
        self, events: Iterable[EventLike], *, batch: int = BATCH, batch_bytes: int = BATCH_BYTES
    ) -> Iterator[Taken]:
        """Store any number of events; the outcome of each batch, once it is on disk.

        Nothing is sent until the outcomes are asked for, and positions under `rejected` count
        through the whole stream.

        Args:
            events: As many as there are; they are drawn as they are needed.
            batch: Most events of one request (speed only).
            batch_bytes: Most bytes of one request (speed only).

        Raises:
            ClientError: If a batch was refused whole or did not arrive; those before are stored.
            ValueError: If a size is below 1.
        """
        return self._stream(EVENTS, map(whole_event, events), Cutter(batch, batch_bytes), _no_event)

    def stream_items(
        self, items: Iterable[ItemLike], *, batch: int = BATCH, batch_bytes: int = BATCH_BYTES
    ) -> Iterator[Stored]:
        """Insert or replace any number of items; the outcome of each batch.

        Args:
            items: As many as there are; they are drawn as they are needed.
            batch: Most items of one request (speed only).
            batch_bytes: Most bytes of one request (speed only).

        Raises:
            ClientError: If a batch was refused whole or did not arrive; those before are stored.
            ValueError: If a size is below 1.
        """
        return self._stream(ITEMS, map(whole_item, items), Cutter(batch, batch_bytes), _no_item)

    def _stream(
        self,
        route: Route[Outcome],
        parts: Iterable[object],
        cutter: Cutter,
        nothing: Callable[[list[Refused]], Outcome],
    ) -> Iterator[Outcome]:
        for part in parts:
            full = cutter.add(part)
            if full is not None:
                yield from self._send(route, full, nothing)
        rest = cutter.rest()
        if rest is not None:
            yield from self._send(route, rest, nothing)

    def _send(
        self, route: Route[Outcome], batch: Batch, nothing: Callable[[list[Refused]], Outcome]
    ) -> Iterator[Outcome]:
        waiting = [batch]
        while waiting:
            one = waiting.pop()
            try:
                outcome = self.send(one.call(route))
            except TooLarge as error:
                if len(one.lines) > 1:
                    waiting += reversed(one.halves())
                    continue
                outcome = nothing([_refused(error)])
            yield moved(outcome, one.first)


class AsyncStreams(AsyncSender):
    """Streams of the async client; they take sync and async iterables."""

    def stream_events(
        self,
        events: Iterable[EventLike] | AsyncIterable[EventLike],
        *,
        batch: int = BATCH,
        batch_bytes: int = BATCH_BYTES,
    ) -> AsyncIterator[Taken]:
        """Store any number of events; the outcome of each batch, once it is on disk.

        Nothing is sent until the outcomes are asked for, and positions under `rejected` count
        through the whole stream.

        Args:
            events: As many as there are; they are drawn as they are needed.
            batch: Most events of one request (speed only).
            batch_bytes: Most bytes of one request (speed only).

        Raises:
            ClientError: If a batch was refused whole or did not arrive; those before are stored.
            ValueError: If a size is below 1.
        """
        cutter = Cutter(batch, batch_bytes)
        return self._stream(EVENTS, one_by_one(events, whole_event), cutter, _no_event)

    def stream_items(
        self,
        items: Iterable[ItemLike] | AsyncIterable[ItemLike],
        *,
        batch: int = BATCH,
        batch_bytes: int = BATCH_BYTES,
    ) -> AsyncIterator[Stored]:
        """Insert or replace any number of items; the outcome of each batch.

        Args:
            items: As many as there are; they are drawn as they are needed.
            batch: Most items of one request (speed only).
            batch_bytes: Most bytes of one request (speed only).

        Raises:
            ClientError: If a batch was refused whole or did not arrive; those before are stored.
            ValueError: If a size is below 1.
        """
        cutter = Cutter(batch, batch_bytes)
        return self._stream(ITEMS, one_by_one(items, whole_item), cutter, _no_item)

    async def _stream(
        self,
        route: Route[Outcome],
        parts: AsyncIterable[object],
        cutter: Cutter,
        nothing: Callable[[list[Refused]], Outcome],
    ) -> AsyncIterator[Outcome]:
        async for part in parts:
            full = cutter.add(part)
            if full is not None:
                async for outcome in self._send(route, full, nothing):
                    yield outcome
        rest = cutter.rest()
        if rest is not None:
            async for outcome in self._send(route, rest, nothing):
                yield outcome

    async def _send(
        self, route: Route[Outcome], batch: Batch, nothing: Callable[[list[Refused]], Outcome]
    ) -> AsyncIterator[Outcome]:
        waiting = [batch]
        while waiting:
            one = waiting.pop()
            try:
                outcome = await self.send(one.call(route))
            except TooLarge as error:
                if len(one.lines) > 1:
                    waiting += reversed(one.halves())
                    continue
                outcome = nothing([_refused(error)])
            yield moved(outcome, one.first)


async def one_by_one(
    parts: Iterable[T] | AsyncIterable[T], made: Callable[[T], object]
) -> AsyncIterator[object]:
    """What is made of each part of a sync or async iterable."""
    if isinstance(parts, AsyncIterable):
        async for part in parts:
            yield made(part)
    else:
        for part in parts:
            yield made(part)


def moved(outcome: Outcome, first: int) -> Outcome:
    """The outcome with positions that count through the whole stream.

    >>> moved(Taken(0, 0, [Refused(2, {})]), 100).rejected[0].position
    102
    """
    if not outcome.rejected or not first:
        return outcome
    rejected = [Refused(first + one.position, one.error) for one in outcome.rejected]
    return msgspec.structs.replace(outcome, rejected=rejected)


def _no_event(rejected: list[Refused]) -> Taken:
    return Taken(0, 0, rejected)


def _no_item(rejected: list[Refused]) -> Stored:
    return Stored(0, 0, rejected)


def _refused(error: TooLarge) -> Refused:
    shape = {"code": error.code, "message": error.message, "hint": error.hint, "place": error.place}
    return Refused(0, {name: value for name, value in shape.items() if value})
