import json

import numpy as np
import pytest

from settee.learn.itemsets import ItemSets
from settee.learn.lists import DEPTH, FUSION, MOST_POPULAR, RANDOM, RANKER, Lists
from settee.learn.table import METRICS, Shelf, Table, judge, role_of
from tests.candidates.world import of_items
from tests.learn.world import catalogue

N = 40
WARM = np.arange(N) % 4 != 0


def lists(rows, scores=None):
    made = Lists.empty(len(rows))
    for row, items in enumerate(rows):
        values = scores[row] if scores is not None else np.arange(len(items), 0, -1)
        made.put(row, np.array(items, np.int32), np.asarray(values, float))
    return made


def truth():
    return ItemSets.of([[row % 5] for row in range(N)], n_items=12)


def shelf():
    return Shelf.of(catalogue(12), np.arange(12), 20)


def table(n_resamples=200, seed=1):
    perfect = lists([[row % 5, 11, 10] for row in range(N)])
    half = lists([[row % 5 if row % 2 else 11, 10] for row in range(N)])
    none = lists([[] for _ in range(N)])
    named = {RANDOM: none, MOST_POPULAR: half, "ease": half, FUSION: half, RANKER: perfect}
    return judge(named, truth(), WARM, shelf(), n_resamples, seed)


def test_every_system_has_a_row_for_all_for_warm_and_for_cold_people():
    rows = table().rows
    systems = [RANDOM, MOST_POPULAR, "ease", FUSION, RANKER]
    assert [(row.group, row.system) for row in rows] == [
        (group, system) for group in ("all", "warm", "cold") for system in systems
    ]
    assert {row.n_requests for row in rows if row.group == "cold"} == {10}
    assert all(tuple(row.figures) == METRICS for row in rows)


def test_a_perfect_system_scores_one_and_one_that_is_right_half_the_time_a_half():
    found = table()
    assert found.value(RANKER, "ndcg@1") == 1.0
    assert found.value("ease", "hit_rate@10") == 0.5
    figure = found.row("ease").figures["hit_rate@10"]
    assert 0.3 < figure.low < 0.5 < figure.high < 0.7


def test_an_empty_list_has_no_novelty_diversity_or_calibration():
    row = table().row(RANDOM)
    assert [row.figures[name] for name in ("novelty@10", "diversity@10", "ece@10")] == [None] * 3
    assert row.figures["coverage@10"].value == 0.0
    assert table().value(RANDOM, "novelty@10") is None


def test_a_group_without_people_has_no_rows():
    alone = judge({FUSION: lists([[0]] * N)}, truth(), np.ones(N, bool), shelf(), 100, 0)
    assert [row.group for row in alone.rows] == ["all", "warm"]
    assert alone.row(FUSION, "cold") is None


def test_differences_are_paired_person_by_person():
    found = table()
    gap = found.difference(RANKER, "ease", "ndcg@1", "all", 300, 0)
    assert gap.value == 0.5
    assert gap.excludes_zero
    same = found.difference(FUSION, "ease", "ndcg@1", "all", 300, 0)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_differences_within_a_group_count_its_people_only():
    found = table()
    gaps = {
        group: found.difference(RANKER, "ease", "ndcg@1", group, 100, 0).value
        for group in ("warm", "cold")
    }
    assert gaps == {"warm": pytest.approx(1 / 3), "cold": 1.0}  # row % 4 == 0 is always even


def test_a_table_read_back_has_the_figures_and_no_differences():
    found = table()
    told = json.loads(json.dumps(found.as_dict()))
    back = Table.from_dict(told)
    assert back.as_dict() == found.as_dict()
    assert back.difference(RANKER, "ease", "ndcg@1", "all", 100, 0) is None


def test_a_score_that_tells_hits_from_misses_is_better_calibrated_than_its_mean():
    rng = np.random.default_rng(0)
    n = 400
    sets = ItemSets.of([[0] for _ in range(n)], n_items=12)
    rows = [[0 if rng.random() < level else 5] for level in np.linspace(0, 1, n)]
    told = judge(
        {"ease": lists(rows, [[1 + level] for level in np.linspace(0, 1, n)])},
        sets, np.ones(n, bool), shelf(), 100, 0,
    )  # fmt: skip
    assert told.value("ease", "ece@10") < 0.1
    bins = told.reliability["ease"]
    assert sum(one.n for one in bins) == n
    off = sum(one.n * abs(one.told - one.true) for one in bins) / n
    assert told.value("ease", "ece@10") == pytest.approx(off)
    assert bins[0].true < 0.2 < 0.8 < bins[-1].true, "told apart, not all at the mean"


def test_one_shown_item_is_too_little_to_calibrate():
    one = judge({"ease": lists([[0]])}, ItemSets.of([[0]], 12), np.ones(1, bool), shelf(), 100, 0)
    assert one.row("ease").figures["ece@10"] is None
    assert one.reliability == {}


def test_more_resamples_or_another_seed_move_intervals_and_no_value():
    first, other = table(200), table(400, seed=2)
    assert first.value("ease", "ndcg@10") == other.value("ease", "ndcg@10")
    intervals = [one.row("ease").figures["ndcg@10"].low for one in (first, other)]
    assert intervals[0] != intervals[1]


def test_lists_are_cut_to_the_depth_that_is_judged():
    long = lists([list(range(12)) * 20])
    assert long.items.shape == (1, DEPTH)


def test_each_system_has_its_role():
    roles = [role_of(name) for name in (RANDOM, MOST_POPULAR, "knn", FUSION, RANKER)]
    assert roles == ["baseline", "baseline", "source", "fusion", "ranker"]


def test_popularity_and_tastes_stand_in_every_row_and_baselines_beside():
    took = of_items(*([[2, 4]] * N))
    known = Shelf.of(catalogue(12), np.arange(12), 20, took)
    named = {
        "most_popular": lists([[11, 9]] * N),  # odd titles alone, the most taken
        "ease": lists([[0, 2]] * N),
    }
    found = judge(named, truth(), WARM, known, 100, 0)
    assert found.value("most_popular", "popularity@10") == pytest.approx(0.5)
    assert found.value("ease", "popularity@10") == pytest.approx(0.05)
    assert found.value("most_popular", "lift@10") == pytest.approx(0.5 / 0.15 - 1)
    assert found.value("ease", "lift@10") == pytest.approx(0.05 / 0.15 - 1)
    assert found.value("ease", "miscalibration@10") == pytest.approx(0.0, abs=1e-9)
    assert found.value("most_popular", "miscalibration@10") == pytest.approx(-np.log2(0.01))
    assert found.value("ease", "gini@10") == pytest.approx(10 / 12)
    unknown = judge(named, truth(), WARM, shelf(), 100, 0)
    assert unknown.value("ease", "lift@10") is None
    assert unknown.value("ease", "miscalibration@10") is None
    assert unknown.value("ease", "popularity@10") == pytest.approx(0.05)
