"""The form, as a browser sends it: a key opens the console, and out is out."""

from tests.console.world import SLOW_MS, console_apart, faults
from tests.stories.world import served, told


def test_key_typed_into_the_form_opens_what_its_role_may_see(chrome, tmp_path):
    key = told(tmp_path / "home", "key", "create", "kim", "--role", "auditor")["key"]
    only_with_a_key = ("--set", 'serve.require_key="always"')
    with (
        served(tmp_path / "home", *only_with_a_key) as (client, _),
        console_apart(str(client.base_url).rstrip("/")) as url,
        chrome.new_context(base_url=url, reduced_motion="reduce") as context,
    ):
        context.set_default_timeout(SLOW_MS)
        page = context.new_page()
        page.goto("/audiences")
        page.get_by_label("API key").fill("settee_none")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()
        assert faults(page) == []

        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("default · auditor").wait_for()
        page.get_by_role("heading", name="Audiences", level=1).wait_for()
        page.get_by_text("Needs the permission audiences.write.").wait_for()
        assert page.get_by_role("button", name="Choose people").is_disabled()
        page.get_by_label("Title or its id").fill("t0001")
        page.get_by_role("button", name="Look, keep nothing").click()
        page.get_by_role("alert").filter(has_text="settee audience train").wait_for()

        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("API key").wait_for()
        page.goto("/watch")
        page.get_by_label("API key").wait_for()
