"""Send calls over httpx, sync or async, again where that is safe.

Both senders share everything but the waiting: what is sent, what an exception of httpx means, and
when a call is tried again. A key may be a function, asked before every try, so that a token that is
about to run out can be renewed without making another client.

Reads: responses.  Writes: requests.
Source: httpx, "Exceptions" (which of them mean that nothing was sent).
Not here: which calls there are (client.verbs), when to try again (client.retrying).
"""

import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from settee.client.errors import BadAnswer, CannotConnect, ClientError, NoAnswer, TimedOut
from settee.client.http import anyio, httpx
from settee.client.retrying import jitter, wait_s
from settee.client.settings import ClientSettings
from settee.client.wire import Call, result_of

R = TypeVar("R")
Key = str | Callable[[], str] | None
_FAST = 1


@dataclass(frozen=True)
class Means:
    """What a sender waits with; tests give others.

    Args:
        sleep: Waits so many seconds.
        sleep_async: Likewise, to be awaited.
        monotonic: Seconds of a clock that never goes back.
        draw: A random number from 0 to 1.
    """

    sleep: Callable[[float], object] = time.sleep
    sleep_async: Callable[[float], Any] = anyio.sleep
    monotonic: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = jitter


class _Sender:
    """What both senders do alike."""

    def __init__(self, url: str, key: Key, settings: ClientSettings, means: Means) -> None:
        self.url = checked_url(url)
        self.settings = settings
        self._key = key
        self._means = means

    def _options(self) -> dict[str, Any]:
        """What both clients of httpx are made with."""
        settings = self.settings
        return {
            "base_url": self.url,
            "headers": {"user-agent": "settee-client"},
            "timeout": httpx.Timeout(
                settings.timeout_s,
                connect=settings.connect_timeout_s,
                pool=settings.connect_timeout_s,
            ),
            "limits": httpx.Limits(
                max_connections=settings.max_connections,
                max_keepalive_connections=settings.max_idle_connections,
            ),
            "trust_env": settings.use_environment,
            "follow_redirects": False,
        }

    def _request(self, call: Call[Any]) -> dict[str, Any]:
        headers, body = {"accept": call.accept}, call.body
        if body is not None:
            headers["content-type"] = call.content_type
        if body and len(body) >= self.settings.gzip_from_bytes:
            body = gzip.compress(body, _FAST, mtime=0)
            headers["content-encoding"] = "gzip"
        key = self._key() if callable(self._key) else self._key
        if key is not None:
            headers["authorization"] = f"Bearer {checked_key(key)}"
        return {
            "method": call.method,
            "url": call.path,
            "params": call.query or None,
            "content": body,
            "headers": headers,
        }

    def _wait_s(self, call: Call[Any], error: ClientError, n_tries: int, begun_s: float) -> float:
        """How long to wait before another try.

        Raises:
            ClientError: The error itself, if there must be none.
        """
        spent_s = self._means.monotonic() - begun_s
        wait = wait_s(call, error, n_tries, spent_s, self.settings, self._means.draw())
        if wait is None:
            raise error
        return wait


class SyncSender(_Sender):
    """Sends calls and returns their results; safe to use from several threads.

    Args:
        url: Where the service is.
        key: API key or token, or a function that gives one; None sends none.
        settings: How to wait and try again; None takes the defaults.
        transport: How to reach it, in place of the network.
        means: What to wait with.

    Raises:
        ValueError: If the url is none.
    """

    def __init__(
        self,
        url: str,
        key: Key = None,
        *,
        settings: ClientSettings | None = None,
        transport: httpx.BaseTransport | None = None,
        means: Means | None = None,
    ) -> None:
        super().__init__(url, key, settings or ClientSettings(), means or Means())
        self._http = httpx.Client(transport=transport, **self._options())

    def send(self, call: Call[R]) -> R:
        """The result of a call.

        Raises:
            ClientError: If it was refused, or no try of it succeeded.
        """
        begun_s, n_tries = self._means.monotonic(), 0
        while True:
            n_tries += 1
            try:
                return self._once(call)
            except ClientError as error:
                wait = self._wait_s(call, error, n_tries, begun_s)
            self._means.sleep(wait)

    def _once(self, call: Call[R]) -> R:
        try:
            response = self._http.request(**self._request(call))
        except httpx.RequestError as error:
            raise no_answer(call, self.url, error) from error
        after = response.headers.get("retry-after")
        return result_of(call, response.status_code, response.content, after)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncSender(_Sender):
    """Sends calls and lets their results be awaited, on asyncio or trio.

    Args:
        url: Where the service is.
        key: API key or token, or a function that gives one; None sends none.
        settings: How to wait and try again; None takes the defaults.
        transport: How to reach it, in place of the network.
        means: What to wait with.

    Raises:
        ValueError: If the url is none.
    """

    def __init__(
        self,
        url: str,
        key: Key = None,
        *,
        settings: ClientSettings | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        means: Means | None = None,
    ) -> None:
        super().__init__(url, key, settings or ClientSettings(), means or Means())
        self._http = httpx.AsyncClient(transport=transport, **self._options())

    async def send(self, call: Call[R]) -> R:
        """The result of a call.

        Raises:
            ClientError: If it was refused, or no try of it succeeded.
        """
        begun_s, n_tries = self._means.monotonic(), 0
        while True:
            n_tries += 1
            try:
                return await self._once(call)
            except ClientError as error:
                wait = self._wait_s(call, error, n_tries, begun_s)
            await self._means.sleep_async(wait)

    async def _once(self, call: Call[R]) -> R:
        try:
            response = await self._http.request(**self._request(call))
        except httpx.RequestError as error:
            raise no_answer(call, self.url, error) from error
        after = response.headers.get("retry-after")
        return result_of(call, response.status_code, response.content, after)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def checked_url(url: str) -> str:
    """The address of a service.

    Raises:
        ValueError: If it is no http address.

    >>> checked_url("http://127.0.0.1:8321/")
    'http://127.0.0.1:8321'
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f'"{url}" is no address; write one like http://127.0.0.1:8321.')
    return url.rstrip("/")


def checked_key(key: str) -> str:
    """A key that can stand in a header.

    Raises:
        ValueError: If it cannot; the key is not repeated.
    """
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("The key is empty or holds characters that no key or token has.")
    return key


def no_answer(call: Call[Any], url: str, error: httpx.RequestError) -> ClientError:
    """What an exception of httpx means.

    Args:
        call: What was sent.
        url: Where to.
        error: What httpx raised.
    """
    what = f"{call.method} {call.path} at {url}"
    why = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return CannotConnect(
            f"{what} was not sent: {why}.",
            code="cannot_connect",
            hint="Start one there with settee serve, or correct the address.",
        )
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(f"{what} took too long: {why}.", code="timed_out")
    if isinstance(error, httpx.TransportError):
        return NoAnswer(f"{what} was not answered: {why}.", code="no_answer")
    return BadAnswer(f"{what} was answered in a way that cannot be read: {why}.", code="bad_answer")
