"""Which model says who comes at all: chosen by what came, kept as arrays, asked of everybody."""

from dataclasses import replace

import numpy as np
import pytest

from settee.audiences import Reach, Ready, ResponseModel, TooShort, reach_of, train_responses
from settee.audiences.activity import MODELS, fit_model, log_loss
from settee.audiences.activity_of_reach import (
    KINDS,
    HeldBack,
    UnitActivity,
    choose,
    purchases_of_reach,
    unit_features,
)
from settee.audiences.hazard import HazardSettings
from settee.audiences.history import DAY_S
from settee.audiences.logistic import Logistic
from settee.audiences.purchases import PurchaseLog
from settee.core import Settings
from settee.events import Interactions

from .test_activity import seasonal
from .world import CUT_S, SETTINGS, shop

CATALOGUE, RECORD = shop()
PAST = RECORD.where(RECORD.at_s < CUT_S)
LATER = RECORD.where(RECORD.at_s >= CUT_S)


LOG = seasonal(n=200)
MODEL_OF = {kind: fit_model(kind, LOG, 360 * DAY_S, HazardSettings(n_fading=1)) for kind in MODELS}


def asking(kind: str) -> Settings:
    response = SETTINGS.response.model_copy(update={"activity": kind})
    return SETTINGS.model_copy(update={"response": response})


def came(reach: Reach) -> np.ndarray:
    those = {LATER.account_ids[number] for number in np.unique(LATER.account)}
    return np.array([one in those for one in reach.units.account_ids])


def record_of(log: PurchaseLog, end_day: float) -> Interactions:
    """Purchases of one item."""
    row, at_s = log.row, (log.day * DAY_S + 3_600).astype(np.int64)
    keep = at_s < end_day * DAY_S
    return Interactions(
        tuple(str(one) for one in log.unit), 1, row[keep].astype(np.int32),
        np.zeros(int(keep.sum()), np.int32), at_s[keep], np.ones(int(keep.sum()), np.bool_),
    )  # fmt: skip


def held_back(record: Interactions, end_day: int, days: int) -> tuple[HeldBack, Logistic]:
    """The last days of a record, and recency and frequency learnt from the days before."""
    cut_s, end_s = (end_day - days) * DAY_S, end_day * DAY_S

    def lesson(at_s: int) -> tuple[Reach, np.ndarray]:
        reach = reach_of(record.where(record.at_s < at_s), at_s)
        inside = (record.at_s >= at_s) & (record.at_s < at_s + days * DAY_S)
        those = {record.account_ids[one] for one in np.unique(record.account[inside])}
        return reach, np.array([one in those for one in reach.units.account_ids])

    earlier, was = lesson(cut_s - days * DAY_S)
    plain = Logistic.fit(unit_features(earlier), was)
    reach, now = lesson(cut_s)
    known = purchases_of_reach(reach)
    told = plain.probability(unit_features(reach))
    return HeldBack(record, end_s, cut_s, float(days), known, now, told), plain


def test_a_reach_says_of_purchases_what_a_log_of_them_says() -> None:
    log, record = LOG, record_of(LOG, 360)
    reach, end_s = reach_of(record, 360 * DAY_S), 360.0 * DAY_S
    told, known = purchases_of_reach(reach), log.until(end_s)
    for name in ("frequency", "recency_days", "age_days"):
        assert getattr(told, name) == pytest.approx(getattr(known, name))
    assert told.fading[:, 0] == pytest.approx(known.fading[:, 0], rel=0.05)


def test_regular_buyers_are_foretold_by_the_model_that_foretold_them_best() -> None:
    held, plain = held_back(record_of(LOG, 420), 420, 60)
    active, told = choose(held, plain, "auto")
    assert set(active.log_loss) == set(KINDS)
    assert active.kind == min(active.log_loss, key=lambda kind: active.log_loss[kind])
    assert active.log_loss[active.kind] < 0.8 * active.log_loss["share"]
    assert log_loss(held.came, told) == active.log_loss[active.kind]
    assert active.reason == ""


def test_it_is_better_than_the_share_on_days_that_nobody_looked_at(ready: Ready) -> None:
    truth, p = came(ready.reach), ready.model.p_active(ready.reach)
    assert log_loss(truth, p) < 0.9 * log_loss(truth, np.full(len(p), truth.mean()))


