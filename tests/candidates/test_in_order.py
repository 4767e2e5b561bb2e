import numpy as np

from settee.candidates.in_order import wanted_in_order
from tests.candidates.world import baskets, record


def rows(cells):
    return [
        cells.index[a:b].tolist() for a, b in zip(cells.indptr[:-1], cells.indptr[1:], strict=True)
    ]


def test_items_stand_as_they_came_and_a_repeat_counts_where_it_came_last():
    cells, at_s = wanted_in_order(baskets([3, 1, 3, 2], [], [2, 0], n_items=4), 100)
    assert rows(cells) == [[1, 3, 2], [], [2, 0]]
    assert at_s.tolist() == [1, 2, 3, 0, 1]


def test_only_the_latest_items_are_kept():
    cells, at_s = wanted_in_order(baskets([3, 1, 0, 2], [1], n_items=4), 2)
    assert rows(cells) == [[0, 2], [1]]
    assert at_s.tolist() == [2, 3, 0]


def test_events_without_interest_are_left_out():
    cells, _ = wanted_in_order(record([(0, 1, 0), (0, 2, 1), (0, 3, 2)], 4, dull=[1]), 100)
    assert rows(cells) == [[1, 3]]


def test_nobody_and_nothing_are_an_empty_matrix():
    cells, at_s = wanted_in_order(baskets(n_items=0), 10)
    assert cells.n_rows == 0
    assert len(cells.index) == len(at_s) == 0
    assert cells.index.dtype == np.int32
