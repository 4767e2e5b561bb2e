import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.features import ItemTimeline
from settee.features import timeline as module
from settee.features.layer import HEAT_HALF_LIFE_S
from settee.features.timeline import BadTimeline, TimelineDamaged
from tests.features.world import DAY, HOUR, NOON, events

_ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(-50 * DAY, 400 * DAY)), max_size=60)


def test_features_at_noon_ignore_the_click_at_one():
    clicks = [(0, NOON - HOUR)]
    known = ItemTimeline.from_interactions(events(clicks)).state_at(NOON, HOUR)
    later = ItemTimeline.from_interactions(events([*clicks, (0, NOON + HOUR)])).state_at(NOON, HOUR)
    assert known.at_s == later.at_s
    np.testing.assert_array_equal(known.values, later.values)


@settings(max_examples=60, deadline=None)
@given(
    rows=_ROWS, as_of=st.integers(-60 * DAY, 410 * DAY), bucket=st.sampled_from([1, 600, 3600, DAY])
)
def test_nothing_that_comes_later_changes_a_state(rows, as_of, bucket):
    known = ItemTimeline.from_interactions(events([row for row in rows if row[1] < as_of]))
    later = ItemTimeline.from_interactions(events(rows))
    left, right = known.state_at(as_of, bucket), later.state_at(as_of, bucket)
    assert left.at_s == right.at_s
    np.testing.assert_array_equal(left.values, right.values)


def test_an_event_at_the_very_instant_is_not_yet_known():
    timeline = ItemTimeline.from_interactions(events([(0, NOON)]))
    assert timeline.state_at(NOON, 1).column("n_all")[0] == 0
    assert timeline.state_at(NOON + 1, 1).column("n_all")[0] == np.float32(math.log1p(1))


def test_windows_count_what_lies_inside_them():
    ages = [1, 6 * DAY, 7 * DAY, 20 * DAY, 100 * DAY, 300 * DAY]
    timeline = ItemTimeline.from_interactions(events([(1, NOON - age) for age in ages]))
    state = timeline.state_at(NOON, 1)
    counts = {name: state.column(name)[1] for name in ("n_7d", "n_30d", "n_180d", "n_all")}
    assert {name: round(math.expm1(value)) for name, value in counts.items()} == {
        "n_7d": 3,
        "n_30d": 4,
        "n_180d": 5,
        "n_all": 6,
    }


def test_heat_halves_in_thirty_days():
    rows = [(0, NOON - 60 * DAY), (0, NOON - 30 * DAY), (1, NOON - 1)]
    timeline = ItemTimeline.from_interactions(events(rows))
    assert math.expm1(timeline.state_at(NOON, 1).column("heat")[0]) == pytest.approx(0.75)


def test_ages_run_from_the_first_and_the_last_event():
    rows = [(2, NOON - 9 * DAY), (2, NOON - 2 * DAY), (1, NOON - 1)]
    timeline = ItemTimeline.from_interactions(events(rows))
    state = timeline.state_at(NOON, 1)
    assert state.column("age_days")[2] == 9
    assert state.column("item_idle_days")[2] == 2


def test_an_item_without_events_has_no_age():
    state = ItemTimeline.from_interactions(events([(0, NOON - DAY)])).state_at(NOON, 1)
    assert np.isnan(state.column("age_days")[1])
    assert np.isnan(state.column("item_idle_days")[1])


def test_a_rising_item_trends_up_and_a_fading_one_down():
    rows = [(0, NOON - day * DAY) for day in range(1, 6)]
    rows += [(1, NOON - day * DAY) for day in range(20, 28)]
    state = ItemTimeline.from_interactions(events(rows)).state_at(NOON, 1)
    assert state.column("trend_week")[0] > 0 > state.column("trend_week")[1]
    assert state.column("trend_month")[0] > 0


def test_percentiles_place_ties_in_the_middle():
    rows = [(0, NOON - 3), (0, NOON - 2), (1, NOON - 1)]
    state = ItemTimeline.from_interactions(events(rows)).state_at(NOON, 1)
    np.testing.assert_array_equal(state.column("percentile_all"), [7 / 8, 5 / 8, 1 / 4, 1 / 4])
    np.testing.assert_array_equal(state.column("percentile_heat"), [7 / 8, 5 / 8, 1 / 4, 1 / 4])


