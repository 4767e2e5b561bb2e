import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from settee.people.members import moves_of

DAY = 86_400


def household(who: list[int], n_persons: int = 2) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """One session a day, of the person given."""
    return np.eye(n_persons)[who], np.arange(len(who)) * DAY


def test_who_was_never_there_and_then_often_has_come() -> None:
    moves = moves_of(*household([0] * 40 + [0, 1] * 10))
    assert moves.arrived[1] > 8
    assert moves.arrived[0] == 0
    assert moves.left.max() < 2
    assert abs(moves.arrived_at_s[1] - 41 * DAY) <= DAY


def test_who_was_often_there_and_then_never_has_gone() -> None:
    moves = moves_of(*household([0, 1] * 20 + [0] * 20))
    assert moves.left[1] > 8
    assert moves.arrived.max() < 2
    assert abs(moves.left_at_s[1] - 40 * DAY) <= DAY


def test_a_rare_visitor_is_not_gone_for_being_rare() -> None:
    assert moves_of(*household(([0] * 19 + [1]) * 4 + [0] * 19)).left[1] < 2


def test_a_holiday_of_the_whole_household_loses_nobody() -> None:
    share, at_s = household([0, 1] * 30)
    later = np.where(at_s >= 40 * DAY, at_s + 60 * DAY, at_s)
    assert moves_of(share, later).left.max() < 2


def test_a_few_days_say_nothing() -> None:
    moves = moves_of(*household([0] * 10 + [1] * 5))
    assert moves.arrived.tolist() == moves.left.tolist() == [0, 0]
    assert moves.left_at_s.tolist() == [0, 0]


def test_several_sessions_of_one_day_are_one_day() -> None:
    share, at_s = household([0] * 30 + [1] * 30)
    assert moves_of(share, at_s).arrived[1] > moves_of(share, at_s // 10).arrived[1]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 60), k=st.integers(1, 5))
def test_evidence_is_never_negative_and_order_never_matters(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    share, at_s = rng.dirichlet(np.ones(k), n), rng.integers(0, 90, n) * DAY
    turn = rng.permutation(n)
    moves, turned = moves_of(share, at_s), moves_of(share[turn], at_s[turn])
    assert (moves.arrived >= 0).all()
    assert (moves.left >= 0).all()
    np.testing.assert_allclose(moves.arrived, turned.arrived, atol=1e-9)
    np.testing.assert_allclose(moves.left, turned.left, atol=1e-9)
