import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import DEVICE_TYPES
from settee.features import Context, record_clock
from settee.features.instants import bucket_start


@given(at=st.integers(-(10**10), 10**10), width=st.integers(1, 10**6))
def test_a_bucket_starts_at_or_before_its_instants_and_ends_after_them(at, width):
    start = bucket_start(at, width)
    assert start <= at < start + width
    assert start % width == 0


def test_counters_of_a_live_record_stand_at_the_start_of_the_bucket():
    assert record_clock(105, newest_s=99, bucket_s=10) == 100


def test_counters_of_an_old_record_stand_at_the_end_of_its_last_bucket():
    assert record_clock(10**9, newest_s=95, bucket_s=10) == 100


def test_without_a_record_counters_stand_at_the_start_of_the_bucket():
    assert record_clock(105, newest_s=None, bucket_s=10) == 100


@pytest.mark.parametrize(
    ("at_s", "hour", "weekday"),
    [(0, 0, 3), (86_400 * 4 + 3600 * 23 + 59, 23, 0), (1_795_291_200, 20, 5)],
)
def test_hour_and_weekday_are_those_of_utc(at_s, hour, weekday):
    context = Context(at_s)
    assert (context.hour, context.weekday) == (hour, weekday)


def test_a_device_has_the_code_of_its_place_in_the_vocabulary():
    assert [Context(0, name).device_code for name in DEVICE_TYPES] == list(range(len(DEVICE_TYPES)))


@pytest.mark.parametrize("device", [None, "toaster"])
def test_an_unknown_device_stays_unknown(device):
    assert math.isnan(Context(0, device).device_code)
