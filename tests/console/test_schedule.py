"""When rules hold: once, every year, or always."""

from datetime import UTC, datetime

import pytest

from settee.client.results import Rule
from settee.console.schedule import schedule, schedule_chart, words_of

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def spans(**fields):
    rule = Rule(name="a", kind="boost", **fields)
    return [
        (f"{one:%Y-%m-%d}", f"{other:%Y-%m-%d}") for one, other in schedule([rule], NOW)[0].spans
    ]


def test_rule_without_times_holds_from_end_to_end():
    assert spans() == [("2026-10-22", "2027-11-21")]
    assert words_of(Rule(name="a", kind="boost")) == "always"


def test_season_over_new_year_is_one_stretch():
    assert spans(season="12-20..01-06") == [("2026-12-20", "2027-01-07")]


def test_season_and_end_bound_one_another():
    end = datetime(2027, 6, 15, tzinfo=UTC)
    assert spans(season="06-01..06-30", expires_at=end) == [("2027-06-01", "2027-06-15")]


def test_rule_that_is_over_has_no_stretch():
    assert spans(expires_at=datetime(2026, 1, 1, tzinfo=UTC)) == []


def test_leap_day_that_a_year_does_not_have_is_the_next_day():
    assert spans(season="02-29..03-02") == [("2027-03-01", "2027-03-03")]


def test_rule_that_is_switched_off_says_so_and_is_pale():
    rows = schedule([Rule(name="a", kind="boost", is_active=False)], NOW)
    assert rows[0].words == "always; switched off"
    assert schedule_chart(rows, NOW)["series"][0]["lineStyle"]["opacity"] == pytest.approx(0.4)


def test_window_of_titles_is_told_apart_from_times_of_the_rule():
    rule = Rule(
        name="a", kind="window",
        opens_at=datetime(2026, 12, 1, tzinfo=UTC), closes_at=datetime(2027, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    assert words_of(rule) == "titles from 2026-12-01 00:00, titles until 2027-01-01 00:00"