def test_each_model_that_is_asked_for_by_name_is_used_and_says_something_else() -> None:
    told, reach = [], reach_of(PAST, CUT_S)
    for kind in KINDS:
        model = train_responses(PAST, CATALOGUE, asking(kind))
        assert model.active.kind == kind
        assert set(model.active.log_loss) == {"recency_frequency", "share", kind}
        told.append(model.p_active(reach))
        again = ResponseModel.from_arrays(model.to_arrays())
        assert (again.p_active(reach) == told[-1]).all()
        assert again.active.log_loss == model.active.log_loss
        assert not any(part.dtype.hasobject for part in model.to_arrays().values())
    assert len({row.tobytes() for row in told}) == len(KINDS)
    assert np.ptp(told[KINDS.index("share")]) == 0


def test_auto_asks_the_best_of_what_each_name_would_have_said(ready: Ready) -> None:
    losses = dict(ready.model.active.log_loss)
    assert ready.model.active.kind == min(losses, key=lambda kind: losses[kind])
    by_name = train_responses(PAST, CATALOGUE, asking("hazard"))
    assert by_name.active.log_loss["hazard"] == losses["hazard"]


def test_a_model_written_before_there_was_a_choice_says_what_it_said() -> None:
    model = train_responses(PAST, CATALOGUE, asking("recency_frequency"))
    old = {name: part for name, part in model.to_arrays().items() if "activity." not in name}
    assert set(old) == {"active", "wants", "calibration", "horizon_days"}
    again, reach = ResponseModel.from_arrays(old), reach_of(PAST, CUT_S)
    assert (again.active.kind, again.active.log_loss) == ("recency_frequency", {})
    assert (again.p_active(reach) == model.p_active(reach)).all()


def test_blocks_of_people_are_told_what_each_alone_is_told(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    active = UnitActivity(Logistic(0.0, np.zeros(7)), "hazard", MODEL_OF["hazard"])
    whole = active.probability(ready.reach)
    monkeypatch.setattr("settee.audiences.activity_of_reach._BLOCK", 7)
    assert active.probability(ready.reach) == pytest.approx(whole, rel=1e-12)


def test_where_too_few_came_back_another_is_used_and_says_why() -> None:
    rng = np.random.default_rng(2)
    log = PurchaseLog.of(np.arange(400), rng.uniform(0, 90, 400) * DAY_S)
    once = record_of(log, 90)
    reach = reach_of(once.where(once.at_s < 60 * DAY_S), 60 * DAY_S)
    some = np.arange(reach.n_units) % 9 == 0
    flat = Logistic(-2.0, np.zeros(7))
    held = HeldBack(
        once, 90 * DAY_S, 60 * DAY_S, 30.0, purchases_of_reach(reach), some,
        np.full(reach.n_units, 0.5),
    )  # fmt: skip
    asked, told = choose(held, flat, "bgnbd")
    assert (asked.kind, asked.reason) == ("recency_frequency", "too_few_purchases")
    assert set(asked.log_loss) == {"recency_frequency", "share"}
    assert (told == 0.5).all()
    share, _ = choose(held, flat, "auto")
    assert (share.kind, share.reason) == ("share", "no_better_than_the_share")
    assert share.probability(reach) == pytest.approx(some.mean(), abs=0.01)
    assert not set(MODELS) & set(share.log_loss)


def test_a_single_earlier_horizon_is_enough_to_choose() -> None:
    first = int(PAST.at_s.min())
    short = PAST.where(PAST.at_s < first + 40 * DAY_S)
    model = train_responses(short, CATALOGUE, asking("auto"))
    assert model.active.log_loss["recency_frequency"] > 0
    with pytest.raises(TooShort):
        train_responses(short.where(short.at_s < first + 5 * DAY_S), CATALOGUE, asking("auto"))


def test_somebody_of_whom_half_a_day_is_known_is_told_a_probability(ready: Ready) -> None:
    """A person who shares an account has parts of days."""
    n = ready.reach.n_units
    known = purchases_of_reach(replace(ready.reach, n_days=np.full(n, 0.3, np.float32)))
    assert (known.frequency == 0).all()
    for kind in MODELS:
        p = MODEL_OF[kind].p_active(known, 30.0)
        assert ((p >= 0) & (p <= 1)).all()


def test_what_is_unknown_of_old_files_is_empty_and_the_default_is_recency_and_frequency() -> None:
    assert UnitActivity(Logistic(0.0, np.zeros(7))).kind == "recency_frequency"
