import numpy as np

from settee.learn.itemsets import ItemSets
from settee.learn.lists import BLEND, FUSION, RANKER, Lists
from settee.learn.promotion import best_source, decide
from settee.learn.table import Shelf, judge
from tests.learn.world import catalogue

N = 60


def table(ranker, fusion, ease=0.2, knn=0.1, is_warm=None, blend=None):
    """Each system puts the wanted item first for that share of people, or those, sixth else."""
    named = {}
    shares = {"knn": knn, "ease": ease, FUSION: fusion, BLEND: blend, RANKER: ranker}
    for name, share in shares.items():
        if share is None:
            continue
        lists = Lists.empty(N)
        for row in range(N):
            first = share[row] if isinstance(share, np.ndarray) else row < round(share * N)
            items = [0, 1, 2, 3, 4, 5] if first else [1, 2, 3, 4, 5, 0]
            lists.put(row, np.array(items, np.int32), np.arange(6, 0, -1.0))
        named[name] = lists
    warm = np.ones(N, bool) if is_warm is None else is_warm
    shelf = Shelf.of(catalogue(6), np.ones(6, np.int64), 2)
    return judge(named, ItemSets.of([[0]] * N, 6), warm, shelf, 100, 0)


def test_a_ranker_ahead_of_source_and_fusion_is_promoted():
    decision = decide(table(0.9, 0.3), 200, 0)
    assert decision.is_promoted
    assert decision.code == "promoted"
    assert {one.rival for one in decision.comparisons} == {"ease", FUSION}
    assert "12 of the intervals exclude zero" in decision.reason


def test_a_ranker_behind_the_fusion_is_not_promoted_though_ahead_of_every_source():
    decision = decide(table(0.5, 0.7), 200, 0)
    assert (decision.is_promoted, decision.code) == (False, "not_better")
    assert "against fusion" in decision.reason


def test_a_ranker_behind_the_best_source_is_not_promoted_though_ahead_of_the_fusion():
    decision = decide(table(0.5, 0.3, ease=0.6), 200, 0)
    assert not decision.is_promoted
    assert "against ease" in decision.reason


def test_a_ranker_behind_the_blend_is_not_promoted_and_what_orders_pools_serves():
    decision = decide(table(0.5, 0.3, blend=0.6), 200, 0, BLEND)
    assert not decision.is_promoted
    assert "the blend serves" in decision.reason
    assert "against blend" in decision.reason
    assert decision.serving == BLEND == decision.as_dict()["otherwise"]
    ahead = decide(table(0.9, 0.3, blend=0.6), 200, 0, BLEND)
    assert ahead.serving == RANKER
    assert {one.rival for one in ahead.comparisons} == {"ease", FUSION, BLEND}


def test_a_tie_is_no_victory():
    assert not decide(table(0.5, 0.5), 200, 0).is_promoted


def test_a_small_lead_is_promoted_and_said_to_be_unsure():
    decision = decide(table(0.31, 0.29, ease=0.29), 200, 0)
    assert decision.is_promoted
    assert not any(one.difference.excludes_zero for one in decision.comparisons)


def test_people_with_a_history_must_not_lose_what_the_others_win():
    people = np.arange(N)
    found = table(people < 40, people >= 40, ease=0.3, is_warm=people >= 30)
    decision = decide(found, 200, 0)
    assert not decision.is_promoted
    assert all(one.is_won for one in decision.comparisons if one.group == "all")
    assert "of warm people" in decision.reason


def test_the_best_source_is_chosen_by_metric_and_the_first_of_equals():
    found = table(0.5, 0.5, ease=0.4, knn=0.4)
    assert best_source(found, "ndcg@1", "all") == "knn"
    assert best_source(table(0.5, 0.5), "ndcg@1", "all") == "ease"


def test_the_decision_in_json_names_metric_group_rival_and_whether_zero_is_excluded():
    told = decide(table(0.9, 0.3), 200, 0).as_dict()
    assert told["is_promoted"]
    assert len(told["comparisons"]) == 12
    assert set(told["comparisons"][0]) == {
        "metric", "group", "rival", "difference", "is_won", "excludes_zero",
    }  # fmt: skip
