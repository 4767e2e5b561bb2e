import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.audiences import AudienceQuery, choose

NAMES = [f"a{number}" for number in range(1000)]
CHANCES = np.linspace(0.2, 0.0, 1000)


def sized(**asked: object):
    query = AudienceQuery(item_id="m", **asked)  # type: ignore[arg-type]
    return choose(CHANCES, NAMES, query, salt="spring", holdout=0.0)


def test_choosing_ends_where_a_contact_costs_more_than_it_brings() -> None:
    found = sized(contact_cost_cents=10, margin_cents=100)
    assert CHANCES[found.places].min() >= 0.1 > CHANCES[len(found.places)]
    assert found.left_out == {"past_profit": 1000 - len(found.places)}
    for n in (len(found.places) - 50, len(found.places) + 50):  # fewer or more bring less
        assert CHANCES[:n].sum() * 100 - n * 10 < (found.expected_profit_cents or 0)


def test_size_budget_and_least_probability_each_end_it() -> None:
    assert len(sized(size=10).places) == 10
    assert len(sized(budget_cents=100, contact_cost_cents=9).places) == 11
    assert CHANCES[sized(min_probability=0.15).places].min() >= 0.15
    assert sized(size=10, min_probability=0.15).left_out == {"unlikely": 750, "past_size": 240}
    assert sized().left_out == {}
    assert sized().expected_profit_cents is None


def test_the_likeliest_come_first_and_ties_as_they_came() -> None:
    chances = np.array([0.1, 0.3, 0.1, 0.3])
    query = AudienceQuery(item_id="m", size=3)
    found = choose(chances, ["a", "b", "c", "d"], query, salt="s", holdout=0.0)
    assert found.places.tolist() == [1, 3, 0]


def test_who_is_held_out_costs_nothing_and_brings_nothing() -> None:
    found = sized(holdout=0.5, budget_cents=1000, contact_cost_cents=10, margin_cents=100)
    n_addressed = int((~found.held_out).sum())
    assert n_addressed == 100
    assert found.held_out.sum() > 50
    assert found.expected_responses == pytest.approx(CHANCES[found.places[~found.held_out]].sum())
    assert found.expected_profit_cents == pytest.approx(found.expected_responses * 100 - 1000)


def test_persons_of_one_account_are_held_out_together_and_always_the_same() -> None:
    query = AudienceQuery(item_id="m", holdout=0.5)
    names = [name for name in NAMES[:100] for _ in range(2)]
    found = choose(np.ones(200), names, query, salt="spring", holdout=0.0)
    assert (found.held_out[::2] == found.held_out[1::2]).all()
    assert 0 < found.held_out.sum() < 200
    again = choose(np.ones(200), names, query, salt="spring", holdout=0.9)
    assert (again.held_out == found.held_out).all()
    other = choose(np.ones(200), names, query, salt="autumn", holdout=0.0)
    assert (other.held_out != found.held_out).any()


def test_the_setting_holds_out_where_the_question_does_not_say() -> None:
    query = AudienceQuery(item_id="m")
    share = choose(CHANCES, NAMES, query, salt="s", holdout=0.2).held_out.mean()
    assert 0.15 < share < 0.25


@given(
    st.lists(st.floats(0, 1), max_size=50),
    st.integers(1, 60),
    st.integers(0, 300),
    st.floats(0.1, 20),
)
def test_no_choice_is_over_size_or_budget(
    chances: list[float], size: int, budget: int, cost: float
) -> None:
    query = AudienceQuery(
        item_id="m", size=size, budget_cents=budget, contact_cost_cents=cost, holdout=0.3
    )
    probability = np.array(chances, np.float64)
    found = choose(probability, NAMES[: len(chances)], query, salt="s", holdout=0.0)
    assert len(found.places) <= size
    assert (~found.held_out).sum() * cost <= budget + 1e-9
    assert len(found.places) + sum(found.left_out.values()) == len(chances)
    assert (np.diff(probability[found.places]) <= 0).all()
