import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from settee.learn.calibration import RisingMap, expected_calibration_error, reliability


@given(st.integers(0, 2**32 - 1))
def test_the_rising_map_equals_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 20, 60).astype(float)
    hits = rng.random(60) < scores / 25
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores, hits)
    asked = rng.uniform(-3, 23, 30)
    assert RisingMap.fit(scores, hits)(asked) == pytest.approx(theirs.predict(asked), abs=1e-9)


def test_honest_probabilities_have_almost_no_calibration_error():
    rng = np.random.default_rng(0)
    probability = rng.random(20_000)
    hits = rng.random(20_000) < probability
    assert expected_calibration_error(probability, hits) < 0.02


def test_doubled_probabilities_are_off_by_what_was_added():
    rng = np.random.default_rng(0)
    probability = rng.random(20_000) / 2
    hits = rng.random(20_000) < probability
    error = expected_calibration_error(probability * 2, hits)
    assert error == pytest.approx(0.25, abs=0.02)


def test_bins_are_never_more_than_the_items():
    assert expected_calibration_error(np.array([0.5]), np.array([True])) == 0.5


def test_bins_say_what_was_told_what_came_true_and_of_how_many():
    told = np.repeat([0.1, 0.6], 50)
    hits = np.concatenate([np.arange(50) < 5, np.arange(50) < 20])
    low, high = reliability(told, hits, np.arange(100), 2)
    assert (low.n, low.told, low.true) == (50, pytest.approx(0.1), pytest.approx(0.1))
    assert (high.told, high.true) == (pytest.approx(0.6), pytest.approx(0.4))
    assert 0 < low.low < 0.1 < low.high < high.low < 0.4 < high.high < 0.6


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 12))
def test_the_calibration_error_is_the_mean_distance_over_the_bins(seed, n, n_bins):
    rng = np.random.default_rng(seed)
    told, hits = rng.random(n), rng.random(n) < 0.5
    bins = reliability(told, hits, np.arange(n), n_bins)
    assert sum(one.n for one in bins) == n
    assert all(0 <= one.low <= one.true <= one.high <= 1 for one in bins)
    off = sum(one.n * abs(one.told - one.true) for one in bins) / n
    assert expected_calibration_error(told, hits, n_bins) == pytest.approx(off, abs=1e-9)


def test_items_of_the_same_list_are_worth_less_than_as_many_people():
    hits = np.repeat(np.arange(40) < 10, 10)  # who hits once, hits ten times
    told = np.full(400, 0.3)
    (lists,) = reliability(told, hits, np.repeat(np.arange(40), 10), 1)
    (people,) = reliability(told[:40], hits[::10], np.arange(40), 1)
    (apart,) = reliability(told, hits, np.arange(400), 1)
    assert (lists.low, lists.high) == pytest.approx((people.low, people.high), abs=0.003)
    assert apart.high - apart.low < (lists.high - lists.low) / 2


def test_a_bin_of_one_person_or_without_a_hit_is_as_unsure_as_its_people_are_few():
    (one,) = reliability(np.full(10, 0.2), np.arange(10) < 3, np.zeros(10, int), 1)
    assert one.high - one.low > 0.7
    (none,) = reliability(np.full(40, 0.2), np.zeros(40, bool), np.arange(40) // 10, 1)
    assert (none.true, none.low) == (0.0, 0.0)
    assert none.high > 0.4
