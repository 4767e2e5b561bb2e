import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.measure.paths import BadPaths, Paths, paths_of

sequences = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=5), max_size=40)


def columns(**changed):
    given = {
        "channels": ("mail", "web"),
        "indptr": np.array([0, 2, 3]),
        "step": np.array([0, 1, 1], np.int32),
        "converted": np.array([1.0, 0.5]),
        "nulls": np.array([0.0, 2.0]),
        "value": np.array([10.0, 0.0]),
    }
    return given | changed


def test_totals_are_sums_over_paths():
    paths = Paths(**columns())
    assert (paths.n_paths, paths.n_channels) == (2, 2)
    assert (paths.n_conversions, paths.total_value) == (1.5, 10.0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"channels": ("web", "mail")}, "not sorted"),
        ({"channels": ("mail", "mail")}, "named twice"),
        ({"indptr": np.array([0, 2, 2])}, "indptr"),
        ({"indptr": np.array([], np.int64)}, "indptr"),
        ({"indptr": np.array([0, 0, 3])}, "path 0 has no step"),
        ({"step": np.array([0, 2, 1], np.int32)}, "step 2 names no channel"),
        ({"step": np.array([0, -1, 1], np.int32)}, "step -1 names no channel"),
        ({"converted": np.array([1.0])}, "converted has shape"),
        ({"nulls": np.array([1.0, -1.0])}, "nulls holds -1.0"),
        ({"value": np.array([np.nan, 1.0])}, "value holds nan"),
        ({"group": np.array([1])}, "group has shape"),
        ({"before_s": np.array([1.0, 2.0])}, "before_s has shape"),
    ],
)
def test_columns_that_do_not_fit_are_refused_with_what_is_wrong(changed, words):
    with pytest.raises(BadPaths, match=words):
        Paths(**columns(**changed))


def test_nobody_writes_into_paths_that_others_hold():
    paths = Paths(**columns(group=np.array([4, 4]), before_s=np.zeros(3)))
    with pytest.raises(ValueError, match="read-only"):
        paths.converted[0] = 9.0


@settings(deadline=None)
@given(sequences)
def test_collapsed_paths_are_what_a_dictionary_counts(rows):
    paths = paths_of(rows, converted=range(len(rows)), nulls=[0.25] * len(rows))
    counted = {}
    for number, row in enumerate(rows):
        known = counted.get(tuple(row), (0.0, 0.0))
        counted[tuple(row)] = (known[0] + number, known[1] + 0.25)
    small = paths.collapse()
    found = {
        tuple(paths.channels[place] for place in small.step[begin:end]): (converted, nulls)
        for begin, end, converted, nulls in zip(
            small.indptr, small.indptr[1:], small.converted, small.nulls, strict=False
        )
    }
    assert found == counted
    assert list(found) == list(counted)


def test_weights_count_a_path_more_or_less_and_leave_it_in():
    paths = Paths(**columns()).weighted(np.array([0.0, 3.0]))
    assert paths.converted.tolist() == [0.0, 1.5]
    assert paths.nulls.tolist() == [0.0, 6.0]
    assert paths.value.tolist() == [0.0, 0.0]
    with pytest.raises(BadPaths, match="weight has shape"):
        paths.weighted(np.ones(3))


def test_no_path_at_all_is_empty_and_no_error():
    none = paths_of([])
    assert none.n_paths == none.n_channels == none.collapse().n_paths == 0
