import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from settee.ranking.forest import MAX_LEAVES, parse_forest
from settee.ranking.walk import score_rows
from tests.ranking.world import examples

N = 6


def booster(n_trees=12, **more):
    data = examples(n_features=N)
    parameters = {
        "objective": "lambdarank",
        "verbosity": -1,
        "min_data_in_leaf": 2,
        "num_threads": 1,
        "deterministic": True,
        **more,
    }
    train = lightgbm.Dataset(data.rows, data.labels, group=data.group_sizes, params=parameters)
    return lightgbm.train(parameters, train, n_trees)


FORESTS = {
    "small": {"num_leaves": 15},
    "of 16 leaves": {"num_leaves": 16},
    "of 32 leaves": {"num_leaves": 32},
    "of 64 leaves": {"num_leaves": 64},
    "of more leaves than bits": {"num_leaves": 120, "min_data_in_leaf": 1},
    "stumps": {"num_leaves": 2},
    "zero is missing": {"num_leaves": 15, "zero_as_missing": True},
    "zero is missing, large": {"num_leaves": 120, "zero_as_missing": True, "min_data_in_leaf": 1},
    "nothing is missing": {"num_leaves": 15, "use_missing": False},
    "nothing is missing, large": {"num_leaves": 120, "use_missing": False, "min_data_in_leaf": 1},
    "nothing to split": {"num_leaves": 15, "min_data_in_leaf": 10_000},
}


@pytest.fixture(scope="module", params=FORESTS)
def forest(request):
    oracle = booster(**FORESTS[request.param])
    return oracle, parse_forest(oracle.model_to_string())


def odd_values(forest):
    edges = forest.threshold[:: max(1, len(forest.threshold) // 40)]
    near = np.concatenate([edges, np.nextafter(edges, np.float32(9)), [0, np.nan, np.inf, -np.inf]])
    tiny = np.array([1e-35, -1e-35, 2e-35, 1e-36, -1e-36, 1e-44, -0.0], np.float32)
    return [float(value) for value in np.concatenate([near.astype(np.float32), tiny])]


def test_scores_equal_those_of_lightgbm_to_the_last_bit(forest):
    oracle, ours = forest

    @settings(max_examples=60, deadline=None)
    @given(
        rows=hnp.arrays(
            np.float32,
            st.tuples(st.integers(1, 40), st.just(N)),
            elements=st.one_of(st.floats(width=32), st.sampled_from(odd_values(ours))),
        )
    )
    def law(rows):
        expected = oracle.predict(rows, raw_score=True, num_threads=1)
        assert score_rows(ours, rows).tobytes() == expected.tobytes()

    law()


def test_many_rows_equal_lightgbm_in_either_layout(forest):
    oracle, ours = forest
    rows = examples(n_requests=50, n_features=N, seed=3).rows
    expected = oracle.predict(rows, raw_score=True, num_threads=1)
    np.testing.assert_array_equal(score_rows(ours, rows), expected)
    np.testing.assert_array_equal(score_rows(ours, np.asfortranarray(rows)), expected)


def test_no_rows_have_no_scores(forest):
    assert len(score_rows(forest[1], np.empty((0, N), np.float32))) == 0


def test_the_forests_cover_both_ways_of_scoring():
    largest = {
        name: int(np.diff(parse_forest(booster(**more).model_to_string()).leaf_indptr).max())
        for name, more in FORESTS.items()
    }
    assert largest["of 64 leaves"] <= MAX_LEAVES < largest["of more leaves than bits"]
    assert largest["nothing to split"] == 1
