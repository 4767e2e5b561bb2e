"""What is asked for people, and how an audience is told."""

from datetime import UTC, datetime

import msgspec
import pytest

from settee.client.errors import Refused
from settee.client.results import (
    AtSize,
    AudienceCurves,
    AudienceLogRow,
    AudienceMember,
    AudienceView,
    CalibrationBin,
    CampaignEffect,
    CampaignReading,
    Estimate,
    Lift,
    Measured,
    OrderCurve,
)
from settee.console.audience_gain import Amounts, gained
from settee.console.audience_question import box_of, counts, question
from settee.console.exports import html_of
from settee.console.pages.audience_orders import (
    gain_chart,
    gain_of,
    gain_rows,
    lead_words,
    size_rows,
)
from settee.console.pages.audience_orders import sections_of as sections_of_orders
from settee.console.pages.audience_out import exported
from settee.console.pages.audience_past import log_row
from settee.console.pages.audience_view import (
    best_words,
    cards_of,
    curve,
    headline,
    holdout_words,
    left_out_rows,
    member_rows,
    n_contacted,
    sections_of,
    title_of,
)
from settee.console.pages.campaign_view import campaign_rows

AT = datetime(2026, 11, 20, tzinfo=UTC)


def member(rank, probability, *, held_out=False, uplift=None, margin_cents=None):
    return AudienceMember(f"a{rank}", "", rank, probability, held_out, uplift, margin_cents)


def audience(**changed):
    fields = {
        "audience_id": "aud_1", "name": "spring", "campaign": "spring", "channel": None,
        "as_of": AT, "how": "model", "n_eligible": 1000, "n_chosen": 3, "n_held_out": 1,
        "n_reachable": 2, "expected_responses": 0.6, "expected_profit_cents": 1250.0,
        "left_out": {"no_consent": 7, "child": 0, "new_reason": 9}, "left_out_since": {},
        "members": [member(1, 0.4), member(2, 0.3, held_out=True), member(3, 0.2)],
    }  # fmt: skip
    return AudienceView(**fields | changed)


def test_amounts_are_sent_in_cents_and_shares_as_parts_of_one():
    typed = {
        "item_id": " m1 ", "margin": 4.5, "cost": 0.12, "budget": 90, "holdout": 20, "least": 1.5,
        "campaign": "spring", "channel": "", "is_new_only": True,
    }  # fmt: skip
    asked, wrong = question("item", typed)
    assert wrong == {}
    assert asked == {
        "item_id": "m1", "margin_cents": pytest.approx(450), "campaign": "spring",
        "contact_cost_cents": pytest.approx(12), "budget_cents": 9000, "exclude_buyers": True,
        "holdout": pytest.approx(0.2), "min_probability": pytest.approx(0.015),
    }  # fmt: skip


def test_people_like_others_are_asked_for_by_accounts_named_once():
    typed = {"like": "a1, a2\na1; a3\n", "size": 50}
    assert question("like", typed) == ({"like": ["a1", "a2", "a3"], "size": 50}, {})
    assert question("like", {"like": " ,\n"})[1] == {"like": "Write at least one account."}
    many = "\n".join(f"a{n}" for n in range(10_001))
    assert question("like", {"like": many})[1]["like"].startswith("At most 10,000")


def test_whom_to_look_at_goes_with_the_question():
    typed = {
        "tag": "Crime", "active_days": 30, "purchases": 2, "spent": 12.5, "devices": ["tv"],
        "by": "uplift", "learnt_from": "spring", "share": 30, "is_new_only": True, "new_days": 90,
    }  # fmt: skip
    assert question("tag", typed)[0] == {
        "tag": "Crime", "by": "uplift", "learnt_from": "spring", "exclude_buyers": True,
        "exclude_buyers_days": 90, "margin_share": pytest.approx(0.3),
        "people": {"active_within_days": 30, "min_purchases": 2, "min_value_cents": 1250,
                   "device_types": ["tv"]},
    }  # fmt: skip
    blank = {"tag": "Crime", "purchases": 0, "devices": [], "spent": None, "by": ""}
    assert question("tag", blank) == ({"tag": "Crime"}, {})


@pytest.mark.parametrize(
    ("typed", "box", "says"),
    [
        ({"budget": 100}, "cost", "A budget needs"),
        ({"margin": 4, "share": 30}, "share", "not both"),
        ({"learnt_from": "spring"}, "learnt_from", "ranked by what a contact adds"),
        ({"new_days": 30}, "new_days", "left out"),
        ({"holdout": 95}, "holdout", "from 0 to 90"),
        ({"least": -1}, "least", "from 0 to 100"),
        ({"size": 2.5}, "size", "whole number"),
        ({"size": 0}, "size", "from 1 to 10,000,000"),
        ({"active_days": 0}, "active_days", "more than 0"),
    ],
)
def test_what_is_wrong_is_said_of_its_box_and_nothing_is_asked(typed, box, says):
    asked, wrong = question("tag", {"tag": "Crime"} | typed)
    assert (asked, list(wrong)) == ({}, [box])
    assert says in wrong[box]


