"""Purchases: a day's are one, and nothing that came later counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.audiences.purchases import DAY_S, BadPurchases, PurchaseLog, purchases_of

EVENTS = st.lists(
    st.tuples(st.integers(0, 5), st.floats(0, 100 * DAY_S), st.floats(0, 50)), max_size=40
)


def columns(rows: list[tuple[int, float, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.array(rows, np.float64).reshape(-1, 3)
    return table[:, 0].astype(np.int64), table[:, 1], table[:, 2]


def test_purchases_of_one_day_are_one_and_their_revenue_adds_up() -> None:
    at = np.array([0.0, 3600.0, 5 * DAY_S, 5 * DAY_S + 60.0])
    known = purchases_of(np.array([4, 4, 4, 4]), at, np.array([1.0, 2.0, 3.0, 4.0]), 9 * DAY_S)
    assert known.frequency.tolist() == [1.0]
    assert known.value.tolist() == [7.0]
    assert known.mean_value.tolist() == [5.0]
    assert known.silent_days.tolist() == [4.0]


def test_a_purchase_at_one_is_unknown_at_noon_of_its_day() -> None:
    log = PurchaseLog.of(np.array([1, 2]), np.array([0.0, 3 * DAY_S + 3600.0]))
    assert log.until(3 * DAY_S + 43_200.0).unit.tolist() == [1]
    assert log.until(4 * DAY_S).unit.tolist() == [1, 2]
    assert log.bought(np.array([1, 2]), 3 * DAY_S, 4 * DAY_S).tolist() == [False, True]


def test_nobody_bought_is_no_units() -> None:
    log = PurchaseLog.of(np.array([], np.int64), np.array([]))
    assert log.n == 0
    assert log.until(DAY_S).n == 0


@given(EVENTS, st.integers(0, 120))
def test_every_unit_is_counted_as_by_hand(rows: list[tuple[int, float, float]], now: int) -> None:
    known = purchases_of(*columns(rows), now * DAY_S)
    for place, unit in enumerate(known.unit.tolist()):
        days = sorted({int(at // DAY_S) for who, at, _ in rows if who == unit and at < now * DAY_S})
        paid = [sum(v for u, a, v in rows if u == unit and a // DAY_S == day) for day in days]
        assert known.frequency[place] == len(days) - 1
        assert known.recency_days[place] == days[-1] - days[0]
        assert known.age_days[place] == now - days[0]
        assert known.mean_value[place] == pytest.approx(sum(paid) / len(paid))
        if len(days) > 1:
            assert known.value[place] == pytest.approx(sum(paid[1:]) / (len(days) - 1), abs=1e-9)
    wanted = {who for who, at, _ in rows if at < now * DAY_S}
    assert set(known.unit.tolist()) == wanted


@given(EVENTS)
def test_silence_is_what_later_says_it_is(rows: list[tuple[int, float, float]]) -> None:
    log = PurchaseLog.of(*columns(rows))
    soon, late = log.until(110 * DAY_S).later(20.0), log.until(130 * DAY_S)
    assert soon.age_days.tolist() == late.age_days.tolist()
    assert soon.fading == pytest.approx(late.fading)
    assert soon.as_of_s == late.as_of_s


def test_columns_that_are_no_purchases_are_refused() -> None:
    with pytest.raises(BadPurchases, match="one length"):
        PurchaseLog.of(np.array([1, 2]), np.array([0.0]))
    with pytest.raises(BadPurchases, match="not finite"):
        PurchaseLog.of(np.array([1]), np.array([np.nan]))


def test_some_units_are_cut_out_of_all_columns() -> None:
    known = purchases_of(np.array([1, 2, 3]), np.zeros(3), None, 9 * DAY_S)
    assert known.where(known.unit != 2).unit.tolist() == [1, 3]
