"""Which contacts earned conversions: asked, told with its doubt, and moved about as a what-if."""

import httpx
import pytest

from tests.console.world import faults


@pytest.fixture(scope="module")
def contacted(api):
    """Sixty accounts got mail, then looked something up; most of them bought."""
    events = []
    for number in range(60):
        account = f"a{number:04}"
        steps = [("touch", "email", 10), ("touch", "search", 12)]
        if number % 10:
            steps.append(("purchase", None, 14))
        events += [
            {
                "event_id": f"attribution-{number}-{hour}", "account_id": account, "kind": kind,
                "at": f"2026-11-05T{hour}:00:00Z",
            }
            | ({"channel": channel} if channel else {"item_id": "t0003", "revenue_cents": 900})
            | ({"cost_micros": 1_000_000} if channel == "search" else {})
            for kind, channel, hour in steps
        ]  # fmt: skip
    body = {"events": events}
    said = httpx.post(f"{api}/v1/events", json=body, timeout=60)
    assert said.status_code in (200, 202, 207), said.text


@pytest.mark.usefixtures("contacted")
def test_which_channel_earned_most_is_answered_with_its_doubt(page):
    page.goto("/")
    page.get_by_role("link", name="Attribution").click()
    page.get_by_role("button", name="Credit them").click()
    page.get_by_text("earned most").wait_for()
    page.get_by_text("Credit along paths is not causal").first.wait_for()
    page.get_by_text("No holdout is named").wait_for()
    page.get_by_role("img", name="The last four contacts of all paths").wait_for()
    assert page.get_by_label("Spent on search").input_value() == "60.00"
    page.get_by_text("Nothing is on record for email").wait_for()
    page.get_by_label("Spent on email").fill("200")
    page.get_by_label("email then, % of that").fill("50")
    page.get_by_text("Spent 160.00 in place of 260.00").wait_for()
    page.get_by_role("img", name="Percent of conversions that each method gives").wait_for()
    page.get_by_role("combobox", name="Method", exact=True).click()
    page.get_by_role("option", name="last contact").click()
    page.get_by_role("img", name="Percent of conversions by last").wait_for()
    page.locator(".q-menu").wait_for(state="detached")
    assert faults(page) == []
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as HTML").click()
    report = saved.value.path().read_text()
    assert "<h2>Methods side by side</h2>" in report
    assert "is not causal" in report


@pytest.mark.usefixtures("contacted")
def test_journey_of_an_account_is_told_step_by_step(page):
    page.goto("/attribution")
    page.get_by_label("Account").fill("a0001")
    page.get_by_role("button", name="Explain its journey").click()
    page.get_by_text("Ended in a conversion, worth 9.00.").first.wait_for()
    page.get_by_role("cell", name="email").first.wait_for()
    assert faults(page) == []


def test_time_without_contacts_says_how_to_send_them(page):
    page.goto("/attribution")
    page.get_by_label("Until before").fill("2020-01-01")
    page.get_by_role("button", name="Credit them").click()
    page.get_by_text("Send each e-mail, advertisement or message as an event").wait_for()


def test_account_that_nobody_contacted_is_refused_with_what_to_do(page):
    page.goto("/attribution")
    page.get_by_label("Account").fill("nobody-like-that")
    page.get_by_role("button", name="Explain its journey").click()
    page.get_by_text("Name an account by the id").or_(
        page.get_by_text("Send each e-mail, advertisement")
    ).first.wait_for()
