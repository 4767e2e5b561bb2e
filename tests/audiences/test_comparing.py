"""Orders of ten people whose worth can be counted by hand, and intervals that hold what is so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.audiences.comparing import Resampling, compare_orders
from settee.audiences.curves import BadCurve, calibration_error, gain_curve

CAME = np.array([[1, 1, 0, 0, 0, 0, 0, 0, 0, 0]], np.bool_)
BEST = np.arange(10.0)[::-1]
DRAWN = Resampling(50)


def test_the_perfect_order_has_everybody_in_the_first_fifth_and_the_worst_in_the_last() -> None:
    best, worst = compare_orders({"settee": BEST, "worst": -BEST}, CAME, [2, 99], DRAWN)
    assert [one.value for one in best.gain[:3]] == pytest.approx([0.5, 1.0, 1.0])
    assert best.lift[1].value == pytest.approx(5.0)
    assert [one.value for one in worst.gain[7:]] == pytest.approx([0.0, 0.5, 1.0])
    first, everybody = best.sizes
    assert (first.n, first.precision.value, first.recall.value, first.behind) == (2, 1.0, 1.0, None)
    assert (everybody.n, everybody.precision.value) == (10, pytest.approx(0.2))
    assert worst.sizes[0].behind is not None
    assert worst.sizes[0].behind.value == pytest.approx(1.0)


def test_where_all_are_equal_a_lot_orders_them_and_not_their_place() -> None:
    came = np.zeros((1, 2000), np.bool_)
    came[0, :100] = True
    (found,) = compare_orders({"settee": np.zeros(2000)}, came, [100], DRAWN)
    assert found.gain[0].value == pytest.approx(0.1, abs=0.08)
    assert found.sizes[0].precision.low < 0.05 < found.sizes[0].precision.high


def test_an_order_of_its_own_for_each_item_is_judged_by_that_items_responses() -> None:
    came = np.vstack([CAME[0], CAME[0][::-1]])
    each, same = compare_orders(
        {"settee": np.vstack([BEST, -BEST]), "same": BEST}, came, [2], DRAWN
    )
    assert each.sizes[0].precision.value == 1.0
    assert same.sizes[0].precision.value == 0.5


def test_of_leads_that_are_none_nineteen_in_twenty_intervals_hold_nothing() -> None:
    rng = np.random.default_rng(5)
    n_held = 0
    for _ in range(80):
        came = rng.random((1, 1000)) < 0.1
        scores = {name: rng.random(1000) for name in ("settee", "other")}
        _, other = compare_orders(scores, came, [200], Resampling(100))
        assert other.sizes[0].behind is not None
        n_held += other.sizes[0].behind.low <= 0 <= other.sizes[0].behind.high
    assert 70 <= n_held < 80


@given(st.lists(st.tuples(st.floats(0, 1, width=16), st.booleans()), min_size=3, max_size=30))
@settings(deadline=None, max_examples=40)
def test_a_gain_is_that_of_the_curve_where_no_scores_are_equal(
    rows: list[tuple[float, bool]],
) -> None:
    score = np.array([row[0] for row in rows]) + 2.0 * np.arange(len(rows))
    came = np.array([row[1] for row in rows])
    if not came.any():
        return
    (found,) = compare_orders({"settee": score}, came[np.newaxis], [1], Resampling(2))
    curve = gain_curve(score, came, 10).gain
    assert curve is not None
    assert [one.value for one in found.gain] == pytest.approx(curve.tolist())
    assert found.gain[-1].value == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("scores", "came", "says"),
    [
        ({"settee": BEST}, np.zeros((1, 10), np.bool_), "nobody responded"),
        ({"settee": BEST}, CAME[0], "nobody responded"),
        ({"other": BEST}, CAME, "no order is called settee"),
        ({"settee": BEST[:4]}, CAME, r"the shape \(4,\)"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    scores: dict[str, np.ndarray], came: np.ndarray, says: str
) -> None:
    with pytest.raises(BadCurve, match=says):
        compare_orders(scores, came, [1], DRAWN)


def test_whoever_has_several_rows_is_drawn_with_all_of_them() -> None:
    """Five hundred people, each twenty times: the interval is that of people, and so wider."""
    rng = np.random.default_rng(3)
    came, people = np.tile(rng.random(500) < 0.3, 20), np.tile(np.arange(500), 20)
    chance = np.full(len(came), 0.3)
    alone = calibration_error(chance, came, n_bins=1)
    together = calibration_error(chance, came, n_bins=1, people=people)
    assert together.error == alone.error
    assert together.high - together.low > 2 * (alone.high - alone.low)
