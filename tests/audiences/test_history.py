"""What units did, as rows: distinct items, occasions, whose they were."""

import numpy as np
import pytest

from settee.audiences import NoHistory, reach_of
from settee.audiences.history import DAY_S
from settee.events import Histories, Interactions

NOW = 1000 * DAY_S


def events(rows: list[tuple[int, int, float]], n_items: int = 5) -> Interactions:
    """Rows of (account, item, days ago), sorted as a record is."""
    rows = sorted(rows, key=lambda row: (row[0], -row[2], row[1]))
    account, item, days = (np.array(part) for part in zip(*rows, strict=True))
    at_s = (NOW - days * DAY_S).astype(np.int64)
    names = tuple(f"a{number}" for number in range(int(account.max()) + 1))
    interest = np.ones(len(rows), np.bool_)
    return Interactions(
        names, n_items, account.astype(np.int32), item.astype(np.int32), at_s, interest
    )


def test_a_row_holds_distinct_items_oldest_first_as_sources_take_them() -> None:
    record = events([(0, 1, 9), (0, 2, 8), (0, 1, 3), (1, 4, 2)])
    reach = reach_of(record, NOW)
    told = Histories.of_accounts(record, np.array([0, 1], np.int32), 500)
    assert reach.item.tolist() == told.item.tolist() == [2, 1, 4]
    assert reach.at_s.tolist() == told.at_s.tolist()
    assert reach.units.account_ids == ("a0", "a1")
    assert reach.units.person_ids == ("", "")


def test_two_purchases_of_one_day_are_one_occasion_and_old_ones_fade() -> None:
    reach = reach_of(events([(0, 1, 90), (0, 1, 0.25), (0, 1, 0.2)]), NOW, recent_days=90.0)
    assert reach.recent[0] == pytest.approx(1.5, abs=0.01)
    assert reach.n_days.tolist() == [2.0]
    slow = reach_of(events([(0, 1, 90), (0, 1, 0.2)]), NOW, recent_days=1e6)
    assert slow.recent[0] == pytest.approx(2.0, abs=0.01)


def test_what_comes_at_the_instant_or_later_is_not_known() -> None:
    record = events([(0, 1, 5), (0, 2, 0), (1, 3, -1)])
    reach = reach_of(record, NOW)
    assert reach.item.tolist() == [1]
    assert reach.units.account_ids == ("a0",)


def test_only_the_latest_items_are_kept() -> None:
    reach = reach_of(events([(0, 1, 5), (0, 2, 4), (0, 3, 3)]), NOW, max_items=2)
    assert reach.item.tolist() == [2, 3]


def test_nothing_before_the_instant_is_an_error_with_a_code() -> None:
    with pytest.raises(NoHistory) as told:
        reach_of(events([(0, 1, -5)]), NOW)
    assert told.value.code == "no_history"


def test_persons_of_an_account_are_units_of_their_own() -> None:
    record = events([(0, 1, 5), (0, 2, 4), (1, 3, 3)])

    def shares(account_id: str, at_s: np.ndarray) -> tuple[tuple[str, ...], np.ndarray] | None:
        if account_id == "a1":
            return None
        told = np.array([[0.9, 0.1], [0.0, 1.0]], np.float32)
        return ("ann", "bob"), told[: len(at_s)]

    reach = reach_of(record, NOW, shares=shares)
    assert reach.units.person_ids == ("ann", "bob", "")
    assert reach.item.tolist() == [1, 1, 2, 3]
    assert reach.weight.tolist() == pytest.approx([0.9, 0.1, 1.0, 1.0])
