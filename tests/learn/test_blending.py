from dataclasses import replace

import numpy as np
import pytest

from settee.candidates import SOURCES
from settee.core import RankingSettings
from settee.learn.blending import learn_blend
from settee.learn.folds import fit_model
from settee.learn.itemsets import ItemSets
from settee.learn.lists import BLEND, FUSION
from settee.learn.requests import Requests, Sampling, Window, frozen_requests, live_requests
from settee.learn.trial import try_recipe
from settee.ranking import PAUSE_S, make_pool
from tests.learn.world import rising_world, settings
from tests.ranking.world import Written


class Taste(Written):
    """Says what of a person's taste the history tells; its table is the world's own."""


class Shelf(Taste):
    """Says that it needs no history."""

    needs_history = False


N_ITEMS, N_PEOPLE = 60, 240


def world(seed=0, noise=1.0):
    """A model of three sources, and people: two sources know one half each, one guesses."""
    rng = np.random.default_rng(seed)
    events, items = rising_world(n_accounts=4, n_items=N_ITEMS, n_days=4)
    fitted = fit_model(events, 2**40, items, settings())
    parts = [rng.normal(size=(N_ITEMS, N_ITEMS)) for _ in range(3)]
    offset = 20.0  # a score above 0 puts an item forward
    sources = {
        name: Taste(offset + part * scale)
        for name, part, scale in zip(("knn", "ease", "content"), parts, (1, 5, 2), strict=True)
    }
    item = rng.integers(0, N_ITEMS, N_PEOPLE).astype(np.int32)
    wants = (parts[0] + parts[1])[item] + noise * rng.normal(size=(N_PEOPLE, N_ITEMS))
    wants[np.arange(N_PEOPLE), item] = -np.inf
    truth = ItemSets.of(np.argsort(-wants, axis=1)[:, :3].tolist(), N_ITEMS)
    histories = replace(
        frozen_requests(events, Window(0), Sampling(9, 9, rng)).histories,
        indptr=np.arange(N_PEOPLE + 1, dtype=np.int64), item=item,
        at_s=np.zeros(N_PEOPLE, np.int64),
    )  # fmt: skip
    requests = Requests(
        np.arange(N_PEOPLE, dtype=np.int32),
        np.full(N_PEOPLE, 10, np.int64),
        histories,
        ItemSets.of([[one] for one in item.tolist()], N_ITEMS),
        truth,
    )
    return replace(fitted, sources=sources), requests


def _settings(**more):
    return settings().ranking.model_copy(update=more)


@pytest.fixture(scope="module")
def learnt():
    model, requests = world()
    return learn_blend(model, [requests], _settings())


def test_a_blend_of_two_that_each_know_half_beats_ranks_and_every_source_and_serves(learnt):
    assert learnt.blend.serves
    assert set(learnt.ndcg) == {"knn", "ease", "content", FUSION, BLEND}
    assert learnt.ndcg[BLEND] > 1.1 * max(
        value for name, value in learnt.ndcg.items() if name != BLEND
    )
    assert "above" in learnt.reason


def test_who_guesses_weighs_little_and_who_know_as_much_weigh_alike(learnt):
    knn, ease, content = (np.mean(learnt.weights[name]) for name in ("knn", "ease", "content"))
    assert content < 0.2 * knn
    assert 0.8 < knn / ease < 1.25


def _one_is_never_wrong():
    """Who wants just what one source says, and a ridge so strong that the others speak too."""
    model, requests = world()
    knows = model.sources["knn"].table
    best = ItemSets.of(
        [
            [int(one) for one in np.argsort(-row) if one != item][:3]
            for item, row in zip(
                requests.histories.item, knows[requests.histories.item], strict=True
            )
        ],
        N_ITEMS,
    )
    return model, replace(requests, truth=best), _settings(blend_l2=10.0)


def test_a_source_that_is_ahead_of_the_blend_orders_alone_and_the_others_break_its_ties():
    model, requests, settings = _one_is_never_wrong()
    found = learn_blend(model, [requests], settings)
    assert found.ndcg["knn"] == 1.0 > found.ndcg[BLEND] > found.ndcg[FUSION]
    assert "not above the 1.0000 of knn; knn orders pools alone" in found.reason
    assert found.blend.serves
    assert found.blend.returning is None
    assert found.weights == {"knn": (1.0, 1.0), "ease": (0.001, 0.001), "content": (0.001, 0.001)}
    scores = [np.float32([3, 2, 1, 1, 0]), np.float32([9, 8, 1, 7, 0]), np.full(5, np.nan)]
    pool = make_pool(scores, np.ones(5, bool), RankingSettings(), found.blend, 1)
    assert pool.items.tolist() == [0, 1, 3, 2]


