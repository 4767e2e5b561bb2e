import threading

import numpy as np
import pytest

from settee.features import ItemStates, ItemTimeline
from settee.features.timeline import BadTimeline
from tests.features.world import DAY, HOUR, NOON, events


def states(rows, **more):
    return ItemStates(ItemTimeline.from_interactions(events(rows)), HOUR, **more)


def test_requests_of_one_hour_share_a_state():
    kept = states([(0, NOON + DAY)])
    assert kept.at(NOON) is kept.at(NOON + 3599)
    assert kept.at(NOON) is not kept.at(NOON + 3600)


def test_only_the_last_few_states_are_kept():
    kept = states([(0, NOON + DAY)], keep=2)
    first = kept.at(NOON)
    for hour in (1, 2):
        kept.at(NOON + hour * HOUR)
    assert kept.at(NOON) is not first


def test_a_live_event_counts_from_the_next_hour_on():
    kept = states([(0, NOON - DAY), (2, NOON + DAY)])
    kept.extend(np.array([1], np.int32), np.array([NOON + 60]))
    assert kept.at(NOON + 1800).column("n_all")[1] == 0
    assert kept.at(NOON + 3600).column("n_all")[1] > 0
    assert len(kept.timeline) == 3


def test_a_copy_takes_in_what_the_original_does_not():
    kept = states([(0, NOON + DAY)])
    before = kept.at(NOON)
    other = kept.copy()
    assert other.at(NOON) is before
    other.extend(np.array([1], np.int32), np.array([NOON - HOUR]))
    assert other.at(NOON).column("n_all")[1] > 0
    assert kept.at(NOON) is before


def test_a_late_event_changes_states_that_were_kept():
    kept = states([(0, NOON + DAY)])
    assert kept.at(NOON).column("n_all")[1] == 0
    kept.extend(np.array([1], np.int32), np.array([NOON - HOUR]))
    assert kept.at(NOON).column("n_all")[1] > 0


def test_an_event_moves_the_clock_of_a_record_that_had_ended():
    kept = states([(0, NOON)])
    assert kept.at(NOON + DAY).at_s == NOON + HOUR
    kept.extend(np.array([1], np.int32), np.array([NOON + DAY - HOUR]))
    assert kept.at(NOON + DAY).at_s == NOON + DAY


def test_nothing_new_changes_nothing():
    kept = states([(0, NOON)])
    before = kept.timeline
    kept.extend(np.empty(0, np.int32), np.empty(0, np.int64))
    assert kept.timeline is before


def test_a_refused_event_leaves_the_states_as_they_were():
    kept = states([(0, NOON)])
    before = kept.at(NOON)
    with pytest.raises(BadTimeline):
        kept.extend(np.array([99], np.int32), np.array([NOON]))
    assert kept.at(NOON) is before


def test_readers_and_writers_at_once_lose_no_event():
    kept = states([(0, NOON)])

    def write(item):
        for step in range(50):
            kept.extend(np.array([item], np.int32), np.array([NOON + step * 60]))
            kept.at(NOON + step * 60)

    threads = [threading.Thread(target=write, args=(item,)) for item in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept.timeline) == 201
    fresh = kept.timeline.state_at(NOON + DAY, HOUR)
    np.testing.assert_array_equal(kept.at(NOON + DAY).values, fresh.values)
