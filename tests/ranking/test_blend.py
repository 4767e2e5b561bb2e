from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import RankingSettings
from settee.ranking import PAUSE_S, Blend, fusion_shares, join_pools, make_pool, spread
from settee.ranking.blend import BadBlend, BlendDamaged, standardise

N = 40
ALL = np.ones(N, np.bool_)
RANKS = RankingSettings(per_source=15, pool=20)


def blend(*weights, **more):
    weight = np.array(weights, np.float64)
    return Blend(weight, weight, 0.0, 1.0, **more)


def scores(seed, n_sources=3):
    """Of each source some items above 0; no two sources are on one scale."""
    rng = np.random.default_rng(seed)
    told = rng.gamma(1.0, size=(n_sources, N)) - 0.4
    return [(row * 10.0**place).astype(np.float32) for place, row in enumerate(told)]


def by_hand(given, weight):
    """The logits of all that was put forward, by item, in plain numpy."""
    wide = make_pool(given, ALL, RankingSettings(per_source=15, pool=N))
    told = np.stack(given, axis=1)[wide.items].astype(np.float64)
    z = (told - told.mean(axis=0)) / told.std(axis=0)
    return dict(zip(wide.items.tolist(), (z @ np.array(weight)).tolist(), strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_pool_stands_in_the_order_of_weighted_deviations(seed):
    weight = [0.5, 0.0, 1.5]
    pool = make_pool(scores(seed), ALL, RANKS, blend(*weight), 5)
    logit = by_hand(scores(seed), weight)
    best = sorted(logit, key=lambda item: (-logit[item], item))[:20]
    assert pool.items.tolist() == best
    # The log of the fused score is the logit but for a constant.
    off = np.log(pool.fused.astype(np.float64)) - [logit[item] for item in best]
    np.testing.assert_allclose(off, off[0], atol=1e-5)


def test_a_learnt_weight_beats_ranks_where_one_source_knows_and_two_guess():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=N)
    knows = (truth + 5).astype(np.float32)
    guesses = [rng.gamma(1.0, size=N).astype(np.float32) for _ in range(2)]
    best = set(np.argsort(-truth)[:10].tolist())

    def found(one):
        return len(best & set(make_pool([knows, *guesses], ALL, RANKS, one).items[:10].tolist()))

    assert found(blend(1, 0.05, 0.05)) == 10
    assert found(None) < 10


def test_a_source_times_ten_changes_nothing():
    given = scores(3)
    pool = make_pool(given, ALL, RANKS, blend(1, 1, 1))
    louder = make_pool([given[0] * 8, *given[1:]], ALL, RANKS, blend(1, 1, 1))
    assert louder.items.tolist() == pool.items.tolist()


def test_fused_scores_sum_to_what_ranks_gave_everything():
    wide = RankingSettings(per_source=15, pool=N)
    ranks, blended = (make_pool(scores(2), ALL, wide, one) for one in (None, blend(1, 2, 3)))
    assert set(ranks.items) == set(blended.items)
    np.testing.assert_allclose(blended.fused.sum(), ranks.fused.sum(), rtol=1e-5)
    assert (blended.fused > 0).all()
    assert all(one >= other for one, other in pairwise(blended.fused.tolist()))


def test_a_source_without_an_answer_leaves_the_others_to_speak():
    given = scores(4)
    late = make_pool([given[0], None, given[2]], ALL, RANKS, blend(1, 5, 1))
    two = make_pool([given[0], given[2]], ALL, RANKS, blend(1, 1))
    assert late.items.tolist() == two.items.tolist()
    assert (late.parts[:, 1] == 0).all()


@pytest.mark.parametrize("silent", [np.zeros(N, np.float32), np.full(N, 0.1, np.float32)])
def test_where_no_weighed_source_has_an_opinion_ranks_decide(silent):
    popular = np.arange(N, 0, -1).astype(np.float32)
    pool = make_pool([popular, silent], ALL, RankingSettings(pool=5), blend(0, 1))
    assert pool.items.tolist() == [0, 1, 2, 3, 4]
    assert pool.parts is None


def test_weights_move_from_short_to_long_histories():
    mixed = Blend(np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.log1p(2), np.log1p(30))
    given = scores(5, 2)
    orders = [make_pool(given, ALL, RANKS, mixed, n).items.tolist() for n in (0, 2, 30, 900)]
    assert orders[0] == orders[1] == make_pool(given, ALL, RANKS, blend(1, 0)).items.tolist()
    assert orders[2] == orders[3] == make_pool(given, ALL, RANKS, blend(0, 1)).items.tolist()
    shares = [mixed.weights(n)[1] for n in range(60)]
    assert shares == sorted(shares)
    same = Blend(np.zeros(1), np.ones(1), 1.0, 1.0)
    assert same.weights(0).tolist() == same.weights(50).tolist() == [1.0]


@pytest.mark.parametrize(
    "made",
    [
        lambda: blend(-1.0),
        lambda: blend(np.nan),
        lambda: blend(),
        lambda: Blend(np.ones(2), np.ones(3), 0.0, 1.0),
        lambda: Blend(np.ones(2), np.ones(2), 2.0, 1.0),
        lambda: make_pool(scores(0), ALL, RANKS, blend(1.0)),
    ],
)
def test_weights_that_fit_no_model_are_refused(made):
    with pytest.raises(BadBlend):
        made()


def test_stored_weights_are_the_same_and_broken_ones_are_refused():
    one = Blend(np.array([0.1, 2.0]), np.array([0.0, 0.5]), 0.5, 3.0, serves=True)
    again = Blend.from_arrays(one.to_arrays())
    assert again.to_arrays().keys() == one.to_arrays().keys()
    for name, value in one.to_arrays().items():
        assert value.tobytes() == again.to_arrays()[name].tobytes()
    for name in one.to_arrays():
        with pytest.raises(BlendDamaged):
            Blend.from_arrays({key: value for key, value in one.to_arrays().items() if key != name})
    with pytest.raises(BlendDamaged, match="weights are at least 0"):
        Blend.from_arrays(one.to_arrays() | {"short": np.array([-1.0, 1.0])})


def test_who_comes_back_after_a_pause_is_answered_by_weights_of_their_own():
    back = blend(0.0, 1.0)
    both = replace(blend(1.0, 0.0, serves=True), returning=back)
    assert both.at(0) is both.at(PAUSE_S) is both
    assert both.at(PAUSE_S + 1) is back
    assert back.at(PAUSE_S + 1) is back
    again = Blend.from_arrays(both.to_arrays())
    assert again.returning.long.tolist() == [0.0, 1.0]
    assert (again.serves, again.returning.serves) == (True, False)
    with pytest.raises(BadBlend, match="come back"):
        replace(both, returning=blend(1.0))


def test_standard_deviations_are_those_of_numpy_and_silence_is_zero():
    told = np.random.default_rng(0).normal(3, 2, (9, 4)).astype(np.float32)
    told[:, 1], told[:, 2] = np.nan, 7.7
    found = standardise(told)
    plain = told.astype(np.float64)
    for column in (0, 3):
        mine = plain[:, column]
        np.testing.assert_allclose(found[:, column], (mine - mine.mean()) / mine.std())
    assert not found[:, 1:3].any()


def joined(seed=0):
    """A blended pool with a live source beside it, which knows two items more."""
    given = scores(seed, 2)
    model = make_pool(given, ALL, RANKS, blend(1.0, 0.5), 5)
    late = np.zeros(N + 2, np.float32)
    late[[N, N + 1, int(model.items[3])]] = 3, 2, 1
    live = make_pool([late], np.ones(N + 2, np.bool_), RANKS)
    return model, join_pools(model, live, [late], N + 2).pool


def test_live_sources_add_to_a_blend_as_to_ranks():
    model, pool = joined()
    assert pool.items[: len(model)].tolist() == model.items.tolist()
    np.testing.assert_allclose(pool.fused[3] - model.fused[3], 1 / 63, rtol=1e-4)
    assert pool.parts.shape == (len(model) + 2, 2)
    assert np.isnan(pool.parts[-2:]).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_shares_of_sources_sum_to_one_beside_live_ones(seed):
    _, pool = joined(seed)
    shares = fusion_shares(pool, 60)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-9)
    assert (shares >= 0).all()
    assert (shares[-2:] == [0, 0, 1]).all()


