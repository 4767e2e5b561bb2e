"""Hazard, choice, value and score: what each is told by a world that is known."""

from itertools import pairwise

import numpy as np
import pytest

from settee.audiences.activity import (
    MODELS,
    fit_model,
    log_loss,
    open_model,
    share_of,
)
from settee.audiences.activity_score import ActivityScore, recency_frequency_value
from settee.audiences.bgnbd import BgNbd
from settee.audiences.gamma_gamma import GammaGamma
from settee.audiences.hazard import Hazard, HazardSettings
from settee.audiences.pareto_nbd import ParetoNbd
from settee.audiences.purchases import DAY_S, PurchaseLog, Purchases, TooFewPurchases, purchases_of

NOW = 360.0 * DAY_S


def seasonal(seed: int = 4, n: int = 2_500, days: float = 450.0) -> PurchaseLog:
    """Regular buyers, who buy every 20 to 60 days, and tourists, who come once."""
    rng = np.random.default_rng(seed)
    units, at, paid = [], [], []
    for unit in range(n):
        day, gap = rng.uniform(0, 300), rng.uniform(20, 60)
        regular, level = rng.random() < 0.4, rng.gamma(4.0) * 5.0
        until = day + rng.exponential(300.0)
        while day < days:
            units.append(unit)
            at.append(day)
            paid.append(level * rng.gamma(6.0) / 6.0)
            day += gap * rng.uniform(0.8, 1.2)
            if not regular or day > until:
                break
    return PurchaseLog.of(np.array(units), np.array(at) * DAY_S, np.array(paid))


LOG = seasonal()
PAST = LOG.until(NOW)
TRUTH = LOG.bought(PAST.unit, NOW, NOW + 60 * DAY_S)


def loss(p: np.ndarray) -> float:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-np.where(TRUTH, np.log(p), np.log1p(-p)).mean())


def test_the_hazard_learns_that_regular_buyers_come_back_and_beats_share_and_score() -> None:
    told = Hazard.fit(LOG, NOW).p_active(PAST, 60.0)
    assert loss(told) < 0.6 * loss(np.full(PAST.n, TRUTH.mean()))
    assert told.mean() == pytest.approx(TRUTH.mean(), abs=0.03)
    first, by_score = np.argsort(-told)[:600], np.argsort(-ActivityScore().score(PAST))[:600]
    assert TRUTH[first].mean() > TRUTH[by_score].mean() > TRUTH.mean()


def test_the_hazard_ignores_what_came_later() -> None:
    before = LOG.day + 1 <= NOW / DAY_S
    cut = PurchaseLog.of(LOG.unit[LOG.row[before]], LOG.day[before] * DAY_S, LOG.value[before])
    told = Hazard.fit(cut, NOW).p_active(cut.until(NOW), 60.0)
    assert (told == Hazard.fit(LOG, NOW).p_active(PAST, 60.0)).all()


def test_a_longer_horizon_is_more_likely_and_half_a_step_is_half_its_hazard() -> None:
    model = Hazard.fit(LOG, NOW)
    ladder = [model.p_active(PAST, days) for days in (0.0, 7.5, 15.0, 40.0, 90.0)]
    assert ladder[0].max() == 0
    assert all((low <= high).all() for low, high in pairwise(ladder))
    assert (1 - ladder[1]) ** 2 == pytest.approx(1 - ladder[2])


def test_each_dial_of_the_hazard_changes_what_it_says() -> None:
    base = Hazard.fit(LOG, NOW).p_active(PAST, 60.0)
    for other in (
        HazardSettings(step_days=20.0),
        HazardSettings(cuts=6),
        HazardSettings(ridge=3_000.0),
        HazardSettings(most_rows=2_000),
        HazardSettings(most_rows=2_000, seed=8),
    ):
        told = Hazard.fit(LOG, NOW, other).p_active(PAST, 60.0)
        assert np.abs(told - base).max() > 1e-4
    seeds = [Hazard.fit(LOG, NOW, HazardSettings(most_rows=2_000, seed=s)) for s in (7, 8)]
    assert seeds[0].odds.constant != seeds[1].odds.constant


def test_a_year_and_a_half_of_cuts_lets_the_season_in() -> None:
    rng = np.random.default_rng(1)
    n = 3_000
    unit, at = rng.integers(0, 400, n), rng.uniform(0, 1200, n)
    winter = (at % 365.25) < 90
    keep = winter | (rng.random(n) < 0.15)
    log = PurchaseLog.of(unit[keep], at[keep] * DAY_S)
    many = HazardSettings(step_days=30.0, cuts=30)
    model = Hazard.fit(log, 1180.0 * DAY_S, many)
    assert model.has_season
    winter_p = model.p_active(log.until(3 * 365.25 * DAY_S), 30.0).mean()
    summer_p = model.p_active(log.until((2.5 * 365.25) * DAY_S), 30.0).mean()
    assert winter_p > 1.5 * summer_p
    assert not Hazard.fit(log, 1180.0 * DAY_S).has_season


def test_a_hazard_survives_being_stored() -> None:
    model = Hazard.fit(LOG, NOW)
    again = Hazard.from_arrays(model.to_arrays())
    assert (again.p_active(PAST, 60.0) == model.p_active(PAST, 60.0)).all()


def test_a_record_of_one_day_teaches_no_hazard() -> None:
    log = PurchaseLog.of(np.arange(50), np.zeros(50))
    with pytest.raises(TooFewPurchases, match="0 of 0 rows"):
        Hazard.fit(log, DAY_S)


