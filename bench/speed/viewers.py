"""Keep consoles open without a browser: fetch the page, open its line, and take what comes.

A browser draws what it is told, and draws it on somebody's desk. On the machine of the service it
competes with it for caches and memory, which is the browser's doing and not the console's. Here the
console works as for any browser (a session, a page, a line for each), and nothing draws.

Reads / Writes: sockets of 127.0.0.1.
Source: NiceGUI 3 (`_on_handshake` in nicegui.py: what a page says when its line is open).
"""

import argparse
import ast
import asyncio
import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import httpx

from bench.harness import ROOT
from bench.speed.door import cores

_ASKED = re.compile(r"query: (\{.*?\}),\n")
_PATH = "/_nicegui_ws/socket.io"


@contextmanager
def open_viewers(url: str, n: int) -> Iterator[None]:
    """Have consoles open, with their figures there, until the end of the ``with``.

    Args:
        url: Of the console.
        n: How many.

    Raises:
        RuntimeError: If one of them got no figures, or was told nothing while it was open.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.speed.viewers", url, str(n)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        if process.stdout is None or process.stdout.readline() != "open\n":
            raise RuntimeError(f"{n} consoles at {url} could not be opened")
        yield
        told, _ = process.communicate("", timeout=60)
        if min(json.loads(told)) == 0:
            raise RuntimeError(f"of {n} consoles some were told nothing: {told}")
    finally:
        process.kill()
        process.wait()


class _Viewer:
    """One open console; counts what it was told since the last look."""

    def __init__(self) -> None:
        import socketio

        self.n_told = 0
        self.has_figures = asyncio.Event()
        self._line = socketio.AsyncClient(reconnection=False)

    async def open(self, url: str) -> None:
        async with httpx.AsyncClient(base_url=url, follow_redirects=True) as http:
            page = (await http.get("/")).raise_for_status().text
            cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        found = _ASKED.search(page)
        if found is None:
            raise RuntimeError(f"{url} shows no page of the console")
        names = ("document_id", "tab_id", "old_tab_id")
        asked = ast.literal_eval(found[1]) | {name: str(uuid.uuid4()) for name in names}
        self._line.on("*", self._take)
        await self._line.connect(
            f"{url}/?{urlencode(asked)}", socketio_path=_PATH, transports=["websocket"],
            headers={"cookie": cookies, "origin": url},
        )  # fmt: skip
        if not await self._line.call("handshake", asked):
            raise RuntimeError("the console did not take the handshake")

    async def close(self) -> None:
        await self._line.disconnect()

    async def _take(self, _: str, *said: object) -> None:
        self.n_told += 1
        if "answers a second" in json.dumps(said, default=str):
            self.has_figures.set()


async def _view(url: str, n: int) -> None:
    viewers = [_Viewer() for _ in range(n)]
    for one in viewers:
        await one.open(url)
        await asyncio.wait_for(one.has_figures.wait(), 60)
        one.n_told = 0
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps([one.n_told for one in viewers]), flush=True)
    for one in viewers:
        await one.close()


def main() -> None:
    """Be the viewers, until the end of standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("n", type=int)
    given = parser.parse_args()
    os.sched_setaffinity(0, {cores()[1]})
    asyncio.run(_view(given.url, given.n))


if __name__ == "__main__":
    main()