def test_shares_of_a_month_do_not_change_when_everything_happens_ten_times_as_often():
    rows = [(item, NOON - at) for item in (0, 0, 1) for at in range(1, 41)]
    once = ItemTimeline.from_interactions(events(rows)).state_at(NOON, 1)
    tenfold = ItemTimeline.from_interactions(events(rows * 10)).state_at(NOON, 1)
    np.testing.assert_allclose(
        once.column("share_30d")[:2], tenfold.column("share_30d")[:2], atol=0.05
    )


def test_only_interest_counts():
    rows = [(0, NOON - 2), (0, NOON - 1)]
    timeline = ItemTimeline.from_interactions(events(rows, is_interest=[True, False]))
    assert len(timeline) == 1


def test_counters_stand_at_the_start_of_the_bucket():
    timeline = ItemTimeline.from_interactions(events([(0, NOON + 60), (1, NOON + 2 * HOUR)]))
    in_hour = timeline.state_at(NOON + 59 * 60, HOUR)
    assert in_hour.at_s == NOON
    assert in_hour.column("n_all")[0] == 0
    assert timeline.state_at(NOON + HOUR, HOUR).column("n_all")[0] > 0


def test_a_record_that_ended_years_ago_is_not_silent_for_years():
    timeline = ItemTimeline.from_interactions(events([(0, NOON)]))
    state = timeline.state_at(NOON + 9000 * DAY, HOUR)
    assert state.at_s == NOON + HOUR
    assert state.column("n_7d")[0] > 0


def test_a_timeline_without_events_describes_every_item():
    timeline = ItemTimeline.from_interactions(events([]))
    state = timeline.state_at(NOON, HOUR)
    assert timeline.newest_before(NOON) is None
    assert state.at_s == NOON
    np.testing.assert_array_equal(state.column("n_all"), np.zeros(4))


