from datetime import UTC, datetime
from functools import cache

import numpy as np

from settee.core import KINDS
from settee.events import SimulatedHousehold, make_world, simulate_households
from settee.events.simulate_lines import event_lines

END = datetime(2026, 11, 21, tzinfo=UTC)
PURCHASE = KINDS.index("purchase")


@cache
def shops(n: int = 400, **dials: float) -> tuple[SimulatedHousehold, ...]:
    world = make_world(n_titles=60, shoppers=1.0, touches=0.0, conversions=0.0001, **dials)
    return tuple(simulate_households(world, 5, n, 60, END)[1])


def n_purchases(**dials: float) -> list[int]:
    counts = [int((home.kind == PURCHASE).sum()) for home in shops(**dials)]
    return [count for count in counts if count]


def test_nine_accounts_in_ten_buy_exactly_once() -> None:
    counts = np.array(n_purchases())
    assert 0.86 < (counts == 1).mean() < 0.95
    assert counts.max() > 4


def test_the_share_of_one_time_buyers_is_a_dial() -> None:
    assert set(n_purchases(one_time=1.0)) == {1}
    assert np.mean(np.array(n_purchases(one_time=0.0)) > 1) > 0.95


def test_shoppers_view_and_fill_a_cart_before_they_pay_and_watch_nothing() -> None:
    for home in shops(n=40):
        kinds = [KINDS[kind] for kind in home.kind]
        assert set(kinds) <= {"view", "cart", "purchase", "convert"}
        assert kinds.count("cart") == kinds.count("purchase")
        for place in np.flatnonzero(home.kind == PURCHASE):
            visit = np.flatnonzero(home.session == home.session[place])
            assert [KINDS[kind] for kind in home.kind[visit]][-3:] == ["view", "cart", "purchase"]
            assert len(set(home.item[visit[-3:]].tolist())) == 1


def test_a_purchase_says_how_many_and_for_how_much() -> None:
    lines = b"".join(map(event_lines, shops(n=40))).decode().splitlines()
    bought = [line for line in lines if '"kind":"purchase"' in line]
    assert bought
    assert all('"value":1,"revenue_cents":' in line for line in bought)


def test_without_the_dial_nobody_shops() -> None:
    world = make_world(n_titles=60)
    _, homes = simulate_households(world, 5, 20, 30, END)
    assert not any((home.kind == PURCHASE).any() for home in homes)