def test_the_share_is_larger_of_the_source_that_says_more_for_an_item():
    likes, shrugs = np.arange(1, N + 1), np.arange(1, N + 1) % 7 + 1
    pool = make_pool([likes.astype(np.float32), shrugs.astype(np.float32)], ALL, RANKS, blend(2, 1))
    best = pool.items.tolist().index(N - 1)
    shares = fusion_shares(pool, 60)[best]
    assert shares[0] > shares[1] > 0


def test_one_item_alone_is_borne_by_all_that_count():
    pool = make_pool(scores(1), ALL, RankingSettings(per_source=15, pool=1), blend(1, 1, 1))
    np.testing.assert_allclose(fusion_shares(pool, 60), [[1 / 3, 1 / 3, 1 / 3]])


def test_doubt_of_a_blend_is_how_far_its_sources_differ():
    agree = np.linspace(1, 2, N).astype(np.float32)
    differ = agree.copy()
    differ[-1] = 0.5
    both = make_pool([agree, agree], ALL, RANKS, blend(1, 1))
    assert np.ptp(spread(both, 60, 15)) < 1e-5
    split = make_pool([agree, differ], ALL, RankingSettings(pool=N), blend(1, 1))
    doubt = dict(zip(split.items.tolist(), spread(split, 60, 15).tolist(), strict=True))
    assert doubt[N - 1] == max(doubt.values()) > 5 * doubt[N // 2]


def test_doubt_beside_live_sources_is_finite_and_leaves_blended_items_apart():
    model, pool = joined()
    doubt = spread(pool, 60, 15)
    assert np.isfinite(doubt).all()
    assert (doubt >= 0).all()
    assert len(doubt) == len(model) + 2
