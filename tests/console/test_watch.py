"""Watch: who is there, what they get and why, sessions tried out, dials side by side."""

from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from settee.client import Client
from settee.client.results import (
    Addend,
    Answer,
    Because,
    Lifted,
    Moved,
    Removed,
    Shown,
    Trace,
    Watcher,
    Watching,
    WhoIsThere,
    Without,
)
from settee.console.exports import html_of
from settee.console.pages.watch_dials import Place, compare
from settee.console.pages.watch_list import deeds_of
from settee.console.pages.watch_report import sections_of
from settee.console.pages.watch_scene import NOW, STEP, Scene, instant_at
from settee.console.pages.watch_who import chances_of, said
from settee.core import system_clock
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
    assert (asked["at"], asked["events"]) == (FRIDAY + 2 * STEP, scene.events())
    assert asked["device_id"] == "d1"
    assert dict(scene.amid()) | {"explain": "full"} == dict(asked)
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
        ({"stage": "account"}, "all counts as one, Ann"),
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


def test_the_report_has_the_list_who_is_there_and_the_reasons_and_names_no_account():
    because = Because("history", "because you watched Heat", "ease")
    first = item("t1", 1, reason=because, adds=[Addend("feature", 0.5, text="how popular")],
                 without=[Without("t9", "Heat", 7)])  # fmt: skip
    trace = Trace(0, [Removed("seen", 4, ["t9"])], [], [], [])
    answer = Answer(
        "", "acct-77", FRIDAY, Watching("person", "", "persons"), "ranker", "", "v7",
        [first, item("t2", 2)], {}, {}, False, {}, rules=trace,
    )  # fmt: skip
    scene = Scene("acct-77", FRIDAY, {}, 5, {"p_1": "Ann"}, {"t3": "Alien"}, ["t3"])
    parts = sections_of(scene, WHO, answer)
    names = [one.title for one in parts]
    assert names[:3] == ["What they get", "Who is there", "The session that was tried out"]
    assert names[3:] == ["1. T1: what adds up, in log odds", "What each rule removed"]
    assert parts[0].rows[0]["because"] == "because you watched Heat"
    assert parts[1].rows[0] == {"person": "Ann", "probability": 0.7}
    assert parts[2].rows == [{"title": "Alien", "at": "21:00"}]
    assert parts[3].note == "Because you watched Heat. Without Heat: rank 7."
    report = html_of("Watch", parts).decode()
    assert "acct-77" not in report
    assert "<rect" in report
    assert "Who is there" not in [one.title for one in sections_of(scene, None, answer)]


@pytest.mark.parametrize("account_id", ["a0061", "made-up-0000cafe"])
def test_a_session_that_is_tried_out_acts_as_if_it_were_sent(api, account_id):
    scene = Scene(account_id, system_clock() - 3 * STEP, {"device_type": "tv"}, 20)
    with Client(api) as client:
        before = client.preview(account_id, **scene.asked())
        scene.watched += [one.item_id for one in before.items[4:12:4]]
        tried = client.preview(account_id, **scene.asked())
        why = client.explain(account_id, tried.items[2].item_id, **scene.amid())
        assert not {one.item_id for one in tried.items} & set(scene.watched)
        sent = [msgspec.structs.replace(one, event_id=f"{account_id}-{n}")
                for n, one in enumerate(scene.events())]  # fmt: skip
        assert client.send_events(sent).accepted == 2
        asked = {name: value for name, value in scene.asked().items() if name != "events"}
        after = client.preview(account_id, **asked)
    assert [one.item_id for one in tried.items] == [one.item_id for one in after.items]
    assert [one.item_id for one in tried.items] != [one.item_id for one in before.items]
    assert tried.person == after.person
    assert tried.removed == after.removed
    assert (why.rank, why.is_shown) == (3, True)


def show(page, account_id="a0001"):
    page.goto("/watch")
    page.get_by_label("Account", exact=True).fill(account_id)
    page.get_by_role("button", name="Show").click()
    page.get_by_role("heading", name="Turn dials").wait_for()


def first_title(page) -> str:
    return page.locator(".item").first.inner_text().splitlines()[0].split(". ", 1)[1]


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


def test_the_list_follows_the_session_and_says_what_moved(page):
    show(page)
    title = first_title(page)
    page.locator(".item").first.click()
    page.get_by_role("button", name="As if this were watched now").click()
    page.get_by_text("How the probability of each person moves").wait_for()
    page.get_by_text("Left: ").filter(has_text=title).first.wait_for()
    page.get_by_text("new", exact=True).first.wait_for()
    page.get_by_label("Title that is watched").fill("t0003")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Any title").fill("t0003")
    page.get_by_role("button", name="Why?").click()
    page.get_by_text('the rule "seen" removed it').wait_for()
    assert faults(page) == []


def test_a_made_up_account_shows_what_a_newcomer_gets_and_how_it_learns(page):
    page.goto("/watch")
    page.get_by_role("button", name="A made-up account").click()
    page.get_by_text("Nobody has this account").wait_for()
    page.get_by_text("From the rung popular").wait_for()
    page.get_by_label("Title that is watched").fill("t0003")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("From the rung ranker").or_(
        page.get_by_text("From the rung fusion")
    ).wait_for()
    assert page.get_by_text("Nothing is recorded").count() == 0
    assert "made-up" not in page.title() + page.url
    assert faults(page) == []


def test_what_is_shown_is_saved_under_a_name_without_ids(page):
    show(page)
    for name, file in (("Save as CSV", "watch.csv"), ("Save as HTML", "watch.html")):
        with page.expect_download() as caught:
            page.get_by_role("button", name=name).click()
        assert caught.value.suggested_filename == file


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
