from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from settee.client.results import (
    Duel,
    Interval,
    JudgedAgain,
    ReleaseLine,
    ReliabilityBin,
    SystemFigures,
    VersionLine,
    VersionList,
    VersionView,
)
from settee.console.pages.models import in_use, name_of, release_rows, version_rows
from settee.console.pages.models_calibration import (
    bin_rows,
    calibration,
    kept_words,
    measured_of,
    reliability_chart,
)
from settee.console.pages.models_charts import (
    interval_text,
    intervals,
    over_time,
    told_over_time,
)
from settee.console.pages.models_version import (
    again_rows,
    duel_rows,
    fact_rows,
    metric_rows,
    of_group,
    sections,
)
from tests.console.world import faults

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def models(page):
    page.goto("/models")
    page.get_by_role("heading", name="What it is worth").wait_for()
    return page


def test_the_version_in_use_and_its_worth_beside_the_baselines_are_shown(models):
    expect(models.get_by_text("is in use since")).to_be_visible()
    models.get_by_text("Every metric of every system").click()
    for system in ("most_popular", "random", "fusion"):
        expect(models.get_by_role("cell", name=system, exact=True).first).to_be_visible()
    expect(models.get_by_role("img", name="ndcg@10 of each system")).to_be_visible()
    assert faults(models) == []


def test_another_metric_draws_another_chart(models):
    models.get_by_role("combobox", name="Metric").click()
    models.get_by_role("option", name="recall@20").click()
    expect(models.get_by_role("img", name="recall@20 of each system")).to_be_visible()


def test_releases_say_how_to_go_back(models):
    models.get_by_text("Releases: 1").click()
    expect(models.get_by_text("settee release --rollback")).to_be_visible()


def test_what_was_told_stands_beside_what_came_true(models):
    expect(models.get_by_role("heading", name="Calibration")).to_be_visible()
    expect(models.get_by_role("img", name="told beside what came true")).to_be_visible()
    expect(models.get_by_text("meet the dashed line")).to_be_visible()


def test_a_version_can_be_saved_as_a_page(models):
    with models.expect_download() as saved:
        models.get_by_role("button", name="Save as HTML").last.click()
    page = saved.value.path().read_text()
    assert "What the ranker looks at" in page
    assert "<script" not in page


def row(system, group="all", value=0.1, **more):
    metrics = {"ndcg@10": Interval(value, value - 0.01, value + 0.01), **more}
    return SystemFigures(system, "source", group, 9, metrics)


def version(**more):
    told = {
        "version": "v1", "is_in_use": True, "trained_at": None, "sources": ["ease", "knn"],
        "serving": "ease", "why": "because", "data": {"n_events": 1234, "first_at": "2026-01-01"},
        "protocol": {"test_start_s": 7, "lesson_starts": ["a", "b"], "frozen": ""},
        "table": [row("random", value=0.01), row("ease", value=0.2), row("ease", "warm")],
        "duels": [], "importance": {}, "weights": {}, "seconds": {}, "evaluations": [],
    }  # fmt: skip
    return VersionView(**told | more)


def test_a_list_without_a_release_says_what_answers():
    assert "popular until settee release" in in_use(VersionList(None, [], []))
    release = ReleaseLine("v1", NOON, "it is better")
    assert in_use(VersionList("v1", [], [release])).endswith("12:00 UTC: it is better")
    assert release_rows([release]) == [
        {"at": "2026-11-21 12:00", "version": "v1", "why": "it is better"}
    ]


def test_what_no_report_says_of_a_version_is_left_open():
    bare = VersionLine("v9", is_in_use=False)
    assert name_of(bare) == "v9"
    (told,) = version_rows([bare])
    assert (told["trained"], told["ndcg@10"], told["events"]) == (None, None, None)
    known = VersionLine("v1", True, NOON, {"n_events": 5}, "ease", {"ndcg@10": Interval(0.5)})
    assert name_of(known) == "v1, trained 21 Nov 2026 12:00, in use"
    assert version_rows([known])[0]["ndcg@10"] == "0.500"


def test_systems_stand_in_the_order_of_their_worth_and_one_without_a_figure_last():
    table = [*version().table, SystemFigures("odd", "source", "all", 9, {"ndcg@10": None})]
    assert [one.system for one in of_group(table, "all")] == ["ease", "random", "odd"]
    assert metric_rows(table)[0]["ndcg@10"] == "0.200 (0.190 to 0.210)"
    mixed = [row("ease", **{"a@1": Interval(1.0), "recall@20": None})]
    assert list(metric_rows(mixed)[0])[3:] == ["ndcg@10", "recall@20", "a@1"]


