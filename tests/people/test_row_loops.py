"""Rows and symbols from compiled loops are those of the plain array formulas, to the last bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from settee.people import Sessions
from settee.people import row_loops as loops
from settee.people.channels import MOST_TOPICS, N_TYPES, OFFSETS, SIZES, TASTE_AT, Usual, symbols_of
from settee.people.rows import Places, Rows, encode
from settee.people.tastes import Tastes
from tests.people.homes import known, town
from tests.people.test_channels import anything

USUAL = Usual(np.linspace(5.0, 8.0, N_TYPES), np.linspace(-3.0, 0.0, N_TYPES))


def logs(rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    seconds = rows.duration_s.astype(np.float64)
    minutes = np.maximum(seconds, 60.0) / 60
    return np.log(np.maximum(seconds, 30.0)), np.log(np.maximum(rows.n_events, 1) / minutes)


def plain_symbols(rows: Rows) -> NDArray[np.int16]:
    kind = rows.device_type.astype(np.int64) % N_TYPES
    duration, density = logs(rows)
    longer = (duration - USUAL.duration[kind]) / 0.5 + 5
    denser = (density - USUAL.density[kind]) / 0.7 + 3
    columns = [
        rows.hour.astype(np.int64) % 24 + 24 * (rows.weekday >= 5),
        rows.weekday.astype(np.int64),
        np.where(rows.device >= 0, -1, kind),
        rows.device.astype(np.int64),
        rows.platform.astype(np.int64),
        np.clip(longer.astype(np.int64), 0, SIZES[5] - 1),
        np.clip(denser.astype(np.int64), 0, SIZES[6] - 1),
        rows.profile.astype(np.int64),
    ]
    symbol = np.stack(columns, axis=1)
    symbol[np.ix_(rows.n_events == 0, (5, 6))] = -1
    return np.where(symbol >= 0, symbol + OFFSETS[:-1], -1).astype(np.int16)


def plain_topics(taste: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    n, n_topics = taste.shape
    width = min(MOST_TOPICS, n_topics)
    topic = np.full((n, MOST_TOPICS), -1)
    weight = np.zeros((n, MOST_TOPICS), np.float32)
    order = np.argsort(-taste, axis=1, kind="stable")[:, :width]
    best = np.take_along_axis(taste, order, axis=1)
    best = np.where(best > 0.05 * best[:, :1], best, 0)
    scale = taste.sum(axis=1, keepdims=True) / np.maximum(best.sum(axis=1, keepdims=True), 1e-9)
    weight[:, :width] = best * scale
    topic[:, :width] = np.where(weight[:, :width] > 0, order + TASTE_AT, -1)
    return topic, weight


def plain_tastes(sessions: Sessions, tastes: Tastes) -> NDArray[np.float32]:
    row = np.array([tastes.index.get(one, -1) for one in sessions.item_ids], np.int64)
    table = np.vstack([tastes.topics, np.zeros((1, tastes.n_topics), np.float32)])
    size = np.diff(sessions.item_indptr)
    total = np.zeros((len(sessions), tastes.n_topics), np.float32)
    np.add.at(total, np.repeat(np.arange(len(size)), size), table[row[sessions.item]])
    damped: NDArray[np.float32] = total * np.maximum(total.sum(axis=1, keepdims=True), 1e-3) ** (
        0.7 - 1
    )
    return damped


@settings(max_examples=80, deadline=None)
@given(anything(), st.integers(0, 2))
def test_symbols_of_anything_are_those_of_the_formulas(rows: Rows, n_events: int) -> None:
    rows.n_events[::2] = n_events
    found = symbols_of(rows, USUAL)
    topic, weight = plain_topics(rows.taste)
    assert (found.symbol == plain_symbols(rows)).all()
    assert (found.topic == topic).all()
    assert found.weight.tobytes() == weight.tobytes()


def test_rows_of_a_town_are_those_of_the_formulas() -> None:
    tastes = known().tastes
    sessions = town()
    rows = encode(sessions, tastes, Places())
    start_s, end_s = sessions.start_us // 10**6, sessions.end_us // 10**6
    assert (rows.start_s == start_s).all()
    assert (rows.end_s == end_s).all()
    assert (rows.hour == ((start_s % 86_400) / 3600).astype(np.float32)).all()
    assert (rows.weekday == (start_s // 86_400 + 3) % 7).all()
    assert (rows.duration_s == (end_s - start_s).astype(np.float32)).all()
    assert (rows.n_items == np.diff(sessions.item_indptr)).all()
    assert rows.taste.tobytes() == plain_tastes(sessions, tastes).tobytes()
    assert rows.logs.tobytes() == np.stack(logs(rows)).tobytes()


def test_a_session_alone_is_cut_as_among_others() -> None:
    population, sessions = known(), town()
    among = population.symbols(population.encode(sessions, Places()))
    for place in range(0, len(sessions), 5):
        one = sessions.take(np.array([place]))
        alone = population.symbols(population.encode(one, Places()))
        shared = [0, 1, 2, 5, 6]  # the other channels count in the household's own numbers
        assert (alone.symbol[0, shared] == among.symbol[place, shared]).all()
        assert (alone.topic[0] == among.topic[place]).all()
        assert alone.weight.tobytes() == among.weight[place : place + 1].tobytes()


def test_a_population_without_topics_has_no_topics() -> None:
    topic, weight = loops.largest_topics(np.zeros((2, 0), np.float32), MOST_TOPICS, TASTE_AT)
    assert (topic == -1).all()
    assert not weight.any()
