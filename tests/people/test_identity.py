import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from settee.people.identity import BadMatch, MatchRules, match
from settee.people.ids import numbers_by_id, person_id, person_ids

Floats = NDArray[np.float64]


def hard(*labels: int, n: int | None = None) -> Floats:
    """Responsibilities of components 0, 1, 2 ... that are sure."""
    return np.eye(n or max(labels) + 1)[list(labels)]


def soft(seed: int, n: int, k: int) -> Floats:
    return np.random.default_rng(seed).dirichlet(np.full(k, 0.3), n)


def test_first_fit_numbers_persons_from_the_most_active() -> None:
    found = match(np.zeros((3, 0)), hard(0, 1, 1), [], 1)
    assert found.numbers == (2, 1)
    assert found.born == (1, 2)
    assert found.next_number == 3
    assert [event.kind for event in found.events] == ["born", "born"]


def test_components_in_another_order_are_the_same_persons() -> None:
    old = hard(0, 0, 1, 2, 2, 2)
    found = match(old, old[:, [2, 0, 1]], [4, 1, 2], 5)
    assert found.numbers == (2, 4, 1)
    assert found.events == ()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31), n=st.integers(1, 30), k=st.integers(1, 6),
    turn=st.permutations(range(6)),
)  # fmt: skip
def test_a_refit_that_only_reorders_keeps_every_id(
    seed: int, n: int, k: int, turn: list[int]
) -> None:
    old = soft(seed, n, k)
    order = [place for place in turn if place < k]
    found = match(old, old[:, order], range(1, k + 1), k + 1)
    assert found.numbers == tuple(place + 1 for place in order)
    assert not found.events


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31), n=st.integers(1, 20), old_k=st.integers(0, 5),
    new_k=st.integers(1, 5), turn=st.permutations(range(5)),
)  # fmt: skip
def test_the_order_of_new_components_never_matters(
    seed: int, n: int, old_k: int, new_k: int, turn: list[int]
) -> None:
    old = soft(seed, n, old_k) if old_k else np.zeros((n, 0))
    new = soft(seed + 1, n, new_k)
    order = [place for place in turn if place < new_k]
    numbers = range(1, old_k + 1)
    straight = match(old, new, numbers, old_k + 1)
    turned = match(old, new[:, order], numbers, old_k + 1)
    assert turned.numbers == tuple(straight.numbers[place] for place in order)
    assert turned.events == straight.events
    assert len(set(straight.numbers)) == new_k


def test_somebody_new_gets_a_number_that_was_never_used() -> None:
    found = match(hard(0, 0, 0, 0, n=1), hard(0, 0, 0, 1), [1], 5)
    assert found.numbers == (1, 5)
    assert found.next_number == 6


def test_a_person_taken_in_two_stays_the_larger_half_and_the_other_is_split_off() -> None:
    rules = MatchRules(account_id="a7", at_s=99)
    found = match(hard(0, 0, 0, 0, 0, n=1), hard(0, 0, 0, 1, 1), [1], 2, rules)
    (event,) = found.events
    assert found.numbers == (1, 2)
    assert event.kind == "split"
    assert event.person_ids == person_ids("a7", [2, 1])
    assert event.at_s == 99
    assert event.reversible
    assert dict(event.evidence) == {"sessions": 2.0, "shared_sessions": 2.0}


def test_two_persons_that_become_one_are_the_more_active_and_the_other_is_merged() -> None:
    rules = MatchRules(account_id="a7")
    found = match(hard(0, 0, 0, 1, 1), hard(0, 0, 0, 0, 0, n=1), [1, 2], 3, rules)
    (event,) = found.events
    assert found.numbers == (1,)
    assert found.retired == (2,)
    assert event.kind == "merged"
    assert event.person_ids == person_ids("a7", [2, 1])


def test_a_person_whom_no_session_speaks_of_retires() -> None:
    old = hard(0, 0, 1, 2)
    found = match(old, hard(0, 0, 1, 1), [1, 2, 3], 4)
    assert found.retired == (3,)
    empty = match(np.array([[1.0, 0], [1, 0]]), hard(0, 0, n=1), [1, 2], 3)
    assert [event.kind for event in empty.events] == ["retired"]


