"""The five questions of a newcomer, each answered in at most three clicks from Home."""

import httpx
import pytest

from tests.console.world import wait_until_heard

MOST = 3


class Clicks:
    """Clicks as somebody does, and counts them; typing and Enter are none."""

    def __init__(self, page):
        self.page, self.n = page, 0
        page.goto("/")

    def __call__(self, role, name, *, exact=False):
        self.n += 1
        self.page.get_by_role(role, name=name, exact=exact).first.click()
        if role == "link":
            self.page.wait_for_url(f"**/{name.lower()}")
            wait_until_heard(self.page)


@pytest.fixture
def clicks(page):
    counted = Clicks(page)
    yield counted
    assert 0 < counted.n <= MOST


@pytest.fixture(scope="module")
def touched(api):
    """Forty accounts got mail or saw a search result, and most of them bought."""
    events = []
    for number in range(40):
        deeds = [("touch", {"channel": "email" if number % 3 else "search"}, 10)]
        if number % 5:
            deeds.append(("purchase", {"item_id": "t0003", "revenue_cents": 900}, 14))
        events += [
            {"event_id": f"five-{number}-{kind}", "account_id": f"a{number:04}", "kind": kind,
             "at": f"2026-11-17T{hour}:00:00Z"} | more
            for kind, more, hour in deeds
        ]  # fmt: skip
    said = httpx.post(f"{api}/v1/events", json={"events": events}, timeout=60)
    assert said.status_code in (200, 202, 207), said.text


def test_who_watches_this_account_on_friday_night(clicks):
    page = clicks.page
    clicks("link", "Watch")
    account = page.get_by_label("Account", exact=True)
    account.fill("a0001")
    page.get_by_label("Day").focus()
    clicks("combobox", "Day")
    clicks("option", "Friday")
    account.press("Enter")
    page.get_by_text("Friday 21:00 UTC").wait_for()


def test_why_this_title(clicks):
    page = clicks.page
    clicks("link", "Watch")
    page.get_by_label("Account", exact=True).fill("a0001")
    page.get_by_label("Account", exact=True).press("Enter")
    page.locator(".item").first.wait_for()
    clicks.n += 1
    page.locator(".item").first.click()
    page.get_by_text("What adds up to the score").wait_for()


def test_which_rule_hid_that_one(clicks, api):
    latest = httpx.get(f"{api}/v1/accounts/a0001").json()["latest"]
    seen = next(one for one in latest if one["kind"] in ("play", "complete", "rate", "purchase"))
    page = clicks.page
    clicks("link", "Watch")
    page.get_by_label("Account", exact=True).fill("a0001")
    page.get_by_label("Account", exact=True).press("Enter")
    page.get_by_label("Any title").fill(seen["item_id"])
    clicks("button", "Why?")
    page.locator("text=seen >> visible=true").first.wait_for()


def test_whom_to_reach_for_a_title_with_a_thousand_contacts(clicks):
    page = clicks.page
    clicks("link", "Audiences")
    page.get_by_label("Title or its id").fill("t0003")
    assert page.get_by_label("People at most").input_value() == "1000"
    clicks("button", "Choose people")
    said = page.get_by_text("may be addressed now, of").first
    said.wait_for()
    assert not said.inner_text().startswith("0 ")


@pytest.mark.usefixtures("touched")
def test_which_channel_earned_most(clicks):
    page = clicks.page
    clicks("link", "Attribution")
    clicks("button", "Credit them")
    page.get_by_text("earned most").wait_for()
