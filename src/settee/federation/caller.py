"""Bring one silo through a federation, from the hello to the weights, over HTTP.

The silo asks again and again until the others are as far; a coordinator that is not up yet is
waited for. Plain HTTP is spoken on this machine alone: elsewhere the token would be read along.

Reads: a monotonic clock.  Writes: nothing.
Not here: what is sent (federation.silo), the other side (federation.door).
"""

import http.client
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.federation.door import LOOPBACK
from settee.federation.errors import (
    BadMessage,
    BadTerms,
    FederationFailed,
    StrangeSilo,
    WrongStep,
)
from settee.federation.messages import (
    Learnt,
    Message,
    Parcels,
    Plan,
    Survivors,
    read_message,
    write_message,
)
from settee.federation.silo import Silo

_ASK_AGAIN_S = 0.1
_CALL_S = 60.0
_KNOWN = {one.code: one for one in (BadMessage, FederationFailed, StrangeSilo, WrongStep)}

Count = Callable[[Plan], tuple[NDArray[np.float64], float]]
"""Gives a silo's amounts in the cells of a plan, and what one account may change in them."""


@dataclass(frozen=True)
class Route:
    """The way to a coordinator.

    Args:
        url: http://127.0.0.1:8322, or https:// with any host.
        token: Shared by all.
        authority: File of the certificates to trust, "" for those of the system.
        wait_s: Longest time to wait for the others.

    Raises:
        BadTerms: If the address cannot be used, or would be spoken to in the clear.
    """

    url: str
    token: bytes
    authority: str = ""
    wait_s: float = 600.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        is_safe = parts.scheme == "https" or parts.hostname in LOOPBACK
        if parts.scheme not in ("http", "https") or not parts.hostname or not is_safe:
            raise BadTerms(
                f'"{self.url}" is not the address of a coordinator; https://HOST:PORT is, and '
                "http://127.0.0.1:PORT on this machine.",
                place="URL",
            )

    def connection(self) -> http.client.HTTPConnection:
        """A new connection, not opened yet.

        Raises:
            BadTerms: If the certificates to trust cannot be read.
        """
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            try:
                trusted = ssl.create_default_context(cafile=self.authority or None)
            except OSError as error:  # an ssl.SSLError is one too
                raise BadTerms(
                    f"{self.authority} holds no certificates to trust: {error}; a PEM file does.",
                    place="--authority",
                ) from None
            return http.client.HTTPSConnection(host, parts.port, timeout=_CALL_S, context=trusted)
        return http.client.HTTPConnection(host, parts.port, timeout=_CALL_S)


class Caller:
    """One silo's calls.

    Args:
        route: To whom.
        name: The silo's name.
    """

    def __init__(self, route: Route, name: str) -> None:
        self._route = route
        self._headers = {
            "Authorization": f"Bearer {route.token.decode('latin-1')}",
            "X-Settee-Silo": name,
        }
        self._until = time.monotonic() + route.wait_s

    def use_ticket(self, ticket: bytes) -> None:
        """Show this ticket from now on."""
        self._headers["X-Settee-Ticket"] = ticket.hex()

    def put(self, path: str, body: bytes | memoryview) -> bytes:
        """Send something, once the coordinator can be reached.

        Raises:
            FederationFailed: If it cannot be reached in time, or the federation failed.
            SetteeError: What the coordinator says of the message.
        """
        while True:
            try:
                return self._call("POST", path, body)[1]
            except ConnectionRefusedError:
                self._wait("no coordinator answers")

    def get(self, path: str) -> bytes:
        """Ask until it is there.

        Raises:
            FederationFailed: If it is not there in time, or the federation failed.
        """
        while True:
            status, body = self._call("GET", path, b"")
            if status == http.client.OK:
                return body
            self._wait(f"{path.rsplit('/', 1)[1]} did not come")

    def message(self, path: str, kind: type[Message]) -> Message:
        """Ask for a message until it is there; raises as `get` does."""
        return read_message(self.get(path), kind)

    def _wait(self, what: str) -> None:
        if time.monotonic() > self._until:
            raise FederationFailed(
                f"{what} at {self._route.url} within {self._route.wait_s:g} s.",
                hint="Start the coordinator and all silos at about the same time.",
            )
        time.sleep(_ASK_AGAIN_S)

    def _call(self, method: str, path: str, body: bytes | memoryview) -> tuple[int, bytes]:
        connection = self._route.connection()
        try:
            connection.request(method, path, body, self._headers)
            answer = connection.getresponse()
            raw = answer.read()
        except ConnectionRefusedError:
            if method == "POST":
                raise
            raise FederationFailed("the coordinator is gone.") from None
        except (OSError, http.client.HTTPException) as error:
            raise FederationFailed(
                f"the coordinator at {self._route.url} cannot be spoken to: "
                f"{type(error).__name__} {error}.",
                hint="Address, certificate and network are worth a look.",
            ) from None
        finally:
            connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise _error(raw)
        return answer.status, raw


def _error(raw: bytes) -> Exception:
    try:
        told = msgspec.json.decode(raw)["error"]
        return _KNOWN.get(told["code"], FederationFailed)(
            told["message"], hint=told.get("hint", "")
        )
    except (msgspec.DecodeError, KeyError, TypeError):
        return FederationFailed("what answers there is not a coordinator.")


def take_part(
    silo: Silo,
    route: Route,
    item_ids: tuple[str, ...],
    count: Count,
    say: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[Learnt, NDArray[np.float32]]:
    """Go through all steps.

    Args:
        silo: Holds the secrets.
        route: To the coordinator.
        item_ids: The silo's items; none where the coordinator names them.
        count: Called once, with the plan.
        say: Told what the silo is at.

    Returns:
        What was learnt and the weights, (m, m) float32.

    Raises:
        SiloRefuses: If the coordinator's plan would lay the silo's amounts open.
        FederationFailed: If it came to no total.
    """
    caller = Caller(route, silo.name)
    say("federate: hello", 0, 5)
    ticket = caller.put("/v1/hello", write_message(silo.hello(item_ids)))
    caller.use_ticket(msgspec.json.decode(ticket, type=dict[str, bytes])["ticket"])
    plan = caller.message("/v1/plan", Plan)
    say("federate: parcels", 1, 5)
    caller.put("/v1/parcels", write_message(silo.shares(plan)))
    amounts, bound = count(plan)
    parcels = caller.message("/v1/parcels", Parcels)
    say("federate: sum", 2, 5)
    masked = silo.masked(parcels, amounts, bound)
    caller.put("/v1/sum", masked.astype("<u8", copy=False).data.cast("B"))
    del amounts, masked
    say("federate: opening", 3, 5)
    survivors = caller.message("/v1/survivors", Survivors)
    caller.put("/v1/opening", write_message(silo.opening(survivors)))
    say("federate: weights", 4, 5)
    learnt = caller.message("/v1/learnt", Learnt)
    raw = caller.get("/v1/weights")
    n = len(learnt.items)
    if len(raw) != 4 * n * n:
        raise BadMessage(f"{len(raw):,} bytes came as the weights of {n:,} items.")
    say("federate: weights", 5, 5)
    return learnt, np.frombuffer(raw, "<f4").reshape(n, n)
