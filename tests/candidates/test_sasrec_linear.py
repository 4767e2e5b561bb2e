from itertools import pairwise

import numpy as np
import pytest

from settee.candidates.sasrec_linear import Solved, solve_linear
from settee.candidates.sasrec_stories import Window, stories_of
from settee.candidates.solve import SolveFailed
from settee.core import SourceSettings
from tests.candidates.world import baskets, crowd

SETTINGS = SourceSettings(next_ridge_l2=2.0)
FADING = (SETTINGS.next_ridge_fast, SETTINGS.next_ridge_slow)


def told(events):
    return stories_of(events, np.arange(events.n_items, dtype=np.int32), 200)


def solved(stories, settings=SETTINGS) -> Solved:
    return solve_linear(stories, settings, lambda *_: None)


def closed_form(stories, which, l2):
    """The normal equations, with the memories of every step written out."""
    n = stories.n_places
    rows, wanted = [], []
    for story in which:
        memory = np.zeros((2, n))
        places = stories.places(story)
        for here, after in pairwise(places):
            memory *= np.array(FADING)[:, None]
            memory[:, here] += 1
            rows.append(memory.ravel().copy())
            wanted.append(np.eye(n)[after])
    x, y = np.array(rows), np.array(wanted)
    return np.linalg.solve(x.T @ x + l2 * np.eye(2 * n), x.T @ y)


def test_weights_are_those_of_the_normal_equations():
    stories = told(crowd(3, n_accounts=30, n_items=12))
    expected = closed_form(stories, range(len(stories)), 2.0)
    assert np.allclose(solved(stories).whole.weight, expected, atol=1e-4)


def test_a_story_is_foretold_by_weights_that_have_not_seen_it():
    stories = told(crowd(3, n_accounts=30, n_items=12))
    for story in (0, 7, 29):
        others = [other for other in range(len(stories)) if other % 3 != story % 3]
        expected = closed_form(stories, others, 2.0 * 2 / 3)
        assert np.allclose(solved(stories).outside(story).weight, expected, atol=1e-4)


def test_each_step_of_a_window_is_told_as_its_history_is_told_alone():
    stories = told(crowd(5, n_accounts=20, n_items=30))
    path = solved(stories).whole
    story = len(stories) - 1
    places = stories.places(story)
    window = Window(story, 3, len(places) - 1)
    each = path.told_each(stories, window)
    assert each.shape == (len(window), 30)
    for step in range(window.start, window.end):
        history = places[: step + 1]
        alone = path.told(history, np.ones(len(history), np.float32))
        assert np.allclose(each[step - window.start], alone, atol=1e-3)


def test_an_item_that_is_half_the_persons_counts_half():
    stories = told(baskets(*[[0, 1, 2]] * 9, *[[2, 0, 1]] * 9, n_items=3))
    path = solved(stories).whole
    places = np.array([0], np.int32)
    whole, half = (path.told(places, np.array([w], np.float32)) for w in (1.0, 0.5))
    assert np.allclose((np.exp(half) - 1e-3)[1] * 2, (np.exp(whole) - 1e-3)[1], rtol=1e-4)


def test_a_cycle_is_foretold_and_the_most_popular_item_is_not():
    stories = told(baskets(*[[(who + s) % 7 for s in range(5)] for who in range(70)], n_items=7))
    scores = solved(stories).whole.told(np.array([2, 3], np.int32), np.ones(2, np.float32))
    assert scores.argmax() == 4


def test_what_cannot_be_solved_is_told_with_what_would_help():
    stories = told(baskets([0, 1], n_items=2))
    with pytest.raises(SolveFailed, match="linear path over 2 items"):
        solved(stories, SourceSettings(next_ridge_l2=1e-30))
