"""What the next order brings: spenders and savers, in shops where it can be told and where not."""

import numpy as np
import pytest

from settee.audiences import NoRevenue, OrderValue, PurchaseLog, load_learnt, save_learnt
from settee.audiences.keeping import LearntDamaged
from settee.audiences.uplift_order import MovedModel

DAY_S = 86_400.0
NOW_S = 400 * DAY_S


def shop(n: int = 120, *, differ: bool = True, n_orders: int = 6) -> PurchaseLog:
    """Even units pay some 2,000, odd ones some 8,000; or all alike."""
    rng = np.random.default_rng(4)
    unit = np.repeat(np.arange(n), n_orders)
    day = np.concatenate([rng.choice(399, n_orders, replace=False) for _ in range(n)])
    level = np.where(unit % 2, 8_000.0, 2_000.0) if differ else np.full(len(unit), 5_000.0)
    return PurchaseLog.of(unit, day * DAY_S, level * rng.gamma(20.0, 1 / 20.0, len(unit)))


def test_who_paid_more_is_foretold_more_and_nearer_the_truth_than_by_the_mean() -> None:
    log = shop()
    found = OrderValue.fit(log, NOW_S, 60.0)
    assert (found.valued_by, found.reason) == ("gamma_gamma", "")
    assert found.deviance["gamma_gamma"] < found.deviance["mean"] / 2
    told = found.of(log, np.arange(120), NOW_S)
    truth = np.where(np.arange(120) % 2, 8_000.0, 2_000.0)
    assert np.abs(told - truth).mean() < np.abs(found.mean - truth).mean() / 3


def test_who_never_ordered_has_what_somebody_unknown_brings() -> None:
    log = shop()
    found = OrderValue.fit(log, NOW_S, 60.0)
    assert found.model is not None
    assert found.of(log, np.array([-1, 10_000]), NOW_S).tolist() == [found.model.mean] * 2


def test_where_all_pay_alike_or_too_few_came_back_the_mean_is_told_and_why() -> None:
    alike = OrderValue.fit(shop(differ=False), NOW_S, 60.0)
    assert (alike.valued_by, alike.reason) == ("mean", "no_better_than_the_mean")
    assert alike.of(shop(), np.arange(3), NOW_S).tolist() == [alike.mean] * 3
    assert OrderValue.fit(shop(5), NOW_S, 60.0).reason == "too_few_purchases"
    assert OrderValue.fit(shop(n_orders=1), NOW_S, 60.0).reason == "too_few_purchases"
    once = PurchaseLog.of(np.tile(np.arange(30), 2), np.repeat([9, 390], 30) * DAY_S, np.ones(60))
    assert (
        OrderValue.fit(once, NOW_S, 60.0).reason == "too_few_purchases"
    )  # nobody came back before


def test_without_any_amount_there_is_no_worth() -> None:
    nothing = PurchaseLog.of(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    with pytest.raises(NoRevenue, match="no order on record has an amount"):
        OrderValue.fit(nothing, NOW_S, 60.0)


@pytest.mark.parametrize("differ", [True, False])
def test_what_was_learnt_is_read_back_the_same(tmp_path, differ: bool) -> None:
    found = OrderValue.fit(shop(differ=differ), NOW_S, 60.0)
    version = save_learnt(tmp_path, found, {"about": "orders"})
    assert save_learnt(tmp_path, found, {"about": "orders"}) == version
    back = load_learnt(tmp_path, version, OrderValue)
    assert (back.mean, back.model, back.reason) == (found.mean, found.model, found.reason)
    with pytest.raises(LearntDamaged, match="does not hold"):
        load_learnt(tmp_path, version, MovedModel)
