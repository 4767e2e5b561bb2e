"""Let silos talk to their coordinator over HTTP, and end each step when its time is over.

Every call carries the token that all silos and the coordinator share, and after the hello the
ticket of the silo. A silo asks until what it asks for is there (202 means not yet). When the total
is known the weights are made once, handed to all that stayed, and the door closes.

Reads: the event loop's clock.  Writes: nothing.
Not here: the steps (federation.coordinator), the other side (federation.caller).
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.core import NotFound, SetteeError
from settee.federation.coordinator import Coordinator, Step
from settee.federation.errors import BadMessage, BadTerms, FederationFailed, StrangeSilo
from settee.federation.messages import (
    Hello,
    Learnt,
    Opening,
    Parcels,
    read_message,
    write_message,
)

JSON, OCTETS = b"application/json", b"application/octet-stream"
_MOST_BYTES = 64 << 20
_LOOK_S = 0.02
_TELL_S = 1.0  # so long a failure is told to those who ask
LOOPBACK = ("127.0.0.1", "::1", "localhost")
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Made = TypeVar("Made")


@dataclass(frozen=True)
class Address:
    """Where the coordinator listens.

    Args:
        host: 127.0.0.1 unless there is a certificate.
        port: 0 takes any that is free.
        certificate: File of the certificate chain, "" for plain HTTP.
        key: File of its private key.

    Raises:
        BadTerms: If others could read along: another host than loopback without a certificate.
    """

    host: str = "127.0.0.1"
    port: int = 8322
    certificate: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK and not self.certificate:
            raise BadTerms(
                f"{self.host} without a certificate would send the token in the clear; 127.0.0.1 "
                "is accepted, or --certificate and --key.",
                place="--host",
            )


@dataclass(frozen=True)
class Finished(Generic[Made]):
    """What was made of the total.

    Args:
        learnt: What silos are told.
        weights: What follows it.
        made: Whatever the caller wants to keep.
    """

    learnt: Learnt
    weights: NDArray[np.float32]
    made: Made


@dataclass
class Door(Generic[Made]):
    """The coordinator as an ASGI application.

    Args:
        coordinator: Its steps.
        token: Shared by all; at least 16 bytes.
        finish: Makes the weights of the total; runs in a thread of its own.
        wait_s: Longest time of a step.
        say: Told where the federation is: step, who came, who is expected.
    """

    coordinator: Coordinator
    token: bytes
    finish: Callable[[Coordinator], Finished[Made]]
    wait_s: float = 60.0
    say: Callable[[str, int, int], None] = lambda *_: None
    finished: Finished[Made] | None = None
    _fetched: set[str] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        try:
            headers = {bytes(k).lower(): bytes(v) for k, v in scope["headers"]}
            answer = await self._answer(scope["method"], scope["path"], headers, receive)
        except SetteeError as error:
            await _reply(send, error.status, msgspec.json.encode({"error": error.as_dict()}))
            return
        if answer is None:
            await _reply(send, 202, b"{}")
        elif isinstance(answer, np.ndarray):
            await _reply(send, 200, answer.data.cast("B"), OCTETS)
            self._fetched.add(_silo_of(headers))
        else:
            await _reply(send, 200, answer)

    async def watch(self) -> Finished[Made]:
        """See the federation to its end.

        Raises:
            FederationFailed: If it came to none.
        """
        loop = asyncio.get_running_loop()
        step, since = self.coordinator.step, loop.time()
        told: tuple[Step, int] | None = None
        while self.coordinator.step not in (Step.TOTAL, Step.FAILED):
            if self.coordinator.step != step:
                step, since = self.coordinator.step, loop.time()
            now = (self.coordinator.step, len(self.coordinator.came))
            if now != told:
                self.say(f"federate: {step}", now[1], self.coordinator.expected)
                told = now
            if loop.time() - since > self.wait_s:
                self._end_step()
            await asyncio.sleep(_LOOK_S)
        if self.coordinator.step == Step.TOTAL:
            await self._finish()
        if self.finished is None:
            await asyncio.sleep(min(_TELL_S, self.wait_s))
            raise FederationFailed(self.coordinator.why)
        await self._handed_out()
        return self.finished

    def _end_step(self) -> None:
        try:
            self.coordinator.end_step()
        except FederationFailed as error:
            self.coordinator.fail(error.message)

    async def _finish(self) -> None:
        try:
            self.finished = await asyncio.to_thread(self.finish, self.coordinator)
        except SetteeError as error:
            self.coordinator.fail(error.message)

    async def _handed_out(self) -> None:
        """Wait until all that stayed have the weights, or long enough."""
        survivors = self.coordinator.survivors
        stayed = set(survivors.stayed) if survivors else set()
        loop = asyncio.get_running_loop()
        since = loop.time()
        while stayed - self._fetched and loop.time() - since < self.wait_s:
            await asyncio.sleep(_LOOK_S)
        await asyncio.sleep(_LOOK_S)

    async def _answer(
        self, method: str, path: str, headers: dict[bytes, bytes], receive: Receive
    ) -> bytes | NDArray[np.float32] | None:
        told = headers.get(b"authorization", b"")
        if not hmac.compare_digest(told, b"Bearer " + self.token):
            raise StrangeSilo(
                "the token is not the one of this federation.",
                hint="Give coordinator and silos the same token file.",
            )
        if (method, path) == ("POST", "/v1/hello"):
            hello = read_message(await _body(receive), Hello)
            return msgspec.json.encode({"ticket": self.coordinator.hello(hello)})
        name = self._who(headers)
        if method == "POST":
            await self._take(path, name, headers, receive)
            return b"{}"
        if method != "GET":
            raise NotFound(f"{method} {path}: a federation has nothing there.")
        return self._give(path, name)

    def _who(self, headers: dict[bytes, bytes]) -> str:
        name = _silo_of(headers)
        try:
            ticket = bytes.fromhex(headers.get(b"x-settee-ticket", b"").decode("ascii"))
        except ValueError:
            ticket = b""
        self.coordinator.check_ticket(name, ticket)
        return name

    async def _take(
        self, path: str, name: str, headers: dict[bytes, bytes], receive: Receive
    ) -> None:
        match path:
            case "/v1/parcels":
                parcels = read_message(await _body(receive), Parcels)
                self.coordinator.put_parcels(name, parcels)
            case "/v1/sum":
                self.coordinator.expect_sum(name)
                masked = await _numbers(headers, receive, self.coordinator.n_cells)
                self.coordinator.put_sum(name, masked)
            case "/v1/opening":
                opening = read_message(await _body(receive), Opening)
                self.coordinator.put_opening(name, opening)
            case _:
                raise NotFound(f"POST {path}: a federation has nothing there.")

    def _give(self, path: str, name: str) -> bytes | NDArray[np.float32] | None:
        coordinator = self.coordinator
        if coordinator.step == Step.FAILED:
            raise FederationFailed(coordinator.why)
        match path:
            case "/v1/plan":
                return _written(coordinator.plan)
            case "/v1/parcels":
                return _written(coordinator.parcels_for(name))
            case "/v1/survivors":
                return _written(coordinator.survivors)
            case "/v1/learnt":
                return _written(self.finished.learnt if self.finished else None)
            case "/v1/weights":
                return self.finished.weights if self.finished else None
            case _:
                raise NotFound(f"GET {path}: a federation has nothing there.")


def serve(
    door: Door[Made], address: Address, ready: Callable[[int], None] = lambda _: None
) -> Finished[Made]:
    """Listen until the federation has ended.

    Args:
        door: Answers.
        address: Where.
        ready: Told the port once calls are taken.

    Raises:
        BadTerms: If the certificate cannot be used.
        FederationFailed: If it came to no total, or nothing could listen there.
    """
    import uvicorn  # loads much, and a silo needs none

    config = uvicorn.Config(
        door, address.host, address.port, lifespan="off", log_config=None, access_log=False,
        ssl_certfile=address.certificate or None, ssl_keyfile=address.key or None,
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    try:
        config.load()
    except OSError as error:  # an ssl.SSLError is one too
        raise BadTerms(
            f"certificate {address.certificate} with key {address.key} cannot be used: {error}.",
            hint="Both are PEM files; the chain starts with this host's certificate.",
            place="--certificate",
        ) from None
    return asyncio.run(_served(door, uvicorn.Server(config), ready))


async def _served(door: Door[Made], server: Any, ready: Callable[[int], None]) -> Finished[Made]:  # noqa: ANN401 -- uvicorn is loaded late
    serving = asyncio.create_task(_listen(server))
    while not server.started and not serving.done():
        await asyncio.sleep(_LOOK_S)
    if serving.done():
        raise FederationFailed(
            "the coordinator cannot listen there; the address is taken or not this machine's.",
            hint="Choose another --port.",
        )
    ready(server.servers[0].sockets[0].getsockname()[1])
    watching = asyncio.create_task(door.watch())
    await asyncio.wait((serving, watching), return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    if not watching.done():  # stopped from outside
        watching.cancel()
        door.coordinator.fail("the coordinator was stopped.")
    await serving
    if watching.cancelled() or not watching.done():
        raise FederationFailed(door.coordinator.why)
    return watching.result()


async def _listen(server: Any) -> None:  # noqa: ANN401 -- uvicorn is loaded late
    try:
        await server.serve()
    except SystemExit:  # uvicorn's word for an address that it cannot have
        return


def _written(message: msgspec.Struct | None) -> bytes | None:
    return None if message is None else write_message(message)


def _silo_of(headers: dict[bytes, bytes]) -> str:
    return headers.get(b"x-settee-silo", b"").decode("latin-1")


async def _chunks(receive: Receive, most: int) -> Any:  # noqa: ANN401 -- an asynchronous generator
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadMessage("the caller left in the middle of a message.")
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size > most:
            raise BadMessage(f"a message has more than the {most:,} bytes that are accepted.")
        yield chunk


async def _body(receive: Receive) -> bytes:
    return b"".join([chunk async for chunk in _chunks(receive, _MOST_BYTES)])


async def _numbers(headers: dict[bytes, bytes], receive: Receive, n: int) -> NDArray[np.uint64]:
    if headers.get(b"content-length", b"") != str(8 * n).encode():
        raise BadMessage(f"a sum has {8 * n:,} bytes, 8 for each cell; send as many.")
    out = np.empty(n, "<u8")
    place, raw = 0, out.data.cast("B")
    async for chunk in _chunks(receive, 8 * n):
        raw[place : place + len(chunk)] = chunk
        place += len(chunk)
    return out


async def _reply(send: Send, status: int, body: bytes | memoryview, kind: bytes = JSON) -> None:
    length = str(body.nbytes if isinstance(body, memoryview) else len(body)).encode()
    headers = [(b"content-type", kind), (b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    step = 1 << 20
    for start in range(0, len(body), step):
        part = bytes(body[start : start + step])
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
