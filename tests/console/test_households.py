"""Households: who lives there, corrections and what they change, merges."""

from datetime import UTC, datetime

import msgspec
import pytest

from settee.client.results import (
    ChangeView,
    DeviceView,
    HouseholdView,
    PersonView,
    SessionView,
)
from settee.console.pages.households_correct import KINDS, gone_persons, learnt, wrong_with
from settee.console.pages.households_persons import heat, names_of
from settee.console.pages.households_report import sections_of
from settee.console.pages.households_sessions import (
    label_of,
    likeliest,
    surely_picture,
    when_picture,
)
from tests.console.world import faults

AT = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)


def person(person_id: str, name: str = "", share: float = 0.5, confidence: float = 0.8):
    week = [[0.0] * 24 for _ in range(7)]
    week[4][21] = 1.0
    return PersonView(
        person_id, name, share, 12.0, confidence, [0.0] * 24, [0.0] * 7, [], [], {}, [], week=week
    )


def session(event_id: str, at: datetime | None = AT, **persons: float) -> SessionView:
    return SessionView(event_id, persons, together=False, unsure=False, at=at)


def household(*persons, changes=(), sessions=()) -> HouseholdView:
    return HouseholdView("a1", "persons", list(persons), list(changes), list(sessions))


ANN, BOB = person("p_ann12345", "Ann"), person("p_bob12345")


def test_persons_are_called_by_name_or_by_the_beginning_of_their_id():
    assert names_of(household(ANN, BOB)) == {"p_ann12345": "Ann", "p_bob12345": "p_bob123"}


def test_a_session_is_the_likeliest_persons_or_a_guests():
    names = names_of(household(ANN, BOB))
    assert likeliest(session("e1", p_ann12345=0.7, p_bob12345=0.2), names) == ("Ann", 0.7)
    assert likeliest(session("e2", p_ann12345=0.1), names) == ("a guest", 0.9)
    assert likeliest(session("e3"), names) == ("a guest", 1.0)
    assert label_of(session("e1", p_ann12345=0.7), names) == "Fri 20 Nov 21:30: Ann, 70 %"
    assert label_of(session("e1", None, p_ann12345=0.7), names) == "e1: Ann, 70 %"


def test_pictures_have_a_point_for_each_session_in_the_colour_of_the_person():
    names = names_of(household(ANN, BOB))
    sessions = [session("e1", p_ann12345=0.7), session("e2", p_bob12345=0.9), session("e3", None)]
    series = when_picture(sessions, names)["series"]
    assert [one["name"] for one in series] == ["Ann", "p_bob123"]
    assert series[0]["data"][0][1] == 21.5
    assert surely_picture(sessions, names)["series"][1]["data"][0][1] == 0.9
    assert series[0]["itemStyle"] != series[1]["itemStyle"]


def test_heat_has_a_field_for_each_row_and_column():
    options = heat(["Ann", "Bob"], ["Mon", "Tue"], [[0.1, 0.9], [0.5, 0.5]])
    assert options["series"][0]["data"] == [[0, 0, 0.1], [1, 0, 0.9], [0, 1, 0.5], [1, 1, 0.5]]
    assert options["visualMap"]["max"] == 0.9


def test_the_report_has_persons_hours_sessions_links_and_changes_and_names_no_account():
    born = ChangeView("born", AT, ["p_ann12345"], {}, reversible=False)
    device = DeviceView("tv-1", 0.8, 0.9, is_own=True, is_shared=False)
    ann = msgspec.structs.replace(ANN, devices=[device])
    parts = sections_of(
        household(ann, BOB, changes=[born], sessions=[session("e1", p_ann12345=0.7)])
    )
    assert [one.title for one in parts] == [
        "Persons",
        *(f"{name}, by {what}" for name in ("Ann", "p_bob123")
          for what in ("hour", "weekday", "weekday and hour")),
        "Latest sessions", "Links to devices", "What happened to the persons",
    ]  # fmt: skip
    by_name = {one.title: one.rows for one in parts}
    assert by_name["Ann, by weekday and hour"][4]["21"] == 1.0
    assert by_name["Persons"][0]["person"] == "Ann"
    assert by_name["Links to devices"][0]["is"] == "their own"
    assert "e1" not in str(by_name["Latest sessions"])


