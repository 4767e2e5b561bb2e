"""How credit is told: who leads, how sure, what a holdout says, and what a river is made of."""

import msgspec
import pytest

from settee.client.results import (
    ChannelCredit,
    ChannelReach,
    CreditReport,
    Flow,
    HoldoutSays,
    JourneyPath,
    JourneyStep,
    MethodTable,
)
from settee.console.exports import html_of
from settee.console.pages.attribution import sections_of
from settee.console.pages.credit_budget import Moved, as_row, known_words, spent_of, summed
from settee.console.pages.credit_journeys import ending, sankey, step_rows
from settee.console.pages.credit_tables import (
    chosen_method,
    credit_rows,
    facts_of,
    headline,
    holdout_words,
    interval_chart,
    methods_chart,
    of_channel,
    side_rows,
)


def credit(channel, share, low=None, high=None, added=None):
    return ChannelCredit(channel, 10 * share, None, None, share, low, high, 900.0 * share, added)


def report(*methods, **changed):
    fields = {
        "unit": "account", "by": "channel", "since": None, "until": None, "cautions": [],
        "n_paths": 20, "n_conversions": 12.0, "n_credited": 10.0, "n_unmet": 2.0,
        "credited_value_cents": 900.0, "unmet_value_cents": 0.0, "currency": "EUR",
        "n_other_currency": 0, "n_refunds": 0, "order": 1, "bootstrap": 100, "seed": 0,
        "n_suppressed_channels": 0, "channels": [], "methods": list(methods),
        "account_methods": [], "absent": {}, "holdout": None, "journeys": [],
    }  # fmt: skip
    return CreditReport(**fields | changed)


LAST = MethodTable("last", [credit("mail", 0.3), credit("web", 0.7)])
SHAPLEY = MethodTable("shapley", [credit("mail", 0.6, 0.5, 0.7), credit("web", 0.4, 0.3, 0.5)])


def test_shapley_speaks_and_methods_that_disagree_are_named():
    found = report(LAST, SHAPLEY)
    assert chosen_method(found) is SHAPLEY
    said = headline(found)
    assert "By shapley, mail earned most: 60% (50% to 70%) of 10 conversions" in said
    assert "Methods disagree: mail, web lead" in said
    assert "All methods agree" in headline(report(LAST))


def test_method_nobody_thought_of_is_shown_all_the_same():
    found = report(MethodTable("new", [credit("mail", 1.0)]))
    assert chosen_method(found).method == "new"


def test_bars_of_a_method_make_a_hundred_unless_credit_is_taken_away():
    assert methods_chart(report(LAST))["xAxis"]["max"] == 100
    less = MethodTable("ordered", [credit("mail", 1.2), credit("web", -0.2)])
    assert "max" not in methods_chart(report(less))["xAxis"]


def test_intervals_are_drawn_where_there_are_some():
    assert len(interval_chart(SHAPLEY.channels)["series"]) == 3
    assert len(interval_chart(LAST.channels)["series"]) == 1


def test_one_channel_by_every_method_has_a_row_each_with_its_interval():
    rows = of_channel(report(LAST, SHAPLEY), "mail")
    assert [(one.channel, one.share, one.share_low) for one in rows] == [
        ("last", 0.3, None), ("shapley", 0.6, 0.5),
    ]  # fmt: skip


def test_report_for_somebody_else_has_every_method_the_holdout_and_the_journeys():
    said = HoldoutSays(900, 100, 0.1, 0.08, 20.0, 5.0, 35.0, 0.01, 4.5, 0, "")
    found = report(
        LAST, SHAPLEY, holdout=said, cautions=["Credit is not causal."],
        flows=[Flow(1, "mail", "(converted)", 6.0, 6.0)],
        channels=[ChannelReach("mail", 40.0, 1234.0), ChannelReach("web", 30.0)],
        absent={"ordered": "needs_paths_without_conversion"},
    )  # fmt: skip
    page = html_of("Attribution", sections_of(found)).decode()
    for heading in ("Credit by shapley", "Credit by last", "Methods side by side", "Journeys"):
        assert f"<h2>{heading}</h2>" in page
    assert "Credit is not causal." in page
    assert "Contacts added 20 conversions" in page
    assert "ordered has no answer here: it needs paths of people" in page
    assert side_rows(found)[0] == {
        "channel": "mail", "accounts": 40.0, "spent": 12.34, "last": 0.3, "shapley": 0.6,
    }  # fmt: skip


