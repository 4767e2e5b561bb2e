import numpy as np
import pytest

from bench.quality.variety_curves import _gain, _lists
from settee.events import Histories
from settee.features import ItemTimeline
from settee.learn.itemsets import ItemSets
from settee.learn.requests import Requests
from settee.ranking import Model
from tests.candidates.world import crowd, films


class Fixed:
    """A source that always says the same."""

    name = "fixed"

    def __init__(self, score):
        self._score = np.asarray(score, np.float32)

    def score(self, histories):
        return np.tile(self._score, (histories.n_people, 1))


def test_the_gain_is_read_off_where_the_curve_comes_to_two_percent():
    figures = {"fusion.diversity@10": 0.5}
    points = {0.2: (-0.01, 0.55), 0.5: (-0.03, 0.65)}
    for strength, (change, diversity) in points.items():
        figures[f"dpp.{strength:g}.diversity@10"] = diversity
        figures[f"dpp.{strength:g}.ndcg_change"] = change
    assert _gain(figures, "dpp", (0.2, 0.5)) == pytest.approx(0.2)


def test_every_method_fills_the_same_page_with_items_of_the_order():
    n_items = 40
    tags = [["odd" if item % 2 else "even"] for item in range(n_items)]
    catalogue = films(n_items, tags=tags)
    events = crowd(1, n_items=n_items)
    score = np.where(np.arange(n_items) % 2, 1.0, 100.0) - 0.01 * np.arange(n_items)
    model = Model(
        catalogue, {"fixed": Fixed(score)}, ItemTimeline.from_interactions(events), None, False, 0
    )
    asked = Requests(
        np.zeros(1, np.int32),
        np.zeros(1, np.int64),
        Histories.of_one(np.array([0], np.int32), np.zeros(1, np.int64)),
        ItemSets.of([[0]], n_items),
        ItemSets.of([[2]], n_items),
    )
    found = _lists(model, asked, (0.5, 0.9))
    assert list(found) == ["fusion", "greedy.0.5", "greedy.0.9", "dpp.0.5", "dpp.0.9"]
    first = found["fusion"].items[0, :10]
    assert (first % 2 == 0).all(), "the order as it is has one tag alone"
    for name, lists in found.items():
        page = lists.items[0, :10]
        assert page[0] == first[0]
        assert len(set(page.tolist())) == 10
        assert 0 not in page
        assert name == "fusion" or (page % 2).any()
