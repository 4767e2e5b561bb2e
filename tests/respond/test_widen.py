import numpy as np

from settee.core import Settings
from settee.events import Histories
from settee.respond.widen import Widened
from tests.respond.world import ITEMS, small_model

N = len(ITEMS)


def history(*items: int, weight=None) -> Histories:
    row = np.array(items, np.int32)
    weights = None if weight is None else np.array(weight, np.float32)
    return Histories.of_one(row, np.arange(len(row), dtype=np.int64), weights)


def test_a_trained_source_says_nothing_of_items_that_came_later():
    source = small_model(Settings()).sources["knn"]
    wide = Widened(source, N, N + 2).score(history(0, 2))
    np.testing.assert_array_equal(wide[:, :N], source.score(history(0, 2)))
    np.testing.assert_array_equal(wide[:, N:], 0)


def test_titles_that_a_source_never_met_are_not_shown_to_it():
    source = small_model(Settings()).sources["ease"]
    seen = Widened(source, N, N + 2).score(history(0, N + 1, 2, weight=[1, 1, 0.5]))
    np.testing.assert_array_equal(seen[:, :N], source.score(history(0, 2, weight=[1, 0.5])))


def test_an_item_space_that_did_not_grow_costs_nothing():
    source = small_model(Settings()).sources["ease"]
    scores = Widened(source, N, N).score(history(4))
    np.testing.assert_array_equal(scores, source.score(history(4)))
