import numpy as np
import pytest

from settee.core import PeopleSettings
from settee.people.pairs import (
    USUAL,
    PairRules,
    Someone,
    compare,
    learn_weights,
    link_pairs,
    meetings,
)


def someone(
    account: str, name: str, hour: int, topic: int, devices: dict[str, float] | None = None
) -> Someone:
    hours, taste = np.full(24, 0.1), np.full(5, 0.1)
    hours[hour], taste[topic] = 8.0, 5.0
    return Someone(account, name, 9.0, devices or {}, hours, taste)


ANN = someone("a", "p_ann", 7, 0, {"phone": 9})
BOB = someone("a", "p_bob", 21, 3, {"tv": 9})
ANN_AT_B = someone("b", "p_ann_b", 7, 0, {"phone": 5})
CAT = someone("b", "p_cat", 12, 4, {"tv": 2, "own": 7})
PEOPLE = {"a": [ANN, BOB], "b": [ANN_AT_B, CAT]}
PAIRS = [("a", "b")]


def linked(rules: PairRules) -> list[tuple[str, str]]:
    return [link.persons for link in link_pairs(PEOPLE, PAIRS, rules) if link.is_linked]


def test_one_person_on_two_accounts_is_found() -> None:
    links = link_pairs(PEOPLE, PAIRS, PairRules())
    assert len(links) == 4
    (found,) = (link for link in links if link.is_linked)
    assert found.persons == ("p_ann", "p_ann_b")
    assert found.accounts == ("a", "b")
    prior = np.log2(USUAL.prior / (1 - USUAL.prior))
    odds = np.log2(found.probability / (1 - found.probability))
    assert sum(bits for _, bits in found.bits) + prior == pytest.approx(odds)


def test_nobody_is_two_persons_of_one_account() -> None:
    twin = someone("a", "p_twin", 7, 0, {"phone": 8})
    links = link_pairs({"a": [ANN, twin], "b": [ANN_AT_B]}, PAIRS, PairRules())
    assert sum(link.is_linked for link in links) == 1


def test_a_higher_threshold_links_less() -> None:
    assert linked(PairRules.of(PeopleSettings(link_threshold=0.6))) == [("p_ann", "p_ann_b")]
    assert linked(PairRules.of(PeopleSettings(link_threshold=1.0))) == []


def test_a_link_is_taken_apart_and_put_together_by_hand() -> None:
    apart = PairRules(told={("p_ann", "p_ann_b"): False})
    assert linked(apart) == []
    same = PairRules.of(PeopleSettings(), {("p_bob", "p_cat"): True})
    assert ("p_bob", "p_cat") in linked(same)
    assert linked(PairRules()) == [("p_ann", "p_ann_b")]
    told = [link.by_hand for link in link_pairs(PEOPLE, PAIRS, same)]
    assert told == [False, False, False, True]


def test_a_place_where_many_meet_says_nothing() -> None:
    hotel = {f"a{number}": ["hotel"] for number in range(7)}
    assert meetings(hotel, 6) == []
    assert len(meetings(hotel, 7)) == 21
    assert meetings({"a": ["x", "x"], "b": []}, 6) == []


def test_what_somebody_does_not_show_is_not_held_against_them() -> None:
    blank = Someone("b", "p_blank", 0.0, {}, np.zeros(24), np.zeros(5))
    assert compare(ANN, blank).tolist() == [-1, -1, -1]
    (link,) = link_pairs({"a": [ANN], "b": [blank]}, PAIRS, PairRules())
    assert link.probability == pytest.approx(USUAL.prior)


def test_accounts_without_persons_have_no_pairs() -> None:
    assert link_pairs({"a": []}, PAIRS, PairRules()) == []
    assert (
        len(link_pairs({"a": [ANN], "b": [], "c": [CAT]}, [*PAIRS, ("a", "c")], PairRules())) == 1
    )


def test_what_agreement_is_worth_is_learnt_without_being_told() -> None:
    rng = np.random.default_rng(3)
    is_same = rng.random(4000) < 0.2
    same = np.array([[0.05, 0.05, 0.1, 0.8], [0.4, 0.3, 0.2, 0.1], [0.02, 0.08, 0.2, 0.7]])
    other = np.array([[0.8, 0.1, 0.05, 0.05], [0.4, 0.3, 0.2, 0.1], [0.6, 0.2, 0.1, 0.1]])
    levels = np.array(
        [
            [rng.choice(4, p=(same if one else other)[field]) for field in range(3)]
            for one in is_same
        ],
        dtype=np.int8,
    )
    found = learn_weights(levels)
    assert found.prior == pytest.approx(0.2, abs=0.03)
    assert np.abs(found.same - same).max() < 0.08
    assert np.abs(found.other - other).max() < 0.05


def test_too_few_pairs_are_judged_by_what_is_usual() -> None:
    assert learn_weights(np.zeros((5, 3), np.int8)) is USUAL
