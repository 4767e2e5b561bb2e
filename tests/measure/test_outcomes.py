import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.measure.outcomes import BadOutcomes, Outcomes


def test_a_count_is_the_same_as_the_rows_it_counts():
    counted, rows = Outcomes.counted(7, 3), Outcomes.of([1, 1, 1, 0, 0, 0, 0])
    assert (counted.n, counted.n_clusters, counted.is_share) == (7, 7, True)
    assert counted.mean == pytest.approx(rows.mean, abs=1e-12)
    assert counted.variance == pytest.approx(rows.variance, abs=1e-12)
    assert counted.third == pytest.approx(rows.third, abs=1e-12)


def test_reported_moments_give_the_error_of_the_rows():
    rows = np.array([1.0, 5.0, 2.5, 8.0])
    reported = Outcomes.moments(4, float(rows.mean()), float(rows.std(ddof=1)))
    assert reported.variance == pytest.approx(Outcomes.of(rows).variance)


def test_households_whose_members_agree_count_once():
    alone = Outcomes.of([1, 0, 1, 0])
    doubled = Outcomes.of([1, 1, 0, 0, 1, 1, 0, 0], clusters=[1, 1, 2, 2, 3, 3, 4, 4])
    assert (doubled.n, doubled.n_clusters, doubled.mean) == (8, 4, alone.mean)
    assert doubled.variance == pytest.approx(alone.variance)
    assert Outcomes.of([1, 1, 0, 0, 1, 1, 0, 0]).variance < alone.variance


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_each_its_own_household_is_no_household(values):
    plain, alone = Outcomes.of(values), Outcomes.of(values, clusters=np.arange(len(values)))
    assert plain.n_clusters == alone.n_clusters
    assert plain.variance == pytest.approx(alone.variance, rel=1e-9, abs=1e-9)
    assert plain.variance == pytest.approx(
        float(np.var(values, ddof=1)) / len(values), rel=1e-6, abs=1e-6
    )


def test_amounts_that_are_all_zero_are_no_shares_when_that_is_said():
    assert Outcomes.of([0, 0]).is_share
    assert not Outcomes.of([0, 0], kind="amount").is_share
    assert Outcomes.of([0, 1], kind="share").is_share


def test_of_one_or_nobody_no_spread_is_known():
    assert Outcomes.of([]).n == 0
    assert math.isnan(Outcomes.of([]).mean)
    assert math.isnan(Outcomes.of([1, 0], clusters=[3, 3]).variance)
    assert math.isnan(Outcomes.counted(0, 0).mean)
    assert math.isnan(Outcomes.moments(1, 2.0, 0.0).variance)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Outcomes.of([1.0, float("nan")]),
        lambda: Outcomes.of([2.0], kind="share"),
        lambda: Outcomes.of([1, 0], clusters=[1]),
        lambda: Outcomes.counted(3, 4),
        lambda: Outcomes.counted(3, -1),
        lambda: Outcomes.moments(-1, 0.0, 0.0),
        lambda: Outcomes.moments(2, math.inf, 0.0),
        lambda: Outcomes.moments(2, 0.0, -1.0),
    ],
)
def test_what_no_arm_can_have_done_is_refused(make):
    with pytest.raises(BadOutcomes):
        make()
