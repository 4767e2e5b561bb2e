"""The shop of two tastes, tried on its own last thirty days."""

import numpy as np
import pytest

from settee.audiences import AskedCurves, BadTarget, NoHistory, Resampling, TooShort, try_past
from settee.audiences.history import reach_of
from settee.audiences.trial import AudienceCurves, plain_orders
from settee.events import Interactions

from .world import CUT_S, DAY_S, SETTINGS, shop

PLAIN = SETTINGS.model_copy(
    update={
        "response": SETTINGS.response.model_copy(
            update={"cuts": 1, "activity": "recency_frequency"}
        )
    }
)
ASKED = AskedCurves(n_items=8, sizes=(20,), resampling=Resampling(40))


@pytest.fixture(scope="module")
def found() -> AudienceCurves:
    catalogue, record = shop()
    return try_past(record, catalogue, PLAIN, ASKED)


def test_who_likes_the_colour_comes_before_who_is_only_active_or_drawn_by_lot(
    found: AudienceCurves,
) -> None:
    assert [one.order for one in found.orders] == [
        "settee", "random", "popularity", "activity_score", "recency_frequency",
    ]  # fmt: skip
    own, lot, *others = found.orders
    assert own.gain[0].low > lot.gain[0].high
    assert own.lift[0].value > 2.5
    for other in others:
        assert other.sizes[0].behind is not None
        assert other.sizes[0].behind.low > 0
    assert lot.lift[4].low < 1.1


def test_what_is_foretold_comes_about(found: AudienceCurves) -> None:
    assert found.calibration_error < 0.03
    assert found.calibration_low <= found.calibration_high
    assert sum(one.n for one in found.calibration) == found.n_people * len(found.item_ids)
    foretold = [one.foretold for one in found.calibration]
    assert foretold == sorted(foretold)


def test_the_cut_lies_a_horizon_before_the_end_of_the_record(found: AudienceCurves) -> None:
    _, record = shop()
    assert found.judged_until.timestamp() == record.at_s.max() + 1
    assert (found.judged_until - found.learnt_until).days == found.horizon_days == 30
    assert found.n_resamples == 40


def with_last_month(record: Interactions, seed: int) -> Interactions:
    """The same record, in whose last thirty days everybody bought something else."""
    end_s = int(record.at_s.max()) + 1 - 30 * DAY_S
    drawn = np.random.default_rng(seed).integers(0, record.n_items, len(record))
    item = np.where(record.at_s < end_s, record.item, drawn).astype(np.int32)
    return Interactions(
        record.account_ids, record.n_items, record.account, item, record.at_s, record.is_interest
    )


def test_nothing_of_the_judged_days_is_known_when_people_are_ranked() -> None:
    """Another last month changes what came, and neither the items nor what was foretold."""
    catalogue, record = shop(120)
    one, other = (
        try_past(with_last_month(record, seed), catalogue, PLAIN, ASKED) for seed in (1, 2)
    )
    assert one.n_responses != other.n_responses
    assert one.item_ids == other.item_ids
    assert [row.foretold for row in one.calibration] == [row.foretold for row in other.calibration]


def test_an_item_that_is_named_is_tried_alone_and_one_that_nobody_took_says_so() -> None:
    catalogue, record = shop(120)
    rare = "m39"
    record = record.where((record.item != 39) | (record.at_s < record.at_s.max() - 31 * DAY_S))
    found = try_past(record, catalogue, PLAIN, AskedCurves((rare,)))
    assert (found.item_ids, found.reason, found.orders) == ([rare], "nobody_responded", [])
    with pytest.raises(BadTarget, match="unknown"):
        try_past(record, catalogue, PLAIN, AskedCurves(("unknown",)))


def test_a_record_that_is_too_short_says_how_short_and_what_would_do() -> None:
    catalogue, record = shop(40)
    late = record.where(record.at_s > record.at_s.max() - 60 * DAY_S)
    with pytest.raises(TooShort, match=r"spans (59|60)\.\d days.* need more than 90") as caught:
        try_past(late, catalogue, PLAIN, ASKED)
    assert "--horizon-days 1" in caught.value.hint
    with pytest.raises(TooShort, match="empty"):
        try_past(record.where(np.zeros(len(record), np.bool_)), catalogue, PLAIN, ASKED)


def test_where_nobody_had_anything_lately_items_must_be_named() -> None:
    catalogue, record = shop(120)
    end_s = int(record.at_s.max())
    quiet = (record.at_s < end_s - 61 * DAY_S) | (record.at_s > end_s - 29 * DAY_S)
    with pytest.raises((NoHistory, TooShort)):
        try_past(record.where(quiet), catalogue, PLAIN, ASKED)


def test_plain_orders_put_first_who_came_last_and_often() -> None:
    _, record = shop(60)
    reach = reach_of(record, CUT_S)
    orders = plain_orders(reach, 7)
    keen = np.array([int(one[1:]) % 3 == 0 for one in reach.units.account_ids])
    for name in ("popularity", "activity_score", "recency_frequency"):
        assert orders[name][keen].mean() > orders[name][~keen].mean()
    again = plain_orders(reach, 7)["random"]
    assert orders["random"].tolist() == again.tolist()
