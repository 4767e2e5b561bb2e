import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from settee.learn.calibration import RisingMap, expected_calibration_error


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