def test_calibration_is_said_where_it_was_measured():
    assert calibration(version()) == ""
    table = [row("ease", **{"ece@10": Interval(0.0171)})]
    assert "off by 0.017" in calibration(version(table=table))


BINS = [ReliabilityBin(40, 0.1, 0.12, 0.05, 0.2), ReliabilityBin(40, 0.2, 0.5, 0.4, 0.6)]


def test_a_version_without_bins_has_no_diagram_and_one_with_them_the_diagonal():
    assert measured_of(version()) == {}
    measured = measured_of(version(reliability=BINS))
    chart = reliability_chart(measured)
    diagonal, dots = chart["series"]
    assert chart["xAxis"]["max"] == chart["yAxis"]["max"] == 0.6
    assert diagonal["data"] == [[0, 0], [0.6, 0.6]]
    assert dots["data"] == [[0.1, 0.12], [0.2, 0.5]]
    assert dots["markLine"]["data"][1][1]["coord"] == [0.2, 0.6]
    assert not chart["legend"]["show"]
    assert bin_rows(measured)[1] == {
        "measured": "at its training", "told": "0.200", "came true": "0.500 (0.400 to 0.600)",
        "items": 40,
    }  # fmt: skip
    assert kept_words("at its training", BINS).startswith("At its training 1 of 2 dots meets")


def test_later_events_stand_beside_the_training_and_the_newest_count():
    again = [
        JudgedAgain(NOON, "recorded", [], BINS),
        JudgedAgain(NOON, "later_events", [], BINS[:1]),
        JudgedAgain(NOON, "later_events", [], BINS),
    ]
    measured = measured_of(version(reliability=BINS, evaluations=again))
    assert {name: len(bins) for name, bins in measured.items()} == {
        "at its training": 2,
        "on later events": 1,
    }
    chart = reliability_chart(measured)
    assert chart["legend"]["show"]
    assert len({one["symbol"] for one in chart["series"][1:]}) == 2


def line(name, days, value, popular=0.05):
    told = {"ndcg@10": Interval(value, value - 0.01, value + 0.01)}
    by_popular = {"ndcg@10": Interval(popular)}
    at = NOON + timedelta(days=days)
    return VersionLine(name, False, at, {}, "ease", told, by_popular)


def test_versions_run_over_time_with_a_line_at_every_release():
    bare = VersionLine("v0", is_in_use=False)
    releases = [ReleaseLine("v2", NOON + timedelta(days=3), "better")]
    listed = VersionList("v2", [line("v2", 2, 0.2), line("v1", 0, 0.1), bare], releases)
    assert [figure.value for _, figure, _ in told_over_time(listed, "ndcg@10")] == [0.1, 0.2]
    chart = over_time(listed, "ndcg@10")
    serves, popular, marks = chart["series"]
    assert [value for _, value in serves["data"]] == [0.1, 0.2]
    assert [value for _, value in popular["data"]] == [0.05, 0.05]
    assert len(serves["markLine"]["data"]) == 2
    assert len(marks["data"]) == 4, "both ends of both intervals widen the axis"
    (mark,) = marks["markLine"]["data"]
    assert mark["xAxis"] <= chart["xAxis"]["max"]
    assert mark["label"]["show"]


def test_comparisons_and_later_evaluations_are_rows():
    duel = Duel("ndcg@10", "cold", "knn", None, is_won=True, excludes_zero=False)
    again = JudgedAgain(NOON, "later_events", [row("ease", value=0.3)])
    one = version(duels=[duel], evaluations=[again, JudgedAgain(NOON, "recorded", [])])
    assert duel_rows(one)[0]["of whom"] == "newcomers"
    assert [told["ndcg@10"] for told in again_rows(one)] == ["0.300 (0.290 to 0.310)", None]
    assert again_rows(one)[0]["on"] == "later events"
    assert sections(one)[0].title == "What it is worth"


def test_facts_are_told_without_machine_numbers_and_empty_ones():
    assert fact_rows(version()) == [
        {"what": "sources", "value": "ease, knn"},
        {"what": "events", "value": "1,234"},
        {"what": "first at", "value": "2026-01-01"},
        {"what": "lesson starts", "value": "a, b"},
    ]


def test_a_chart_of_intervals_leaves_out_what_has_no_value_and_marks_one():
    chart = intervals(
        ["a", "b", "c"], [Interval(0.5, 0.4, 0.6), None, Interval(0.2)], marked="c", unit="x"
    )
    dots, ends = chart["series"]
    assert [one["value"] for one in dots["data"]] == [[0.5, 0], [0.2, 2]]
    assert len({one["itemStyle"]["color"] for one in dots["data"]}) == 2
    assert ends["data"] == [[0.4, 0], [0.6, 0]]
    assert interval_text(None) is None
