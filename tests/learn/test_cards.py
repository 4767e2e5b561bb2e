import json

import pytest

from settee.learn import Card, cost_of, facts_of, train
from settee.learn.cards import CARD_FACTS, CARD_PAGE
from settee.ranking import load_model
from tests.learn.world import rising_world, settings


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    events, items = rising_world(24, 40, 20)
    chosen = settings("train.seed=11", "ranking.trees=5")
    trained = train(events, items, chosen, folder)
    return folder / trained.version, trained


def test_a_bundle_lies_beside_its_card(kept):
    folder, trained = kept
    page = (folder / CARD_PAGE).read_text()
    facts = json.loads((folder / CARD_FACTS).read_text())
    assert page.startswith("# Model card\n")
    assert facts["data"] == trained.data
    assert facts["serving"] == trained.judged.serving
    assert facts["table"] == trained.judged.table.as_dict()
    assert facts["settings_changed"]["train.seed"] == 11


def test_the_card_of_the_bundle_holds_no_clock_no_duration_and_no_version(kept):
    folder, trained = kept
    text = (folder / CARD_PAGE).read_text() + (folder / CARD_FACTS).read_text()
    assert trained.version not in text
    assert "total_s" not in text
    assert "peak_mb" not in text
    assert trained.as_dict()["peak_mb"] > 1
    assert "trained_at" not in text


def test_every_system_stands_beside_the_baselines_with_its_interval(kept):
    folder, trained = kept
    page = Card(facts_of(load_model(folder)), trained.version).as_markdown()
    assert page.startswith(f"# Model card {trained.version}\n")
    row = trained.judged.table.row("most_popular")
    figure = row.figures["ndcg@10"]
    shown = f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
    lines = [line for line in page.splitlines() if line.startswith("| most_popular |")]
    assert len(lines) == len({row.group for row in trained.judged.table.rows})
    assert shown in lines[0]
    assert f"| **{trained.judged.serving}** |" in page
    assert "| random |" in page
    assert "Nothing was measured" not in page


def test_the_card_sets_what_was_told_beside_what_came_true(kept):
    folder, trained = kept
    facts = json.loads((folder / CARD_FACTS).read_text())
    bins = [one.as_dict() for one in trained.judged.reliability]
    assert bins
    assert facts["reliability"] == bins
    page = (folder / CARD_PAGE).read_text()
    assert f"| {bins[0]['told']:.3f} | {bins[0]['true']:.3f} (" in page
    assert "## Calibration" not in Card(facts_of_nothing(), "abc").as_markdown()


def test_sizes_are_those_of_the_arrays_that_serve(kept):
    folder, _ = kept
    sizes = facts_of(load_model(folder))["sizes"]
    for name in ("knn", "ease", "timeline"):
        group = name if name == "timeline" else f"source-{name}"
        on_disk = (folder / f"{group}.npz").stat().st_size
        assert sizes[name] <= on_disk <= sizes[name] + 4096


def test_the_cost_comes_from_the_report_and_adds_up():
    report = {"seconds": {"sources": 1.5, "judge": 0.25}, "version": "x"}
    assert cost_of({"version": "x"}, "2026-01-02T03:04:05Z") == {
        "trained_at": "2026-01-02T03:04:05Z"
    }
    assert "peak_mb" not in cost_of(report, "2026-01-02T03:04:05Z")
    assert cost_of(report | {"peak_mb": 12.5}, "2026-01-02T03:04:05Z")["peak_mb"] == 12.5
    cost = cost_of(report, "2026-01-02T03:04:05Z")
    assert cost["total_s"] == 1.75
    page = Card(facts_of_nothing(), "abc", cost).as_markdown()
    assert "- trained_at: 2026-01-02T03:04:05Z\n- total_s: 1.75\n- sources_s: 1.5" in page
    assert Card(facts_of_nothing(), "abc", cost).as_dict()["cost"] == cost


def facts_of_nothing():
    return {
        "sources": ["ease"], "has_ranker": False, "serving": "fusion", "why": "nobody asked.",
        "seed": None, "federation": {"n_silos": 3, "sigma": 2.5}, "for": ["this"],
        "not_for": ["that"], "data": {"n_events": 1234}, "protocol": {}, "table": [],
        "sizes": {"ease": 4096}, "settings_changed": {}, "packages": {},
    }  # fmt: skip


def test_a_version_that_was_judged_on_nothing_says_so():
    page = Card(facts_of_nothing(), "abc").as_markdown()
    assert "On no later period." in page
    assert "Nothing was measured." in page
    assert "learnt with 3 silos, noise of deviation 2.5" in page
    assert "- n_events: 1,234" in page
    assert "- ease: 4,096 bytes" in page
    assert "All at their defaults." in page
    assert "## Training" not in page
    quiet = facts_of_nothing() | {"federation": {"n_silos": 3, "sigma": 0.0}}
    assert "3 silos, no noise." in Card(quiet).as_markdown()
    assert "version" not in Card(quiet).as_dict()


def test_figures_that_have_no_answer_or_interval_are_shown_as_they_are():
    metrics = {
        "ndcg@10": {"value": 0.5, "low": None, "high": None},
        "recall@20": None,
        "mrr@10": {"value": None, "low": None, "high": None},
    }
    row = {"system": "knn", "group": "all", "n_requests": 5, "metrics": metrics}
    page = Card(facts_of_nothing() | {"table": [row]}).as_markdown()
    assert "| all, 5 accounts | recall@20 | ndcg@10 | mrr@10 |" in page
    assert "| knn | - | 0.500 | - |" in page
