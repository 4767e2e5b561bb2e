import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from settee.measure.effects import BadConfidence, Lift, lift
from settee.measure.outcomes import Outcomes

counted = Outcomes.counted


def test_a_difference_of_shares_is_that_of_newcombes_own_table():
    # Newcombe (1998), Statist. Med. 17, table II, method 10.
    found = lift(counted(70, 56), counted(80, 48))
    assert found.difference is not None
    assert (round(found.difference.low, 4), round(found.difference.high, 4)) == (0.0524, 0.3339)


def test_a_test_of_shares_is_pearsons():
    found = lift(counted(900, 150), counted(400, 40))
    oracle = stats.chi2_contingency([[150, 750], [40, 360]], correction=False)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-9)


def test_a_ratio_of_shares_is_near_that_of_scipy():
    found = lift(counted(5000, 150), counted(5000, 100))
    oracle = stats.contingency.relative_risk(150, 5000, 100, 5000)
    edges = oracle.confidence_interval(0.95)
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(oracle.relative_risk)
    assert (found.ratio.low, found.ratio.high) == pytest.approx((edges.low, edges.high), rel=0.01)


def test_a_difference_of_amounts_is_welchs():
    rng = np.random.default_rng(0)
    one, other = rng.normal(10, 2, 80), rng.normal(9, 5, 30)
    found = lift(Outcomes.of(one), Outcomes.of(other), confidence=0.9)
    oracle = stats.ttest_ind(one, other, equal_var=False)
    edges = oracle.confidence_interval(0.9)
    assert found.difference is not None
    assert (found.difference.low, found.difference.high) == pytest.approx((edges.low, edges.high))
    assert found.p_value == pytest.approx(oracle.pvalue)
    assert found.cautions == ()


@given(st.floats(5, 50), st.floats(5, 50), st.floats(0.1, 9), st.floats(0.1, 9))
def test_at_the_edges_of_a_ratio_of_amounts_nothing_is_left_of_the_test(top, base, sd, other):
    one, two = Outcomes.moments(60, top, sd), Outcomes.moments(60, base, other)
    found = lift(one, two)
    if found.ratio is None:
        return
    spread = one.variance + two.variance
    freedom = spread**2 / ((one.variance**2 + two.variance**2) / 59)
    for edge in (found.ratio.low, found.ratio.high):
        error = math.sqrt(one.variance + edge**2 * two.variance)
        assert abs(top - edge * base) / error == pytest.approx(stats.t.ppf(0.975, freedom))


@given(st.integers(20, 300), st.integers(20, 300), st.data())
def test_intervals_hold_the_figure_and_stay_where_shares_can_be(n, m, data):
    hits, base = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    found = lift(counted(n, hits), counted(m, base))
    gap = found.difference
    assert gap is not None
    assert -1 - 1e-9 <= gap.low <= gap.value <= gap.high <= 1 + 1e-9
    mirrored = lift(counted(m, base), counted(n, hits)).difference
    assert mirrored is not None
    assert (mirrored.low, mirrored.high) == pytest.approx((-gap.high, -gap.low), abs=1e-12)
    assert (found.ratio is None) == (base == 0)
    if found.ratio is not None:
        assert 0 <= found.ratio.low <= found.ratio.value * (1 + 1e-9)
        assert found.ratio.value <= found.ratio.high * (1 + 1e-9)


def test_more_confidence_is_a_wider_interval():
    arms = counted(500, 60), counted(500, 40)
    low, high = (lift(*arms, confidence=c).difference for c in (0.8, 0.99))
    assert low is not None
    assert high is not None
    assert high.low < low.low < low.high < high.high


