import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import DEVICE_TYPES
from settee.people.links import LinkPrior
from settee.people.portrait import Remembered, portray, usual_hours

DAY_S = 86_400
TV, PHONE = DEVICE_TYPES.index("tv"), DEVICE_TYPES.index("mobile")


def household(n: int = 20) -> Remembered:
    """Ann has the phone at nine in the evening, Bob the television at noon; .9 sure each."""
    is_ann = np.arange(n) % 2 == 0
    mine = np.where(is_ann, 0.9, 0.1)
    return Remembered(
        ("p_ann", "p_bob"),
        np.stack([mine, 1 - mine], axis=1).astype(np.float32),
        np.arange(n, dtype=np.int64) * DAY_S,
        np.where(is_ann, 21, 12).astype(np.int64),
        np.arange(n, dtype=np.int64) % 7,
        np.where(is_ann, 1, 0).astype(np.int64),
        np.where(is_ann, PHONE, TV).astype(np.int64),
        np.zeros(n, np.int64),
        ("d_tv", "d_phone"),
        ("web",),
    )


def test_each_person_has_their_hours_devices_and_confidence():
    ann, bob = portray(household(), 20 * DAY_S, LinkPrior())
    assert (ann.person_id, bob.person_id) == ("p_ann", "p_bob")
    assert ann.hours[21] == pytest.approx(0.9)
    assert bob.hours[12] == pytest.approx(0.9)
    assert sum(ann.weekdays) == pytest.approx(1)
    assert [sum(day) for day in ann.week] == pytest.approx(list(ann.weekdays))
    assert [sum(day[hour] for day in ann.week) for hour in range(24)] == pytest.approx(ann.hours)
    assert ann.confidence == pytest.approx((0.81 + 0.01) / 1.0)
    assert [one.name for one in ann.devices] == ["d_phone", "d_tv"]
    assert [(one.device_type, one.is_own) for one in ann.devices] == [
        ("mobile", True), ("tv", False),
    ]  # fmt: skip
    assert [one.name for one in ann.platforms] == ["web"]


def test_a_service_that_everybody_uses_is_nobodys():
    ann, _ = portray(household(60), 60 * DAY_S, LinkPrior())
    assert not ann.platforms[0].is_own
    assert ann.platforms[0].link.is_shared


def test_without_sessions_there_is_nobody_to_describe():
    empty = household(0)
    for portrait in portray(empty, 0, LinkPrior()):
        assert (portrait.confidence, sum(portrait.hours), portrait.devices) == (0.0, 0.0, ())


def test_hours_are_told_as_spans_over_midnight_too():
    hours = [0.0] * 24
    hours[22], hours[23], hours[0] = 0.3, 0.4, 0.2
    hours[12] = 0.1
    assert usual_hours(hours) == [(22, 1)]
    assert usual_hours(hours, 1.0) == [(12, 13), (22, 1)]
    assert usual_hours([0.0] * 24) == []
    assert usual_hours([1 / 24] * 24, 1.0) == [(0, 24)]


@given(st.lists(st.floats(0, 1), min_size=24, max_size=24))
def test_spans_hold_the_share_that_was_asked_for(weights):
    total = sum(weights)
    hours = [one / total for one in weights] if total > 0 else weights
    held = sum(
        hours[hour % 24]
        for start, end in usual_hours(hours)
        for hour in range(start, end if end > start else end + 24)
    )
    assert held >= (0.8 - 1e-6 if total > 0 else 0)
