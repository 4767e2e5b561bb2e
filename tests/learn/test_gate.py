from dataclasses import replace

import numpy as np
import pytest

from settee.learn import GateFailed, compare, refusal, train
from settee.learn.gate import settings_of
from settee.ranking import load_model
from tests.learn.world import START, catalogue, record, rising_world, settings


def unread():
    raise AssertionError("the record must not be read")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Versions of one record: good, poor (popular only), old (half the record), young."""
    parent = tmp_path_factory.mktemp("bundles")
    events, items = rising_world()

    def made(*flags, share=1.0):
        part = events.where(events.at_s <= np.quantile(events.at_s, share))
        return load_model(parent / train(part, items, settings(*flags), parent).version)

    poor = 'sources.enabled=["popular"]'
    return {
        "record": (events, items),
        "good": made(),
        "poor": made(poor, "ranking.trees=1", "sources.popular_half_life_days=10000"),
        "old": made(share=0.6),
        "recent": made("ranking.trees=5", share=0.97),
        "recent_poor": made(poor, "ranking.trees=1", share=0.97),
    }


def read_of(shop):
    return lambda: shop["record"]


def test_the_first_release_passes_and_says_how_it_stands_to_the_most_popular(shop):
    verdict = compare(shop["good"], None, settings(), unread)
    assert (verdict.passes, verdict.way, verdict.champion) == (True, "first", None)
    assert verdict.popular < verdict.candidate
    assert "above" in verdict.reason


def test_two_versions_judged_on_the_same_requests_compare_by_their_recorded_figures(shop):
    better = compare(shop["good"], shop["poor"], settings(), unread)
    assert (better.passes, better.way) == (True, "recorded")
    worse = compare(shop["poor"], shop["good"], settings(), unread)
    assert not worse.passes
    assert (worse.candidate, worse.champion) == (better.champion, better.candidate)


def test_a_loss_within_the_tolerance_passes(shop):
    strict, lax = settings("train.gate_tolerance=0"), settings("train.gate_tolerance=1")
    assert not compare(shop["poor"], shop["good"], strict, unread).passes
    assert compare(shop["poor"], shop["good"], lax, unread).passes
    assert compare(shop["good"], shop["good"], strict, unread).passes


def test_the_metric_of_the_gate_is_a_setting(shop):
    found = [
        compare(shop["good"], shop["poor"], settings(f'train.gate_metric="{name}"'), unread)
        for name in ("ndcg@10", "recall@50")
    ]
    assert [one.metric for one in found] == ["ndcg@10", "recall@50"]
    assert found[0].candidate != found[1].candidate


def test_a_version_older_than_the_judged_period_answers_the_requests_itself(shop):
    verdict = compare(shop["good"], shop["old"], settings(), read_of(shop))
    assert verdict.way == "as_is"
    assert verdict.champion > 0


def test_a_version_that_has_seen_the_judged_period_is_judged_by_its_recipe(shop):
    verdict = compare(shop["good"], shop["recent_poor"], settings(), read_of(shop))
    assert (verdict.way, verdict.passes) == ("recipe", True)
    # The recipe is tried on the candidate's record, so it is the poor version's figure.
    twin = compare(shop["good"], shop["recent"], settings(), read_of(shop))
    assert twin.champion > verdict.champion


def test_the_same_recipe_tried_again_on_the_same_record_is_a_tie(shop):
    again = replace(shop["good"], manifest={**shop["good"].manifest, "judged": {}})
    verdict = compare(shop["good"], again, settings(), read_of(shop))
    assert verdict.way == "recipe"
    assert verdict.champion == pytest.approx(verdict.candidate, abs=1e-6)


def test_events_that_came_after_the_training_do_not_disturb_the_gate(shop):
    verdict = compare(shop["recent"], shop["old"], settings(), read_of(shop))
    assert verdict.way == "as_is"


def test_a_record_that_changed_since_cannot_be_compared(shop):
    events, items = shop["record"]
    kept = events.where(np.arange(len(events)) % 7 > 0)
    with pytest.raises(GateFailed, match="no longer compare") as caught:
        compare(shop["good"], shop["old"], settings(), lambda: (kept, items))
    assert "settee train" in caught.value.hint


def test_a_version_that_was_never_judged_does_not_replace_one_in_use(shop, tmp_path):
    rows = [(account, item, START) for account in range(6) for item in range(4)]
    version = train(record(rows, 6), catalogue(6), settings(), tmp_path).version
    unjudged = load_model(tmp_path / version)
    with pytest.raises(GateFailed, match="judged on no request"):
        compare(unjudged, shop["good"], settings(), unread)
    assert compare(unjudged, None, settings(), unread).candidate is None


def test_a_refusal_names_both_figures_and_the_next_step(shop):
    verdict = compare(shop["poor"], shop["good"], settings(), unread)
    error = refusal(shop["poor"], verdict)
    assert error.message == (
        f"bundle {shop['poor'].version} not released: ndcg@10 {verdict.candidate:.3f} is under "
        f"the champion's {verdict.champion:.3f}."
    )
    assert f"settee evaluate {shop['poor'].version}" in error.hint
    assert (error.code, error.status, error.exit_code) == ("gate_failed", 409, 5)


def test_the_recipe_of_a_version_is_read_from_its_manifest(shop):
    today = settings("serve.port=9999", "ranking.trees=3")
    then = settings_of(shop["poor"], today)
    assert then.sources.enabled == ("popular",)
    assert then.ranking.trees == 1
    assert then.serve.port == 9999


def test_the_verdict_is_told_in_json(shop):
    told = compare(shop["good"], shop["poor"], settings(), unread).as_dict()
    assert set(told) == {
        "passes", "way", "metric", "candidate", "champion", "popular", "reason",
    }  # fmt: skip
