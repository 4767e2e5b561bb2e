import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import DEVICE_TYPES
from settee.people.doubt import (
    DEFAULT_DOUBT,
    N_FACTS,
    Doubt,
    tempered,
    together_facts,
    together_probability,
)

TV, PHONE = DEVICE_TYPES.index("tv"), DEVICE_TYPES.index("mobile")


def chance(kind: int, second: float = 0.3, gain: float = 0.0, longer: float = 0.0) -> float:
    facts = together_facts(
        np.array([second]), np.array([gain]), np.array([kind], np.int8), np.array([longer])
    )
    assert facts.shape == (1, N_FACTS)
    return float(together_probability(facts, DEFAULT_DOUBT.together)[0])


def test_a_shared_screen_is_needed_for_company() -> None:
    assert chance(TV) > 3 * chance(PHONE)
    assert chance(PHONE, 0.5, 4.0) == chance(PHONE, 0.0, -6.0)
    assert chance(-1) == chance(PHONE)


def test_a_second_person_who_fits_and_titles_for_two_speak_for_company() -> None:
    assert chance(TV, 0.45) > chance(TV, 0.01)
    assert chance(TV, gain=2.0) > chance(TV, gain=-2.0)


def test_a_temper_of_one_changes_nothing_and_a_lower_one_is_less_sure() -> None:
    p = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert tempered(p, 1.0) == pytest.approx(p)
    assert tempered(p, 0.5)[0, 0] == pytest.approx(0.75)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8), st.floats(0.05, 1))
def test_tempered_rows_sum_to_one_and_keep_their_order(row: list[float], temper: float) -> None:
    p = np.array([row]) / max(sum(row), 1e-9)
    found = tempered(p, temper)
    assert found.sum() == pytest.approx(1.0)
    order = np.argsort(p[0], kind="stable")
    assert (np.diff(found[0][order]) >= -1e-12).all()


def test_doubt_is_the_same_after_being_written() -> None:
    assert Doubt.from_array(DEFAULT_DOUBT.to_array()) == DEFAULT_DOUBT


@given(st.floats(0, 1), st.floats(-1e6, 1e6), st.integers(-1, 6), st.floats(-1e6, 1e6))
def test_company_is_a_probability_whatever_is_seen(
    second: float, gain: float, kind: int, longer: float
) -> None:
    assert 0 < chance(kind, second, gain, longer) < 1
