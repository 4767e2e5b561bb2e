"""By what people are ranked where a contact moves some of them: uplift, response, or both."""

import numpy as np
import pytest

from settee.audiences import MovedModel, judge_moved, learn_moved, load_learnt, save_learnt
from settee.audiences.uplift import TooFewInTrial, Trial
from settee.audiences.uplift_curves import Qini, qini
from settee.audiences.uplift_order import better

from .test_uplift import world


def misleading(n: int = 2_000, seed: int = 2) -> tuple[Trial, np.ndarray]:
    """Who comes anyway is moved least: the order by response is the wrong way round."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    treated = rng.random(n) < 0.5
    effect = np.where(x[:, 0] < 0, 0.3, 0.0)
    p = np.where(x[:, 0] < 0, 0.1, 0.7) + treated * effect
    return Trial(x, treated, (rng.random(n) < p).astype(np.float64)), effect


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals need not be fine here."""
    monkeypatch.setattr("settee.audiences.uplift_order._DRAWS", 40)


@pytest.fixture(scope="module")
def learnt() -> MovedModel:
    return learn_moved(world(3_000)[0])


def test_uplift_is_told_as_the_difference_that_a_contact_makes(learnt: MovedModel) -> None:
    fresh, effect = world(seed=9)
    told = learnt.score(fresh.x)
    assert told.mean() == pytest.approx(effect.mean(), abs=0.03)
    assert told[effect > 0].mean() - told[effect == 0].mean() > 0.1
    assert not learnt.is_alike


def test_the_order_beats_response_and_chance_on_rows_it_was_not_learnt_from() -> None:
    trial, _ = world(2_400)
    found = judge_moved(trial, {"anyway": trial.x[:, 1]}, n_draws=40)
    assert list(found)[:4] == ["chosen", "response", "anyway", "chance"]
    for other in ("anyway", "chance"):
        assert found[f"chosen - {other}"].low > 0
    assert found["chosen"].value > found["response"].value


def test_both_is_taken_unless_one_alone_is_clearly_better(learnt: MovedModel) -> None:
    assert learnt.order == "both"
    trial, effect = misleading()
    alone = learn_moved(trial)
    assert alone.order == "uplift"
    assert alone.qini["both - uplift"].high < 0
    assert np.corrcoef(alone.score(trial.x), effect)[0, 1] > 0.6
    assert alone.qini["response"].value < 0 < alone.qini["uplift"].value


def test_one_alone_is_better_only_if_the_interval_says_so() -> None:
    near, ahead, more = Qini(-0.1, -0.3, 0.1), Qini(-0.2, -0.3, -0.1), Qini(-0.4, -0.5, -0.3)
    for uplift, response, taken in (
        (near, near, "both"), (ahead, near, "uplift"), (ahead, more, "response"),
    ):  # fmt: skip
        assert better({"both - uplift": uplift, "both - response": response}) == taken


def test_where_nothing_tells_people_apart_all_have_the_same_uplift() -> None:
    trial, _ = world(2_000, moved=0.0)
    flat = learn_moved(trial)
    if flat.is_alike:
        assert np.ptp(flat.score(trial.x)) == 0
    assert abs(flat.score(trial.x).mean()) < 0.05


def test_what_was_learnt_is_read_back_the_same(tmp_path, learnt: MovedModel) -> None:
    trial, _ = world(700)
    version = save_learnt(tmp_path, learnt, {})
    back = load_learnt(tmp_path, version, MovedModel)
    assert back.order == learnt.order
    assert back.n_columns == 3
    assert (back.score(trial.x) == learnt.score(trial.x)).all()


def test_an_amount_is_an_outcome_too() -> None:
    trial, _ = world(1_000)
    spent = Trial(trial.x, trial.treated, 20.0 * trial.outcome)
    model = learn_moved(spent)
    assert MovedModel.from_arrays(model.to_arrays()).score(trial.x) == pytest.approx(
        model.score(trial.x)
    )


def test_the_seed_changes_what_is_learnt_and_only_that() -> None:
    trial, _ = world(800)
    one, again, other = (learn_moved(trial, seed).score(trial.x) for seed in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()


def test_of_very_many_rows_an_even_sample_is_learnt_from(monkeypatch) -> None:
    monkeypatch.setattr("settee.audiences.uplift_order._MOST", 700)
    trial, _ = world(1_400)
    assert learn_moved(trial).score(trial.x).shape == (1_400,)
    found = judge_moved(trial, {"own": trial.x[:, 0]}, n_draws=3)
    assert set(found) >= {"own", "chosen - own"}


def test_a_model_of_no_spread_weighs_nothing() -> None:
    trial, _ = world(700)
    still = Trial(np.zeros_like(trial.x), trial.treated, trial.outcome)
    model = learn_moved(still)
    assert model.is_alike
    assert np.ptp(model.score(still.x)) == 0
    assert qini({"own": model.score(still.x)}, still, 0)["own"].value == pytest.approx(0)


def test_a_trial_too_small_to_hold_thirds_back_thrice_is_refused() -> None:
    trial, _ = world(300)
    for ask in (learn_moved, lambda few: judge_moved(few, {})):
        with pytest.raises(TooFewInTrial, match="at least 200 of each"):
            ask(trial)
