import json
from dataclasses import replace

import numpy as np
import pytest

from settee.learn import evaluate, train
from settee.learn.evaluation import judge_elsewhere, recorded
from settee.learn.folds import Split
from settee.learn.lists import FUSION, RANKER
from settee.learn.requests import Window
from settee.learn.trial import judge_model, judged_requests
from settee.ranking import load_model
from tests.learn.world import catalogue, rising_world, settings


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    parent = tmp_path_factory.mktemp("bundles")
    events, items = rising_world(n_days=50)
    cut_s = int(np.quantile(events.at_s, 0.8))
    early = events.where(events.at_s < cut_s)
    found = train(early, items, settings(), parent)
    return events, items, early, load_model(parent / found.version), found


def numbered_otherwise(events, items):
    """The same record, its items numbered backwards, with two more that no model knows."""
    n = items.n_items
    more = catalogue(n + 2)
    ids = ("new-1", *reversed(items.item_ids), "new-2")
    other = replace(more, item_ids=ids)
    return replace(events, n_items=n + 2, item=(n - events.item).astype(np.int32)), other


def test_without_a_version_the_recipe_is_tried(versions):
    events, items, *_ = versions
    found = evaluate(events, items, settings())
    assert (found.version, found.how) == ("", "fresh")
    assert found.judged.table.row(RANKER) is not None


def test_a_version_that_knows_all_there_is_gives_its_recorded_figures(versions):
    _, items, early, model, trained = versions
    found = evaluate(early, items, settings(), model)
    assert (found.version, found.how) == (model.version, "recorded")
    assert found.judged.table.as_dict() == trained.judged.table.as_dict()
    assert found.judged.promotion == replace(
        trained.judged.promotion, comparisons=found.judged.promotion.comparisons
    )
    assert found.judged.as_dict() == json.loads(json.dumps(trained.judged.as_dict()))


def test_a_version_is_judged_on_what_happened_since(versions):
    events, items, _, model, _ = versions
    found = evaluate(events, items, settings(), model)
    assert found.how == "later_events"
    assert found.judged.protocol["test_start_s"] == model.trained_until_s
    row = found.judged.table.row(RANKER)
    assert row.n_requests > 20
    assert row.figures["ndcg@10"].value > found.judged.table.value("random", "ndcg@10")


def test_the_numbering_of_todays_catalogue_changes_no_accuracy(versions):
    events, items, _, model, _ = versions
    split = Split((), Window(model.trained_until_s))
    chosen = settings()
    here = judge_model(model, judged_requests(events, split, chosen), events, chosen)
    others = numbered_otherwise(events, items)
    requests = judged_requests(others[0], split, chosen)
    there = judge_elsewhere(model, requests, *others, chosen)
    for system in ("most_popular", "popular", "knn", "ease", FUSION, RANKER):
        for metric in ("ndcg@10", "recall@20", "mrr@10", "novelty@10"):
            mine, theirs = (table.value(system, metric) for table in (here, there))
            assert mine == pytest.approx(theirs, abs=1e-12), (system, metric)


def test_wanting_an_item_that_the_version_does_not_know_counts_against_it(versions):
    events, items, _, model, _ = versions
    later = np.flatnonzero(events.at_s >= model.trained_until_s)
    strange = events.item.copy()
    strange[later[::2]] = items.n_items  # a title that came out since
    grown = catalogue(items.n_items + 1)
    changed = replace(events, item=strange, n_items=items.n_items + 1)
    before = evaluate(events, items, settings(), model).judged.table
    after = evaluate(changed, grown, settings(), model).judged.table
    assert after.value(RANKER, "recall@50") < before.value(RANKER, "recall@50")


def test_item_counters_take_in_what_happened_between_training_and_request(versions):
    events, items, _, model, _ = versions
    chosen = settings()
    later_s = int(np.quantile(events.at_s, 0.9))
    requests = judged_requests(events, Split((), Window(later_s)), chosen)
    fresh = judge_elsewhere(model, requests, events, items, chosen)
    stale = judge_model(model, requests, events, chosen)
    assert fresh.value(RANKER, "ndcg@10") != stale.value(RANKER, "ndcg@10")
    assert fresh.value("ease", "ndcg@10") == stale.value("ease", "ndcg@10")


def test_later_events_that_speak_against_a_decision_are_reported_and_change_nothing(versions):
    events, items, _, model, _ = versions
    demoted = replace(model, is_promoted=not model.is_promoted)
    first = evaluate(events, items, settings(), model).judged.promotion
    second = evaluate(events, items, settings(), demoted).judged.promotion
    assert first.is_promoted != second.is_promoted
    assert "kept" in {first.code, second.code}
    [kept] = [one for one in (first, second) if one.code == "kept"]
    assert "as decided at training" in kept.reason


def test_a_version_without_ranker_and_blend_is_judged_by_its_fusion(versions):
    events, items, _, model, _ = versions
    plain = replace(model, ranker=None, blend=None, is_promoted=False)
    found = evaluate(events, items, settings(), plain)
    assert found.judged.serving == FUSION
    assert found.judged.table.row(RANKER) is None


def test_a_model_that_says_nothing_of_its_judgement_has_an_empty_table(versions):
    silent = recorded(replace(versions[3], manifest={}))
    assert silent.table.rows == ()
    assert silent.promotion.code == "not_judged"
    assert silent.protocol == {}
