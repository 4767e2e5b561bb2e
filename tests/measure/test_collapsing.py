from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.measure import collapsing
from settee.measure.collapsing import chosen, first_of_each


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), max_size=3), max_size=60))
def test_each_sequence_has_the_row_of_its_first_appearance(rows):
    indptr = np.cumsum([0, *map(len, rows)])
    row, first = first_of_each(indptr, np.array([x for one in rows for x in one], np.int32))
    seen = {}
    assert row.tolist() == [seen.setdefault(tuple(one), len(seen)) for one in rows]
    assert [tuple(rows[place]) for place in first] == list(seen)


def test_sequences_that_share_a_hash_stay_apart():
    # A table of 16 places for 7 sequences: most of them meet a taken place.
    indptr = np.arange(8)
    row, _ = first_of_each(indptr, np.arange(7, dtype=np.int32))
    assert row.tolist() == list(range(7))


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=3), min_size=1, max_size=30), st.data())
def test_what_is_chosen_comes_whole_and_in_the_order_asked_for(rows, data):
    indptr = np.cumsum([0, *map(len, rows)])
    which = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=40))
    ends, step = chosen(
        indptr, np.array([x for one in rows for x in one], np.int32), np.array(which, np.int64)
    )
    found = [step[a:b].tolist() for a, b in pairwise(ends)]
    assert found == [rows[place] for place in which]


def test_more_sequences_than_are_hashed_at_once_keep_their_rows():
    rng = np.random.default_rng(4)
    rows = [tuple(rng.integers(0, 3, rng.integers(0, 5)).tolist()) for _ in range(5000)]
    indptr = np.cumsum([0, *map(len, rows)])
    row, first = first_of_each(indptr, np.array([x for one in rows for x in one], np.int32))
    seen = {}
    assert row.tolist() == [seen.setdefault(one, len(seen)) for one in rows]
    assert [rows[place] for place in first] == list(seen)


def _no_hash(*given):
    given[-1][:] = 0
    return np.uint64(0)


def test_sequences_of_one_whole_hash_are_told_apart_by_their_steps(monkeypatch):
    monkeypatch.setattr(collapsing, "_hash", _no_hash)
    monkeypatch.setattr(collapsing, "_first_of_each", collapsing._first_of_each.py_func)
    indptr, step = np.array([0, 2, 3, 5, 6, 7]), np.array([1, 2, 3, 1, 2, 4, 3], np.int32)
    row, first = first_of_each(indptr, step)
    assert (row.tolist(), first.tolist()) == ([0, 1, 0, 2, 1], [0, 1, 3])