def test_who_shares_a_little_only_is_somebody_else() -> None:
    old = hard(*[0] * 10, *[1] * 10)
    new = hard(*[0] * 9, 1, *[0] * 8, 1, 1)  # 1 of 3 sessions of the small one was person 1's
    assert match(old, new, [1, 2], 3).numbers == (1, 2)
    assert match(old, new, [1, 2], 3, MatchRules(min_share=0.9)).numbers == (1, 3)


def test_a_retired_person_who_matches_again_has_returned() -> None:
    found = match(hard(0, 0, 1, 1), hard(0, 0, 1, 1), [1, 2], 3, MatchRules(resting=frozenset({2})))
    assert found.numbers == (1, 2)
    assert found.returned == (2,)
    assert [event.kind for event in found.events] == ["returned"]
    gone = match(hard(0, 0, 1, 1), hard(0, 0, 0, 0, n=1), [1, 2], 3,
                 MatchRules(resting=frozenset({2})))  # fmt: skip
    assert gone.retired == ()


def test_one_told_session_outvotes_all_others() -> None:
    old = hard(0, 0, 0, 0, 1, 1, 1, 1)
    assert match(old, old, [1, 2], 3).numbers == (1, 2)
    assert match(old, old, [1, 2], 3, MatchRules(told={0: (2,), 7: (1,)})).numbers == (2, 1)


def test_who_was_told_and_never_found_before_is_found_under_that_number() -> None:
    found = match(hard(0, 0, 0, n=1), hard(0, 0, 1), [1], 9, MatchRules(told={2: (7,)}))
    assert found.numbers == (1, 7)
    assert found.next_number == 9


def test_guests_and_people_together_pin_nobody_wrongly() -> None:
    old = hard(0, 0, 1, 1)
    rules = MatchRules(told={0: (), 1: (1, 2)})
    assert match(old, old, [1, 2], 3, rules).numbers == (1, 2)


def test_nobody_comes_or_goes_inside_a_person_merged_by_hand() -> None:
    rules = MatchRules(part_of={2: 1})
    one = match(hard(0, 0, 1, 1, 1), hard(0, 0, 0, 0, 0, n=1), [1, 2], 3, rules)
    assert one.numbers == (2,)
    assert one.retired == (1,)
    assert one.events == ()
    again = match(hard(0, 0, 0, n=1), hard(0, 0, 1), [1], 3, MatchRules(part_of={2: 1, 3: 1}))
    assert again.numbers == (1, 3)
    assert again.events == ()


def test_no_component_and_no_session_are_fine() -> None:
    assert match(np.zeros((0, 2)), np.zeros((0, 2)), [1, 2], 3).numbers == (3, 4)
    assert match(hard(0, 0, n=1), np.zeros((2, 0)), [1], 2).retired == (1,)


@pytest.mark.parametrize(
    ("old", "new", "numbers", "next_number"),
    [
        (np.zeros((2, 1)), np.zeros((3, 1)), [1], 2),
        (np.zeros((2, 1)), np.zeros((2, 1)), [1, 2], 3),
        (np.zeros((2, 2)), np.zeros((2, 1)), [1, 1], 3),
        (np.zeros((2, 1)), np.zeros((2, 1)), [5], 3),
        (np.zeros(2), np.zeros((2, 1)), [], 3),
    ],
)
def test_fits_that_cannot_be_compared_are_refused(
    old: Floats, new: Floats, numbers: list[int], next_number: int
) -> None:
    with pytest.raises(BadMatch, match=r"expected|different"):
        match(old, new, numbers, next_number)


def test_ids_differ_between_accounts_and_between_persons() -> None:
    ids = {person_id(f"a{account}", number) for account in range(200) for number in range(1, 9)}
    assert len(ids) == 1600
    assert all(len(one) == 18 and one.startswith("p_") for one in ids)


def test_every_number_given_out_is_found_by_its_id() -> None:
    assert set(numbers_by_id("a7", 4).values()) == {1, 2, 3}
