import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.features import Pool
from settee.ranking import spread, uncertainty
from settee.ranking.forest import parse_forest
from settee.ranking.walk import score_rows
from tests.ranking.test_forest import THREE_LEAVES
from tests.ranking.test_walk import N, booster
from tests.ranking.world import examples

FOREST = parse_forest(booster(n_trees=60).model_to_string())


def truncated(n_trees):
    return parse_forest(booster(n_trees=n_trees).model_to_string())


def test_it_is_the_deviation_between_the_longer_halves_of_the_forest():
    rows = examples(n_requests=2, n_features=N, seed=4).rows
    scores = np.array([score_rows(truncated(n), rows) for n in np.linspace(30, 60, 10).astype(int)])
    centred = scores - scores.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(uncertainty(FOREST, rows), centred.std(axis=0), atol=1e-12)


def stumps(features):
    """A forest of one split a tree: 1 more where the feature is above .5."""
    trees = "".join(
        f"Tree={number}\nnum_leaves=2\nnum_cat=0\nsplit_feature={feature}\nthreshold=0.5\n"
        "decision_type=10\nleft_child=-1\nright_child=-2\nleaf_value=0 1\nis_linear=0\n\n\n"
        for number, feature in enumerate(features)
    )
    return parse_forest(
        f"tree\nnum_class=1\nmax_feature_idx=1\nfeature_names=a b\n\n{trees}end of trees\n"
    )


def test_what_was_learnt_early_is_certain_and_what_the_last_trees_add_is_not():
    rows = np.array([[0, 0]] * 18 + [[1, 0], [0, 1]], np.float32)
    found = uncertainty(stumps([0] * 10 + [1] * 10), rows)
    assert abs(found[18] - found[0]) < 1e-12  # a decided before the first of the ten models
    assert found[19] > 10 * found[0]  # b is still being learnt at the last


def test_a_forest_of_one_tree_and_no_rows_at_all_have_no_doubt():
    one = parse_forest(THREE_LEAVES)
    assert uncertainty(one, np.empty((0, 2), np.float32)).tolist() == []
    same = np.ones((4, 2), np.float32)
    assert uncertainty(one, same).tolist() == [0, 0, 0, 0]


def pool(ranks):
    ranks = np.array(ranks, np.int32)
    shape = ranks.shape
    return Pool(
        np.arange(shape[0], dtype=np.int32),
        np.zeros(shape, np.float32),
        ranks,
        np.zeros(shape[0], np.float32),
    )


def test_an_item_of_one_source_is_less_certain_than_one_of_all():
    alone, agreed = spread(pool([[0, -1, -1, -1], [0, 0, 0, 0]]), 60, 150)
    assert alone > 0
    assert agreed == 0


def test_one_source_alone_says_nothing_of_its_own_certainty():
    assert spread(pool([[0], [1]]), 60, 150).tolist() == [0, 0]
    assert spread(pool(np.zeros((0, 3))), 60, 150).tolist() == []


@settings(max_examples=50, deadline=None)
@given(
    ranks=st.lists(st.lists(st.integers(-1, 149), min_size=4, max_size=4), min_size=1, max_size=9)
)
def test_spread_does_not_hang_on_the_order_of_the_sources(ranks):
    found = spread(pool(ranks), 60, 150)
    assert (found >= 0).all()
    turned = spread(pool(np.array(ranks)[:, ::-1]), 60, 150)
    np.testing.assert_allclose(found, turned, atol=1e-12)
