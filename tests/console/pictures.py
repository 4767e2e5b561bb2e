"""Take a picture of each page of the console, in light, dark and at the width of a phone.

``python -m tests.console.pictures [HOME]`` serves a home (by default a small invented world), acts
on each page as a visitor would, and writes docs/images/<page>-{light,dark,phone}.jpg.

Reads: a home folder.  Writes: docs/images.
Not here: what the pages must do (the tests beside this).
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

from settee.console.pages import PAGES
from tests.console.world import SLOW_MS, browser, console_apart, served, small_home

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
LOOKS = {"light": (1280, 860), "dark": (1280, 860), "phone": (390, 844)}
_SETTLED_MS = 1200


def _account(page: Page) -> None:
    page.get_by_label("Account", exact=True).fill("a0001")
    page.get_by_label("Account", exact=True).press("Enter")


def _click(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name).first.click()


ACTS: dict[str, Callable[[Page], None]] = {
    "/watch": _account,
    "/households": _account,
    "/rules": _click("An example"),
    "/attribution": _click("Credit them"),
    "/impact": _click("Reckon"),
}


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(sys.argv[1]) if len(sys.argv) > 1 else small_home(Path(folder))
        with served(home) as (client, _):
            api = str(client.base_url).rstrip("/")
            with console_apart(api) as url, browser() as chrome:
                for look, (width, height) in LOOKS.items():
                    _take(chrome, url, look, width, height)


def _take(chrome: Browser, url: str, look: str, width: int, height: int) -> None:
    context = chrome.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if look == "dark" else "light",
    )
    context.set_default_timeout(SLOW_MS)
    page = context.new_page()
    for one in PAGES:
        page.goto(one.path)
        page.get_by_role("heading", name=one.title, level=1).wait_for()
        if look == "dark" and one is PAGES[0]:
            page.get_by_role("button", name="Light or dark").click()
            page.mouse.move(width / 2, height - 5)
        ACTS.get(one.path, lambda _: None)(page)
        page.wait_for_timeout(_SETTLED_MS)
        name = one.path.strip("/") or "home"
        page.screenshot(path=IMAGES / f"{name}-{look}.jpg", type="jpeg", quality=55)
    context.close()


if __name__ == "__main__":
    main()
