from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.people.channels import (
    MOST_TOPICS,
    N_CHANNELS,
    N_TYPES,
    OFFSETS,
    SIZES,
    TASTE_AT,
    Usual,
    blur,
    longer_than_usual,
    symbols_of,
)
from settee.people.rows import MOST_DEVICES, MOST_PLATFORMS, MOST_PROFILES, Places, Rows, encode
from tests.people.homes import ANN, BOB, home, known

USUAL = Usual(np.full(N_TYPES, 6.0), np.full(N_TYPES, -2.0))


def rows(n_days: int = 3) -> Rows:
    return encode(home([ANN, BOB], n_days)[0], known().tastes, Places())


@st.composite
def anything(draw: st.DrawFn) -> Rows:
    """Rows of whatever a record could hold."""
    n, n_topics = draw(st.integers(0, 12)), draw(st.integers(1, 20))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    start = rng.integers(0, 2**33, n)
    duration = draw(st.sampled_from([0, 1, 10**4, 10**9])) * rng.random(n)
    taste = rng.random((n, n_topics)) * (rng.random((n, n_topics)) < draw(st.floats(0, 1)))
    return Rows(
        start, start + duration.astype(np.int64), rng.uniform(0, 24, n).astype(np.float32),
        rng.integers(0, 7, n).astype(np.uint8), rng.integers(-1, MOST_DEVICES, n).astype(np.int16),
        rng.integers(-1, N_TYPES - 1, n).astype(np.int8),
        rng.integers(-1, MOST_PLATFORMS, n).astype(np.int16),
        rng.integers(-1, MOST_PROFILES, n).astype(np.int16), duration.astype(np.float32),
        rng.integers(0, 10**6, n).astype(np.int32), duration.astype(np.float32),
        rng.integers(0, 99, n).astype(np.int32), taste.astype(np.float32),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(anything())
def test_symbols_of_anything_are_in_their_channel(garbage: Rows) -> None:
    found = symbols_of(garbage, USUAL)
    assert found.symbol.shape == (len(garbage), N_CHANNELS)
    for channel, size in enumerate(SIZES):
        column = found.symbol[:, channel]
        shown = column[column >= 0]
        assert ((shown >= OFFSETS[channel]) & (shown < OFFSETS[channel] + size)).all()
    n_topics = garbage.taste.shape[1]
    there = found.topic >= 0
    assert ((found.topic[there] >= TASTE_AT) & (found.topic[there] < TASTE_AT + n_topics)).all()
    assert (there == (found.weight > 0)).all()
    assert found.mass == pytest.approx(garbage.taste.sum(axis=1), rel=1e-4, abs=1e-5)


def test_evenings_of_working_days_and_weekends_are_different_hours() -> None:
    found = symbols_of(rows(7), USUAL).symbol[:, 0]
    weekday = rows(7).weekday
    assert (found[weekday < 5] < 24).all()
    assert (found[weekday >= 5] >= 24).all()


def test_the_type_is_read_only_where_the_device_is_unknown() -> None:
    known_device = rows()
    hidden = replace(known_device, device=np.full(len(known_device), -1, np.int16))
    assert (symbols_of(known_device, USUAL).symbol[:, 2] == -1).all()
    found = symbols_of(hidden, USUAL).symbol
    assert (found[:, 2] >= OFFSETS[2]).all()
    assert (found[:, 3] == -1).all()


def test_before_the_first_click_nothing_is_said_of_length_and_density() -> None:
    waiting = replace(rows(), n_events=np.zeros(len(rows()), np.int32))
    assert (symbols_of(waiting, USUAL).symbol[:, 5:7] == -1).all()


def test_only_the_largest_topics_are_read_and_keep_the_whole_amount() -> None:
    taste = np.array([[0.3, 0.25, 0.2, 0.1, 0.1, 0.05]] * len(rows()), np.float32)
    found = symbols_of(replace(rows(), taste=taste), USUAL)
    assert found.topic[0].tolist() == [TASTE_AT + one for one in range(MOST_TOPICS)]
    assert found.mass[0] == pytest.approx(1.0)


def test_lengths_are_told_against_what_is_usual_on_that_device() -> None:
    usual = Usual.of(rows(40))
    assert longer_than_usual(rows(40), usual) == pytest.approx(np.zeros(80), abs=0.2)
    double = replace(rows(), duration_s=rows().duration_s * 2)
    assert longer_than_usual(double, usual) == pytest.approx(
        longer_than_usual(rows(), usual) + np.log(2)
    )


def test_a_type_with_few_sessions_is_taken_to_be_like_all() -> None:
    usual = Usual.of(rows(40))
    assert usual.duration[N_TYPES - 1] == pytest.approx(usual.duration.mean(), abs=0.3)
    empty = Usual.of(rows(40).take(slice(0, 0)))
    assert not empty.duration.any()


def test_nine_in_the_evening_speaks_for_eight_and_not_for_noon() -> None:
    table = blur()
    assert table[21, 20] == table[21, 22] > 10 * table[21, 12]
    assert table[21, 21] > table[21, 24 + 21] > table[21, 24 + 20]
    assert table[0, 23] == pytest.approx(table[0, 1])  # midnight is a place on a circle


def test_a_symbol_speaks_once_however_it_is_spread() -> None:
    assert blur().sum(axis=1) == pytest.approx(np.ones(TASTE_AT))
