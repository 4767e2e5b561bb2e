"""The rules page: written, checked, tried, put, found changed by somebody else, taken back."""

from uuid import uuid4

import httpx

from tests.console.world import faults

BLOCK = '[[rules]]\nname = "no"\nkind = "block"\nitems.tags = ["{tag}"]\n'
ASLEEP = """[[rules]]
name = "{name}"
kind = "boost"
lift = 2.0
is_active = false
items.tags = ["Comedy"]
"""


def test_wrong_rule_is_told_beside_the_editor_with_what_is_accepted(page):
    page.goto("/rules")
    write(page, '[[rules]]\nname = "summer"\nkind = "boost"\nlift = 40\nitems.tags = ["Comedy"]\n')
    page.get_by_text("lifts must be between 0.1 and 10").wait_for()
    page.get_by_text("At rules[0].lift.").wait_for()
    assert faults(page) == []


def test_the_schedule_follows_the_text_and_keeps_what_is_in_force_beside_it(page, api):
    put(api, ASLEEP.format(name="kept") + ASLEEP.format(name="left"))
    page.goto("/rules")
    page.get_by_text("The editor holds what is in force.").wait_for()
    write(page, ASLEEP.format(name="kept") + ASLEEP.format(name="fresh"))
    page.get_by_text("in force: 1 new, 1 gone, 1 as it was.").wait_for()
    page.get_by_text("Figures").first.click()
    page.get_by_role("cell", name="fresh", exact=True).wait_for()
    write(page, "[[rules")
    page.get_by_text("The text in the editor cannot be read as it is").wait_for()
    assert faults(page) == []


def test_a_dry_run_shows_the_list_before_and_after(page, api):
    tag = commonest_tag_of_a_list(api)
    page.goto("/rules")
    write(page, BLOCK.format(tag=tag))
    page.get_by_text("1 rule;").wait_for()
    page.get_by_role("button", name="Dry run").click()
    page.get_by_text("of the titles stay").wait_for()
    before = page.get_by_role("list", name="Before").first.get_by_role("listitem")
    after = page.get_by_role("list", name="After").first.get_by_role("listitem")
    assert before.count() > 0
    assert before.filter(has_text="leaves").count() > 0
    assert after.filter(has_text="leaves").count() == 0
    assert faults(page) == []


def test_an_instant_that_is_none_is_told(page):
    page.goto("/rules")
    page.get_by_label("As if it were (UTC)").fill("next summer")
    page.get_by_role("button", name="Dry run").click()
    page.get_by_text('"next summer" is no day or instant').wait_for()


def test_rules_are_put_found_changed_by_somebody_else_and_taken_back(page, api):
    page.goto("/rules")
    write(page, ASLEEP.format(name="first"))
    page.get_by_label("Why, for the history").fill("to begin with")
    page.get_by_role("button", name="Put in force").click()
    page.get_by_text("to begin with").first.wait_for()

    theirs = put(api, ASLEEP.format(name="theirs"))
    write(page, ASLEEP.format(name="mine"))
    page.get_by_role("button", name="Put in force").click()
    page.get_by_text("Somebody else put rules while you wrote.").wait_for()
    assert "mine" in editor(page).inner_text()
    page.get_by_role("button", name="Go on from the newest version").click()
    page.get_by_text("by hand, elsewhere").first.wait_for()
    page.get_by_role("button", name="Put in force").click()
    page.get_by_text(f"Version {theirs + 1}, in force", exact=True).wait_for()

    page.get_by_role("button", name="Go back to").first.click()
    page.get_by_role("button", name="Go back", exact=True).click()
    page.get_by_text("Say why, for whoever reads the history.").wait_for()
    page.get_by_label("Reason, for the history").fill("theirs was better")
    page.get_by_role("button", name="Go back", exact=True).click()
    page.get_by_text("theirs was better").first.wait_for()
    assert names_in_force(api) == ["theirs"]


def test_a_version_before_is_laid_into_the_editor(page, api):
    put(api, ASLEEP.format(name="older"))
    put(api, ASLEEP.format(name="newer"))
    page.goto("/rules")
    page.get_by_role("button", name="into the editor").first.click()
    page.get_by_text("it is not in force").wait_for()
    editor(page).get_by_text("older").wait_for()
    assert names_in_force(api) == ["newer"]


def editor(page):
    return page.get_by_role("textbox", name="Rules as TOML")


def write(page, text):
    """Replace what stands in the editor, once the rules in force are loaded."""
    page.get_by_text("to look at").or_(page.get_by_text("nothing is odd")).first.wait_for()
    editor(page).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def put(api, text):
    said = httpx.put(
        f"{api}/v1/rules", params={"why": "by hand, elsewhere"}, content=text,
        headers={"content-type": "application/toml"},
    )  # fmt: skip
    assert said.status_code == 200, said.text
    return said.json()["version"]


def names_in_force(api):
    return [one["name"] for one in httpx.get(f"{api}/v1/rules").json()["rules"]]


def commonest_tag_of_a_list(api):
    """A tag of what an account is shown, so that blocking it changes the list."""
    said = httpx.post(f"{api}/v1/recommendations", json={"account_id": "a0001", "k": 10})
    item = said.json()["items"][0]["item_id"]
    return httpx.get(f"{api}/v1/items/{item}").json()["item"]["tags"][0]


def test_who_may_only_read_rules_is_told_which_permission_is_missing(page, api, console):
    asked = {"name": f"reader-{uuid4().hex}", "role": "scientist"}
    key = httpx.post(f"{api}/v1/keys", json=asked).json()
    page.context.request.post(
        f"{console}/sign-in", form={"key": key["secret"], "to": "/rules"},
        headers={"origin": console},
    )  # fmt: skip
    page.goto("/rules")
    page.get_by_text("default · scientist").wait_for()
    page.get_by_text("Needs the permission rules.write.").wait_for()
    assert page.get_by_role("button", name="Put in force").is_disabled()
    page.goto("/audiences")
    page.get_by_text("Needs the permission audiences.write.").wait_for()
