import numpy as np
import pytest

from settee.learn.tastes import history_tastes, miscalibration_at, tag_shares
from tests.candidates.world import films, of_items

TAGS = tag_shares(films(6, tags=[["d"], ["d"], ["c"], ["d", "c"], ["h"], []]))


def bits(history, shown, k=10):
    return miscalibration_at(
        np.array([shown], np.int32), history_tastes(of_items(history), TAGS), TAGS, k
    )[0]


def test_a_list_in_the_proportions_of_the_history_misses_nothing():
    assert bits([0, 2], [1, 3, 2]) == pytest.approx(0.0, abs=1e-12)
    assert bits([3], [3]) == 0.0


def test_what_a_list_forgets_costs_what_the_formula_says():
    # Two dramas and a comedy; the list holds dramas alone.
    p = np.array([1 / 3, 2 / 3])
    q = 0.99 * np.array([0.0, 1.0]) + 0.01 * p
    assert bits([0, 1, 2], [0, 1]) == pytest.approx((p * np.log2(p / q)).sum())
    assert bits([0, 1, 2], [0, 2], k=1) == pytest.approx((p * np.log2(p / q)).sum())


def test_a_new_taste_costs_what_it_takes_from_the_old_ones():
    assert bits([0], [1, 4]) == pytest.approx(-np.log2(0.99 * 0.5 + 0.01))
    assert 0 < bits([0], [1, 3]) < bits([0], [1, 4]) < bits([0], [4])


def test_without_tags_or_history_there_is_no_answer():
    for history, shown in (([], [0]), ([5], [0]), ([0], [5]), ([0], [-1])):
        assert np.isnan(bits(history, shown))


def test_people_are_judged_each_on_their_own():
    tastes = history_tastes(of_items([0, 1, 2], [], [0]), TAGS)
    lists = np.array([[0, 1], [0, 1], [4, 4]], np.int32)
    found = miscalibration_at(lists, tastes, TAGS, 10)
    assert found[0] == pytest.approx(bits([0, 1, 2], [0, 1]))
    assert np.isnan(found[1])
    assert found[2] == pytest.approx(bits([0], [4]))
