"""Shapley values of paths: equal to the game written out, by place and for many channels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.measure import NoGame, Paths, paths_of, shapley_exact, shapley_paths, shapley_places
from settee.measure.games import coalitions
from settee.measure.games_paths import empirical_table, empirical_worth
from settee.measure.games_reach import reachable_worth


@st.composite
def some_paths(draw: st.DrawFn) -> Paths:
    sequence = st.lists(st.sampled_from("abcd"), min_size=1, max_size=6)
    sequences = draw(st.lists(sequence, min_size=1, max_size=8))
    n = len(sequences)
    column = st.lists(st.integers(0, 9), min_size=n, max_size=n)
    return paths_of(sequences, converted=draw(column), nulls=draw(column), value=draw(column))


@settings(deadline=None, max_examples=40)
@given(some_paths())
def test_sharing_each_path_evenly_is_shapley_of_the_game_of_its_sets(paths: Paths) -> None:
    exact = shapley_exact(empirical_table(paths))
    assert shapley_paths(paths).conversions == pytest.approx(exact, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(some_paths(), st.integers(1, 7))
def test_credit_by_place_sums_to_the_credit(paths: Paths, n_places: int) -> None:
    conversions, value = shapley_places(paths, n_places)
    for kind in ("sets", "ordered"):
        credit = shapley_paths(paths, kind)
        assert conversions.sum(axis=1) == pytest.approx(credit.conversions, abs=1e-9)
        assert value.sum(axis=1) == pytest.approx(credit.value, abs=1e-9)
        assert credit.conversions.sum() == pytest.approx(paths.n_conversions, abs=1e-9)
        assert credit.value.sum() == pytest.approx(paths.total_value, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(some_paths())
def test_worth_asked_for_equals_worth_listed(paths: Paths) -> None:
    every = coalitions(paths.n_channels)
    assert empirical_worth(paths)(every) == pytest.approx(empirical_table(paths))


def test_last_place_holds_all_that_come_later() -> None:
    conversions, _ = shapley_places(paths_of([["a", "b", "b", "b"]]), 2)
    assert conversions == pytest.approx(np.array([[0.5, 0.0], [0.0, 0.5]]))


@pytest.mark.parametrize("n_places", [0, 65])
def test_number_of_places_is_bounded(n_places: int) -> None:
    with pytest.raises(NoGame):
        shapley_places(paths_of([["a"]]), n_places)


def test_three_thousand_channels_are_shared_though_their_sets_cannot_be_listed() -> None:
    paths = paths_of([[f"c{n:04}", f"c{n + 1:04}"] for n in range(2999)])
    assert shapley_paths(paths).conversions.sum() == pytest.approx(2999, abs=1e-9)
    with pytest.raises(NoGame):
        empirical_table(paths)


@settings(deadline=None, max_examples=40)
@given(some_paths())
def test_chain_reaches_all_conversions_with_all_channels_and_none_with_none(paths: Paths) -> None:
    worth = reachable_worth(paths)
    n = paths.n_channels
    if paths.converted.sum() + paths.nulls.sum():
        reached = worth(np.array([[False] * n, [True] * n]))
        assert reached == pytest.approx([0.0, paths.n_conversions], abs=1e-8)


def test_chain_gives_a_step_on_the_only_way_as_much_as_the_first() -> None:
    paths = paths_of([["a", "b"], ["a"], ["c"]], converted=[10, 0, 5], nulls=[0, 10, 5])
    values = shapley_exact(reachable_worth(paths)(coalitions(3)))
    assert values == pytest.approx(
        [5.0, 5.0, 5.0]
    )  # linear would give c the same, and so does last
