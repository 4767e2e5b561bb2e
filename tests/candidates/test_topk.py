import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from settee.candidates import BadTopK, top_k


def by_sorting(scores, k, exclude):
    items = np.full((len(scores), k), -1, np.int32)
    best = np.zeros((len(scores), k), np.float32)
    for row, line in enumerate(scores):
        left = [i for i in range(len(line)) if not exclude[row, i]]
        for place, item in enumerate(sorted(left, key=lambda i: (-line[i], i))[:k]):
            items[row, place], best[row, place] = item, line[item]
    return items, best


def test_the_best_come_first():
    items, scores = top_k(np.array([[1.0, -3.0, 2.0, 0.0]], np.float32), 3)
    assert items.tolist() == [[2, 0, 3]]
    assert scores.tolist() == [[2.0, 1.0, 0.0]]


def test_equal_scores_go_to_the_lower_item_before_and_after_the_heap_is_full():
    items, _ = top_k(np.array([[1.0, 0.5, 0.5, 1.0, 0.5, 1.0]], np.float32), 4)
    assert items.tolist() == [[0, 3, 5, 1]]


def test_minus_zero_ties_with_zero():
    items, _ = top_k(np.array([[-0.0, 0.0, -1.0, -0.0]], np.float32), 3)
    assert items.tolist() == [[0, 1, 3]]


def test_excluded_items_are_never_taken_even_when_nothing_else_is_left():
    exclude = np.array([[True, False, True], [True, True, True]])
    items, scores = top_k(np.ones((2, 3), np.float32), 2, exclude)
    assert items.tolist() == [[1, -1], [-1, -1]]
    assert scores.tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_k_over_the_number_of_items_pads_with_minus_one():
    items, _ = top_k(np.array([[2.0, 3.0]], np.float32), 4)
    assert items.tolist() == [[1, 0, -1, -1]]


def test_no_rows_and_no_items_are_answered():
    assert top_k(np.empty((0, 5), np.float32), 2)[0].shape == (0, 2)
    assert top_k(np.empty((2, 0), np.float32), 2)[0].tolist() == [[-1, -1], [-1, -1]]


@given(st.data())
def test_top_k_is_what_sorting_gives(data):
    shape = data.draw(st.tuples(st.integers(0, 4), st.integers(0, 30)))
    # Few distinct values make many ties.
    value = st.sampled_from([-np.inf, -2.5, -0.0, 0.0, 1e-40, 1.0, 7.0, np.inf]) | st.floats(
        -10, 10, width=32
    )
    scores = data.draw(hnp.arrays(np.float32, shape, elements=value))
    exclude = data.draw(hnp.arrays(np.bool_, shape))
    k = data.draw(st.integers(1, 35))
    items, best = top_k(scores, k, exclude)
    expected_items, expected_best = by_sorting(scores, k, exclude)
    assert np.array_equal(items, expected_items)
    assert np.array_equal(best, expected_best)


def test_a_slice_of_a_wider_matrix_is_read_right():
    wide = np.arange(20, dtype=np.float32).reshape(2, 10)
    assert top_k(wide[:, ::3], 2)[0].tolist() == [[3, 2], [3, 2]]


@pytest.mark.parametrize(
    ("scores", "k", "exclude", "says"),
    [
        (np.zeros((1, 3), np.float32), 0, None, "k is 0"),
        (np.zeros(3, np.float32), 1, None, "1 dimensions"),
        (np.zeros((1, 3), np.float32), 1, np.zeros((1, 2), np.bool_), r"\(1, 2\)"),
    ],
)
def test_what_does_not_fit_is_refused(scores, k, exclude, says):
    with pytest.raises(BadTopK, match=says):
        top_k(scores, k, exclude)
