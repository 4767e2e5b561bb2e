"""Every page: it renders, says what it is, and has no serious fault of accessibility."""

import pytest

from settee.console.pages import PAGES
from tests.console.world import faults


@pytest.mark.parametrize("path", [one.path for one in PAGES])
def test_page_renders_and_can_be_used_by_everybody_in_light_and_dark(page, path):
    one = next(one for one in PAGES if one.path == path)
    page.goto(path)
    page.get_by_role("heading", name=one.title, level=1).wait_for()
    page.wait_for_timeout(500)
    assert faults(page) == []
    page.get_by_role("button", name="Light or dark").click()
    page.locator("body.body--dark").wait_for()
    page.wait_for_timeout(200)
    assert faults(page) == []


def test_title_and_address_name_nobody(page):
    page.goto("/watch")
    page.get_by_label("Account", exact=True).fill("a0001")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("heading", name="Turn dials").wait_for()
    assert "a0001" not in page.title() + page.url
