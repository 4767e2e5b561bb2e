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
ALWAYS = {
    "test_pages.py", "test_five_questions.py", "test_tour.py", "test_form.py", "test_hardship.py",
}  # fmt: skip
"""Files whose browser tests run with every `make test`."""
ACTS = {
    "test_home_shows_figures_and_leads_from_an_active_account_to_watch",
    "test_a_session_is_tried_out_and_who_is_there_moves",
    "test_a_correction_is_told_and_what_it_changed_is_shown",
    "test_a_title_is_found_and_opens_with_what_goes_with_it",
    "test_a_dry_run_shows_the_list_before_and_after",
    "test_rules_are_put_found_changed_by_somebody_else_and_taken_back",
    "test_audience_is_made_taken_out_and_found_again",
    "test_journey_of_an_account_is_told_step_by_step",
    "test_another_metric_draws_another_chart",
    "test_net_is_told_with_its_ends_its_sums_and_what_it_hangs_on",
    "test_a_file_is_sent_and_every_line_accounted_for",
}
"""Of the other files the tests in which each page acts; the rest is for `make test-console`."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Most of the browser's minutes are page loads: what else single pages do is marked slow."""
    for item in items:
        name = getattr(item, "originalname", "")
        is_in_browser = "chrome" in getattr(item, "fixturenames", ())
        if is_in_browser and item.path.name not in ALWAYS and name not in ACTS:
            item.add_marker(pytest.mark.slow)


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
