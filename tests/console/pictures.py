"""Take a picture of each page of the console, in light, dark and at the width of a phone.

``make pictures`` runs the demo with its console, lets some visitors come by, acts on each page as
somebody would, and writes docs/images/<page>-{light,dark,phone}.jpg.

Reads: nothing; the world is invented.  Writes: docs/images.
Not here: what the pages must do (the tests beside this).
"""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page

from settee.console.pages import PAGES
from settee.core import system_clock
from tests.console.world import SLOW_MS, browser, free_port, wait_for

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
LOOKS = {"light": (1280, 860), "dark": (1280, 860), "phone": (390, 844)}
_SETTLED_MS = 1500
_LIVE_MS = 45_000
_A_VISIT_S = 0.2


def _account(page: Page) -> None:
    page.get_by_text("Lately:").wait_for()
    page.locator(".picks button").nth(1).click()


def _click(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name).first.click()


def _audience(page: Page) -> None:
    page.get_by_label("Title or its id").fill("t0003")
    _click("Choose people")(page)


ACTS: dict[str, tuple[Callable[[Page], None], str]] = {
    "/": (lambda page: page.wait_for_timeout(_LIVE_MS), "Who is watching"),
    "/watch": (_account, "Turn dials"),
    "/households": (_account, "Latest sessions"),
    "/rules": (_click("An example"), "1 rule; nothing is odd about them."),
    "/audiences": (_audience, "may be addressed now"),
    "/attribution": (_click("Credit them"), "earned most"),
    "/impact": (_click("Reckon"), "What it hangs on"),
}
"""What is done on a page, and what is there then."""


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        _demo(Path(folder)) as (api, url),
        _visitors(api),
        browser() as chrome,
    ):
        for look, (width, height) in LOOKS.items():
            _take(chrome, url, look, width, height)


@contextmanager
def _demo(folder: Path) -> Iterator[tuple[str, str]]:
    """The demo with its console on free ports."""
    serve, console = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "settee", "--home", str(folder / "home"), "--quiet",
         "--set", f"serve.port={serve}", "--set", f"console.port={console}",
         "demo", "--console"],
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{console}", 300)
        yield f"http://127.0.0.1:{serve}", f"http://127.0.0.1:{console}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _visitors(api: str) -> Iterator[None]:
    """A few people who ask and watch, so that Home has something to show."""
    is_over = threading.Event()

    def come_by() -> None:
        with httpx.Client(base_url=api, timeout=30) as client:
            seen = client.get("/v1/accounts", params={"limit": 20}).json()["accounts"]
            number = 0
            while not is_over.wait(_A_VISIT_S):
                number += 1
                account_id = seen[number % 6]["account_id"]
                shown = client.get(
                    "/v1/recommendations", params={"account_id": account_id, "device_type": "tv"}
                ).json()
                event = {
                    "event_id": f"picture-{number}", "account_id": account_id, "kind": "play",
                    "at": system_clock().isoformat(), "device_type": "tv",
                    "item_id": shown["items"][number % 3]["item_id"],
                }  # fmt: skip
                client.post("/v1/events", json=event)

    visitors = threading.Thread(target=come_by)
    visitors.start()
    try:
        yield
    finally:
        is_over.set()
        visitors.join()


def _take(chrome: Browser, url: str, look: str, width: int, height: int) -> None:
    context = chrome.new_context(base_url=url, viewport={"width": width, "height": height})
    context.set_default_timeout(SLOW_MS)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("heading", name=PAGES[0].title, level=1).wait_for()
    if look == "dark":
        page.get_by_role("button", name="Light or dark").click()
    for one in PAGES:
        page.goto(one.path)
        page.get_by_role("heading", name=one.title, level=1).wait_for()
        act, there = ACTS.get(one.path, (lambda _: None, one.says))
        act(page)
        page.get_by_text(there).first.wait_for()
        page.wait_for_timeout(_SETTLED_MS)
        page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
        page.mouse.move(width - 5, height - 5)
        page.wait_for_timeout(300)
        name = one.path.strip("/") or "home"
        page.screenshot(path=IMAGES / f"{name}-{look}.jpg", type="jpeg", quality=55)
    context.close()


if __name__ == "__main__":
    main()