def test_years_that_run_back_are_told():
    typed = {"tags": "Crime", "from_year": 2020, "to_year": 2010}
    assert question("attributes", typed)[1] == {"to_year": "The last year is before the first."}


def test_boxes_that_do_not_count_for_a_kind_are_not_there():
    assert not counts("margin", "like")
    assert not counts("from_year", "item")
    assert counts("campaign", "like")
    assert counts("from_year", "attributes")


def test_refusals_of_the_service_find_their_box():
    def refused(code, place=""):
        return Refused("no", code=code, place=place, status=400)

    assert box_of(refused("bad_audience", "margin_share"), "tag") == "share"
    assert box_of(refused("bad_target"), "tag") == "tag"
    assert box_of(refused("bad_seeds"), "like") == "like"
    assert box_of(refused("no_uplift", "by"), "item") == "by"
    assert box_of(refused("nothing_released"), "item") == ""


def test_attributes_make_a_question_of_items():
    typed = {"tags": "Crime, Drama,", "language": "tr", "from_year": 2020}
    assert question("attributes", typed)[0] == {
        "items": {"tags_any": ["Crime", "Drama"], "language": "tr", "year": [2020, 3000]}
    }
    assert question("attributes", {})[1] == {"tags": "Write at least one attribute."}
    assert question("tag", {"tag": "Crime"})[0] == {"tag": "Crime"}


def test_profit_rises_while_a_contact_is_worth_its_cost_and_nobody_held_out_counts():
    rows = [member(1, 0.5), member(2, 0.4, held_out=True), member(3, 0.05)]
    assert gained(rows, Amounts(400.0, 100.0)) == [(1, 1.0), (2, pytest.approx(0.2))]


def test_where_each_brings_a_margin_of_their_own_it_counts_unless_another_was_typed():
    rows = [member(1, 0.1, margin_cents=900.0), member(2, 0.5, margin_cents=100.0)]
    assert gained(rows, Amounts(None, 30.0)) == [(1, pytest.approx(0.6)), (2, pytest.approx(0.8))]
    assert gained(rows, Amounts(400.0, 30.0))[0] == (1, pytest.approx(0.1))
    assert gained([*rows, member(3, 0.1)], Amounts())[-1] == (3, pytest.approx(0.7))


def test_without_a_margin_responses_are_summed_and_uplift_goes_before_probability():
    rows = [member(1, 0.5, uplift=0.1), member(2, 0.4, uplift=0.05)]
    assert gained(rows, Amounts.of({"cost": 1})) == [(1, 0.1), (2, pytest.approx(0.15))]
    assert gained([], Amounts()) == []


def test_long_lists_are_drawn_by_some_sixty_points_and_end_at_the_last():
    points = gained([member(n, 0.1) for n in range(1, 1001)], Amounts())
    assert len(points) < 65
    assert points[-1] == (1000, pytest.approx(100))


def test_audience_that_is_tried_says_so_and_has_no_name():
    tried = audience(audience_id="", name="")
    assert title_of(tried) == "An audience that is tried, and not kept"
    assert "who would be chosen by the model" in headline(tried)
    assert title_of(audience()) == "Audience spring"


def test_what_is_expected_goes_by_what_ranked_people():
    assert "0.6 responses are expected" in headline(audience())
    moved = audience(how="uplift", learnt_from="autumn")
    assert "by what a contact adds (learnt from autumn)" in headline(moved)
    assert "0.6 added responses are expected" in headline(moved)
    assert cards_of(audience(how="lookalike"))["expected people who come at all"] == "0.6"


def test_contacts_that_never_pay_are_told_as_that():
    assert best_words([(1, -0.1), (2, -0.3)]).endswith("not even the first.")


def test_curve_marks_where_choosing_ended_only_if_it_goes_on():
    points = [(1, 2.0), (2, 3.0), (3, 2.5)]
    marked = curve(points, "expected profit", n_contacted(audience()))["series"][0]
    assert marked["markLine"]["data"] == [{"xAxis": 2}]
    assert "markLine" not in curve(points, "expected profit", None)["series"][0]


def test_holdout_is_told_with_what_it_is_for():
    assert holdout_words(audience()).startswith("1 are held out: drawn by chance under the name")
    assert "for this audience alone" in holdout_words(audience(campaign=None))
    assert holdout_words(audience(n_held_out=0)).startswith("Nobody is held out")


def test_audience_is_told_in_a_sentence_and_in_figures():
    assert headline(audience()).startswith(
        "2 people may be addressed now, of 3 who were chosen by the model from 1,000"
    )
    assert cards_of(audience())["expected profit"] == "12.50"
    assert "expected profit" not in cards_of(audience(expected_profit_cents=None))


def test_those_left_out_come_with_the_reason_in_words_the_most_first():
    rows = left_out_rows(audience().left_out, "when it was made")
    assert [row["people"] for row in rows] == [9, 7]
    assert [row["because they"] for row in rows] == [
        "new_reason", "did not agree to be addressed",
    ]  # fmt: skip


