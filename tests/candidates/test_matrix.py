import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.candidates.matrix import Cells, account_weights, wanted, wanted_in_order
from tests.candidates.world import baskets, crowd, dense, record


def rows_of(cells):
    return [
        cells.index[cells.indptr[row] : cells.indptr[row + 1]].tolist()
        for row in range(cells.n_rows)
    ]


def test_three_plays_of_one_title_are_one_cell():
    cells = wanted(record([(0, 2, 1), (0, 2, 5), (0, 2, 9), (1, 0, 3)], 3), 10)
    assert rows_of(cells) == [[2], [0]]


def test_events_without_interest_are_not_cells():
    assert rows_of(wanted(record([(0, 2, 1), (0, 1, 2)], 3, dull=[1]), 10)) == [[2]]


def test_an_account_without_interest_is_an_empty_row():
    assert rows_of(wanted(record([(0, 1, 1), (2, 0, 2)], 3), 10)) == [[1], [], [0]]


def test_only_the_latest_distinct_items_stay():
    events = record([(0, 3, 1), (0, 1, 2), (0, 2, 3), (0, 1, 4)], 4)
    assert rows_of(wanted(events, 2)) == [[1, 2]]


def test_items_stand_as_they_came_and_a_repeat_counts_where_it_came_last():
    cells, at_s = wanted_in_order(baskets([3, 1, 3, 2], [], [2, 0], n_items=4), 100)
    assert rows_of(cells) == [[1, 3, 2], [], [2, 0]]
    assert at_s.tolist() == [1, 2, 3, 0, 1]


def test_in_order_too_only_the_latest_items_are_kept():
    cells, at_s = wanted_in_order(baskets([3, 1, 0, 2], [1], n_items=4), 2)
    assert rows_of(cells) == [[0, 2], [1]]
    assert at_s.tolist() == [2, 3, 0]


def test_in_order_too_events_without_interest_are_left_out():
    cells, _ = wanted_in_order(record([(0, 1, 0), (0, 2, 1), (0, 3, 2)], 4, dull=[1]), 100)
    assert rows_of(cells) == [[1, 3]]


def test_nobody_and_nothing_are_an_empty_matrix():
    cells, at_s = wanted_in_order(baskets(n_items=0), 10)
    assert cells.n_rows == 0
    assert len(cells.index) == len(at_s) == 0
    assert cells.index.dtype == np.int32


@settings(deadline=None)
@given(st.integers(0, 50))
def test_cells_and_their_transpose_are_the_dense_matrix(seed):
    events = crowd(seed, n_accounts=12, n_items=9)
    cells = wanted(events, 100)
    matrix = dense(events)
    assert [np.flatnonzero(row).tolist() for row in matrix] == rows_of(cells)
    assert [np.flatnonzero(row).tolist() for row in matrix.T] == rows_of(cells.transposed())


def test_squares_are_per_row_also_when_rows_are_empty():
    cells = Cells(np.array([0, 2, 2]), np.array([0, 1]), np.array([3, 4], np.float32), 2)
    assert cells.squares().tolist() == [25.0, 0.0]


def test_account_weights_average_one_over_events():
    cells = wanted(baskets([0], [0, 1, 2, 3], [1, 2], n_items=4), 10)
    weights = account_weights(cells, 0.5)
    assert weights[0] > weights[2] > weights[1]
    assert np.isclose(weights @ np.diff(cells.indptr), len(cells.index))


def test_no_events_have_weights_too():
    assert account_weights(wanted(record([], 3), 10), 1.0).tolist() == []
