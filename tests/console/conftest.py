import os
import time

import pytest
from playwright.sync_api import expect

from tests.console.world import (
    SLOW_MS,
    browser,
    chromium,
    console_here,
    served,
    small_home,
    wait_until_heard,
)

expect.set_options(timeout=SLOW_MS)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    base = tmp_path_factory.getbasetemp()
    return small_home(base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base)


@pytest.fixture(scope="session")
def api(home):
    with served(home, "--set", "audiences.consent=unless_refused") as (client, _):
        wait_until_lived(client)
        yield str(client.base_url).rstrip("/")


def wait_until_lived(client):
    """Households of an import are lived through beside answering: wait until none moves on."""
    give_up, before, stages = time.monotonic() + 60, None, []
    while before != stages or "persons" not in stages:
        assert time.monotonic() < give_up, "households are still being lived through"
        time.sleep(0.5)
        paths = [f"/v1/accounts/a{number:04}/people" for number in range(1, 79)]
        before, stages = stages, [client.get(path).json().get("stage") for path in paths]


@pytest.fixture(scope="session")
def console(api):
    with console_here(api) as url:
        yield url


@pytest.fixture(scope="module")  # Playwright runs a loop of its own, which others must not meet
def chrome():
    if chromium() is None:
        assert not os.environ.get("CI"), "chromium is missing"
        pytest.skip("chromium is not installed")
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def window(chrome, console):
    """One window, so that what a page loads is loaded once."""
    with chrome.new_context(base_url=console, reduced_motion="reduce") as context:
        context.set_default_timeout(SLOW_MS)
        yield context


@pytest.fixture
def page(window):
    """A fresh tab of somebody who opens the console; scripts that fail, fail the test."""
    window.clear_cookies()
    tab = window.new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    go = tab.goto
    tab.goto = lambda path: (go(path), wait_until_heard(tab))
    yield tab
    tab.close()
    assert [one for one in wrong if not is_early_end_of_chart(one)] == []


def is_early_end_of_chart(said):
    """NiceGUI takes a chart away that has not come up yet, and stumbles over it; none sees it."""
    return "reading 'dispose'" in said