@pytest.mark.parametrize(
    ("kind", "told", "wrong"),
    [
        ("was", {"sessions": [], "persons": ["p"]}, "Pick at least one session."),
        ("merge", {"persons": ["p"]}, "Pick 2 persons."),
        ("rename", {"persons": [], "name": "Ann"}, "Pick 1 person."),
        ("owns", {"persons": [], "devices": []}, "Pick at least one device."),
        ("guest", {"sessions": ["e"]}, ""),
        ("owns", {"persons": [], "devices": ["d"]}, ""),
    ],
)
def test_what_a_correction_lacks_is_said_before_it_is_sent(kind, told, wrong):
    assert wrong_with(kind, told) == wrong


def test_every_kind_says_what_it_means():
    assert all(one.says for one in KINDS.values())
    assert [name for name, one in KINDS.items() if one.is_grave] == ["forget"]


def test_what_a_correction_changed_is_a_row_for_each_person_that_changed():
    after = household(person("p_ann12345", "Ann", 0.7, 0.9), BOB, person("p_new12345"))
    rows = learnt(household(ANN, BOB), after)
    assert [(row["person"], row["share before"], row["share now"]) for row in rows] == [
        ("Ann", 0.5, 0.7),
        ("p_new123", None, 0.5),
    ]


def test_who_was_merged_can_be_brought_back():
    merged = ChangeView("merged", AT, ["p_gone1234", "p_ann12345"], {}, reversible=True)
    assert gone_persons(household(ANN, changes=[merged])) == {"p_gone1234": "p_gone12"}


def show(page, account_id):
    page.goto("/households")
    page.get_by_label("Account", exact=True).fill(account_id)
    page.get_by_role("button", name="Show").click()
    page.get_by_role("heading", name="What happened to the persons").wait_for()


def test_persons_sessions_and_changes_are_shown(page):
    show(page, "a0001")
    page.get_by_role("heading", name="Latest sessions").wait_for()
    page.get_by_text("watches, by weekday and hour").first.wait_for()
    assert faults(page) == []


def test_a_correction_is_told_and_what_it_changed_is_shown(page):
    show(page, "a0002")
    page.get_by_role("button", name="Tell").click()
    page.get_by_text("Pick at least one session.").wait_for()
    page.get_by_label("What is so").click()
    page.get_by_role("option", name="A person is called").click()
    page.get_by_role("combobox", name="Persons").click()
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    page.get_by_label("Name; empty for none").fill("Zoe")
    page.get_by_role("button", name="Tell").click()
    page.get_by_text("It is on record.").wait_for()
    page.get_by_text("Zoe").first.wait_for()
    assert faults(page) == []


def test_accounts_are_merged_only_after_a_second_word(page):
    show(page, "a0003")
    page.get_by_role("button", name="Merge into this account").click()
    page.get_by_text("Write the id of the other account").wait_for()
    page.get_by_label("The other account").fill("anon-console")
    page.get_by_role("button", name="Merge into this account").click()
    page.get_by_role("button", name="Leave it").click()
    page.get_by_role("dialog").wait_for(state="detached")
    page.get_by_role("button", name="Merge into this account").click()
    page.get_by_role("button", name="Merge", exact=True).click()
    page.get_by_text("Merged.").wait_for()


def test_what_is_shown_is_saved_under_a_name_without_ids(page):
    show(page, "a0001")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Save as CSV").click()
    assert caught.value.suggested_filename == "household.csv"


def test_an_account_that_is_not_known_is_told(page):
    page.goto("/households")
    page.get_by_label("Account", exact=True).fill("nobody-here")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("Nothing is recorded of the account").wait_for()