def test_a_source_that_shows_everybody_the_same_never_orders_alone():
    model, requests, settings = _one_is_never_wrong()
    same = replace(model, sources=model.sources | {"knn": Shelf(model.sources["knn"].table)})
    found = learn_blend(same, [requests], settings)
    assert found.ndcg["knn"] == 1.0
    assert not found.blend.serves
    assert found.reason.endswith("of knn.")


def test_the_depth_changes_the_weights():
    model, requests = world()
    top, deep = (
        learn_blend(model, [requests], _settings(blend_depth=depth)).weights for depth in (3, 60)
    )
    assert top != deep


def test_people_are_judged_by_weights_that_were_not_learnt_of_them():
    # Pure noise: weights that had seen the judged people would fit it.
    model, requests = world()
    rng = np.random.default_rng(5)
    guess = ItemSets.of([rng.permutation(N_ITEMS)[:3].tolist() for _ in range(N_PEOPLE)], N_ITEMS)
    found = learn_blend(model, [replace(requests, truth=guess)], _settings())
    assert found.ndcg[BLEND] < 0.2


def test_too_few_lessons_and_the_setting_leave_ranks_in_place():
    model, requests = world()
    few = learn_blend(model, [requests.take(np.arange(30))], _settings())
    assert few.blend is None
    assert "15 requests in the smaller half" in few.reason
    assert not few.as_dict()["serves"]
    off = learn_blend(model, [requests], _settings(blend=False))
    assert off.blend is None
    assert "ranking.blend" in off.reason


def test_the_ridge_changes_the_weights():
    model, requests = world()
    loose, tight = (
        learn_blend(model, [requests], _settings(blend_l2=l2)).weights for l2 in (0.0, 100.0)
    )
    assert np.ptp([np.mean(one) for one in loose.values()]) > 0.3
    assert np.ptp([np.mean(one) for one in tight.values()]) < 0.1


def test_a_trial_has_a_blend_in_its_table_and_says_what_was_learnt():
    small = ("ranking.trees=3", "train.slices=1")
    trial = try_recipe(*rising_world(), settings(*small))
    blending = trial.judged.as_dict()["blending"]
    assert trial.judged.table.row(BLEND).role == "blend"
    assert list(blending["weights"]) == list(trial.model.sources)
    assert blending["serves"] == trial.model.blend.serves
    assert trial.judged.promotion.otherwise == (BLEND if trial.model.blend.serves else FUSION)
    plain = try_recipe(*rising_world(), settings("ranking.blend=false", *small))
    assert plain.model.blend is None
    assert plain.judged.table.row(BLEND) is None
    assert plain.judged.promotion.otherwise == FUSION


def test_who_goes_on_and_who_comes_back_get_the_weights_that_suit_each():
    # The same people: going on, they want what one source knows; back after a pause, the other.
    model, requests = world()
    asked = []
    for name, as_of_s in (("knn", 10), ("ease", 10 + 2 * PAUSE_S)):
        told = model.sources[name].table[requests.histories.item]
        told[np.arange(N_PEOPLE), requests.histories.item] = -np.inf
        truth = ItemSets.of(np.argsort(-told, axis=1)[:, :3].tolist(), N_ITEMS)
        asked.append(replace(requests, truth=truth, as_of_s=np.full(N_PEOPLE, as_of_s)))
    found = learn_blend(model, asked, _settings())
    assert found.blend.serves
    assert found.ndcg[BLEND] > 0.9 > max(found.ndcg["knn"], found.ndcg["ease"])
    assert np.mean(found.weights["knn"]) > 3 * np.mean(found.weights["ease"])
    assert np.mean(found.returning["ease"]) > 3 * np.mean(found.returning["knn"])
    assert found.as_dict()["returning"]
    alone = learn_blend(model, asked[:1], _settings())
    assert alone.blend.returning is None
    assert not alone.returning


def test_live_and_frozen_requests_both_teach():
    events, items = rising_world()
    window = Window(int(np.quantile(events.at_s, 0.7)))
    model = fit_model(events, window.start_s, items, settings())
    asked = [
        ask(events, window, Sampling(500, 500, np.random.default_rng(0)))
        for ask in (frozen_requests, live_requests)
    ]
    both, one = (learn_blend(model, part, _settings()) for part in (asked, asked[:1]))
    assert both.blend is not None
    assert both.ndcg != one.ndcg
    assert set(both.weights) <= set(SOURCES)
