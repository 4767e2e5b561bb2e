"""Ask the service on behalf of one page, and remember each call, so that the page can show it.

Everything a page knows comes through here: the console has no other way to the data than the HTTP
API with the key of whoever is signed in, so it can never show more than that key may see.

Reads: the service.  Writes: what was asked, in memory.
Not here: what the calls are (client), how they are shown (console.frame).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from shlex import quote
from time import perf_counter
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from settee.client import ClientError, Verbs

R = TypeVar("R")
_REMEMBERED = 30
_SHOWN_BODY = 2000


class Asks(Protocol):
    """What sends calls: a client, or another `Asking`."""

    url: str

    async def send(self, call: Any, /) -> Any:  # noqa: ANN401 -- each call knows its own result
        """The result of a call."""
        ...


@dataclass(frozen=True)
class Asked:
    """One call that a page made.

    Args:
        method: Of the request.
        path: With its query.
        body: As text; empty where there was none.
        outcome: "ok", or the code of the error.
        ms: Milliseconds it took.
    """

    method: str
    path: str
    body: str
    outcome: str
    ms: float

    def curl(self, url: str) -> str:
        """The same as a command line, with the key as a variable.

        >>> Asked("GET", "/v1/items/m1", "", "ok", 1.0).curl("http://127.0.0.1:8321")
        'curl http://127.0.0.1:8321/v1/items/m1 -H "x-api-key: $SETTEE_KEY"'
        """
        what = [] if self.method == "GET" else ["-X", self.method]
        said = ["-d", quote(self.body)] if self.body else []
        return " ".join(
            ["curl", *what, quote(url + self.path), '-H "x-api-key: $SETTEE_KEY"', *said]
        )


class Asking(Verbs):
    """The verbs of the client, with a memory of what was asked.

    Args:
        client: Sends the calls.
        on_asked: Told of each call when it is over.
    """

    def __init__(self, client: Asks, on_asked: Callable[[], None] = lambda: None) -> None:
        self._client = client
        self._on_asked = on_asked
        self.asked: deque[Asked] = deque(maxlen=_REMEMBERED)

    @property
    def url(self) -> str:
        """Where the service is."""
        return self._client.url

    async def send(self, call: Any) -> Any:  # noqa: ANN401 -- each call knows its own result
        """The result of a call.

        Raises:
            ClientError: If it was refused, or nothing came back.
        """
        begun_s, outcome = perf_counter(), "ok"
        try:
            return await self._client.send(call)
        except ClientError as error:
            outcome = error.code
            raise
        finally:
            query = f"?{urlencode(call.query)}" if call.query else ""
            body = (call.body or b"")[:_SHOWN_BODY].decode("utf-8", "replace")
            took_ms = 1000 * (perf_counter() - begun_s)
            self.asked.append(Asked(call.method, call.path + query, body, outcome, took_ms))
            self._on_asked()
