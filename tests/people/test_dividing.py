import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from settee.core import PeopleSettings
from settee.people.dividing import FLAT, divided
from settee.people.household import Household
from tests.people.homes import (
    PEOPLE,
    TAGS,
    Dweller,
    agreement,
    home,
    known,
    moved_in,
    named_persons,
)

Floats = NDArray[np.float64]
MANY = PEOPLE.model_copy(update={"max_persons": 12})
TEN = [
    Dweller(f"d{one}", 2.4 * one, TAGS[one], ("tv", "mobile", "tablet", "desktop")[one % 4])
    for one in range(10)
]


def never(rows: NDArray[np.int64]) -> Floats:
    return np.tile([1.0, 0.0], (len(rows), 1))


def by_turns(rows: NDArray[np.int64]) -> Floats:
    return np.eye(3)[np.arange(len(rows)) % 2]


def test_ten_people_with_their_own_devices_and_hours_are_ten() -> None:
    sessions, who = home(TEN, 16)
    household = moved_in(sessions, people=MANY)
    assert len(household.persons) == 10
    said = named_persons(household, sessions)
    assert agreement(said, who) > 0.95
    assert agreement(named_persons(moved_in(sessions), sessions), who) <= 0.8  # eight at most
    again = Household.from_bytes("a", household.to_bytes(), known(), MANY)
    assert named_persons(again, sessions) == said


def test_two_are_not_divided_however_many_there_may_be() -> None:
    sessions, _ = home(TEN[:2], 20)
    assert len(moved_in(sessions, people=MANY).persons) == 2


def test_up_to_twenty_may_be_asked_for() -> None:
    assert PeopleSettings(max_persons=20).max_persons == 20


def test_the_largest_is_divided_first_until_there_are_enough() -> None:
    share = np.zeros((30, 3))
    share[:20, 0] = share[20:, 1] = 1.0
    assert divided(share, 3, 0, by_turns).sum(axis=0).tolist() == [10, 10, 10, 0]
    assert divided(share, 2, 0, by_turns) is share


def test_who_does_not_divide_stays_whole_and_so_does_who_was_told() -> None:
    share = np.tile([1.0, 0.0], (30, 1))
    assert divided(share, FLAT, 0, never).tolist() == share.tolist()
    assert divided(share, FLAT, 1, by_turns).tolist() == share.tolist()
    assert divided(share[:4], FLAT, 0, by_turns).tolist() == share[:4].tolist()  # too few sessions


@given(
    seed=st.integers(0, 10**6), n=st.integers(0, 60), k=st.integers(1, 8), more=st.integers(0, 6)
)
def test_rows_sum_to_one_and_most_is_kept(seed: int, n: int, k: int, more: int) -> None:
    share = np.random.default_rng(seed).dirichlet(np.full(k + 1, 0.2), n)
    found = divided(share, k + more, 0, by_turns)
    assert found.sum(axis=1) == pytest.approx(np.ones(n))
    assert k <= found.shape[1] - 1 <= k + more
    assert found[:, -1] == pytest.approx(share[:, -1])
