import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.web.stages import N_BOXES, Stages


def test_percentiles_are_right_to_within_a_twentieth():
    ms = np.random.default_rng(3).lognormal(0.0, 1.0, 5_000)
    times = Stages()
    for one in ms:
        times.saw("rank", float(one))
    told = times.told()["rank"]
    assert told["n"] == 5_000
    assert told["p50_ms"] == pytest.approx(np.quantile(ms, 0.5), rel=0.06)
    assert told["p99_ms"] == pytest.approx(np.quantile(ms, 0.99), rel=0.06)


def test_times_of_two_workers_are_those_of_one_that_saw_both():
    one, two, both = Stages(), Stages(), Stages()
    for ms in (0.5, 1.0, 2.0):
        one.saw("rank", ms)
        both.saw("rank", ms)
    for ms in (9.0, 90.0):
        two.saw("rank", ms)
        two.saw("who", ms)
        both.saw("rank", ms)
        both.saw("who", ms)
    one.add(two.boxes)
    assert one.told() == both.told()


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=0, max_value=1e12))
def test_any_time_falls_into_some_box(ms):
    times = Stages()
    times.saw("x", ms)
    assert sum(times.boxes["x"]) == 1
    assert len(times.boxes["x"]) == N_BOXES


def test_nothing_seen_is_nothing_told():
    assert Stages().told() == {}
    empty = Stages()
    empty.add({"x": [0] * N_BOXES})
    assert empty.told()["x"]["p99_ms"] == 0.0
