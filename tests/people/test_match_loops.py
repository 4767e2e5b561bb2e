"""Matching rows with columns, held against SciPy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from settee.people.match_loops import match_rows


@settings(deadline=None)  # the first one compiles
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_the_sum_is_as_small_as_that_of_scipy(n: int, m: int, seed: int) -> None:
    cost = np.random.default_rng(seed).normal(size=(n, m))
    found = match_rows(cost)
    rows, columns = linear_sum_assignment(cost)
    assert np.flatnonzero(found >= 0).tolist() == rows.tolist()
    assert found[rows].tolist() == columns.tolist()


def test_a_column_is_given_once_even_where_all_cells_are_alike() -> None:
    assert sorted(match_rows(np.zeros((4, 4))).tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nothing_is_matched_with_nothing(shape: tuple[int, int]) -> None:
    assert match_rows(np.zeros(shape)).tolist() == [-1] * shape[0]
