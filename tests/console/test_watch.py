"""Watch: who is there, what they get and why, sessions tried out, dials side by side."""

from datetime import UTC, datetime

import httpx
import pytest

from settee.client.results import Lifted, Moved, Shown, Trace, Watcher, WhoIsThere
from settee.console.pages.watch_dials import Place, compare
from settee.console.pages.watch_list import deeds_of
from settee.console.pages.watch_scene import NOW, STEP, Scene, instant_at
from settee.console.pages.watch_who import chances_of, said
from tests.console.world import faults

FRIDAY = datetime(2026, 11, 27, 21, tzinfo=UTC)
SCENE = Scene("a1", FRIDAY, {"device_id": "d1"}, 5, {"p_1": "Ann"}, {"t1": "Alien"})
WHO = WhoIsThere(
    "a1", FRIDAY, "persons", [Watcher("p_1", 0.7), Watcher("p_2", 0.2)], 0.1, 0.0,
    is_together=False, is_unsure=False, signals=[],
)  # fmt: skip


def item(item_id: str, rank: int, **more) -> Shown:
    return Shown(item_id, item_id.title(), rank, 1.0, [], **more)


def test_a_day_and_an_hour_are_the_next_such_instant():
    saturday = datetime(2026, 11, 21, 22, tzinfo=UTC)
    assert instant_at("Friday", 21, saturday) == FRIDAY
    assert instant_at("Saturday", 21, saturday).day == 28
    assert instant_at(NOW, 3, saturday) == saturday


def test_a_session_that_is_tried_out_goes_on_every_ten_minutes():
    scene = Scene("a1", FRIDAY, {"device_id": "d1"}, 5, watched=["t1", "t2"])
    first, second = scene.events()
    assert (first.at, second.at) == (FRIDAY, FRIDAY + STEP)
    assert second.device_id == "d1"
    asked = scene.asked()
    assert (asked["at"], asked["exclude"]) == (FRIDAY + 2 * STEP, ["t1", "t2"])
    assert asked["device_id"] == "d1"
    assert SCENE.title_of("t1") == "Alien"
    assert SCENE.title_of("t2") == "t2"


def test_who_is_there_is_said_in_a_sentence():
    assert chances_of(WHO, SCENE) == {"Ann": 0.7, "p_2": 0.2, "a guest": 0.1}
    assert said(WHO, SCENE) == "Friday 21:00 UTC: Ann (70 %)."


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"is_unsure": True}, "and that is unsure"),
        ({"is_together": True}, "several together, Ann among them"),
        ({"guest": 0.8}, "probably a guest (80 %)"),
        ({"persons": []}, "nobody can be named"),
    ],
)
def test_doubt_about_who_is_there_is_said(changes, says):
    fields = {name: getattr(WHO, name) for name in WHO.__struct_fields__} | changes
    assert says in said(WhoIsThere(**fields), SCENE)


def test_two_lists_are_compared_title_by_title():
    before = [item("a", 1), item("b", 2), item("c", 3)]
    after = [item("c", 1), item("b", 2), item("d", 3, explored=True)]
    places, gone = compare(before, after)
    assert [one.says for one in places] == ["was 3", "", "new, by chance"]
    assert gone == ["A"]
    assert places[0] == Place(1, "C", 3)


def test_what_rules_did_to_a_title_is_said_in_words():
    trace = Trace(
        3, [], [Lifted("boost", "a", 2.0), Lifted("bury", "a", 0.5), Lifted("boost", "b", 2.0)],
        [Moved("top", "a", "pinned", 4, 1), Moved("cap", "a", "capped", 1)], [],
    )  # fmt: skip
    deeds = deeds_of("a", trace)
    assert len(deeds) == 4
    assert "lifts it" in deeds[0]
    assert "lowers it" in deeds[1]
    assert deeds[2].endswith("from rank 4 to 1.")
    assert deeds[3].endswith("off the page.")
    assert deeds_of("a", None) == []


def show(page, account_id="a0001"):
    page.goto("/watch")
    page.get_by_label("Account", exact=True).fill(account_id)
    page.get_by_role("button", name="Show").click()
    page.get_by_role("heading", name="Turn dials").wait_for()


def first_title(page) -> str:
    return page.locator(".item").first.inner_text().split(". ", 1)[1].strip()


def test_a_list_and_its_reasons_are_shown_and_make_no_exposure(page, api):
    before = answers(api)
    show(page)
    page.locator(".item").first.click()
    page.get_by_text("What adds up to the score").wait_for()
    page.get_by_text("in log odds.").first.wait_for()
    page.get_by_label("Any title").fill("t0001")
    page.get_by_role("button", name="Why?").click()
    page.get_by_text("t0001").or_(page.get_by_text("is rank")).or_(
        page.get_by_text("is not shown")
    ).first.wait_for()
    assert faults(page) == []
    assert answers(api) == before


def answers(api) -> int:
    return sum(httpx.get(f"{api}/stats").json()["answers"].values())


def test_dials_show_a_second_list_beside_the_first(page):
    show(page)
    page.get_by_text("0 of 10 are new.").wait_for()
    page.get_by_label("Variety").click()
    page.get_by_role("option", name="all there is").click()
    page.get_by_text("was ").first.wait_for()
    page.get_by_label("Exploration").click()
    page.get_by_role("option", name="every other").click()
    page.get_by_text("by chance").first.wait_for()
    assert faults(page) == []


def test_a_session_is_tried_out_and_who_is_there_moves(page):
    show(page)
    page.get_by_text("Try a session out").wait_for()
    page.get_by_label("Title that is watched").fill("t0003")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("How the probability of each person moves").wait_for()
    page.get_by_role("button", name="Begin anew").click()
    page.get_by_text("How the probability of each person moves").wait_for(state="detached")


def test_friday_night_is_three_clicks_away(page):
    page.goto("/watch")
    page.get_by_label("Account", exact=True).fill("a0001")
    page.get_by_label("Day").click()
    page.get_by_role("option", name="Friday").click()
    page.get_by_role("button", name="Show").click()
    page.get_by_text("Friday 21:00 UTC").wait_for()


def test_what_is_written_wrong_is_said_and_breaks_nothing(page):
    page.goto("/watch")
    page.get_by_label("Account", exact=True).fill("")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("Write the id of an account").wait_for()
    show(page, "nobody-of-that-name")
    page.get_by_text("Nothing is recorded of the account").first.wait_for()
    page.get_by_role("button", name="Why?").click()
    page.get_by_text("Write a title or its id").wait_for()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Titles").fill("900")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("titles are 1 to 50").wait_for()
