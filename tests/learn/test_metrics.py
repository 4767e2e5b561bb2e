import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score

from settee.learn.itemsets import ItemSets
from settee.learn.metrics import ACCURACY, accuracy, average_precision_at, ndcg_at, recall_at

N_ITEMS = 130


def by_hand(shown, wanted, name):
    """The definitions, one person and one place at a time."""
    kind, places = name.split("@")
    k = int(places)
    hits = [item in wanted for item in shown[:k]]
    possible = min(k, len(wanted))
    first = next((place for place, hit in enumerate(hits, 1) if hit), None)
    if kind == "recall":
        return sum(hits) / possible
    if kind == "ndcg":
        best = sum(1 / math.log2(place + 1) for place in range(1, possible + 1))
        return sum(1 / math.log2(p + 1) for p, hit in enumerate(hits, 1) if hit) / best
    if kind == "map":
        return sum(sum(hits[:p]) / p for p, hit in enumerate(hits, 1) if hit) / possible
    if kind == "mrr":
        return 0.0 if first is None else 1 / first
    return float(first is not None)


@given(st.integers(0, 2**32 - 1))
def test_every_metric_equals_its_definition_written_out(seed):
    rng = np.random.default_rng(seed)
    wanted = [rng.choice(N_ITEMS, rng.integers(1, 40), replace=False).tolist() for _ in range(4)]
    lists = np.stack([rng.permutation(N_ITEMS)[:100] for _ in range(4)]).astype(np.int32)
    lists[0, rng.integers(0, 100) :] = -1
    measured = accuracy(lists, ItemSets.of(wanted, N_ITEMS))
    for name in ACCURACY:
        expected = [by_hand(shown, want, name) for shown, want in zip(lists, wanted, strict=True)]
        assert measured[name] == pytest.approx(expected, abs=1e-12), name


def test_ndcg_equals_scikit_learn():
    rng = np.random.default_rng(1)
    scores = rng.random((20, 50))
    relevant = rng.random((20, 50)) < 0.2
    relevant[:, 0] = True
    order = np.argsort(-scores, axis=1)
    hits = np.take_along_axis(relevant, order, axis=1)
    mine = ndcg_at(hits, relevant.sum(axis=1), 10)
    assert mine.mean() == pytest.approx(ndcg_score(relevant, scores, k=10))


def test_average_precision_over_the_whole_list_equals_scikit_learn():
    rng = np.random.default_rng(2)
    scores = rng.random((20, 50))
    relevant = rng.random((20, 50)) < 0.2
    relevant[:, 0] = True
    hits = np.take_along_axis(relevant, np.argsort(-scores, axis=1), axis=1)
    mine = average_precision_at(hits, relevant.sum(axis=1), 50)
    theirs = [average_precision_score(r, s) for r, s in zip(relevant, scores, strict=True)]
    assert mine == pytest.approx(theirs)


def test_a_full_list_of_hits_has_recall_one_though_more_was_wanted():
    assert recall_at(np.ones((1, 20), bool), np.array([500]), 20).tolist() == [1.0]


def test_an_empty_list_scores_zero_everywhere():
    lists = np.full((1, 0), -1, np.int32)
    measured = accuracy(lists, ItemSets.of([[3]], 5))
    assert {name: values.tolist() for name, values in measured.items()} == {
        name: [0.0] for name in ACCURACY
    }


def test_a_perfect_list_scores_one_everywhere_that_it_can():
    lists = np.arange(100, dtype=np.int32)[None]
    measured = accuracy(lists, ItemSets.of([list(range(100))], 100))
    assert all(values[0] == pytest.approx(1.0) for values in measured.values())


def test_a_person_who_wanted_nothing_cannot_be_judged():
    with pytest.raises(ValueError, match="nothing relevant"):
        accuracy(np.zeros((2, 3), np.int32), ItemSets.of([[1], []], 5))
