import numpy as np
import pytest

from settee.learn.popularity import gini_at, history_popularity, lift_over, popularity_at
from tests.candidates.world import of_items

SHARE = np.array([0.5, 0.1, 0.01, 0.0])


def test_lists_of_what_everybody_takes_are_more_popular_than_others():
    lists = np.array([[0, 1, 2], [2, 3, -1], [-1, -1, -1]], np.int32)
    assert popularity_at(lists, SHARE, 2)[:2].tolist() == [0.3, 0.005]
    assert popularity_at(lists, SHARE, 1)[0] == 0.5
    assert np.isnan(popularity_at(lists, SHARE, 2)[2]), "an empty list is not unpopular"


def test_the_lift_is_against_what_the_person_took():
    before = history_popularity(of_items([0, 1], [2], [3], []), SHARE)
    assert before[:3].tolist() == [0.3, 0.01, 0.0]
    assert np.isnan(before[3])
    lift = lift_over(np.array([0.3, 0.5, 0.5, 0.5]), before)
    assert lift[:2].tolist() == [0.0, 49.0]
    assert np.isnan(lift[2:]).all(), "nothing is so many times more popular than what nobody took"


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ([[0, 1, 2, 3]], 0.0),
        ([[2, -1], [2, -1]], 0.75),
        ([[0, 1], [0, 1]], 0.5),
        ([[-1, -1]], 0.0),
    ],
)
def test_gini_of_known_worlds(lists, expected):
    assert gini_at(np.array(lists, np.int32), 4, 4) == expected


def test_gini_is_half_the_mean_difference_over_the_mean():
    rng = np.random.default_rng(3)
    lists = rng.zipf(1.7, size=(50, 8)).astype(np.int32) % 30
    counts = np.bincount(lists[:, :5].reshape(-1), minlength=30).astype(float)
    pairs = np.abs(counts[:, None] - counts[None, :]).mean()
    assert gini_at(lists, 30, 5) == pytest.approx(pairs / (2 * counts.mean()))
    evenly = rng.integers(30, size=(50, 8)).astype(np.int32)
    assert gini_at(evenly, 30, 5) < gini_at(lists, 30, 5)
