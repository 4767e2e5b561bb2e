"""Gain, lift and calibration of orders whose worth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.audiences import calibration_error, gain_curve, precision_recall
from settee.audiences.curves import BadCurve


def test_the_perfect_order_gains_at_once_and_the_worst_at_last() -> None:
    came = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], np.bool_)
    best = gain_curve(np.arange(10.0)[::-1], came, 10)
    worst = gain_curve(np.arange(10.0), came, 10)
    assert best.gain is not None
    assert worst.gain is not None
    assert best.lift is not None
    assert best.gain[1] == 1.0
    assert best.lift[1] == pytest.approx(5.0)
    assert worst.gain.tolist() == pytest.approx([0] * 8 + [0.5, 1.0])


def test_one_score_for_all_gains_as_chance_does_whatever_the_order() -> None:
    came = np.array([1, 1, 0, 0], np.bool_)
    found = gain_curve(np.zeros(4), came, 4)
    assert found.gain is not None
    assert found.gain.tolist() == [0.25, 0.5, 0.75, 1.0]


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40))
@settings(deadline=None)
def test_a_gain_never_falls_and_ends_at_one(rows: list[tuple[int, bool]]) -> None:
    score = np.array([row[0] for row in rows], np.float64)
    came = np.array([row[1] for row in rows])
    found = gain_curve(score, came, 7)
    if not came.any():
        assert found.gain is None
        assert found.lift is None
        assert found.reason == "nobody_responded"
        return
    assert found.gain is not None
    assert (np.diff(found.gain) >= -1e-12).all()
    assert found.gain[-1] == pytest.approx(1.0)


def test_precision_and_recall_count_the_first() -> None:
    score, came = np.array([3.0, 2.0, 1.0]), np.array([True, False, True])
    assert precision_recall(score, came, 2) == (0.5, 0.5)
    assert precision_recall(score, came, 99) == (2 / 3, 1.0)
    assert precision_recall(score, np.zeros(3, np.bool_), 1) == (0.0, None)
    with pytest.raises(BadCurve):
        precision_recall(score, came, 0)


def test_probabilities_that_hold_have_no_error_and_bold_ones_have() -> None:
    rng = np.random.default_rng(2)
    p = rng.random(20_000)
    came = rng.random(20_000) < p
    honest = calibration_error(p, came, n_resamples=50)
    bold = calibration_error(np.minimum(p + 0.2, 1.0), came, n_resamples=50)
    assert honest.error < 0.02 < bold.error
    assert bold.low < 0.18 < bold.high  # .2 too much, where there was room for it
    assert honest.n.sum() == 20_000


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(BadCurve):
        gain_curve(np.zeros(2), np.zeros(3, np.bool_))
    with pytest.raises(BadCurve):
        gain_curve(np.zeros(0), np.zeros(0, np.bool_))
    with pytest.raises(BadCurve):
        calibration_error(np.array([1.5]), np.array([True]))
    assert calibration_error(np.array([0.5]), np.array([True]), n_resamples=0).error == 0.5
