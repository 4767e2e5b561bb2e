"""A small trained world, a service over it, a console over that, and a browser in front."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from settee.console import serve_console
from settee.core import Settings
from tests.stories.world import FEW, served, told, write_small_world

SLOW_MS = 20_000
"""How long a page may take on a machine that is busy with other things."""
_LARGEST_WAIT_S = 300


def small_home(folder: Path) -> Path:
    """A trained and released home, made once for all processes of a test run."""
    home, done = folder / "console-home", folder / "console-home-is-there"
    try:
        home.mkdir()
    except FileExistsError:
        give_up = time.monotonic() + _LARGEST_WAIT_S
        while not done.exists() and time.monotonic() < give_up:
            time.sleep(0.2)
        return home
    write_small_world(folder / "console-world")
    told(home, "import", str(folder / "console-world"))
    small = ("train.ranker_requests=500", "ranking.trees=20", FEW)
    trained = told(home, *(word for flag in small for word in ("--set", flag)), "train")
    told(home, "release", str(trained["version"]))
    told(home, "audience", "train")
    done.touch()
    return home


@contextmanager
def console_here(api_url: str) -> Iterator[str]:
    """The console in this process; one a process, for NiceGUI has one application."""
    said: list[str] = []
    servers: list[object] = []
    listening = threading.Event()

    def on_start(url: str) -> None:
        said.append(url)
        listening.set()

    settings = Settings().model_copy(
        update={"console": Settings().console.model_copy(update={"port": 0, "api_url": api_url})}
    )
    thread = threading.Thread(
        target=serve_console,
        args=(settings,),
        kwargs={"on_start": on_start, "on_server": servers.append},
    )
    thread.start()
    try:
        assert listening.wait(60)
        wait_for(said[0])
        yield said[0]
    finally:
        servers[0].should_exit = True
        thread.join(30)


@contextmanager
def console_apart(api_url: str, port: int = 0, *flags: str) -> Iterator[str]:
    """A console in a process of its own, for worlds other than the small one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "settee", "--json", *flags, "console",
         "--api", api_url, "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("SETTEE_")},
    )  # fmt: skip
    try:
        line = process.stdout.readline()
        url = line.split('"')[3]
        wait_for(url)
        yield url
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(url: str, most_s: float = 60) -> None:
    give_up = time.monotonic() + most_s
    while time.monotonic() < give_up:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/health").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer")


def chromium() -> str | None:
    """Where Debian's Chromium is; None where it is not."""
    return shutil.which("chromium")


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield one
        finally:
            one.close()


def faults(page: Page) -> list[str]:
    """Serious faults of accessibility, each with where it is."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


__all__ = ["served"]


def wait_until_heard(page):
    """What is typed before a page has its line to the console is lost, on a busy machine too."""
    page.wait_for_function("window.did_handshake || !document.getElementById('app')")
