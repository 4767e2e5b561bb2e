import json
from dataclasses import replace

import numpy as np
import pytest

from settee.learn.folds import fit_model
from settee.learn.lists import BLEND, DEPTH, FUSION, MOST_POPULAR, RANDOM, RANKER, answer
from settee.learn.requests import Sampling, Window, frozen_requests
from settee.learn.trial import wanted_before
from settee.ranking import Blend
from tests.learn.world import rising_world, settings
from tests.ranking.world import stump

NAMES = ("popular", "content", "knn", "ease")


@pytest.fixture(scope="module")
def asked():
    world, items = rising_world()
    start_s = int(np.quantile(world.at_s, 0.8))
    four = settings(f"sources.enabled={json.dumps(NAMES)}")
    model = fit_model(world, start_s, items, four)
    sampling = Sampling(500, 1000, np.random.default_rng(0))
    return world, model, frozen_requests(world, Window(start_s), sampling)


def answers(asked, model=None, seed=0):
    world, fitted, requests = asked
    counts, _ = wanted_before(world, int(requests.as_of_s[0]))
    return answer(model or fitted, requests, counts, np.random.default_rng(seed))


def test_both_baselines_every_source_and_the_fusion_answer(asked):
    lists = answers(asked)
    assert list(lists) == [RANDOM, MOST_POPULAR, *NAMES, FUSION]
    assert all(one.items.shape == (len(asked[2]), DEPTH) for one in lists.values())


def test_a_blend_answers_beside_the_fusion_and_orders_what_the_ranker_sees(asked):
    alone = Blend(np.eye(4)[3], np.eye(4)[3], 0.0, 1.0)
    ranker = stump(NAMES, "n_all", left=1.0)
    model = replace(asked[1], blend=alone, ranker=ranker)
    lists = answers(asked, model)
    assert list(lists)[-3:] == [FUSION, BLEND, RANKER]
    plain = answers(asked)
    assert (lists[FUSION].items == plain[FUSION].items).all()
    warm = asked[2].is_warm
    # Of what any source put forward, EASE alone decides; where it has an opinion, its list stands.
    first = lists["ease"].items[warm, 0]
    assert (lists[BLEND].items[warm, 0] == first).mean() > 0.9
    serving = answers(asked, replace(model, blend=replace(alone, serves=True)))
    assert (serving[BLEND].items == lists[BLEND].items).all()
    assert (serving[RANKER].items != lists[RANKER].items).any()


def test_no_list_shows_what_was_seen_or_an_item_twice(asked):
    requests = asked[2]
    for name, one in answers(asked).items():
        assert not requests.seen.contains(one.items).any(), name
        for shown in one.items:
            assert len(np.unique(shown[shown >= 0])) == (shown >= 0).sum(), name


def test_scores_of_a_list_never_rise(asked):
    for name, one in answers(asked).items():
        scores = np.where(one.items >= 0, one.scores, -np.inf)
        assert (scores[:, 1:] <= scores[:, :-1]).all(), name


def test_the_most_popular_list_counts_accounts_before_the_instant(asked):
    world, _, requests = asked
    before = world.where(world.at_s < requests.as_of_s[0])
    counts = np.bincount(before.item, minlength=world.n_items)  # each account wants an item once
    shown = answers(asked)[MOST_POPULAR].items[0]
    shown = shown[shown >= 0]
    assert (np.diff(counts[shown]) <= 0).all()
    assert (counts[shown] > 0).all()


def test_random_lists_follow_the_seed_and_hold_everything_unseen(asked):
    requests = asked[2]
    first, again, other = (answers(asked, seed=seed)[RANDOM].items for seed in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()
    unseen = asked[0].n_items - requests.seen.size
    assert ((first >= 0).sum(axis=1) == np.minimum(unseen, DEPTH)).all()


def test_a_source_without_an_opinion_has_an_empty_list(asked):
    world, model, requests = asked
    nobody = requests.take(np.array([0]))
    empty = replace(
        nobody.histories, indptr=np.zeros(2, np.int64), item=np.empty(0, np.int32),
        at_s=np.empty(0, np.int64),
    )  # fmt: skip
    lists = answers((world, model, replace(nobody, histories=empty)))
    assert (lists["ease"].items == -1).all()
    assert (lists["knn"].items == -1).all()
    assert (lists["popular"].items >= 0).any()


def test_a_ranker_answers_even_before_it_is_promoted(asked):
    model = asked[1]
    ranker = stump(list(model.sources), "percentile_heat")
    lists = answers(asked, replace(model, ranker=ranker, is_promoted=False))
    assert set(lists[RANKER].scores[lists[RANKER].items >= 0]) <= {0.0, 1.0}
    assert (lists[RANKER].items != lists[FUSION].items).any()
    assert [sorted(row) for row in lists[RANKER].items] == [
        sorted(row) for row in lists[FUSION].items
    ]


def test_requests_in_small_batches_are_answered_alike(asked, monkeypatch):
    whole = answers(asked)
    monkeypatch.setattr("settee.learn.lists._CELLS", 3 * asked[0].n_items)
    for name, one in answers(asked).items():
        assert (one.items == whole[name].items).all(), name
