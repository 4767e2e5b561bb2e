"""Whom to reach: asked for in a few clicks, told with its reasons, taken out as a file."""

import httpx
import pytest
from playwright.sync_api import expect

from tests.console.world import faults


@pytest.fixture(scope="module")
def agreed(api):
    """Everybody but three agreed to be addressed."""
    with httpx.Client(base_url=api) as client:
        for number in range(80):
            body = {"consent": {"*": number > 2}, "event_id": f"agreed-{number}"}
            said = client.put(f"/v1/accounts/a{number:04}/contact", json=body)
            assert said.status_code in (200, 201), said.text


@pytest.mark.usefixtures("agreed")
def test_whom_to_reach_for_a_title_is_answered_in_two_clicks(page):
    page.goto("/")
    page.get_by_role("link", name="Audiences").click()
    page.get_by_role("heading", name="Audiences", level=1).wait_for()
    page.get_by_label("Title or its id").fill("t0003")
    assert page.get_by_label("People at most").input_value() == "1000"
    page.get_by_role("button", name="Choose people").click()
    page.get_by_text("may be addressed now, of").wait_for()
    page.get_by_text("did not agree to be addressed").first.wait_for()
    page.get_by_role("img", name="Expected responses of contacting").wait_for()
    assert faults(page) == []


@pytest.mark.usefixtures("agreed")
def test_audience_is_made_taken_out_and_found_again(page):
    page.goto("/audiences")
    page.get_by_label("Title or its id").fill("t0004")
    page.get_by_label("A response brings").fill("40")
    page.get_by_label("A contact costs").fill("0.01")
    page.get_by_label("Campaign", exact=True).fill("spring")
    page.get_by_role("button", name="More").click()
    page.get_by_label("Of whom").click()
    page.get_by_role("option", name="Whole accounts").click()
    page.locator(".q-menu").wait_for(state="detached")
    page.get_by_role("button", name="Choose people").click()
    page.get_by_text("Most is left at").wait_for()

    with page.expect_download() as leaving:
        page.get_by_role("button", name="Download CSV").click()
    rows = leaving.value.path().read_text().splitlines()
    assert rows[0].startswith("account_id,person_id,rank,probability")
    page.get_by_text(f"{len(rows) - 1} people left.").wait_for()
    assert not {"a0000", "a0001", "a0002"} & {row.split(",")[0] for row in rows}

    page.get_by_role("button", name="What the campaign changed").click()
    page.get_by_text("not over yet").wait_for()
    page.get_by_role("button", name="Show the log").click()
    page.get_by_role("cell", name="exported").wait_for()
    assert faults(page) == []

    page.reload()
    page.get_by_role("button", name="Open aud_").first.click()
    page.get_by_text("may be addressed now, of").wait_for()


def test_what_is_missing_is_told_beside_its_box(page):
    page.goto("/audiences")
    page.get_by_role("button", name="Choose people").click()
    page.get_by_text("Write a title, or its id.").wait_for()
    page.get_by_label("Title or its id").fill("t0003")
    page.get_by_label("Budget").fill("100")
    page.get_by_role("button", name="Choose people").click()
    page.get_by_text("A budget needs what a contact costs.").wait_for()


def test_title_that_nobody_knows_is_refused_with_what_to_do(page):
    page.goto("/audiences")
    page.get_by_label("Title or its id").fill("nothing-like-it")
    page.get_by_role("button", name="Choose people").click()
    said = page.get_by_role("alert").filter(has_text="the model knows nothing of")
    expect(said).to_have_count(2)  # beside its box as well
    assert faults(page) == []


@pytest.mark.usefixtures("agreed")
def test_people_like_some_accounts_are_looked_at_and_nothing_is_kept(page, api):
    kept = httpx.get(f"{api}/v1/audiences?limit=1000").json()
    page.goto("/audiences")
    page.get_by_role("combobox", name="For", exact=True).click()
    page.get_by_role("option", name="People like some accounts").click()
    page.locator(".q-menu").wait_for(state="detached")
    assert page.get_by_label("A response brings").is_hidden()
    page.get_by_label("Accounts, one a line or with commas").fill("a0010, a0011\na0012")
    page.get_by_role("button", name="Whom to look at").click()
    page.get_by_label("Active within days").fill("60")
    page.get_by_role("button", name="Look, keep nothing").click()
    page.get_by_text("An audience that is tried, and not kept").wait_for()
    page.get_by_role("img", name="Expected people who come at all of contacting").wait_for()
    page.get_by_text("are held out: drawn by chance").first.wait_for()
    assert page.get_by_role("button", name="Download CSV").count() == 0
    assert httpx.get(f"{api}/v1/audiences?limit=1000").json() == kept
    assert faults(page) == []


@pytest.mark.usefixtures("agreed")
def test_uplift_that_was_never_learnt_is_told_beside_its_box(page):
    page.goto("/audiences")
    page.get_by_label("Title or its id").fill("t0003")
    page.get_by_role("button", name="What ranks them").click()
    page.get_by_role("combobox", name="Ranked by").click()
    page.get_by_role("option", name="What a contact adds").click()
    page.locator(".q-menu").wait_for(state="detached")
    page.get_by_role("button", name="Look, keep nothing").click()
    page.get_by_role("alert").filter(has_text="settee audience uplift").wait_for()
    said = page.get_by_role("alert").filter(has_text="whom a contact moves was not learnt")
    expect(said).to_have_count(2)
    assert faults(page) == []


@pytest.mark.usefixtures("agreed")
def test_host_that_is_not_listed_is_refused_with_the_setting(page):
    page.goto("/audiences")
    page.get_by_label("Title or its id").fill("t0004")
    page.get_by_role("button", name="Choose people").click()
    page.get_by_role("button", name="Send to it").click()
    page.get_by_text("Write where to send it").wait_for()
    page.get_by_label("Address of a webhook").fill("https://crm.example/in")
    page.get_by_role("button", name="Send to it").click()
    page.get_by_role("alert").filter(has_text="Add it to audiences.webhook_hosts").wait_for()
    assert faults(page) == []


def test_curves_that_were_never_made_say_which_command_makes_them(page):
    page.goto("/audiences")
    page.get_by_text("Run settee audience curves.").wait_for()
