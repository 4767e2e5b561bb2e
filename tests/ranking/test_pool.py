import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from settee.core import RankingSettings
from settee.ranking import make_pool
from settee.ranking.pool import BadScores

ALL = np.ones(5, np.bool_)


def scores(*rows):
    return [np.array(row, np.float32) for row in rows]


def test_two_lists_are_fused_by_reciprocal_rank():
    pool = make_pool(scores([5, 4, 0, 0, 1], [0, 9, 8, 0, 0]), ALL, RankingSettings())
    assert pool.items.tolist() == [1, 0, 2, 4]
    np.testing.assert_allclose(pool.fused, [1 / 62 + 1 / 61, 1 / 61, 1 / 62, 1 / 63], rtol=1e-6)
    assert pool.source_ranks.tolist() == [[1, 0], [0, -1], [-1, 1], [2, -1]]
    assert pool.source_scores.tolist() == [[4, 9], [5, 0], [0, 8], [1, 0]]
    assert len(pool) == 4


def test_a_score_of_zero_or_less_or_nan_puts_nothing_forward():
    pool = make_pool(scores([0, -1, np.nan, 2, -np.inf]), ALL, RankingSettings())
    assert pool.items.tolist() == [3]


def test_what_is_not_allowed_stays_out():
    allowed = np.array([True, False, True, True, True])
    pool = make_pool(scores([1, 9, 2, 0, 0]), allowed, RankingSettings())
    assert pool.items.tolist() == [2, 0]
    assert pool.source_ranks.tolist() == [[0], [1]]


def test_scores_of_another_width_or_layout_give_the_same_pool():
    usual = make_pool(scores([1, 3, 2, 0, 5]), ALL, RankingSettings())
    wide = np.repeat(np.array([1.0, 3, 2, 0, 5]), 2)[::2]
    other = make_pool([wide], ALL, RankingSettings())
    assert other.items.tolist() == usual.items.tolist() == [4, 1, 2, 0]
    assert other.source_scores.tobytes() == usual.source_scores.tobytes()


def test_ties_go_to_the_lower_item():
    pool = make_pool(scores([1, 1, 1, 1, 1]), ALL, RankingSettings(per_source=3))
    assert pool.items.tolist() == [0, 1, 2]
    pool = make_pool(scores([0, 0, 0, 2, 1], [0, 0, 0, 1, 2]), ALL, RankingSettings())
    assert pool.items.tolist() == [3, 4]


def test_each_source_puts_forward_so_many():
    many, few = RankingSettings(per_source=4), RankingSettings(per_source=1)
    rows = scores([1, 2, 3, 4, 5], [5, 4, 3, 2, 1])
    assert len(make_pool(rows, ALL, many)) == 5
    assert sorted(make_pool(rows, ALL, few).items.tolist()) == [0, 4]


def test_the_pool_keeps_the_best_fused():
    rows = scores([1, 2, 3, 4, 5], [0, 0, 3, 0, 0])
    whole = make_pool(rows, ALL, RankingSettings())
    small = make_pool(rows, ALL, RankingSettings(pool=2))
    assert small.items.tolist() == whole.items.tolist()[:2]
    assert small.source_ranks.tolist() == whole.source_ranks.tolist()[:2]


def test_the_constant_of_the_fusion_weighs_one_first_place_against_two_thirds():
    rows = scores([9, 8, 5, 0, 0], [0, 0, 5, 9, 8])
    assert make_pool(rows, ALL, RankingSettings(rrf_constant=60)).items[0] == 2
    assert make_pool(rows, ALL, RankingSettings(rrf_constant=0.001)).items[0] == 0


def test_a_source_that_came_too_late_is_left_out():
    pool = make_pool([None, *scores([1, 2, 0, 0, 0])], ALL, RankingSettings())
    assert pool.items.tolist() == [1, 0]
    assert np.isnan(pool.source_scores[:, 0]).all()
    assert (pool.source_ranks[:, 0] == -1).all()


@pytest.mark.parametrize("rows", [[], [None, None], scores([0, 0, 0, 0, 0])])
def test_without_any_candidate_the_pool_is_empty(rows):
    pool = make_pool(rows, ALL, RankingSettings())
    assert len(pool) == 0
    assert pool.source_scores.shape == (0, len(rows))


def test_scores_of_another_catalogue_are_refused():
    with pytest.raises(BadScores, match="source 1"):
        make_pool(scores([1, 2, 3, 4, 5], [1, 2]), ALL, RankingSettings())


@settings(max_examples=150, deadline=None)
@given(
    rows=hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=30),
        elements=st.one_of(st.sampled_from([0.0, 1.0, 2.0]), st.floats(-2, 2, width=32)),
    ),
    seed=st.integers(0, 1000),
    per_source=st.integers(1, 12),
    size=st.integers(1, 20),
)
def test_a_pool_is_what_sorting_everything_gives(rows, seed, per_source, size):
    allowed = np.random.default_rng(seed).random(rows.shape[1]) < 0.8
    asked = RankingSettings(per_source=per_source, pool=size)
    pool = make_pool(list(rows), allowed, asked)
    fused: dict[int, float] = {}
    ranks = {}
    for source, row in enumerate(rows):
        good = [item for item in range(len(row)) if allowed[item] and row[item] > 0]
        best = sorted(good, key=lambda item, row=row: (-row[item], item))[:per_source]
        for rank, item in enumerate(best):
            fused[item] = fused.get(item, 0.0) + 1.0 / (asked.rrf_constant + rank + 1.0)
            ranks[item, source] = rank
    order = sorted(fused, key=lambda item: (-np.float32(fused[item]), item))[:size]
    assert pool.items.tolist() == order
    assert pool.fused.tolist() == [np.float32(fused[item]) for item in order]
    for row, item in enumerate(order):
        for source in range(len(rows)):
            assert pool.source_ranks[row, source] == ranks.get((item, source), -1)
            assert pool.source_scores[row, source] == rows[source, item]


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.integers(1, 400),
        elements=st.one_of(
            st.sampled_from([0.0, -1.0, 1.0, 1.0625, 2.0, 1e-42, 3e38]),
            st.floats(0, 2, width=32),
        ),
    ),
    st.integers(1, 60),
)
def test_a_source_puts_forward_its_best_whatever_its_scores_are(score, per_source):
    allowed = np.arange(len(score)) % 5 != 3
    pool = make_pool([score], allowed, RankingSettings(per_source=per_source))
    order = np.argsort(-score, kind="stable")
    best = [item for item in order.tolist() if allowed[item] and score[item] > 0]
    assert pool.items.tolist() == best[:per_source]
