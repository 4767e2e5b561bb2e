"""How soon the console can be used, how fast it acts, and what twenty open ones cost the service.

A browser opens Home with nothing cached until its figures stand there, then asks Watch for one
account after another. Then the service answers a constant rate from its own core, in turn with no
console and with twenty open ones, which ask and are told as ever but are drawn nowhere: a browser
is on somebody's desk. What it costs to have twenty browsers on this machine too is told beside it.
Console, browser and load share the other core, which is busy in every case, and the load goes first
there.

Reads: nothing; the world is invented.  Writes: the work folder.
Not here: what pages show (tests/console), the service alone (speed/answers).
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import numpy as np
import psutil

from bench.harness import Bar, Context, Result
from bench.load import HOST, get_request
from bench.speed.door import Door, cores, load, running_door
from bench.speed.viewers import open_viewers
from settee.core import system_clock
from settee.events import simulate, write_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ID = "speed/console"
SUMMARY = "first page, a page's action, and the service's p99 beside twenty open consoles"

RATE = 200.0
N_CONSOLES = 20
_ROUNDS = 3
_SECONDS = 60.0
"""Of a load: what is kept is looked at anew each minute, so a shorter one may meet none of that."""
_SETTLED_S = 5.0
_CHROMIUM = "/usr/bin/chromium"


def run(context: Context) -> Result:
    """Serve a small world, open the console, act, and load the service."""
    from playwright.sync_api import sync_playwright

    home = context.work / "home"
    ids = _fill(context, home)
    n = 5 if context.quick else 20
    figures: dict[str, float] = {}
    with ExitStack() as stack:
        door = stack.enter_context(running_door(home))
        url = stack.enter_context(_console(door.port))
        playwright = stack.enter_context(sync_playwright())
        arguments = ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=_behind(context.work), args=arguments)
        figures |= _first_pages(browser, url, n)
        figures |= _actions(browser, url, ids[:n])
        figures |= _beside(context, door, browser, url, ids)
        browser.close()
    return Result(
        figures,
        {
            "first_page_s": Bar(figures["first_page_s"], 2.0),
            "action_ms": Bar(figures["action_ms"], 300.0),
            "p99_times": Bar(figures["p99_times"], 1.10),
        },
    )


def _fill(context: Context, home: Path) -> list[str]:
    """A trained world of the size of the demo."""
    n_accounts, n_titles = (80, 120) if context.quick else (400, 800)
    items, events = simulate(7, n_accounts, n_titles, 60, system_clock())
    write_world(context.work / "world", items, events)
    base = [sys.executable, "-m", "settee", "--home", str(home), "--quiet"]
    flags = ["--set", "train.ranker_requests=500", "--set", "ranking.trees=20"]
    subprocess.run([*base, "import", str(context.work / "world")], check=True)
    subprocess.run([*base, *flags, "train"], check=True)
    subprocess.run([*base, "release"], check=True)
    return [f"a{number:04}" for number in range(n_accounts)]


@contextmanager
def _console(port: int) -> Iterator[str]:
    """A console in a process of its own, on the core of the browser."""
    process = subprocess.Popen(
        ["taskset", "-c", str(cores()[1]), sys.executable, "-m", "settee", "--json", "console",
         "--api", f"http://{HOST}:{port}", "--port", "0", "--while-open"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        url = process.stdout.readline().split('"')[3] if process.stdout else ""
        for _ in range(200):
            try:
                httpx.get(f"{url}/health")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()


def _behind(work: Path) -> Path:
    """A browser on the core of the load that takes what is left of it."""
    script = work / "browser"
    script.write_text(f'#!/bin/sh\nexec taskset -c {cores()[1]} nice -n 19 {_CHROMIUM} "$@"\n')
    script.chmod(0o755)
    return script


def _first_pages(browser: "Browser", url: str, n: int) -> dict[str, float]:
    """Seconds from nothing to the figures of Home, in a fresh browser profile each time."""
    took = []
    for _ in range(n):
        with browser.new_context(base_url=url) as fresh:
            page = fresh.new_page()
            begun_s = time.perf_counter()
            page.goto("/")
            page.get_by_text("answers a second").first.wait_for()
            took.append(time.perf_counter() - begun_s)
    return {"first_page_s": float(np.median(took)), "first_page_max_s": max(took)}


def _actions(browser: "Browser", url: str, ids: list[str]) -> dict[str, float]:
    """Milliseconds from a click on Show to the list of the account on the page."""
    took = []
    with browser.new_context(base_url=url) as fresh:
        page = fresh.new_page()
        page.goto("/watch")
        for place, account_id in enumerate(["a0000", *ids]):
            field = page.get_by_label("Account", exact=True)
            field.fill(account_id)
            page.wait_for_timeout(400)
            page.evaluate("document.querySelectorAll('.item').forEach(one => one.remove())")
            begun_s = time.perf_counter()
            page.get_by_role("button", name="Show").click()
            page.locator(".item").first.wait_for()
            if place:  # the first answer of a service reads its model
                took.append(1000 * (time.perf_counter() - begun_s))
    return {"action_ms": float(np.median(took)), "action_max_ms": max(took)}


def _beside(
    context: Context, door: Door, browser: "Browser", url: str, ids: list[str]
) -> dict[str, float]:
    """The service's p99 without and with twenty open consoles, in turn, the other core busy."""
    asked = [get_request(f"/v1/recommendations?account_id={one}&k=20&explain=false") for one in ids]

    seconds = 5.0 if context.quick else _SECONDS
    cases: dict[str, Callable[[], AbstractContextManager[None]]] = {
        "alone": nullcontext,
        "beside": lambda: open_viewers(url, N_CONSOLES),
        "drawn": lambda: _drawn(browser, url),
    }

    def p99() -> float:
        with _busy_core():
            return load(
                door, asked, context.work, rate=RATE, seconds=seconds, connections=16, first=True
            ).p99_ms

    for one in psutil.Process().children(recursive=True):  # what drives the browser, too
        if one.pid != door.process.pid:
            one.cpu_affinity([cores()[1]])
    found: dict[str, list[float]] = {name: [] for name in cases}
    p99()
    for number in range(1 if context.quick else _ROUNDS):
        for name in list(cases)[:: -1 if number % 2 else 1]:  # what drifts, drifts for all
            with cases[name]():
                time.sleep(_SETTLED_S)
                found[name].append(p99())
        context.say(", ".join(f"{name} {p99s[-1]:.2f} ms" for name, p99s in found.items()))
    alone, beside, drawn = (float(np.median(p99s)) for p99s in found.values())
    return {
        "p99_alone_ms": alone,
        "p99_beside_ms": beside,
        "p99_drawn_ms": drawn,
        "p99_times": beside / alone,
        "p99_drawn_times": drawn / alone,
    }


@contextmanager
def _drawn(browser: "Browser", url: str) -> Iterator[None]:
    """Twenty consoles, each in a browser profile of its own."""
    opened = [browser.new_context(base_url=url) for _ in range(N_CONSOLES)]
    for one in opened:
        page = one.new_page()
        page.goto("/")
        page.get_by_text("answers a second").first.wait_for()
    yield
    for one in opened:
        one.close()


@contextmanager
def _busy_core() -> Iterator[None]:
    """Something that keeps the core of the browser busy where the browser does not.

    Two cores of one machine share caches and the machine's share of its host: without this, the
    price of a busy neighbour would be taken for that of the consoles.
    """
    loop = ["nice", "-n", "19", sys.executable, "-c", "while True: pass"]
    process = subprocess.Popen(["taskset", "-c", str(cores()[1]), *loop])
    try:
        yield
    finally:
        process.kill()
        process.wait()
