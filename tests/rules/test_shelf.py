import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from settee.rules import Shelf, shelf_rules, shelf_stable_between

LEAST, MOST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
INSTANTS = st.integers(-5, 25)


def shelf_of(*rows: tuple[int, int, int]) -> Shelf:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Shelf(*columns)


def test_item_without_window_or_stock_is_always_there():
    assert shelf_rules(shelf_of((LEAST, MOST, MOST)), 0).tolist() == [0]


def test_window_holds_its_first_second_and_not_its_last():
    shelf = shelf_of((10, 20, 1))
    assert [shelf_rules(shelf, at)[0] for at in (9, 10, 19, 20)] == [4, 0, 0, 4]


def test_item_out_of_stock_is_removed_for_that_reason():
    assert shelf_rules(shelf_of((0, 9, 0)), 5).tolist() == [5]


def test_closed_window_is_named_before_empty_stock():
    assert shelf_rules(shelf_of((0, 9, 0)), 9).tolist() == [4]


def test_empty_catalogue_is_stable_for_ever():
    assert shelf_stable_between(shelf_of(), 7) == (LEAST, MOST)
    assert shelf_rules(shelf_of(), 7).tolist() == []


@given(st.lists(st.tuples(INSTANTS, INSTANTS, st.integers(0, 2)), max_size=6), INSTANTS, INSTANTS)
def test_within_the_stable_span_the_shelf_does_not_change(rows, at, other):
    shelf = shelf_of(*rows)
    start, end = shelf_stable_between(shelf, at)
    assert start <= at < end
    if start <= other < end:
        assert shelf_rules(shelf, other).tolist() == shelf_rules(shelf, at).tolist()
