import numpy as np
import pytest

from settee.core import RankingSettings
from settee.features import Pool, feature_names
from settee.ranking import Ranker, make_pool
from settee.ranking.addends import MAX_FEATURES, fusion_shares, ranker_addends
from settee.ranking.shap import NoCover
from tests.ranking.world import examples, stump

NAMES = feature_names(["ease"])


@pytest.fixture(scope="module")
def ranker():
    data = examples(n_features=len(NAMES))
    return Ranker.fit(data, None, NAMES, RankingSettings(trees=20, min_leaf=5), 1)


def test_addends_sum_to_the_score(ranker):
    rows = examples(n_requests=1, n_features=len(NAMES), seed=5).rows
    for limit in (0, 1, MAX_FEATURES, 100):
        told = ranker_addends(ranker, rows, limit)
        sums = [sum(one.adds for one in line) for line in told]
        np.testing.assert_allclose(sums, ranker.score(rows), atol=1e-9)
        assert max(sum(one.kind == "feature" for one in line) for line in told) <= limit


def test_the_features_that_move_most_are_named_with_their_value_and_meaning(ranker):
    rows = examples(n_requests=1, n_features=len(NAMES), seed=5).rows
    for row, line in zip(rows, ranker_addends(ranker, rows), strict=True):
        named = [one for one in line if one.kind == "feature"]
        sizes = [abs(one.adds) for one in named]
        assert sizes == sorted(sizes, reverse=True)
        for one in named:
            np.testing.assert_equal(one.value, float(row[NAMES.index(one.name)]))
            assert one.text.endswith(".")


def test_the_feature_that_decides_adds_most(ranker):
    # In this world the first feature alone decides.
    rows = np.zeros((1, len(NAMES)), np.float32)
    rows[0, 0] = 2.5
    assert ranker_addends(ranker, rows)[0][1].name == NAMES[0]


def test_a_ranker_without_training_rows_cannot_be_taken_apart():
    with pytest.raises(NoCover):
        ranker_addends(stump(["ease"], "n_7d"), np.zeros((1, len(NAMES)), np.float32))


def test_shares_of_the_sources_sum_to_one_and_follow_their_ranks():
    first, second = np.array([3, 2, 0], np.float32), np.array([0, 5, 0], np.float32)
    pool = make_pool([first, second], np.ones(3, np.bool_), RankingSettings())
    shares = fusion_shares(pool, 60)
    by_item = dict(zip(pool.items.tolist(), shares.tolist(), strict=True))
    assert by_item[0] == [1, 0]
    np.testing.assert_allclose(
        by_item[1], [(1 / 62) / (1 / 62 + 1 / 61), (1 / 61) / (1 / 62 + 1 / 61)]
    )


def test_what_no_source_put_forward_has_no_shares():
    pool = Pool(
        np.zeros(1, np.int32), np.full((1, 2), np.nan, np.float32),
        np.full((1, 2), -1, np.int32), np.zeros(1, np.float32),
    )  # fmt: skip
    assert fusion_shares(pool, 60).tolist() == [[0, 0]]
