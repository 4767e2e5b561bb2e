from datetime import UTC, datetime, timedelta

from settee.core import Settings
from settee.learn import list_versions, show_version
from settee.store import Release, Report
from tests.respond.world import small_model

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


BIN = {"n": 40, "told": 0.2, "true": 0.25, "low": 0.1, "high": 0.4}


def figure(value, low=None, high=None):
    return {"value": value, "low": low, "high": high}


def table(value):
    return [
        {"system": "most_popular", "role": "baseline", "group": "all", "n_requests": 9,
         "metrics": {"ndcg@10": figure(0.03, 0.02, 0.04), "lift@10": None}},
        {"system": "fusion", "role": "fusion", "group": "warm", "n_requests": 5,
         "metrics": {"ndcg@10": figure(0.5)}},
        {"system": "fusion", "role": "fusion", "group": "all", "n_requests": 9,
         "metrics": {"ndcg@10": figure(value, 0.1, 0.2)}},
    ]  # fmt: skip


def training(version, hours=0, value=0.12):
    body = {"version": version, "serving": "fusion", "data": {"n_events": 7},
            "table": table(value), "seconds": {"ranker": 1.5}}  # fmt: skip
    return Report(f"rep_{version}{hours}", "training", NOON + timedelta(hours=hours), body)


def test_a_version_stands_with_its_figure_beside_the_most_popular():
    releases = [Release("v1", NOON, "first", {})]
    listed = list_versions(["v1", "v2"], [training("v2", 1), training("v1")], releases)
    assert [one.version for one in listed.versions] == ["v2", "v1"], "the newest first"
    assert [one.is_in_use for one in listed.versions] == [False, True]
    line = listed.versions[1]
    assert line.figures["ndcg@10"].value == 0.12
    assert line.popular["ndcg@10"].value == 0.03
    assert line.popular["lift@10"] is None
    assert (listed.in_use, listed.releases[0].reason) == ("v1", "first")


def test_a_version_that_was_trained_twice_has_its_newest_report():
    listed = list_versions(["v1"], [training("v1", 2, 0.2), training("v1", 1, 0.1)], [])
    assert listed.versions[0].figures["ndcg@10"].value == 0.2
    assert listed.in_use is None


def test_a_version_without_a_report_has_its_name_and_no_figure():
    (line,) = list_versions(["v9"], [], []).versions
    assert (line.version, line.trained_at, line.figures) == ("v9", None, {})


def test_a_version_shows_what_its_training_wrote_in_the_bundle_and_later_evaluations():
    model = small_model(Settings())
    duel = {"metric": "ndcg@10", "group": "all", "rival": "knn", "is_won": True,
            "excludes_zero": False, "difference": figure(0.1, -0.1, 0.3)}  # fmt: skip
    manifest = {
        "data": {"n_items": 8},
        "judged": {
            "serving": "fusion", "table": table(0.3), "protocol": {"n_requests": 9},
            "promotion": {"reason": "no ranker", "comparisons": [duel]},
            "blending": {"weights": {"knn": [0.5, 0.25]}}, "reliability": [BIN],
        },
    }  # fmt: skip
    object.__setattr__(model, "manifest", manifest)
    object.__setattr__(model, "version", "v1")
    again = [
        Report(
            "e2", "evaluation", NOON, {"version": "v1", "how": "later_events", "table": table(0.2)}
        ),
        Report("e1", "evaluation", NOON, {"version": "other", "how": "recorded", "table": []}),
    ]
    shown = show_version(model, [training("v1")], again, "v1")
    assert shown.is_in_use
    assert (shown.why, shown.serving) == ("no ranker", "fusion")
    assert [row.metrics["ndcg@10"].value for row in shown.table] == [0.03, 0.5, 0.3]
    assert shown.duels[0].difference.high == 0.3
    assert shown.weights == {"knn": [0.5, 0.25]}
    assert shown.seconds == {"ranker": 1.5}
    assert shown.importance == {}, "there is no ranker"
    assert [one.how for one in shown.evaluations] == ["later_events"]
    assert [(one.told, one.true) for one in shown.reliability] == [(0.2, 0.25)]
    assert shown.evaluations[0].reliability == [], "it was judged before bins were kept"


def test_a_version_that_was_never_judged_says_so():
    shown = show_version(small_model(Settings()), [], [], None)
    assert (shown.table, shown.reliability) == ([], [])
    assert shown.trained_at is None
    assert "judged on no later period" in shown.why
