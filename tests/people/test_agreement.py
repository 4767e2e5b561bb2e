"""Matching, agreement and ranking, beside scikit-learn and every permutation."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as some
from sklearn.metrics import adjusted_rand_score, roc_auc_score

from settee.people.agreement import (
    accuracy_at,
    adjusted_rand,
    auc,
    calibration_error,
    match_columns,
    ranks,
)

groups = st.integers(1, 30).flatmap(
    lambda n: st.tuples(*(some.arrays(np.int64, n, elements=st.integers(0, 4)),) * 2)
)


def best_by_hand(counts: np.ndarray) -> float:
    """Greatest sum of a one-to-one matching, by trying all."""
    small, large = sorted(counts.shape)
    cells = counts if counts.shape[0] == small else counts.T
    tries = itertools.permutations(range(large), small)
    return max(sum(cells[i, j] for i, j in enumerate(one)) for one in tries)


@given(
    some.arrays(
        np.float64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.integers(0, 9)
    )
)
def test_no_other_matching_has_more_sessions_right(counts: np.ndarray) -> None:
    matched = match_columns(counts)
    is_somebody = matched >= 0
    assert len(set(matched[is_somebody])) == is_somebody.sum()
    assert counts[is_somebody, matched[is_somebody]].sum() == best_by_hand(counts)


def test_a_found_person_who_never_met_a_true_one_is_nobody() -> None:
    assert match_columns(np.array([[3.0, 0.0], [0.0, 0.0]])).tolist() == [0, -1]
    assert match_columns(np.zeros((2, 0))).tolist() == [-1, -1]


@given(groups)
def test_agreement_is_that_of_scikit_learn(both: tuple[np.ndarray, np.ndarray]) -> None:
    assert adjusted_rand(*both) == pytest.approx(adjusted_rand_score(both[1], both[0]))


@given(groups)
def test_the_names_of_groups_do_not_matter(both: tuple[np.ndarray, np.ndarray]) -> None:
    assert adjusted_rand(4 - both[0], both[1]) == pytest.approx(adjusted_rand(*both))


@given(
    some.arrays(np.int64, st.integers(4, 40), elements=st.integers(0, 5)),
    st.integers(0, 2**32 - 1),
)
def test_area_is_that_of_scikit_learn(values: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    is_positive = rng.random(len(values)) < 0.5
    is_positive[:2] = True, False
    weight = rng.integers(1, 4, len(values)).astype(float)
    expected = roc_auc_score(is_positive, values, sample_weight=weight)
    assert auc(ranks(values.astype(float)), is_positive, weight) == pytest.approx(expected)


def test_there_is_no_area_without_both_sides() -> None:
    assert np.isnan(auc(np.array([0, 1]), np.ones(2, bool), np.ones(2)))


def test_a_weight_counts_a_session_as_often() -> None:
    rank, right = np.array([0, 1, 2]), np.array([True, False, True])
    weighed = accuracy_at(rank, right, np.array([1.0, 3.0, 0.0]), 0.8)
    assert weighed == accuracy_at(np.array([0, 1, 1, 1]), np.arange(4) < 1, np.ones(4), 0.8)


def test_whole_coverage_is_plain_accuracy() -> None:
    right = np.array([True, False, True])
    assert accuracy_at(np.array([2, 0, 1]), right, np.ones(3), 1.0) == pytest.approx(2 / 3)
    assert np.isnan(accuracy_at(np.empty(0, np.int64), right[:0], np.empty(0), 0.8))


def test_no_session_has_no_calibration() -> None:
    assert np.isnan(calibration_error(np.zeros((3, 10))))
