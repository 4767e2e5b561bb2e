import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from settee.learn.itemsets import ItemSets

ROWS = st.lists(st.lists(st.integers(0, 11), max_size=6), min_size=1, max_size=6)


@given(ROWS)
def test_a_set_holds_each_of_its_items_once_in_rising_order(rows):
    sets = ItemSets.of(rows, n_items=12)
    assert [sets.row(row).tolist() for row in range(sets.n_rows)] == [
        sorted(set(row)) for row in rows
    ]
    assert sets.size.tolist() == [len(set(row)) for row in rows]


@given(ROWS, st.integers(0, 2**32 - 1))
def test_a_list_is_asked_of_its_own_request_only(rows, seed):
    sets = ItemSets.of(rows, n_items=12)
    lists = np.random.default_rng(seed).integers(-1, 12, (len(rows), 5)).astype(np.int32)
    expected = [[item in row for item in asked] for row, asked in zip(rows, lists, strict=True)]
    assert sets.contains(lists).tolist() == expected


@given(ROWS, st.data())
def test_taking_rows_keeps_their_sets_in_the_asked_order(rows, data):
    sets = ItemSets.of(rows, n_items=12)
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=8))
    taken = sets.take(np.array(chosen, np.int64))
    assert [taken.row(place).tolist() for place in range(taken.n_rows)] == [
        sets.row(row).tolist() for row in chosen
    ]


@given(ROWS)
def test_the_mask_is_true_at_the_items_and_nowhere_else(rows):
    mask = ItemSets.of(rows, n_items=12).mask()
    assert [np.flatnonzero(row).tolist() for row in mask] == [sorted(set(row)) for row in rows]


def test_no_items_at_all_is_a_set_of_nothing():
    sets = ItemSets.of([[], []], n_items=3)
    assert not sets.contains(np.array([[0], [-1]], np.int32)).any()
    assert not sets.mask().any()
