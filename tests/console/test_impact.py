"""The impact calculator: sums, ends, what it hangs on, and what is refused."""

import pytest
from playwright.sync_api import expect

from settee.console.impact_inputs import (
    NEEDED,
    asked_of,
    box_of,
    inputs_for,
    label_of,
    shown_value,
)
from tests.console.world import faults


def test_net_is_told_with_its_ends_its_sums_and_what_it_hangs_on(page):
    page.goto("/impact")
    page.get_by_text("A forecast: the lift has an interval.").wait_for()
    page.get_by_label("Campaign", exact=True).fill("0")
    page.get_by_label("One contact").fill("0")
    page.get_by_label("Infrastructure a month").fill("0")
    page.get_by_role("button", name="Reckon").click()
    page.get_by_text("= 100,000 x 15.00 x 12 x 0.03").wait_for()
    page.get_by_text("216,000 to 360,000").or_(
        page.get_by_text("72,000 to 360,000")
    ).first.wait_for()
    page.get_by_role("img", name="What each input alone does to the net").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as HTML").click()
    report = saved.value.path().read_text()
    assert "100,000 x 15.00 x 12 x 0.03" in report
    assert "<svg" in report
    assert faults(page) == []


def test_lift_of_engagement_is_called_an_upper_bound(page):
    page.goto("/impact")
    choose(page, "What was lifted", "Only engagement (watching, clicking)")
    page.get_by_role("button", name="Reckon").click()
    page.get_by_text("An upper bound, no forecast: engagement").wait_for()
    page.get_by_label("Part of engagement that becomes revenue, %").fill("20")
    page.get_by_role("button", name="Reckon").click()
    page.get_by_text("A forecast: the lift has an interval.").wait_for()


def test_figure_that_is_missing_is_asked_for_beside_its_box(page):
    page.goto("/impact")
    page.get_by_text("A forecast").wait_for()
    page.get_by_label("Users reached").fill("")
    page.get_by_role("button", name="Reckon").click()
    page.get_by_text(NEEDED).wait_for()


def test_what_the_service_refuses_is_told_beside_its_box(page):
    page.goto("/impact")
    page.get_by_text("A forecast").wait_for()
    low = page.get_by_label("Lift at least, %")
    low.fill("4")
    low.press("Enter")
    said = page.get_by_role("alert").filter(has_text="send both ends around the middle")
    expect(said).to_have_count(2)  # beside its box as well
    low.fill("2")
    low.press("Enter")
    expect(said).to_have_count(0)
    assert faults(page) == []


def test_small_experiment_has_a_reason_and_no_number(page):
    page.goto("/impact")
    choose(page, "What was lifted", "Conversions a user")
    choose(page, "How the lift is known", "From an experiment with a holdout")
    for label, value in (
        ("Reached: people", "10"), ("Reached: conversions", "3"),
        ("Held out: people", "10"), ("Held out: conversions", "1"),
    ):  # fmt: skip
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Reckon").click()
    page.get_by_text("No answer: the experiment is too small.").wait_for()
    page.get_by_label("Held out: conversions").fill("11")
    page.get_by_role("button", name="Reckon").click()
    page.get_by_role("alert").wait_for()
    assert faults(page) == []


def test_only_inputs_that_count_are_asked():
    typed = {"users": 10.0, "lift": 15.0, "revenue_user_month_cents": 9.0, "base_rate": 4.0}
    asked, missing = asked_of(typed, "revenue", is_stated=True)
    assert asked == {
        "lift_of": "revenue", "users": 10, "lift": pytest.approx(0.15),
        "revenue_user_month_cents": 900,
    }  # fmt: skip
    assert missing == {}


def test_arms_stand_within_the_question_and_measure_the_base_rate():
    typed = {"users": 10.0, "treated.n": 5.0, "held_out.n": 4.0, "conversion_value_cents": 1.0}
    asked, missing = asked_of(typed, "conversions", is_stated=False)
    assert asked["treated"] == {"n": 5}
    assert missing == {}
    assert "base_rate" not in [one.name for one in inputs_for("conversions", is_stated=False)]


def test_part_of_a_person_is_refused_before_it_is_asked():
    typed = {"users": 10.5, "lift": 15.0, "revenue_user_month_cents": 9.0, "swing": 30.0}
    asked, wrong = asked_of(typed, "revenue", is_stated=True)
    assert wrong == {"users": "Write a whole number."}
    assert asked["swing"] == pytest.approx(0.3)


def test_refusals_find_their_box():
    names = [one.name for one in inputs_for("conversions", is_stated=False)]
    assert box_of("held_out.conversions", names) == "held_out.conversions"
    assert box_of("held_out", names) == "held_out.n"
    assert box_of("seed", names) == ""


def test_inputs_are_read_as_they_are_typed():
    assert label_of("margin") == "Margin"
    assert label_of("something_new") == "something_new"
    assert shown_value("months", 9.6) == "9.6"
    assert shown_value("margin", 0.32) == "32 %"


def choose(page, label, option):
    page.get_by_label(label).click()
    page.get_by_role("option", name=option).click()
    page.locator(".q-menu").wait_for(state="detached")