SMALL = seasonal(n=500)


def test_log_loss_is_least_for_the_model_that_knows_and_less_than_that_of_the_share() -> None:
    known = SMALL.until(NOW)
    truth = SMALL.bought(known.unit, NOW, NOW + 60 * DAY_S)
    losses = {
        kind: log_loss(truth, fit_model(kind, SMALL, NOW).p_active(known, 60.0)) for kind in MODELS
    }
    assert min(losses, key=lambda kind: losses[kind]) == "hazard"
    share = log_loss(truth, share_of(truth, 60.0).p_active(known, 60.0))
    assert max(losses.values()) < share
    few = fit_model("hazard", SMALL, NOW, HazardSettings(cuts=2)).p_active(known, 60.0)
    assert log_loss(truth, few) != losses["hazard"]


def test_a_chosen_model_and_the_share_survive_being_stored() -> None:
    known = SMALL.until(NOW)
    for kind, model in (
        ("bgnbd", BgNbd(0.2, 30.0, 0.8, 2.4)),
        ("pareto_nbd", ParetoNbd(0.5, 20.0, 0.6, 70.0)),
        ("share", share_of(np.array([True, False, False]), 60.0)),
    ):
        again = open_model(kind, model.to_arrays())
        assert (again.p_active(known, 60.0) == model.p_active(known, 60.0)).all()


def test_a_record_too_short_for_a_model_has_the_share_of_those_who_came() -> None:
    some = PurchaseLog.of(np.array([*range(40), 0, 1, 2]), np.array([0.0] * 40 + [70 * DAY_S] * 3))
    with pytest.raises(TooFewPurchases):
        fit_model("bgnbd", some, 60 * DAY_S)
    known = some.until(60 * DAY_S)
    came = some.bought(known.unit, 60 * DAY_S, 90 * DAY_S)
    told = share_of(came, 30.0).p_active(known, 30.0)
    assert told == pytest.approx(np.full(40, 3.5 / 41))
    assert (share_of(came, 30.0).p_active(known, 15.0) < told).all()


def test_gamma_gamma_says_what_lifetimes_says() -> None:
    # GammaGammaFitter of lifetimes 0.11.3 with params_ p 6.25, q 3.74, v 15.4
    x, m = np.array([0.0, 1.0, 3.0, 12.0]), np.array([0.0, 20.0, 35.5, 80.0])
    none = np.zeros(4)
    known = Purchases(np.arange(4), x, none, none + 9, m, m, np.zeros((4, 2)), 0.0)
    told = GammaGamma(6.25, 3.74, 15.4, 0.0).expected_value(known)
    theirs = [35.12773722627737, 24.610678531701893, 35.45253606328525, 78.4184461023926]
    assert told == pytest.approx(theirs, rel=1e-12)


def test_gamma_gamma_finds_the_world_and_foretells_values_better_than_the_own_mean() -> None:
    rng = np.random.default_rng(3)
    n, p, q, v = 4_000, 5.0, 4.0, 15.0
    x = rng.integers(1, 6, n).astype(np.float64)
    true_mean = p / rng.gamma(q, 1.0 / v, n)
    m = true_mean * rng.gamma(p * x) / (p * x)
    known = Purchases(np.arange(n), x, x * 9, x * 9, m, m, np.zeros((n, 2)), 0.0)
    model = GammaGamma.fit(known)
    assert [model.p, model.q, model.v] == pytest.approx([p, q, v], rel=0.15)
    assert abs(model.correlation) < 0.1
    error = np.abs(model.expected_value(known) - true_mean).mean()
    assert error < 0.95 * np.abs(m - true_mean).mean()
    assert error < 0.8 * np.abs(m.mean() - true_mean).mean()
    assert GammaGamma.fit(known, penalty=0.05).q < model.q


def test_values_without_repeats_or_without_a_mean_are_an_error() -> None:
    with pytest.raises(TooFewPurchases, match="0 units came back and paid"):
        GammaGamma.fit(purchases_of(np.arange(50), np.zeros(50), None, NOW))
    rng = np.random.default_rng(5)
    m = np.exp(4.0 * rng.standard_cauchy(300).clip(-8, 8))
    x = np.full(300, 30.0)
    wild = Purchases(np.arange(300), x, x, x, m, m, np.zeros((300, 2)), 0.0)
    with pytest.raises(TooFewPurchases, match="no mean"):
        GammaGamma.fit(wild)


def test_each_weight_of_the_score_moves_it() -> None:
    base = ActivityScore().score(PAST)
    for other in (
        ActivityScore(recency=0.9),
        ActivityScore(frequency=0.9),
        ActivityScore(duration=0.9),
        ActivityScore(half_life_days=10.0),
        ActivityScore(half_repeats=1.0),
    ):
        assert np.abs(other.score(PAST) - base).max() > 0.01
    assert base.min() >= 0
    assert base.max() <= 1


def test_the_order_of_mail_order_puts_recency_first_then_frequency() -> None:
    days = np.array([0.0, 50, 0, 10, 20, 59]) * DAY_S
    known = purchases_of(np.array([0, 0, 1, 1, 1, 2]), days, None, 60 * DAY_S)
    assert np.argsort(-recency_frequency_value(known)).tolist() == [2, 0, 1]
    assert len(recency_frequency_value(known.where(known.unit > 9))) == 0