def test_members_have_what_a_contact_adds_where_that_ranks():
    assert "adds" not in member_rows(audience())[0]
    assert member_rows(audience())[1]["held out"] == "yes"
    assert member_rows(audience(members=[member(1, 0.4, uplift=0.1)]))[0]["adds"] == 0.1


def test_file_that_holds_everybody_leaves_nobody_to_tell_of():
    assert exported(200, 200) == "200 people left."


def orders(behind):
    half, whole = Measured(0.7, 0.6, 0.8), Measured(1.0, 1.0, 1.0)
    return AudienceCurves(
        AT, AT, 14.0, ["t1"], 10, 4, 200,
        [
            OrderCurve("settee", [half, whole], [whole, whole], [AtSize(5, half, whole)]),
            OrderCurve("random", [half, whole], [whole, whole], [AtSize(5, half, whole, behind)]),
        ],
        0.1, 0.05, 0.2, [CalibrationBin(0.5, 0.4, 10)],
    )  # fmt: skip


def test_curves_begin_with_nobody_and_carry_intervals():
    half, whole = Measured(0.7, 0.6, 0.8), Measured(1.0, 1.0, 1.0)
    found = AudienceCurves(
        AT, AT, 14.0, ["t1"], 10, 4, 200,
        [OrderCurve("settee", [half, whole], [whole, whole], [AtSize(5, half, whole)])],
        0.1, 0.05, 0.2, [CalibrationBin(0.5, 0.4, 10)],
    )  # fmt: skip
    assert gain_of(found) == {"settee": [0.0, pytest.approx(70), 100.0]}
    assert gain_rows(found)[0]["people, %"] == 50
    assert size_rows(found) == [
        {"order": "settee", "first": 5, "precision": 0.7, "at least": 0.6, "at most": 0.8,
         "recall": 1.0, "behind settee": None}
    ]  # fmt: skip


def test_baselines_are_drawn_beside_a_band_around_the_order():
    found = orders(Measured(0.2, 0.1, 0.3))
    options = gain_chart(found)
    named = {one["name"]: one for one in options["series"]}
    assert named["from"]["data"] == [0.0, pytest.approx(60), 100.0]
    assert named["to"]["data"] == [0.0, pytest.approx(20), 0.0]
    assert options["legend"]["data"] == ["settee", "by lot"]
    assert named["by lot"]["lineStyle"]["type"] == "dotted"
    assert "Precision and recall" in html_of("x", sections_of_orders(found)).decode()


@pytest.mark.parametrize(
    ("behind", "says"),
    [
        (Measured(0.2, 0.1, 0.3), "by lot, is 20.0 points (10.0 to 30.0) behind."),
        (Measured(0.02, -0.1, 0.2), "by lot, may be as good: 2.0 points"),
        (Measured(-0.2, -0.3, -0.1), "by lot, is ahead: -20.0 points"),
    ],
)
def test_lead_over_the_next_best_is_told_with_its_doubt(behind, says):
    said = lead_words(orders(behind))
    assert said.startswith("Of the first 5 people by settee's order 70.0% responded (60.0% to")
    assert says in said


def test_lead_without_another_order_is_told_alone():
    found = orders(Measured(0, 0, 0))
    alone = msgspec.structs.replace(found, orders=found.orders[:1])
    assert lead_words(alone).endswith("(60.0% to 80.0%).")
    assert lead_words(msgspec.structs.replace(found, orders=[])) == ""


def test_row_of_the_log_names_who_did_what():
    row = log_row(AudienceLogRow(3, AT, "kim", "exported", "aud_1", {"n": 60}, "ab" * 32))
    assert (row["who"], row["what"], row["figures"]) == ("kim", "exported", "n 60")


def test_report_of_an_audience_names_nobody():
    report = html_of("Audience", sections_of(audience(), Amounts())).decode()
    assert "did not agree to be addressed" in report
    assert not any(f">a{number}<" in report for number in (1, 2, 3))
    assert "Expected responses of the first so many" in report
    assert "held out: drawn by chance" in report
    assert "Expected profit" in html_of("x", sections_of(audience(), Amounts(9.0))).decode()


def test_outcome_of_a_campaign_without_an_answer_is_no_row():
    sides = {
        "n_treated": 90, "n_held_out": 10, "n_clusters_treated": 90, "n_clusters_held_out": 10,
        "confidence": 0.95,
    }  # fmt: skip
    known = Lift(treated=0.3, held_out=0.2, difference=Estimate(0.1, 0.0, 0.2), **sides)
    effect = CampaignEffect(
        conversion=known, revenue=Lift(reason="too_few", **sides), spent_cents=0.0,
        n_contacted=80, n_held_out_contacted=0,
    )  # fmt: skip
    reading = CampaignReading(
        campaign="spring", audience_ids=["aud_1"], from_at=AT, until_at=AT, is_over=False,
        n_accounts=100, effect=effect,
    )  # fmt: skip
    assert campaign_rows(reading) == [
        {"what": "converted", "chosen": 0.3, "held out": 0.2, "difference": 0.1, "at least": 0.0,
         "at most": 0.2}
    ]  # fmt: skip
