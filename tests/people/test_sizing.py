import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.people.sizing import FACTS, SIZING, Step, chance_of_reaching, likeliest_size


def step(gain: float, n_people: int, n: int = 80, blind: float = 0.0) -> Step:
    """Everybody has an equal share, and shares are clear."""
    share = np.zeros((n, n_people + 1))
    share[np.arange(n), np.arange(n) % n_people] = 1.0
    return Step(gain, share, n_people, blind, 0.0, 30.0)


def test_without_a_step_there_is_one_person() -> None:
    assert likeliest_size([], SIZING) == 1


def test_a_great_gain_is_a_second_person_and_none_is_not() -> None:
    assert likeliest_size([step(60.0, 2)], SIZING) == 2
    blurred = np.full((12, 3), [0.99, 0.01, 0.0])
    assert likeliest_size([Step(0.1, blurred, 2, 0.0, 0.0, 90.0)], SIZING) == 1
    assert likeliest_size([step(-0.1, 2, n=9999)], SIZING) == 1


def test_who_comes_more_often_than_one_would_is_sooner_two() -> None:
    rare, often = (Step(3.0, step(3.0, 2).share, 2, 0.0, 0.0, days) for days in (160.0, 20.0))
    assert chance_of_reaching([often], SIZING) > chance_of_reaching([rare], SIZING)


def test_hours_and_overlaps_beyond_what_was_learnt_from_say_no_more() -> None:
    share = step(3.0, 2).share
    usual = Step(3.0, share, 2, 0.0, 0.2, 14.0).facts()
    assert np.array_equal(Step(3.0, share, 2, 0.0, 0.9, 0.0).facts(), usual)


def test_gains_that_end_say_how_many_there_are() -> None:
    steps = [step(90.0, 2), step(70.0, 3), step(0.0, 4), step(0.0, 5)]
    assert likeliest_size(steps, SIZING) == 3


def test_one_fact_a_weight() -> None:
    facts = step(12.0, 3).facts()
    assert facts.shape == (len(FACTS),) == (len(SIZING),)
    named = dict(zip(FACTS, facts.tolist(), strict=True))
    assert named["constant"] == 1.0
    assert named["gain"] == 1.2
    assert named["log gain"] == pytest.approx(np.log(13))
    assert named["smallest"] == pytest.approx(26 / 80 * 3)
    assert named["blur"] == pytest.approx(0.0, abs=1e-6)
    assert named["devices unknown"] == 0.0


def test_more_sessions_than_many_say_no_more() -> None:
    assert step(5.0, 2, n=250).facts()[3] == step(5.0, 2, n=900).facts()[3]


def test_even_shares_are_all_blurred() -> None:
    blurred = Step(5.0, np.full((10, 3), [0.5, 0.5, 0.0]), 2, 0.0, 0.0, 30.0)
    assert blurred.facts()[6] == pytest.approx(1.0)


@given(st.lists(st.floats(-50, 200), min_size=1, max_size=7))
def test_more_persons_are_never_likelier_to_be_reached(gains: list[float]) -> None:
    steps = [step(gain, place + 2) for place, gain in enumerate(gains)]
    chances = [chance_of_reaching(steps[:n], SIZING) for n in range(1, len(steps) + 1)]
    assert all(0 <= one <= 1 for one in chances)
    assert (np.diff(chances) <= 1e-12).all()
    assert 1 <= likeliest_size(steps, SIZING) <= len(steps) + 1