@settings(max_examples=60, deadline=None)
@given(rows=_ROWS, as_of=st.integers(-60 * DAY, 410 * DAY))
def test_counts_equal_counting_one_by_one(rows, as_of):
    timeline = ItemTimeline.from_interactions(events(rows))
    state = timeline.state_at(as_of, 1)
    at_s = state.at_s
    for item in range(4):
        mine = [at for row, at in rows if row == item and at < at_s]
        for name, days in (("n_7d", 7), ("n_30d", 30), ("n_180d", 180), ("n_all", 10**6)):
            n = sum(at >= at_s - days * DAY for at in mine)
            assert state.column(name)[item] == np.float32(np.log1p(n))
        heat = sum(2.0 ** (-(at_s - at) / HEAT_HALF_LIFE_S) for at in mine)
        assert math.expm1(state.column("heat")[item]) == pytest.approx(heat, rel=1e-5, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(rows=_ROWS, cut=st.integers(0, 60), as_of=st.integers(-60 * DAY, 410 * DAY))
def test_events_taken_in_later_count_like_those_that_were_there(rows, cut, as_of):
    whole = ItemTimeline.from_interactions(events(rows))
    start = ItemTimeline.from_interactions(events(rows[:cut]))
    rest = np.array(rows[cut:], np.int64).reshape(-1, 2)
    grown = start.extend(rest[:, 0].astype(np.int32), rest[:, 1])
    assert grown.newest_before(as_of) == whole.newest_before(as_of)
    assert len(grown) == len(whole)
    left, right = whole.state_at(as_of, HOUR), grown.state_at(as_of, HOUR)
    assert left.at_s == right.at_s
    for name in ("n_7d", "n_30d", "n_180d", "n_all", "age_days", "item_idle_days"):
        np.testing.assert_array_equal(left.column(name), right.column(name))
    np.testing.assert_allclose(left.column("heat"), right.column("heat"), rtol=1e-5)


def test_extending_leaves_the_old_timeline_as_it_was():
    timeline = ItemTimeline.from_interactions(events([(0, NOON)]))
    timeline.extend(np.array([0], np.int32), np.array([NOON + 1]))
    assert len(timeline) == 1


def test_the_newest_event_may_have_come_late():
    timeline = ItemTimeline.from_interactions(events([(0, NOON)]))
    assert timeline.newest_s == NOON
    assert timeline.extend(np.array([0], np.int32), np.array([NOON + 1])).newest_s == NOON + 1
    assert ItemTimeline.from_interactions(events([])).newest_s is None


def test_many_late_events_are_merged_into_the_first_layer(monkeypatch):
    monkeypatch.setattr(module, "_TAIL_LEAST", 2)
    timeline = ItemTimeline.from_interactions(events([(0, NOON)]))
    few = timeline.extend(np.array([1, 1], np.int32), np.array([NOON + 1, NOON + 2]))
    assert (len(few.base), len(few.tail)) == (1, 2)
    many = few.extend(np.array([0], np.int32), np.array([NOON - 1]))
    assert (len(many.base), len(many.tail)) == (4, 0)
    np.testing.assert_array_equal(many.base.at_s, [NOON - 1, NOON, NOON + 1, NOON + 2])


def test_extending_by_nothing_is_the_same_timeline():
    timeline = ItemTimeline.from_interactions(events([(0, NOON)]))
    assert timeline.extend(np.empty(0, np.int32), np.empty(0, np.int64)) is timeline


@pytest.mark.parametrize("item", [-1, 4])
def test_an_item_outside_the_space_is_refused(item):
    timeline = ItemTimeline.from_interactions(events([(0, NOON)]))
    with pytest.raises(BadTimeline, match="within 0 to 3"):
        timeline.extend(np.array([item], np.int32), np.array([NOON]))


def test_as_many_instants_as_items_are_needed():
    timeline = ItemTimeline.from_interactions(events([(0, NOON)]))
    with pytest.raises(BadTimeline, match="1 items came with 2 instants"):
        timeline.extend(np.array([0], np.int32), np.array([NOON, NOON]))


@settings(max_examples=60, deadline=None)
@given(rows=_ROWS, instant=st.integers(-60 * DAY, 410 * DAY))
def test_the_newest_event_before_an_instant_is_found(rows, instant):
    timeline = ItemTimeline.from_interactions(events(rows))
    assert timeline.newest_before(instant) == max(
        (at for _, at in rows if at < instant), default=None
    )


def test_a_record_that_spans_a_thousand_years_finds_its_newest_event_too():
    rows = [(0, 0), (1, 10), (2, 31_556_952_000), (0, 31_556_952_001)]
    timeline = ItemTimeline.from_interactions(events(rows))
    np.testing.assert_array_equal(timeline.base.pulse_s, [10, 31_556_952_001])
    assert timeline.newest_before(31_556_952_001) == 31_556_952_000


@pytest.mark.parametrize(("at_s", "dtype"), [(NOON, np.uint32), (-5, np.int64), (2**33, np.int64)])
def test_instants_take_four_bytes_where_they_fit(at_s, dtype):
    timeline = ItemTimeline.from_interactions(events([(0, at_s)]))
    assert timeline.base.at_s.dtype == dtype
    assert timeline.state_at(at_s + 1, 1).column("n_7d")[0] > 0


@settings(max_examples=30, deadline=None)
@given(rows=_ROWS, late=_ROWS)
def test_arrays_written_and_read_give_the_same_state(rows, late):
    extra = np.array(late, np.int64).reshape(-1, 2)
    timeline = ItemTimeline.from_interactions(events(rows)).extend(
        extra[:, 0].astype(np.int32), extra[:, 1]
    )
    again = ItemTimeline.from_arrays(timeline.to_arrays())
    assert {name: array.tobytes() for name, array in again.to_arrays().items()} == {
        name: array.tobytes() for name, array in timeline.to_arrays().items()
    }
    whole = ItemTimeline.from_interactions(events([*rows, *late]))
    np.testing.assert_array_equal(
        again.state_at(300 * DAY, 1).values, whole.state_at(300 * DAY, 1).values
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("indptr", None),
        ("indptr", np.array([0.0, 1.0])),
        ("indptr", np.array([1, 1], np.int64)),
        ("indptr", np.array([0, 2, 1], np.int64)),
        ("indptr", np.array([0, 2], np.int64)),
        ("indptr", np.empty(0, np.int64)),
        ("at_s", np.zeros((1, 1), np.uint32)),
        ("heat", np.zeros(2, np.float32)),
    ],
)
def test_arrays_that_are_no_timeline_are_damaged(name, value):
    arrays = dict(ItemTimeline.from_interactions(events([(0, NOON)], n_items=1)).to_arrays())
    if value is None:
        del arrays[name]
    else:
        arrays[name] = value
    with pytest.raises(TimelineDamaged):
        ItemTimeline.from_arrays(arrays)


def test_a_state_has_only_the_columns_of_items():
    state = ItemTimeline.from_interactions(events([])).state_at(NOON, 1)
    with pytest.raises(IndexError):
        state.column("hour")
