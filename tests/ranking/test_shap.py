import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from settee.ranking import Attribution
from settee.ranking.forest import RankerDamaged, parse_forest
from settee.ranking.shap import NoCover, shap_values
from settee.ranking.walk import score_rows
from tests.ranking.test_forest import THREE_LEAVES
from tests.ranking.test_walk import FORESTS, N, booster, odd_values
from tests.ranking.world import examples

COUNTED = THREE_LEAVES.replace("leaf_value", "leaf_count=5 3 2\nleaf_value")
TWICE = COUNTED.replace("split_feature=0 1", "split_feature=0 0")


@pytest.fixture(scope="module", params=FORESTS)
def forest(request):
    oracle = booster(**FORESTS[request.param])
    return oracle, parse_forest(oracle.model_to_string())


def test_contributions_equal_those_of_lightgbm(forest):
    oracle, ours = forest
    attribution = Attribution.of(ours)

    @settings(max_examples=40, deadline=None)
    @given(
        rows=hnp.arrays(
            np.float32,
            st.tuples(st.integers(1, 12), st.just(N)),
            elements=st.one_of(st.floats(width=32), st.sampled_from(odd_values(ours))),
        )
    )
    def law(rows):
        expected = oracle.predict(rows, pred_contrib=True, num_threads=1)
        found = attribution.values(rows)
        np.testing.assert_allclose(found, expected, atol=1e-10)
        np.testing.assert_allclose(found.sum(axis=1), score_rows(ours, rows), atol=1e-10)

    law()


def test_a_tree_of_two_features_by_hand():
    # 10 where a <= .5 (5 of 10 rows), else 20 where b <= 2 (3 of 5), else 30; on average 17.
    # The row goes right twice. b known first: (5 * 10 + 5 * 30) / 10 = 20, then a: 30.
    # a known first: (3 * 20 + 2 * 30) / 5 = 24, then b: 30. So a gets (10 + 7) / 2, b (3 + 6) / 2.
    found = shap_values(parse_forest(COUNTED), np.array([[1, 3]], np.float32))
    np.testing.assert_allclose(found, [[8.5, 4.5, 17.0]], atol=1e-12)


def test_a_feature_that_splits_twice_gets_all_that_it_adds():
    rows = np.array([[0, 0], [1, 0], [3, 0]], np.float32)
    found = shap_values(parse_forest(TWICE), rows)
    np.testing.assert_allclose(found, [[-7, 0, 17], [3, 0, 17], [13, 0, 17]], atol=1e-12)


def test_what_no_split_looks_at_adds_nothing():
    forest = parse_forest(booster(num_leaves=2, n_trees=1).model_to_string())
    found = shap_values(forest, examples(n_features=N).rows[:50])
    unused = [place for place in range(N) if place not in set(forest.feature.tolist())]
    assert len(unused) == N - 1
    assert not found[:, unused].any()


def test_a_leaf_that_no_training_row_reached_is_paid_for_in_full():
    empty = parse_forest(COUNTED.replace("leaf_count=5 3 2", "leaf_count=0 3 0"))
    rows = np.array([[0, 0], [1, 0], [1, 3]], np.float32)
    found = shap_values(empty, rows)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), score_rows(empty, rows), atol=1e-12)


def test_no_rows_have_no_contributions():
    assert shap_values(parse_forest(COUNTED), np.empty((0, 2), np.float32)).shape == (0, 3)


@pytest.mark.parametrize("text", [THREE_LEAVES, COUNTED.replace("5 3 2", "0 0 0")])
def test_a_forest_without_training_rows_says_that_it_cannot(text):
    with pytest.raises(NoCover, match="names no training rows"):
        shap_values(parse_forest(text), np.zeros((1, 2), np.float32))


@pytest.mark.parametrize("counts", ["5 3", "5 3 -2", "5 3 two", "5 3 0.5", "5 3 1e12"])
def test_counts_that_are_none_are_refused(counts):
    with pytest.raises(RankerDamaged, match="leaf_count"):
        parse_forest(COUNTED.replace("5 3 2", counts))
