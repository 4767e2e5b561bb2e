"""Make one function the same method of the sync and of the async client.

A verb is written once, as a function that builds a `Call`. On a `Client` it sends the call and
returns the result; on an `AsyncClient` it returns something to await. Type checkers see the very
parameters of the function in both.

Reads / Writes: nothing.
Source: Python data model, "Implementing Descriptors"; PEP 612 and PEP 692.
Not here: the verbs (client.verbs), sending (client.sending).
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Generic, ParamSpec, Protocol, Self, TypeVar, overload

from settee.client.wire import Call, Route

P = ParamSpec("P")
R = TypeVar("R")


class SyncSender(Protocol):
    """Sends a call and returns its result."""

    def send(self, call: Call[R], /) -> R:
        """The result of a call."""
        ...


class AsyncSender(Protocol):
    """Sends a call and lets its result be awaited."""

    async def send(self, call: Call[R], /) -> R:
        """The result of a call."""
        ...


class Verb(Generic[P, R]):
    """A method of both clients.

    Args:
        build: Makes the call of its arguments.
        route: What it calls.
    """

    def __init__(self, build: Callable[P, Call[R]], route: Route[R]) -> None:
        self.build = build
        self.route = route
        self.__doc__ = build.__doc__
        self.__wrapped__ = build

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: SyncSender, owner: type) -> Callable[P, R]: ...
    @overload
    def __get__(self, client: AsyncSender, owner: type) -> Callable[P, Coroutine[Any, Any, R]]: ...
    def __get__(self, client: SyncSender | AsyncSender | None, owner: type) -> Any:
        """The method, bound to a client."""
        if client is None:
            return self
        send, build = client.send, self.build

        @wraps(build)
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 -- R, or R to await: the overloads say which
            return send(build(*args, **kwargs))

        return method


def verb(route: Route[R]) -> Callable[[Callable[P, Call[R]]], Verb[P, R]]:
    """Make a function that builds calls of a route a verb."""

    def made(build: Callable[P, Call[R]]) -> Verb[P, R]:
        return Verb(build, route)

    return made
