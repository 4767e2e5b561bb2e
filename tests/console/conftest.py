import os

import pytest
from playwright.sync_api import expect

from tests.console.world import SLOW_MS, browser, chromium, console_here, served, small_home

expect.set_options(timeout=SLOW_MS)
ALWAYS = {"test_pages.py", "test_five_questions.py", "test_tour.py", "test_form.py"}
"""Files whose browser tests run with every `make test`; the others run with `make test-console`."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Most of the browser's minutes are page loads: those of single pages are marked slow."""
    for item in items:
        if "chrome" in getattr(item, "fixturenames", ()) and item.path.name not in ALWAYS:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    base = tmp_path_factory.getbasetemp()
    return small_home(base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base)


@pytest.fixture(scope="session")
def api(home):
    with served(home) as (client, _):
        yield str(client.base_url).rstrip("/")


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


@pytest.fixture
def page(chrome, console):
    """A fresh tab of somebody who opens the console; scripts that fail, fail the test."""
    with chrome.new_context(base_url=console, reduced_motion="reduce") as context:
        context.set_default_timeout(SLOW_MS)
        tab = context.new_page()
        wrong: list[str] = []
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        yield tab
        assert wrong == []
