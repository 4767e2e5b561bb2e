"""A service that runs on a free port, and a network that does what a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from settee.app import Workspace, open_workspace
from settee.client import AsyncClient, Client, ClientSettings
from settee.client.sending import Means
from settee.core import Settings
from settee.web import serve
from tests.respond.world import World, small_model, with_settings

Response = Callable[[httpx.Request], httpx.Response] | httpx.Response | Exception

PATIENT = ClientSettings(timeout_s=60.0)
"""For machines that are busy with other things."""


@contextmanager
def running(home: Path, **sections: dict[str, object]) -> Iterator[tuple[str, Workspace]]:
    """A service on a home with a small model; its URL and its workspace."""
    sections["serve"] = {"port": 0, **sections.get("serve", {})}
    settings = with_settings(Settings(), **sections)
    world = World.at(home, settings)
    world.put_titles()
    world.release(small_model(world.settings))
    world.close()
    urls, servers = [], []
    started = threading.Event()

    def told(url: str) -> None:
        urls.append(url)
        started.set()

    with open_workspace(world.settings) as workspace:
        thread = threading.Thread(
            target=serve,
            args=(workspace,),
            kwargs={"on_start": told, "on_server": servers.append},
        )
        thread.start()
        try:
            assert started.wait(60)
            with Client(urls[0], settings=PATIENT) as client:
                client.ready()
            yield urls[0], workspace
        finally:
            servers[0].should_exit = True
            thread.join(60)


@dataclass
class Net:
    """Answers each request with the next of what it was told; the last one again and again."""

    says: list[Response]
    asked: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    drawn: float = 1.0

    @property
    def means(self) -> Means:
        """Time passes only when somebody waits."""

        async def wait(seconds: float) -> None:
            self.slept.append(seconds)

        return Means(self.slept.append, wait, lambda: sum(self.slept), lambda: self.drawn)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, Exception):
            raise said
        return said if isinstance(said, httpx.Response) else said(request)

    def client(self, **settings: object) -> Client:
        return Client(
            "http://settee.test",
            "k",
            settings=ClientSettings(**settings),
            transport=httpx.MockTransport(self),
            means=self.means,
        )

    def async_client(self, **settings: object) -> AsyncClient:
        return AsyncClient(
            "http://settee.test",
            "k",
            settings=ClientSettings(**settings),
            transport=httpx.MockTransport(self),
            means=self.means,
        )


def net(*says: Response) -> Net:
    return Net(list(says))


def up() -> httpx.Response:
    return httpx.Response(200, json={"is_up": True})


def refusal(status: int, code: str = "nope", **more: str) -> httpx.Response:
    headers = {"retry-after": more.pop("retry_after")} if "retry_after" in more else {}
    error = {"code": code, "message": "No.", **more}
    return httpx.Response(status, json={"error": error}, headers=headers)
