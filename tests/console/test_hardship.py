"""The console over nothing, over a hundred thousand accounts, and when parts of it go away."""

import json
from contextlib import ExitStack

import pytest

from settee.console.pages import PAGES
from tests.console.world import SLOW_MS, console_apart, free_port
from tests.stories.world import served, told

N_ACCOUNTS = 100_000


@pytest.fixture(scope="module")
def empty_api(tmp_path_factory):
    with served(tmp_path_factory.mktemp("empty")) as (client, _):
        yield str(client.base_url).rstrip("/")


@pytest.fixture(scope="module")
def crowded_api(tmp_path_factory):
    """A hundred thousand accounts with one play each, and nothing trained."""
    folder = tmp_path_factory.mktemp("crowd")
    with (folder / "events.jsonl").open("w") as file:
        for number in range(N_ACCOUNTS):
            event = {
                "event_id": f"e{number}", "account_id": f"a{number:06}", "kind": "play",
                "at": f"2026-11-{1 + number % 20:02}T20:00:00Z", "item_id": f"t{number % 5000}",
            }  # fmt: skip
            file.write(json.dumps(event) + "\n")
    told(folder / "home", "import", str(folder / "events.jsonl"))
    with served(folder / "home") as (client, _):
        yield str(client.base_url).rstrip("/")


def tab(chrome, url):
    context = chrome.new_context(base_url=url, reduced_motion="reduce")
    context.set_default_timeout(SLOW_MS)
    return context.new_page()


def visit(page, one):
    page.goto(one.path)
    page.get_by_role("heading", name=one.title, level=1).wait_for()
    page.wait_for_timeout(400)


def test_every_page_says_what_to_do_where_there_is_nothing(chrome, empty_api):
    with console_apart(empty_api) as url:
        page = tab(chrome, url)
        wrong = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        for one in PAGES:
            visit(page, one)
            assert "Traceback" not in page.content()
        assert wrong == []


def test_pages_hold_with_a_hundred_thousand_accounts(chrome, crowded_api):
    with console_apart(crowded_api) as url:
        page = tab(chrome, url)
        for one in PAGES:
            visit(page, one)
        page.goto("/watch")
        page.get_by_label("Account", exact=True).fill("a099999")
        page.get_by_role("button", name="Show").click()
        page.get_by_role("heading", name="Who is there").wait_for()
        assert len(page.content()) < 2_000_000


def test_who_did_nothing_for_too_long_signs_in_anew(chrome, api):
    with console_apart(api, 0, "--set", "console.idle_minutes=0.1") as url:
        page = tab(chrome, url)
        page.goto("/watch")
        page.get_by_label("Account", exact=True).fill("a0001")
        page.wait_for_timeout(7000)  # a busy machine may take seconds to bring the page up
        page.get_by_role("button", name="Show").click()
        page.wait_for_url(f"{url}/")  # here nobody needs a key, so the form lets them in again
        page.get_by_role("heading", name="Home", level=1).wait_for()


def test_home_left_open_keeps_nobody_signed_in(chrome, api):
    with console_apart(api, 0, "--set", "console.idle_minutes=0.15") as url:
        page = tab(chrome, url)
        with page.expect_request("**/sign-in"):  # once Home, which asks by itself, is told so
            page.goto("/")


def test_a_console_that_was_started_again_goes_on(chrome, api):
    port = free_port()
    with console_apart(api, port) as url:
        page = tab(chrome, url)
        page.goto("/watch")
        page.get_by_label("Account", exact=True).fill("a0001")
    with console_apart(api, port):
        page.get_by_role("heading", level=1).wait_for()
        page.goto("/watch")
        page.get_by_label("Account", exact=True).fill("a0001")
        page.get_by_role("button", name="Show").click()
        page.get_by_role("heading", name="Turn dials").wait_for()


def test_a_service_that_goes_away_is_told_and_the_page_stays(chrome, tmp_path):
    with ExitStack() as stack:
        client, process = stack.enter_context(served(tmp_path / "home"))
        url = stack.enter_context(console_apart(str(client.base_url).rstrip("/")))
        page = tab(chrome, url)
        page.goto("/watch")
        page.get_by_label("Account", exact=True).fill("a1")
        process.kill()
        process.wait()
        page.get_by_role("button", name="Show").click()
        page.get_by_text("was not sent").first.wait_for()
        page.get_by_role("heading", name="Watch", level=1).wait_for()
