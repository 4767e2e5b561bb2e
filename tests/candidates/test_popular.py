import numpy as np

from settee.candidates import Popular
from settee.core import SourceSettings
from tests.candidates.world import DAY_S, films, of_items, record


def shares(rows, n_items=3, **settings):
    fitted = Popular.fit(record(rows, n_items), films(n_items), SourceSettings(**settings))
    return fitted.score(of_items([]))[0]


def test_an_event_counts_half_after_the_half_life():
    score = shares([(0, 0, 0), (1, 1, 30 * DAY_S)])
    assert np.allclose(score, [1 / 3, 2 / 3, 0])


def test_a_record_of_1999_is_as_good_as_one_of_today():
    rows = [(0, 0, 0), (1, 1, 11 * DAY_S), (2, 1, 40 * DAY_S)]
    long_ago = [(who, item, at + 915_148_800) for who, item, at in rows]
    assert np.array_equal(shares(rows), shares(long_ago))


def test_what_is_decades_old_still_ranks_above_nothing_and_by_count():
    years = 30 * 365 * DAY_S
    score = shares([(0, 0, 0), (1, 0, 0), (2, 1, 0), (3, 2, years)], n_items=4)
    assert score[2] > score[0] > score[1] > score[3] == 0


def test_a_long_half_life_counts_all_alike_and_a_short_one_only_the_newest():
    rows = [(0, 0, 0), (1, 0, 0), (2, 1, 60 * DAY_S)]
    assert shares(rows, popular_half_life_days=1e6)[0] > shares(rows, popular_half_life_days=1e6)[1]
    assert shares(rows, popular_half_life_days=10)[0] < shares(rows, popular_half_life_days=10)[1]


def test_the_newest_event_sets_the_clock_even_without_interest():
    events = record([(0, 0, 0), (0, 1, 300 * DAY_S)], 2, dull=[1])
    score = Popular.fit(events, films(2), SourceSettings()).score(of_items([]))
    assert score.tolist() == [[1.0, 0.0]]


def test_without_interest_nothing_is_popular():
    assert shares([], n_items=2).tolist() == [0, 0]


def test_popularity_is_no_part_of_anybodys_history():
    fitted = Popular.fit(record([(0, 0, 0)], 2), films(2), SourceSettings())
    assert fitted.shares(np.array([0], np.int32), np.array([1], np.int32)) is None
