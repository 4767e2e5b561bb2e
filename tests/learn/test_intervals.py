import numpy as np
import pytest

from settee.learn.intervals import Figure, figures, resampled_means


def test_the_interval_of_a_mean_is_as_wide_as_theory_says():
    values = np.random.default_rng(0).normal(size=(400, 1))
    [figure] = figures(values, 4000, np.random.default_rng(1))
    half = 1.96 * values.std() / np.sqrt(400)
    assert figure.value == pytest.approx(values.mean())
    assert figure.low == pytest.approx(values.mean() - half, abs=0.01)
    assert figure.high == pytest.approx(values.mean() + half, abs=0.01)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(200):
        [figure] = figures(rng.normal(size=(80, 1)), 300, rng)
        covered += figure.low <= 0 <= figure.high
    assert 0.90 <= covered / 200 <= 0.99


def test_resampling_in_pieces_draws_each_person_as_often_as_any_other():
    values = np.eye(3)
    means = resampled_means(values, 3000, np.random.default_rng(2))
    assert means.mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.02)
    assert means.sum(axis=1) == pytest.approx(np.ones(3000))


def test_the_same_seed_draws_the_same_people(monkeypatch):
    values = np.random.default_rng(0).random((50, 2))
    first = resampled_means(values, 100, np.random.default_rng(9))
    assert (first == resampled_means(values, 100, np.random.default_rng(9))).all()
    monkeypatch.setattr("settee.learn.intervals._CELLS", 120)
    assert resampled_means(values, 100, np.random.default_rng(9)) == pytest.approx(first)


def test_people_without_an_answer_are_left_out_of_the_mean():
    values = np.array([[1.0], [np.nan], [3.0]])
    [figure] = figures(values, 500, np.random.default_rng(0))
    assert figure.value == 2.0
    assert 1.0 <= figure.low <= figure.high <= 3.0


def test_nobody_with_an_answer_gives_no_figure():
    assert figures(np.full((3, 1), np.nan), 100, np.random.default_rng(0)) == [None]
    assert figures(np.empty((0, 2)), 100, np.random.default_rng(0)) == [None, None]


def test_more_resamples_change_the_interval_and_not_the_mean():
    values = np.random.default_rng(0).random((50, 1))
    [few] = figures(values, 100, np.random.default_rng(0))
    [many] = figures(values, 1000, np.random.default_rng(0))
    assert few.value == many.value
    assert few.low != many.low


@pytest.mark.parametrize(
    ("low", "high", "is_sure"),
    [(0.1, 0.3, True), (-0.3, -0.1, True), (-0.1, 0.3, False), (None, None, False)],
)
def test_an_interval_excludes_zero_only_when_it_lies_on_one_side(low, high, is_sure):
    assert Figure(0.1, low, high).excludes_zero is is_sure


def test_a_figure_without_an_interval_says_so_in_json():
    assert Figure(0.25).as_dict() == {"value": 0.25, "low": None, "high": None}