def test_too_few_households_are_a_reason_and_no_number():
    found = lift(Outcomes.of(np.ones(40), clusters=np.arange(40) // 4), counted(500, 40))
    assert (found.reason, found.ratio_reason) == ("too_few", "too_few")
    assert (found.difference, found.ratio, found.relative, found.p_value) == (None,) * 4
    assert lift(counted(0, 0), counted(0, 0)).treated is None


def test_nothing_held_out_bought_is_no_baseline():
    found = lift(counted(500, 40), counted(500, 0))
    assert found.difference is not None
    assert (found.ratio, found.ratio_reason) == (None, "no_baseline")
    spread = lift(Outcomes.moments(50, 5.0, 1.0), Outcomes.moments(50, 0.1, 9.0))
    assert (spread.ratio, spread.ratio_reason) == (None, "no_baseline")


def test_amounts_that_never_differ_cannot_be_told_apart():
    assert lift(*(Outcomes.of(np.zeros(50), kind="amount"),) * 2).reason == "no_variation"
    same = lift(counted(50, 0), counted(50, 0))
    assert same.p_value is None
    assert same.difference is not None
    households = Outcomes.of(np.zeros(80), clusters=np.arange(80) // 2)
    assert lift(households, households).p_value is None


def test_half_as_many_again_is_a_lift_of_half():
    found = lift(counted(1000, 150), counted(1000, 100))
    assert found.relative is not None
    assert round(found.relative.value, 9) == 0.5


@pytest.mark.parametrize("confidence", [0.4, 1.0, float("nan")])
def test_a_confidence_that_no_interval_has_is_refused(confidence):
    with pytest.raises(BadConfidence, match=r"0\.5 to 0\.9999"):
        lift(counted(50, 1), counted(50, 1), confidence=confidence)


def _revenue(rng: np.random.Generator, n: int, ratio: float = 1.0) -> Outcomes:
    """One in ten buys, and few of them for very much."""
    paid = np.exp(rng.normal(3.0, 1.0, n)) * ratio
    return Outcomes.of(np.where(rng.random(n) < 0.1, paid, 0.0), kind="amount")


def _households(rng: np.random.Generator, n: int, *, is_amount: bool) -> Outcomes:
    """Half of what a person does is what the household does."""
    size = rng.integers(1, 5, n)
    home = np.repeat(np.arange(n), size)
    together = rng.random(len(home)) < 0.5
    did = np.where(together, (rng.random(n) < 0.2)[home], rng.random(len(home)) < 0.2)
    worth = np.exp(rng.normal(3.0, 1.0, n))[home] if is_amount else 1.0
    return Outcomes.of(did * worth, home, kind="amount" if is_amount else "share")


def _coverage(draw, truth: float, n: int = 600) -> float:
    found: list[Lift] = [lift(*draw()) for _ in range(n)]
    gaps = [one.difference for one in found if one.difference is not None]
    assert len(gaps) == n
    return sum(gap.low <= truth <= gap.high for gap in gaps) / n


def test_where_nothing_changed_intervals_of_shares_hold_zero():
    rng = np.random.default_rng(1)
    for n, m, p in ((1000, 1000, 0.1), (900, 100, 0.05), (200, 20, 0.02), (20, 20, 0.5)):
        coverage = _coverage(
            lambda n=n, m=m, p=p: (counted(n, rng.binomial(n, p)), counted(m, rng.binomial(m, p))),
            0.0,
        )
        assert coverage >= 0.93, (n, m, p)


@pytest.mark.parametrize("is_amount", [False, True])
@pytest.mark.parametrize(("n", "m"), [(200, 200), (450, 50), (180, 20)])
def test_where_nothing_changed_intervals_over_households_hold_zero(is_amount, n, m):
    rng = np.random.default_rng(2)
    coverage = _coverage(
        lambda: (
            _households(rng, n, is_amount=is_amount),
            _households(rng, m, is_amount=is_amount),
        ),
        0.0,
    )
    assert coverage >= 0.93


def test_people_of_a_household_taken_apart_would_promise_too_much():
    # The baseline beside the one above: the same rows without their households.
    rng = np.random.default_rng(2)

    def apart() -> tuple[Outcomes, Outcomes]:
        arms = []
        for _ in range(2):
            home = np.repeat(np.arange(200), 4)
            arms.append(Outcomes.of((rng.random(200) < 0.2)[home]))
        return arms[0], arms[1]

    assert _coverage(apart, 0.0) < 0.8


@pytest.mark.parametrize("ratio", [0.8, 1.0, 1.3])
@pytest.mark.parametrize(("n", "m"), [(1000, 1000), (900, 100), (180, 20)])
def test_intervals_of_lopsided_revenue_hold_what_changed(n, m, ratio):
    rng = np.random.default_rng(3)
    truth = 0.1 * math.exp(3.5) * (ratio - 1)
    coverage = _coverage(lambda: (_revenue(rng, n, ratio), _revenue(rng, m)), truth, 400)
    assert coverage >= 0.93


def test_a_small_holdout_of_lopsided_revenue_would_be_missed_by_welch():
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(400):
        one, other = _revenue(rng, 900), _revenue(rng, 100)
        error = math.sqrt(one.variance + other.variance)
        held += abs(one.mean - other.mean) < 1.97 * error
    assert held / 400 < 0.91  # 95 % were promised
    assert lift(_revenue(rng, 900), _revenue(rng, 100)).cautions == ("skewed",)
