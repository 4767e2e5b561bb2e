"""Shapley values: the axioms against brute force over permutations, and drawn orders."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from settee.measure import NoGame, shapley_exact, shapley_sampled
from settee.measure.games import coalitions, shapley_game

Game = NDArray[np.float64]
WORTH = st.floats(-100, 100, allow_nan=False, width=32)


@st.composite
def games(draw: st.DrawFn, n: int | None = None) -> Game:
    size = draw(st.integers(1, 5)) if n is None else n
    worth = draw(arrays(np.float64, 1 << size, elements=WORTH))
    worth[0] = 0.0
    return worth


def by_permutations(worth: Game) -> Game:
    n = len(worth).bit_length() - 1
    orders = list(permutations(range(n)))
    total = np.zeros(n)
    for order in orders:
        met = 0
        for member in order:
            total[member] += worth[met | 1 << member] - worth[met]
            met |= 1 << member
    return total / len(orders)


@settings(deadline=None, max_examples=40)
@given(games())
def test_exact_values_are_the_mean_over_all_orders(worth: Game) -> None:
    assert shapley_exact(worth) == pytest.approx(by_permutations(worth), abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(games())
def test_values_sum_to_what_all_are_worth(worth: Game) -> None:
    assert shapley_exact(worth).sum() == pytest.approx(worth[-1], abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(games(4), games(4))
def test_value_of_two_games_together_is_the_sum(one: Game, other: Game) -> None:
    together = shapley_exact(one + other)
    assert together == pytest.approx(shapley_exact(one) + shapley_exact(other), abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(games(3), WORTH)
def test_member_who_always_adds_the_same_gets_just_that(worth: Game, own: float) -> None:
    values = shapley_exact(np.concatenate([worth, worth + own]))  # the fourth only adds its own
    assert values[3] == pytest.approx(own, abs=1e-9)
    assert values[:3] == pytest.approx(shapley_exact(worth), abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(games(4))
def test_members_who_can_be_exchanged_get_the_same(worth: Game) -> None:
    members = np.arange(16)
    exchanged = members & 0b1100 | (members & 1) << 1 | (members & 2) >> 1
    values = shapley_exact((worth + worth[exchanged]) / 2)
    assert values[0] == pytest.approx(values[1], abs=1e-9)


def test_twenty_members_are_shared_exactly() -> None:
    alone = np.arange(1.0, 21.0)
    worth = np.zeros(1)
    for one in alone:
        worth = np.concatenate([worth, worth + one])
    assert shapley_exact(worth) == pytest.approx(alone, rel=1e-10)


def test_nobody_shares_nothing() -> None:
    assert shapley_exact(np.array([3.0])).tolist() == []


@pytest.mark.parametrize(
    "worth", [np.zeros(3), np.zeros(0), np.zeros((2, 2)), np.zeros(1 << 21), np.array([0, np.nan])]
)
def test_what_is_no_game_is_refused(worth: Game) -> None:
    with pytest.raises(NoGame):
        shapley_exact(worth)


@pytest.mark.parametrize(("n", "n_pairs"), [(0, 5), (3, 1)])
def test_drawing_takes_a_member_and_two_pairs(n: int, n_pairs: int) -> None:
    with pytest.raises(NoGame):
        shapley_sampled(lambda sets: sets.sum(axis=1).astype(float), n, n_pairs=n_pairs, seed=1)


def test_drawn_values_are_as_far_off_as_their_standard_errors_say() -> None:
    table = np.random.default_rng(5).normal(size=64)
    table[0] = 0.0
    worth = _asked(table)
    exact = shapley_exact(table)
    far = []
    for seed in range(60):
        values, error = shapley_sampled(worth, 6, n_pairs=40, seed=seed)
        assert values.sum() == pytest.approx(table[-1], abs=1e-9)
        far.append(((values - exact) / error) ** 2)
    assert 0.8 < np.mean(far) < 1.25


def test_an_order_with_its_reverse_tells_more_than_two_orders() -> None:
    def worth(sets: NDArray[np.bool_]) -> Game:
        return np.asarray(sets.sum(axis=1) ** 2.0)  # what one adds grows with who is there

    paired, _ = shapley_sampled(worth, 8, n_pairs=2, seed=1)
    assert paired == pytest.approx(np.full(8, 8.0))  # early and late cancel: no error is left
    rng = np.random.default_rng(1)
    places = np.stack([rng.permutation(8) for _ in range(4)])
    assert np.abs((2 * places + 1).mean(axis=0) - 8.0).max() > 1


def test_games_above_the_limit_are_drawn_and_others_exact() -> None:
    table = np.random.default_rng(5).normal(size=16)
    values, error = shapley_game(_asked(table), 4, max_exact=4, n_pairs=2, seed=1)
    assert values == pytest.approx(shapley_exact(table))
    assert not error.any()
    drawn, error = shapley_game(_asked(table), 4, max_exact=3, n_pairs=50, seed=1)
    assert error.all()
    assert np.abs(drawn - values).max() < 5 * error.max()


def _asked(table: Game):
    n = len(table).bit_length() - 1
    return lambda sets: table[(sets * (1 << np.arange(n))).sum(axis=1)]


def test_coalitions_stand_in_the_order_of_their_bits() -> None:
    assert coalitions(3)[5].tolist() == [True, False, True]
