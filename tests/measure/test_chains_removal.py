import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.measure import chains_removal
from settee.measure.chains import fit_chain
from settee.measure.chains_removal import conversion_chance, markov_credit, removal_effects
from settee.measure.heuristics import heuristic
from settee.measure.paths import paths_of
from tests.measure.chain_worlds import random_paths, solved_without


@pytest.fixture(params=["inverse", "sweeps"])
def _either_way(request, monkeypatch):
    if request.param == "sweeps":
        monkeypatch.setattr(chains_removal, "MAX_INVERSE", 0)


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_removal_effects_are_what_solving_without_the_channel_gives(order, seed):
    paths = random_paths(seed)
    found = removal_effects(fit_chain(paths, order))
    whole = solved_without(paths, order, [])
    for channel in range(paths.n_channels):
        left = solved_without(paths, order, [channel])
        conversions, value = 1 - left / whole
        assert found.conversions[channel] == pytest.approx(conversions, abs=1e-12)
        assert found.value[channel] == pytest.approx(value, abs=1e-12)


def test_a_journey_is_worth_what_is_left_without_several_channels():
    paths = random_paths(5, n_channels=5)
    chain = fit_chain(paths, 2)
    without = np.array([[1, 0, 1, 0, 0], [0, 0, 0, 0, 0], [0, 1, 1, 0, 1]], np.bool_)
    worth = conversion_chance(chain, without)
    for row, expected in zip(worth, without, strict=True):
        assert row == pytest.approx(
            solved_without(paths, 2, np.flatnonzero(expected).tolist()), abs=1e-12
        )


@pytest.mark.usefixtures("_either_way")
def test_a_channel_that_every_conversion_passes_takes_all_with_it():
    paths = paths_of([list("ab"), list("cb"), list("c")], converted=[3, 2, 0], nulls=[0, 1, 9])
    found = removal_effects(fit_chain(paths, 1))
    assert found.conversions[1] == pytest.approx(1.0, abs=1e-12)
    assert 0 < found.conversions[0] < 1


def test_a_channel_that_was_never_met_costs_nothing():
    paths = paths_of([["a"], ["b"]], converted=[1, 0], nulls=[1, 0])
    assert removal_effects(fit_chain(paths, 1)).conversions.tolist() == [1.0, 0.0]


def test_value_goes_to_where_the_dear_conversions_pass():
    paths = paths_of([["a"], ["b"]], converted=[10, 10], nulls=[5, 5], value=[10, 90])
    credit = markov_credit(paths, 1)
    assert credit.conversions == pytest.approx([10, 10])
    assert credit.value == pytest.approx([10, 90])


def test_what_a_chain_knows_beyond_linear_is_where_journeys_fail():
    # Both stand in every conversion, but journeys through web alone come to nothing.
    paths = paths_of([list("ab"), list("b")], converted=[10, 0], nulls=[0, 90])
    linear, markov = heuristic(paths, "linear"), markov_credit(paths, 2)
    assert linear.conversions == pytest.approx([5, 5])
    assert markov.conversions == pytest.approx([5, 5])
    assert markov_credit(paths, 1).conversions[1] > 5 > markov_credit(paths, 1).conversions[0]


def test_the_order_changes_the_credit():
    paths = random_paths(3)
    first, second, third = (markov_credit(paths, order).conversions for order in (1, 2, 3))
    assert abs(first - second).max() > 1e-3
    assert abs(second - third).max() > 1e-3


WEIGHTS = st.just(0.0) | st.floats(1e-9, 1e4)
"""Of paths: none, or from a billionth of a person on."""


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from("abcd"), min_size=1, max_size=6),
            WEIGHTS,
            WEIGHTS,
            st.just(0.0) | st.floats(1e-6, 1e6),
        ),
        max_size=15,
    ),
    st.integers(1, 3),
)
def test_credit_sums_to_the_totals_and_is_never_negative(rows, order):
    paths = paths_of(
        [row[0] for row in rows],
        converted=[row[1] for row in rows],
        nulls=[row[2] for row in rows],
        value=[row[3] if row[1] else 0.0 for row in rows],
    )
    credit = markov_credit(paths, order)
    assert credit.conversions.sum() == pytest.approx(paths.n_conversions, rel=1e-9)
    assert credit.value.sum() == pytest.approx(paths.total_value, rel=1e-9)
    assert (credit.conversions >= 0).all()
    assert (credit.value >= 0).all()
