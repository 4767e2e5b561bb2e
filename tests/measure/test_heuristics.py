import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.measure.heuristics import HEURISTICS, BadHeuristic, heuristic
from settee.measure.paths import Paths, paths_of

ONE = paths_of([["mail", "web", "web", "direct"]], value=[800])  # direct, mail, web


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("first", [0, 1, 0]),
        ("last", [1, 0, 0]),
        ("last_non_direct", [0, 0, 1]),
        ("linear", [0.25, 0.25, 0.5]),
        ("position", [0.4, 0.4, 0.2]),
    ],
)
def test_a_journey_of_four_steps_is_shared_out_as_the_rule_says(method, expected):
    credit = heuristic(ONE, method)
    assert credit.method == method
    assert credit.conversions == pytest.approx(expected)
    assert credit.value == pytest.approx(np.array(expected) * 800)


def test_a_journey_that_was_direct_throughout_stays_with_direct():
    paths = paths_of([["direct", "direct"], ["mail", "direct"]])
    assert heuristic(paths, "last_non_direct").conversions.tolist() == [1, 1]


def test_the_name_of_direct_changes_who_is_last():
    assert heuristic(ONE, "last_non_direct", direct="none").conversions.tolist() == [1, 0, 0]


def test_ends_change_what_the_middle_is_given():
    assert heuristic(ONE, "position", ends=0.5).conversions == pytest.approx([0.5, 0.5, 0])
    two = paths_of([["mail", "web"], ["mail"]])
    assert heuristic(two, "position").conversions == pytest.approx([1.5, 0.5])
    assert heuristic(two, "position", ends=0.0).conversions == pytest.approx([1.5, 0.5])


def timed(before_s):
    steps = np.array([0, 1], np.int32)
    one = np.ones(1)
    return Paths(("mail", "web"), np.array([0, 2]), steps, one, one, one, before_s=before_s)


def test_a_touch_one_half_life_earlier_has_half_the_credit():
    paths = timed(np.array([3600.0, 0.0]))
    assert heuristic(paths, "time_decay", half_life_s=3600).conversions == pytest.approx(
        [1 / 3, 2 / 3]
    )
    assert heuristic(paths, "time_decay", half_life_s=1e12).conversions == pytest.approx([0.5, 0.5])


def test_touches_of_years_ago_still_share_their_conversion():
    credit = heuristic(timed(np.array([4e9, 4e9 - 60.0])), "time_decay", half_life_s=60)
    assert credit.conversions == pytest.approx([1 / 3, 2 / 3])


def test_what_cannot_be_shared_by_a_rule_is_refused():
    with pytest.raises(BadHeuristic, match="do not say when"):
        heuristic(ONE, "time_decay")
    with pytest.raises(BadHeuristic, match="no rule is called"):
        heuristic(ONE, "luck")
    with pytest.raises(BadHeuristic, match="each end has between"):
        heuristic(ONE, "position", ends=0.6)
    with pytest.raises(BadHeuristic, match="half_life_s is 0"):
        heuristic(ONE, "time_decay", half_life_s=0)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(["a", "b", "direct"]), min_size=1, max_size=6),
            st.floats(0, 1e4),
            st.floats(0, 1e6),
        ),
        max_size=20,
    )
)
def test_every_rule_gives_out_exactly_what_there_is(rows):
    paths = paths_of(
        [row[0] for row in rows],
        converted=[row[1] for row in rows],
        value=[row[2] for row in rows],
        nulls=[1.0] * len(rows),
    )
    for method in HEURISTICS[:-1]:
        credit = heuristic(paths, method)
        assert credit.conversions.sum() == pytest.approx(paths.n_conversions, rel=1e-12)
        assert credit.value.sum() == pytest.approx(paths.total_value, rel=1e-12)
