import numpy as np
import pytest
from scipy.optimize import minimize

from settee.core import RankingSettings
from settee.ranking import BlendLessons, fit_blend, make_pool
from settee.ranking.blend_fit import BadLessons, widened


def lessons(weight, n_requests=400, size=30, seed=0, n_history=None):
    """Requests in which one item comes true, drawn by the softmax of a weighted sum."""
    rng = np.random.default_rng(seed)
    n_history = np.full(n_requests, 5) if n_history is None else n_history
    told, hit = [], []
    for place in range(n_requests):
        z = rng.normal(size=(size, len(weight(n_history[place]))))
        p = np.exp(z @ weight(n_history[place]))
        told.append(z)
        hit.append(np.arange(size) == rng.choice(size, p=p / p.sum()))
    return BlendLessons(
        np.concatenate(told).astype(np.float32),
        np.concatenate(hit),
        np.full(n_requests, size),
        np.asarray(n_history, np.int64),
    )


def constant(*weight):
    return lambda _: np.array(weight)


def loss(found, weight, l2):
    """Of one set of weights, in plain numpy."""
    start, total = 0, 0.0
    for size in found.sizes:
        z, hit = found.told[start : start + size].astype(float), found.hit[start : start + size]
        logit = z @ weight
        total -= np.mean(logit[hit]) - np.log(np.exp(logit).sum())
        start += size
    ridge = ((weight - weight.mean()) ** 2).sum() + 0.1 * (weight**2).sum()
    return total / len(found) + 0.5 * l2 * ridge


@pytest.mark.parametrize("l2", [0.0, 0.01, 1.0])
@pytest.mark.parametrize("true", [(1.0, 0.3), (1.2, -0.5), (-1.0, -1.0, 0.4)])
def test_the_weights_are_those_that_scipy_finds(true, l2):
    found = lessons(constant(*true), n_requests=60)
    best = minimize(
        lambda weight: loss(found, weight, l2),
        np.full(len(true), 0.3),
        bounds=[(0, None)] * len(true),
        options={"ftol": 1e-14, "gtol": 1e-10},
    )
    blend = fit_blend(found, l2)
    np.testing.assert_allclose(blend.long, best.x, atol=2e-4)
    assert (blend.long >= 0).all()


def test_true_weights_are_found_again_and_a_source_that_errs_gets_none():
    blend = fit_blend(lessons(constant(1.0, 0.4, 0.0, -0.7), 3000), 0.0)
    np.testing.assert_allclose(blend.long, [1.0, 0.4, 0.0, 0.0], atol=0.1)
    assert blend.long[3] == 0.0


def test_short_and_long_histories_get_weights_of_their_own():
    n_history = np.random.default_rng(1).integers(1, 100, 3000)
    sizes = np.log1p(np.percentile(n_history, [10, 90]))

    def weight(n):
        share = np.clip((np.log1p(n) - sizes[0]) / (sizes[1] - sizes[0]), 0, 1)
        return np.array([1.0 - share, share])

    blend = fit_blend(lessons(weight, 3000, n_history=n_history), 0.0)
    np.testing.assert_allclose(blend.short, [1, 0], atol=0.15)
    np.testing.assert_allclose(blend.long, [0, 1], atol=0.15)
    np.testing.assert_allclose([blend.low, blend.high], sizes, atol=0.1)


def test_a_strong_ridge_makes_weights_equal():
    found = lessons(constant(1.5, 0.1))
    free, tied = fit_blend(found, 0.0), fit_blend(found, 100.0)
    assert free.long[0] - free.long[1] > 1.0
    assert abs(tied.long[0] - tied.long[1]) < 0.05


def test_a_source_that_is_never_wrong_gets_a_finite_weight():
    z = np.tile([[2.0], [0.0], [-1.0]], (40, 1)).astype(np.float32)
    hit = np.tile([True, False, False], 40)
    sure = BlendLessons(z, hit, np.full(40, 3), np.full(40, 3))
    assert 1.0 < fit_blend(sure, 0.01).long[0] < 100.0


def test_two_sources_that_say_the_same_share_the_weight():
    one = lessons(constant(1.0))
    two = BlendLessons(np.repeat(one.told, 2, axis=1), one.hit, one.sizes, one.n_history)
    blend = fit_blend(two, 0.01)
    np.testing.assert_allclose(blend.long[0], blend.long[1], atol=1e-6)
    np.testing.assert_allclose(blend.long.sum(), fit_blend(one, 0.0).long[0], atol=0.02)


def test_the_same_lessons_give_the_same_bytes():
    found = lessons(constant(1.0, 0.2))
    one, two = fit_blend(found, 0.01), fit_blend(found, 0.01)
    assert one.to_arrays()["long"].tobytes() == two.to_arrays()["long"].tobytes()
    assert not one.serves


def test_only_people_with_a_history_and_an_order_to_learn_teach():
    scores = [np.tile(np.arange(1, 7), (5, 1)).astype(np.float32)]
    wanted = np.zeros((5, 6), bool)
    wanted[[0, 1], 2] = True  # both know what they want; the second has no history
    wanted[2] = True  # wants everything
    wanted[4, 0] = True  # out of reach
    found = BlendLessons.of_scores(
        scores, np.ones((5, 6), bool), wanted, np.array([3, 0, 3, 3, 3]),
        RankingSettings(per_source=5),
    )  # fmt: skip
    assert len(found) == 1
    assert found.n_history.tolist() == [3]
    assert found.hit.tolist() == [False, False, False, True, False]
    with pytest.raises(BadLessons):
        fit_blend(BlendLessons.of_pools([], [], np.empty(0, np.int64), 20), 0.1)


def test_only_what_stands_high_on_some_list_teaches():
    # Two sources over six items: the first puts 5 first, the second 0; what came true is 0 and 3.
    up, down = np.arange(1, 7, dtype=np.float32), np.arange(6, 0, -1, dtype=np.float32)
    settings = RankingSettings(per_source=6, pool=6)
    pool = make_pool([up, down], np.ones(6, bool), settings)
    hit = np.isin(pool.items, [0, 3])
    one, two, all_of_it = (
        BlendLessons.of_pools([pool], [hit], np.array([3]), depth) for depth in (1, 2, 6)
    )
    assert (one.sizes.tolist(), two.sizes.tolist()) == ([2], [4])
    assert (one.hit.sum(), two.hit.sum(), all_of_it.hit.sum()) == (1, 1, 2)
    # Deviations are those among all items of the pool, as where a blend serves.
    assert np.isin(two.told, all_of_it.told).all()
    scores, ones = [up[None], down[None]], np.ones((1, 6), bool)
    wanted = np.isin(np.arange(6), [0, 3])[None]
    for depth in (1, 6):
        deep = settings.model_copy(update={"blend_depth": depth})
        found = BlendLessons.of_scores(scores, ones, wanted, np.array([3]), deep)
        assert found.sizes.tolist() == [2 if depth == 1 else 6]


def test_a_widened_pool_holds_all_that_was_put_forward():
    scores = [np.arange(1, 41), np.arange(40, 0, -1)]
    narrow = RankingSettings(per_source=12, pool=5)
    given = [one.astype(np.float32) for one in scores]
    assert len(make_pool(given, np.ones(40, bool), widened(narrow, 2))) == 24
    assert widened(narrow, 0).pool == 12
