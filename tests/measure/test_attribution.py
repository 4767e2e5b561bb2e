"""Credit by every method side by side: totals, intervals, the floor, and the same bytes twice."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import AttributionSettings
from settee.measure import NothingToCredit, Paths, attribute, paths_of
from settee.measure.crediting import in_proportion
from settee.measure.resampling import interval, resampled
from settee.measure.suppressing import SUPPRESSED, fold_small

QUICK = AttributionSettings(bootstrap=20, order=1, min_people=1, n_pairs=10)


def shop(seed: int = 1, n: int = 400) -> Paths:
    rng = np.random.default_rng(seed)
    sequences = [list(rng.choice(["mail", "tv", "web"], rng.integers(1, 4))) for _ in range(n)]
    bought = (rng.random(n) < [0.1 + 0.3 * ("web" in path) for path in sequences]).astype(float)
    paths = paths_of(sequences, converted=list(bought), nulls=list(1 - bought), value=list(bought))
    step_s = np.concatenate([np.arange(len(path), 0, -1.0) * 86_400 for path in sequences])
    return replace(paths, group=np.arange(n) // 2, before_s=step_s)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.sampled_from(["empirical", "reachable", "learned"]))
def test_every_method_sums_to_all_conversions_and_revenue(seed: int, worth: str) -> None:
    paths = shop(seed, 60)
    found = attribute(paths, QUICK.model_copy(update={"worth": worth, "bootstrap": 0}))
    for one in found.methods:
        assert one.conversions.sum() == pytest.approx(paths.n_conversions, abs=1e-9)
        assert one.value.sum() == pytest.approx(paths.total_value, abs=1e-9)
        assert one.share.sum() == pytest.approx(1, abs=1e-9)
        assert np.isnan(one.share_low).all()


def test_learned_worth_tells_who_does_the_work_and_the_last_touch_does_not() -> None:
    found = attribute(shop(n=4000), QUICK)
    web = found.channels.index("web")
    assert found.credit("ordered").share[web] > 0.75
    assert found.credit("last").share[web] < 0.6
    assert found.uncontacted == pytest.approx(400, abs=150)


@pytest.mark.parametrize("worth", ["empirical", "reachable", "learned"])
def test_equal_seeds_give_equal_bytes_and_others_other_intervals(worth: str) -> None:
    asked = QUICK.model_copy(update={"worth": worth})
    one, again = attribute(shop(), asked), attribute(shop(), asked)
    assert one.to_json() == again.to_json()
    assert attribute(shop(), asked, 8).to_json() != one.to_json()
    told = json.loads(one.to_json())
    assert "not causal" in told["caution"]
    assert told["methods"]["last"][0]["share_95"][0] < told["methods"]["last"][0]["share"]


@pytest.mark.parametrize(
    ("change", "method"),
    [
        ({"order": 2}, "markov"),
        ({"blend": 0.9}, "hybrid"),
        ({"worth": "learned"}, "shapley"),
        ({"worth": "reachable"}, "shapley"),
        ({"direct": "web"}, "last_non_direct"),
        ({"position_ends": 0.1}, "position"),
        ({"half_life_days": 0.5}, "time_decay"),
    ],
)
def test_each_setting_changes_its_method(change: dict[str, object], method: str) -> None:
    paths, plain = shop(), QUICK.model_copy(update={"bootstrap": 0})
    before = attribute(paths, plain).credit(method).conversions
    after = attribute(paths, plain.model_copy(update=change)).credit(method).conversions
    assert np.abs(after - before).max() > 1e-6


def test_drawn_orders_stand_in_above_the_exact_limit() -> None:
    paths = shop()
    plain = QUICK.model_copy(update={"worth": "reachable", "bootstrap": 0})
    exact = attribute(paths, plain).credit("shapley").conversions
    few = plain.model_copy(update={"max_exact": 1, "n_pairs": 2})
    many = plain.model_copy(update={"max_exact": 1, "n_pairs": 400})
    errors = [
        np.abs(attribute(paths, asked).credit("shapley").conversions - exact).max()
        for asked in (few, many)
    ]
    assert 0 < errors[1] < errors[0]


def test_the_chosen_order_is_told() -> None:
    auto = QUICK.model_copy(update={"order": "auto", "max_order": 2, "bootstrap": 0})
    assert attribute(shop(), auto).order in (1, 2)
    assert attribute(shop(), auto.model_copy(update={"max_order": 1})).order == 1


def test_methods_without_an_answer_give_a_reason() -> None:
    bare = paths_of([["a"], ["a", "b"]], converted=[5, 5])
    found = attribute(bare, QUICK.model_copy(update={"worth": "learned"}))
    reason = "needs_paths_without_conversion"
    assert found.absent == {
        "time_decay": "no_times", "ordered": reason, "shapley": reason, "hybrid": reason,
    }  # fmt: skip
    assert found.uncontacted is None
    with pytest.raises(NothingToCredit, match=reason):
        found.credit("ordered")
    with pytest.raises(NothingToCredit, match="unknown_method"):
        found.credit("astrology")
    harmful = paths_of([["a"], ["a", "b"]], converted=[50, 1], nulls=[50, 99])
    assert attribute(harmful, QUICK).absent["ordered"] == "contacts_add_nothing"


def test_without_a_conversion_there_is_nothing_to_credit() -> None:
    with pytest.raises(NothingToCredit):
        attribute(paths_of([["a"]], converted=[0], nulls=[5]), QUICK)


def test_channels_under_the_floor_are_one_row_that_holds_it_and_totals_stay() -> None:
    paths = paths_of([["big"], ["mid"], ["small"], ["tiny"]], converted=[500, 60, 30, 10])
    found = attribute(paths, QUICK.model_copy(update={"min_people": 50}))
    assert found.channels == ("big", "mid", SUPPRESSED) or found.n_folded == 3
    assert found.n_people.min() >= 50
    assert found.credit("last").conversions.sum() == pytest.approx(600)
    assert "tiny" not in found.to_json().decode()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 80), min_size=1, max_size=6), st.integers(1, 100))
def test_no_row_holds_fewer_people_than_the_floor_unless_all_do(
    sizes: list[int], floor: int
) -> None:
    paths = paths_of([[f"c{n}"] for n in range(len(sizes))], converted=sizes)
    fold = fold_small(paths, floor)
    assert fold.n_people.min() >= min(floor, sum(sizes))
    assert fold.n_people.sum() == sum(sizes)
    assert fold.sum(np.ones(len(sizes))).sum() == len(sizes)


def test_a_group_is_one_person_however_many_paths_it_has() -> None:
    paths = replace(paths_of([["a"], ["a"], ["b"]]), group=np.array([4, 4, 9]))
    assert fold_small(paths, 1).n_people.tolist() == [1.0, 1.0]


def test_people_are_drawn_as_one_with_all_their_paths() -> None:
    alone = paths_of([["a"]] * 100)
    joined = replace(alone, group=np.zeros(100, np.int64))
    spread = [
        np.std([distinct.n_conversions for distinct, _ in resampled(paths, 300, seed=1)])
        for paths in (alone, joined)
    ]
    assert spread[0] == pytest.approx(10, rel=0.2)
    assert spread[1] == pytest.approx(100, rel=0.2)


def test_rows_told_apart_by_time_are_drawn_row_by_row() -> None:
    paths = replace(paths_of([["a"]] * 50), before_s=np.ones(50))
    for distinct, times in resampled(paths, 3, seed=1):
        assert times is not None
        assert distinct.n_conversions == times.sum()


def test_intervals_on_a_scale_stay_within_it() -> None:
    drawn = np.array([[0.0, 0.9, -1.0], [0.2, 1.1, 3.0]])
    shares = interval(np.array([0.1, 0.99, 0.0]), drawn, "logit")
    assert shares.low[0] > 0
    assert shares.high[1] < 1
    assert shares.low[2] < 0  # at the edge the plain interval says more
    plain = interval(np.array([0.1]), drawn[:, :1])
    assert plain.low[0] < 0


def test_credits_that_cancel_are_no_numbers() -> None:
    paths = paths_of([["a"], ["b"]], value=[1, 1])
    assert np.isnan(in_proportion("x", np.array([1.0, -1.0]), np.ones(2), paths).conversions).all()
    kept = in_proportion("x", np.array([1.0, 3.0]), np.array([1.0, -1.0]), paths)
    assert kept.value == pytest.approx([0.5, 1.5])
