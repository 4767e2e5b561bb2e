import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.measure.collapsing import first_of_each


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
