"""Uplift: who is moved by a campaign, in worlds where it is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from settee.audiences.uplift import (
    KINDS,
    BadTrial,
    TooFewInTrial,
    Trial,
    Uplift,
    UpliftSettings,
    choose_uplift,
)
from settee.audiences.uplift_curves import qini, qini_curve, uplift_by_part

Column = NDArray[np.float64]


def world(n: int = 6_000, seed: int = 2, *, moved: float = 0.3) -> tuple[Trial, Column]:
    """The second covariate makes people visit anyway, the first makes them movable."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    treated = rng.random(n) < 0.4
    effect = moved * (x[:, 0] > 0)
    p = 0.1 + 0.3 * (x[:, 1] > 0) + treated * effect
    return Trial(x, treated, (rng.random(n) < p).astype(np.float64)), effect


@pytest.mark.parametrize("kind", KINDS)
def test_every_way_finds_who_is_moved_and_not_who_comes_anyway(kind: str) -> None:
    trial, effect = world()
    fresh, fresh_effect = world(seed=9)
    told = Uplift.fit(trial, UpliftSettings(kind)).score(fresh.x)
    assert np.corrcoef(told, fresh_effect)[0, 1] > 0.7
    assert abs(np.corrcoef(told, fresh.x[:, 1])[0, 1]) < 0.2
    assert told.mean() == pytest.approx(effect.mean(), abs=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_an_amount_is_an_outcome_too(kind: str) -> None:
    trial, effect = world()
    spent = Trial(trial.x, trial.treated, 20.0 * trial.outcome)
    told = Uplift.fit(spent, UpliftSettings(kind)).score(trial.x)
    assert told.mean() == pytest.approx(20.0 * effect.mean(), abs=0.6)


def test_the_order_by_uplift_beats_response_and_chance_and_the_interval_says_so() -> None:
    trial, effect = world()
    fresh, _ = world(seed=9)
    told = choose_uplift(trial).score(fresh.x)
    chance = np.random.default_rng(1).random(len(told))
    found = qini({"uplift": told, "anyway": fresh.x[:, 1], "chance": chance}, fresh, n_draws=60)
    assert found["uplift - anyway"].low > 0
    assert found["uplift - chance"].low > 0
    assert abs(found["chance"].value) < found["uplift"].value / 5
    # the best order moves half of the people, all of the effect: a quarter of it is the area
    assert found["uplift"].value == pytest.approx(effect.mean() / 4, abs=0.012)


def test_nobody_moved_more_than_others_is_said_by_the_choice() -> None:
    trial, _ = world(moved=0.0)
    chosen = choose_uplift(trial)
    assert chosen.kind == "alike"
    assert chosen.loss["alike"] == min(chosen.loss.values())
    assert np.ptp(chosen.score(trial.x)) == 0


def test_each_dial_changes_who_is_told_to_be_moved() -> None:
    trial, _ = world(1_500)
    base = Uplift.fit(trial, UpliftSettings("r", 10.0)).score(trial.x)
    for other in (
        UpliftSettings("x", 10.0),
        UpliftSettings("r", 10_000.0),
        UpliftSettings("r", 10.0, folds=6),
        UpliftSettings("r", 10.0, seed=8),
    ):
        assert np.abs(Uplift.fit(trial, other).score(trial.x) - base).max() > 1e-6


def test_nobody_responding_in_one_group_is_no_failure() -> None:
    trial, _ = world(400)
    silent = Trial(trial.x, trial.treated, trial.outcome * trial.treated)
    for kind in KINDS:
        assert np.isfinite(Uplift.fit(silent, UpliftSettings(kind)).score(trial.x)).all()


def test_what_is_no_trial_is_refused() -> None:
    x, yes = np.zeros((200, 1)), np.arange(200) < 100
    with pytest.raises(BadTrial, match="as many rows"):
        Trial(x, yes, np.zeros(3))
    with pytest.raises(BadTrial, match="not finite"):
        Trial(x, yes, np.full(200, np.nan))
    with pytest.raises(TooFewInTrial, match="10 were addressed"):
        Trial(x, np.arange(200) < 10, np.zeros(200))
    with pytest.raises(BadTrial, match='"q" is no kind'):
        Uplift.fit(Trial(x, yes, np.zeros(200)), UpliftSettings("q"))


def test_the_curve_ends_at_the_effect_of_addressing_all_and_ties_gain_nothing() -> None:
    trial, _ = world()
    t, y = trial.treated, trial.outcome
    share, gain = qini_curve(np.zeros(len(y)), trial)
    assert gain[-1] == pytest.approx(y[t].mean() - y[~t].mean())
    assert gain == pytest.approx(share * gain[-1])


def test_tenths_hold_everybody_once_and_average_to_the_whole() -> None:
    trial, effect = world(20_000)
    parts = uplift_by_part(effect, trial, 2)
    assert sum(part.n_treated + part.n_control for part in parts) == 20_000
    assert [part.uplift for part in parts] == pytest.approx([0.3, 0.0], abs=0.04)
    assert parts[0].low is not None
    assert parts[0].high is not None
    assert parts[0].low < 0.3 < parts[0].high


def test_a_part_without_anybody_held_out_has_no_uplift() -> None:
    trial, _ = world(400)
    first = uplift_by_part(trial.treated.astype(np.float64), trial, 10)[0]
    assert first.uplift is None
    assert first.n_control == 0


def test_of_several_ways_to_part_the_rows_the_mean_area_is_told() -> None:
    trial, effect = world(1_000)
    other = np.random.default_rng(1).random(1_000)
    one, two = (qini({"own": score}, trial, 0)["own"].value for score in (effect, other))
    both = qini({"own": np.stack([effect, other])}, trial, 0)["own"].value
    assert both == pytest.approx((one + two) / 2)
