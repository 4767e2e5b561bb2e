import numpy as np

from settee.candidates.sasrec_stories import (
    N_GAPS,
    batches_of,
    gaps_of,
    modelled,
    stories_of,
    windows_of,
)
from tests.candidates.world import DAY_S, baskets, record


def every_item(events):
    return np.arange(events.n_items, dtype=np.int32)


def test_a_story_has_the_modelled_items_in_order_and_the_gaps_between_them():
    events = record([(0, 4, 0), (0, 2, 60), (0, 1, 60), (0, 3, 60 + DAY_S)], 5)
    told = stories_of(events, np.array([1, 3, 4], np.int32), 10)
    assert told.places(0).tolist() == [2, 0, 1]
    assert told.gaps(0).tolist() == [0, 5, 16]
    assert told.n_places == 3


def test_only_interest_and_only_the_latest_items_are_told():
    events = record([(0, 0, 0), (0, 1, 1), (0, 2, 2), (0, 3, 3)], 4, dull=[1])
    assert stories_of(events, every_item(events), 2).places(0).tolist() == [2, 3]


def test_an_item_met_again_stands_where_it_was_last_met():
    events = record([(0, 1, 0), (0, 2, 1), (0, 1, 2)], 3)
    assert stories_of(events, every_item(events), 9).places(0).tolist() == [2, 1]


def test_stories_do_not_depend_on_the_order_of_accounts():
    sets = [[0, 1, 2], [3, 2], [4], [1, 3, 0]]
    one, other = baskets(*sets, n_items=5), baskets(*sets[::-1], n_items=5)
    first, second = (stories_of(events, every_item(events), 9) for events in (one, other))
    assert first.place.tolist() == second.place.tolist()
    assert first.indptr.tolist() == [0, 1, 3, 6, 9]


def test_the_longest_gap_is_a_class_of_its_own():
    assert gaps_of(np.array([0, 10**12])).tolist() == [0, N_GAPS - 1]
    assert gaps_of(np.empty(0, np.int64)).tolist() == []


def test_the_most_wanted_items_are_modelled():
    events = baskets([0, 1, 2], [1, 2], [2], [4], n_items=6)
    assert modelled(events, 2).tolist() == [1, 2]
    assert modelled(events, 9).tolist() == [0, 1, 2, 4]


def test_windows_cover_every_step_of_every_story_once():
    events = baskets(range(12), [5], [3, 4], range(4), n_items=12)
    told = stories_of(events, every_item(events), 50)
    windows = windows_of(told, 4, np.random.default_rng(0))
    steps = sorted((w.story, step) for w in windows for step in range(w.start, w.end))
    sizes = np.diff(told.indptr)
    assert steps == [(story, step) for story in range(4) for step in range(sizes[story] - 1)]
    assert max(len(window) for window in windows) <= 4


def test_batches_hold_every_window_once_and_like_lengths_together():
    events = baskets(*(range(n) for n in range(2, 40)), n_items=40)
    windows = windows_of(stories_of(events, every_item(events), 50), 64, np.random.default_rng(0))
    batches = batches_of(windows, 5, np.random.default_rng(1))
    assert sorted(len(w) for batch in batches for w in batch) == sorted(map(len, windows))
    apart = [max(map(len, batch)) - min(map(len, batch)) for batch in batches]
    assert max(apart) < 10
