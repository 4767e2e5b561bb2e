"""A logistic fit finds what made the outcomes, against an optimiser of SciPy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from settee.audiences.logistic import Logistic, OneOutcome, sigmoid


@given(st.integers(0, 10_000), st.floats(0.0, 20.0))
@settings(max_examples=15, deadline=None)
def test_it_ends_where_a_general_optimiser_ends(seed: int, ridge: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(200, 3)) * [1.0, 5.0, 0.1]
    y = rng.random(200) < sigmoid(x @ [1.0, -0.2, 3.0] - 1.0)
    w = rng.integers(1, 4, 200).astype(float)
    found = Logistic.fit(x, y, w, ridge=ridge)
    mean = np.average(x, axis=0, weights=w)
    spread = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=w))

    def loss(b: np.ndarray) -> float:
        eta = b[0] + (x - mean) / spread @ b[1:]
        return float(w @ (np.logaddexp(0, eta) - y * eta) + 0.5 * (ridge + 1e-9) * b[1:] @ b[1:])

    best = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8}).x
    assert found.weight * spread == pytest.approx(best[1:], abs=2e-3)


def test_one_in_a_thousand_does_not_overshoot() -> None:
    x = np.linspace(0, 1, 20_000)[:, np.newaxis]
    y = np.zeros(20_000, np.bool_)
    y[[500, 15_000, 17_000, 19_000]] = True
    found = Logistic.fit(x, y)
    assert found.probability(x).sum() == pytest.approx(4, rel=1e-3)


def test_a_column_that_never_moves_gets_no_weight() -> None:
    x = np.column_stack([np.ones(40), np.tile([0.0, 1.0], 20)])
    assert Logistic.fit(x, np.arange(40) % 4 == 1).weight[0] == 0.0


@pytest.mark.parametrize("y", [np.zeros(5, np.bool_), np.ones(5, np.bool_)])
def test_nothing_to_tell_apart_is_an_error(y: np.ndarray) -> None:
    with pytest.raises(OneOutcome):
        Logistic.fit(np.zeros((5, 1)), y)


@pytest.mark.parametrize(("came", "word"), [(1.0, "shorter"), (0.0, "longer")])
def test_where_all_or_none_respond_the_hint_says_which_way_the_horizon_goes(
    came: float, word: str
) -> None:
    with pytest.raises(OneOutcome) as caught:
        Logistic.fit(np.ones((4, 1)), np.full(4, came > 0))
    assert word in caught.value.hint
