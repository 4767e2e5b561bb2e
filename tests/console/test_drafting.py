"""Rules that somebody writes, beside those in force."""

from datetime import UTC, datetime

import pytest

from settee.client.results import Rule, Selection
from settee.console.drafting import compare, drawn, says, table
from settee.console.schedule import schedule_chart

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SUMMER = Rule(name="summer", kind="boost", lift=2.0, season="06-01..06-30")
GONE = Rule(name="gone", kind="block", items=Selection(tags=["Comedy"]))


def longer(rule):
    return Rule(name=rule.name, kind=rule.kind, lift=2.0, season="06-01..08-31")


def standings(draft, in_force):
    return {one.shown.rule: one.standing for one in compare(draft, in_force, NOW)}


def test_every_rule_of_both_sets_stands_once_with_what_became_of_it():
    new = Rule(name="new", kind="boost", lift=1.5)
    found = standings([new, longer(SUMMER)], [SUMMER, GONE])
    assert found == {"new": "new", "summer": "changed", "gone": "gone"}
    assert list(found)[-1] == "gone", "the draft comes first, in its order"
    assert standings([SUMMER], [SUMMER]) == {"summer": "as it was"}


def test_a_change_that_is_not_of_time_is_a_change_all_the_same():
    stronger = Rule(name="summer", kind="boost", lift=3.0, season=SUMMER.season)
    lines = compare([stronger], [SUMMER], NOW)
    assert lines[0].standing == "changed"
    assert [row.rule for row in drawn(lines)] == ["summer (changed)"], "it holds when it held"


def test_times_that_differ_are_drawn_below_one_another_and_those_in_force_pale():
    rows = drawn(compare([longer(SUMMER)], [SUMMER, GONE], NOW))
    assert [(row.rule, row.is_faint) for row in rows] == [
        ("summer (changed)", False),
        ("summer (in force)", True),
        ("gone (gone)", True),
    ]
    series = schedule_chart(rows, NOW)["series"]
    assert [one["lineStyle"]["opacity"] for one in series[:3]] == pytest.approx([1, 0.4, 0.4])
    assert [one["data"][0][1] for one in series[:3]] == [0, 1, 2], "each in its own row"


def test_the_table_says_when_both_hold():
    told = table(compare([longer(SUMMER)], [SUMMER, GONE], NOW))
    assert told[0]["holds"] == "every year 06-01..08-31"
    assert told[0]["holds in force"] == "every year 06-01..06-30"
    assert (told[1]["holds"], told[1]["in the editor it is"]) == (None, "gone")


def test_the_sentence_counts_what_differs():
    assert says(compare([SUMMER, GONE], [SUMMER, GONE], NOW)) == (
        "The editor holds what is in force."
    )
    assert says([]) == "The editor holds what is in force."
    kept = [Rule(name=name, kind="boost", lift=2.0) for name in "ab"]
    assert says(compare([*kept, longer(SUMMER)], [*kept, SUMMER, GONE], NOW)) == (
        "The editor against what is in force: 1 changed, 1 gone, 2 as they were."
    )