def test_money_that_is_on_record_fills_the_budget_and_what_is_not_is_asked_for():
    found = report(LAST, channels=[ChannelReach("mail", 9.0, 1234.4), ChannelReach("web", 9.0)])
    assert spent_of(found) == {"mail": 12.34}
    assert "Nothing is on record for web" in known_words(found)
    assert "No contact on record says what it cost" in known_words(report(LAST))


def test_what_was_really_added_is_a_column_where_it_is_known():
    assert "really added" not in credit_rows(LAST)[0]
    known = MethodTable("last", [credit("mail", 1.0, added=4.0)])
    assert credit_rows(known)[0]["really added"] == pytest.approx(4.0)


def test_conversions_of_no_channel_and_small_channels_are_told():
    said = facts_of(report(LAST, n_suppressed_channels=3, n_other_currency=2))
    assert "2 came without a contact" in said
    assert "3 channels that too few people met" in said
    assert "2 in another currency than EUR" in said


def test_holdout_says_how_many_times_too_much_is_credited():
    said = HoldoutSays(900, 100, 0.1, 0.08, 20.0, 5.0, 35.0, 0.01, 4.5, 3, "")
    assert holdout_words(said, 90.0) == (
        "Contacts added 20 conversions (5 to 35); credited are 90, 4.5 times as many. "
        "3 of those held out were contacted all the same."
    )
    none = HoldoutSays(5, 2, None, None, None, None, None, None, None, 0, "too_few")
    assert "fewer than twenty accounts" in holdout_words(none, 90.0)
    bare = msgspec.structs.replace(
        said, added_low=None, credited_over_added=None, n_held_out_contacted=0
    )
    assert holdout_words(bare, 90.0) == "Contacts added 20 conversions; credited are 90."


def test_river_never_runs_back_and_each_step_has_its_column():
    flows = [
        Flow(1, "mail", "(converted)", 6.0, 6.0), Flow(1, "(suppressed)", "(ended)", 9.0, 8.0),
        Flow(2, "mail", "mail", 4.0, 4.0),
    ]  # fmt: skip
    series = sankey(flows)["series"][0]
    depth = {node["name"]: node["depth"] for node in series["data"]}
    assert all(depth[link["source"]] < depth[link["target"]] for link in series["links"])
    assert depth["mail, 2 before the end"] == 0
    assert depth["converted"] == depth["no conversion"] == 2
    assert "small ones, 1 before the end" in depth


def test_path_is_told_with_its_end_and_the_credit_of_each_step():
    steps = [JourneyStep("mail", 86_400.0, {"last": 0.0}), JourneyStep("web", None, {"last": 1.0})]
    path = JourneyPath(1.0, 1999.0, steps, {})
    assert ending(path) == "Ended in a conversion, worth 19.99."
    assert ending(JourneyPath(0.0, 0.0, [], {})) == "Ended without a conversion."
    assert step_rows(path) == [
        {"contact": "mail", "days before the end": 1.0, "last": 0.0},
        {"contact": "web", "days before the end": None, "last": 1.0},
    ]


def test_budget_of_which_nothing_is_known_moves_nothing():
    assert summed([Moved("mail", 0.0, 2.0, 40.0)]).startswith("Write what was spent")
    assert as_row(Moved("mail", 0.0, 2.0, 40.0))["credited then"] == pytest.approx(40.0)
    assert as_row(Moved("mail", 80.0, 2.0, 40.0))["cost of one credited"] == pytest.approx(2.0)
