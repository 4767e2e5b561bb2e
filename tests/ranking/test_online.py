"""The online layer on people whose taste is known."""

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from settee.core import OnlineSettings
from settee.features import Pool
from settee.ranking import ONLINE_FEATURES, OnlineLayer, online_features
from settee.ranking.online import BadChoice, OnlineDamaged
from settee.ranking.online_evidence import EvidenceDamaged, Judge
from settee.ranking.online_loops import solve, spread

D = len(ONLINE_FEATURES)
USUAL = OnlineSettings()


def _scene(rng: np.random.Generator, m: int = 20) -> NDArray[np.float32]:
    x = rng.normal(size=(m, D)).astype(np.float32)
    return x[np.argsort(-x[:, 0], kind="stable")]


def _choose(rng: np.random.Generator, x: NDArray[np.float32], taste: NDArray[np.float64]) -> int:
    return int(np.argmax(x @ taste + rng.gumbel(size=len(x))))


def _live(layer: OnlineLayer, taste: list[float], n: int, seed: int = 1, who: str = "ann") -> None:
    """n choices by that taste, over the layer's features."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        x = _scene(rng)
        layer.learn(who, x, np.arange(len(x)) == _choose(rng, x, np.array(taste)))


def _pool(scores: list[list[float]], ranks: list[list[int]]) -> Pool:
    m = len(scores)
    return Pool(
        np.arange(m, dtype=np.int32),
        np.array(scores, np.float32),
        np.array(ranks, np.int32),
        np.linspace(1, 0.1, m).astype(np.float32),
    )


def test_without_a_choice_the_layer_is_the_base_order_and_does_not_act() -> None:
    layer = OnlineLayer(USUAL)
    x = _scene(np.random.default_rng(0))
    mean, sd = layer.utility("ann", x)
    assert mean == pytest.approx(x[:, 0].astype(np.float64))
    assert (sd > 0).all()
    assert not layer.acts
    assert layer.evidence().as_dict() == {
        "n": 0, "gain": 0.0, "low": -1.0, "high": 1.0, "acts": False
    }  # fmt: skip


def test_one_choice_moves_the_weights_by_the_step_that_is_said() -> None:
    layer = OnlineLayer(USUAL.model_copy(update={"memory": 1e12}))
    x = np.zeros((2, D))
    x[0, 1] = 1.0
    layer.learn("ann", x, np.array([True, False]))
    assert layer.standing().weights["next"] == pytest.approx(0.5 / 1.25)
    stiff = OnlineLayer(USUAL.model_copy(update={"memory": 1e12, "prior": 10.0}))
    stiff.learn("ann", x, np.array([True, False]))
    assert stiff.standing().weights["next"] == pytest.approx(0.5 / 10.25)


def test_the_weights_find_the_taste_that_chose() -> None:
    layer, taste = OnlineLayer(USUAL), [0.5, 1.5, 0.0, 0.0, -0.5, 0.0]
    _live(layer, taste, 3000)
    found = list(layer.standing().weights.values())
    assert found == pytest.approx(taste, abs=0.15)
    first, _ = OnlineLayer(USUAL).utility("ann", _scene(np.random.default_rng(9)))
    _, later = layer.utility("ann", _scene(np.random.default_rng(9)))
    assert later.max() < 0.2
    assert len(first) == 20


def test_the_layer_acts_once_it_is_better_and_not_where_the_base_is_all_there_is() -> None:
    better, no_better = OnlineLayer(USUAL), OnlineLayer(USUAL)
    _live(better, [0.0, 2.0, 0.0, 0.0, 0.0, 0.0], 400)
    _live(no_better, [2.0, 0.0, 0.0, 0.0, 0.0, 0.0], 400)
    assert better.acts
    assert better.evidence().low > 0
    assert better.evidence().gain > 0.1
    assert not no_better.acts
    off = OnlineLayer.from_arrays(better.to_arrays(), USUAL.model_copy(update={"enabled": False}))
    assert not off.acts


def test_a_layer_that_is_switched_off_learns_nothing() -> None:
    layer = OnlineLayer(USUAL.model_copy(update={"enabled": False}))
    _live(layer, [0.0, 2.0, 0.0, 0.0, 0.0, 0.0], 5)
    assert layer.n_learnt == layer.evidence().n == 0


def test_a_small_error_waits_for_more_evidence() -> None:
    def until(alpha: float) -> int:
        layer, rng = (
            OnlineLayer(USUAL.model_copy(update={"alpha": alpha})),
            np.random.default_rng(3),
        )
        while not layer.acts:
            x = _scene(rng)
            chosen = np.arange(20) == _choose(rng, x, np.array([0.5, 1.0, 0, 0, 0, 0]))
            layer.learn("ann", x, chosen)
        return layer.evidence().n

    assert until(0.001) > until(0.2)


def test_a_layer_that_got_worse_stops_to_act() -> None:
    layer = OnlineLayer(USUAL.model_copy(update={"span": 300, "memory": 1e9, "per_person": False}))
    _live(layer, [0.0, 2.0, 0.0, 0.0, 0.0, 0.0], 2000)
    assert layer.acts
    _live(layer, [2.0, -1.0, 0.0, 0.0, 0.0, 0.0], 600, seed=2)
    assert not layer.acts


def test_a_short_memory_follows_a_taste_that_changes() -> None:
    def after_change(memory: float) -> float:
        layer = OnlineLayer(USUAL.model_copy(update={"memory": memory}))
        _live(layer, [0.0, 2.0, 0.0, 0.0, 0.0, 0.0], 1500)
        _live(layer, [0.0, 0.0, 2.0, 0.0, 0.0, 0.0], 300, seed=2)
        return layer.standing().weights["recent"]

    assert after_change(200) > after_change(50_000) + 0.5


def _two_people(update: dict[str, Any]) -> OnlineLayer:
    layer, rng = OnlineLayer(USUAL.model_copy(update=update)), np.random.default_rng(4)
    tastes = {"ann": np.array([0, 2.5, 0, 0, 0, 0.0]), "bob": np.array([0, -2.5, 0, 0, 0, 0.0])}
    for _ in range(800):
        for who, taste in tastes.items():
            x = _scene(rng)
            layer.learn(who, x, np.arange(20) == _choose(rng, x, taste))
    return layer


def test_persons_of_opposite_taste_get_weights_of_their_own_once_these_are_better() -> None:
    layer, x = _two_people({}), _scene(np.random.default_rng(5))
    assert layer.standing().own.acts
    ann, bob = layer.utility("ann", x)[0], layer.utility("bob", x)[0]
    assert np.corrcoef(ann, x[:, 1])[0, 1] > 0.8
    assert np.corrcoef(bob, x[:, 1])[0, 1] < -0.8
    nobody = layer.utility("cem", x)[0]
    assert abs(np.corrcoef(nobody, x[:, 1])[0, 1]) < 0.8
    shared = _two_people({"per_person": False})
    assert shared.standing().n_persons == 0
    assert shared.utility("ann", x)[0] == pytest.approx(shared.utility("bob", x)[0])
    shy = _two_people({"person_prior": 1e7})
    assert abs(shy.utility("ann", x)[0] - shy.utility("bob", x)[0]).max() < 0.01


def test_persons_are_bounded_and_whoever_was_silent_longest_goes() -> None:
    layer = OnlineLayer(USUAL.model_copy(update={"persons": 2}))
    for who in ("ann", "bob", "ann", "cem"):
        _live(layer, [1.0, 0, 0, 0, 0, 0], 1, who=who)
    assert layer.standing().n_persons == 2
    assert layer.forget(["bob"]) == 0
    assert layer.forget(["ann", "cem", "ann"]) == 2
    assert layer.standing().n_persons == 0


def test_choices_that_count_less_teach_less() -> None:
    x = np.zeros((2, D))
    x[0, 1] = 1.0
    full, half, both = OnlineLayer(USUAL), OnlineLayer(USUAL), OnlineLayer(USUAL)
    full.learn("ann", x, np.array([1.0, 0.0]))
    half.learn("ann", x, np.array([0.5, 0.0]))
    both.learn("ann", x, np.array([1.0, 1.0]))
    weights = [one.standing().weights["next"] for one in (full, half, both)]
    assert weights[0] > weights[1] > 0
    assert abs(weights[2]) < weights[0]
    assert both.n_learnt == 2


@pytest.mark.parametrize(
    ("x", "chosen"),
    [
        (np.zeros((2, D - 1)), np.zeros(2)),
        (np.zeros((2, D)), np.zeros(3)),
        (np.full((2, D), np.nan), np.zeros(2)),
        (np.zeros((2, D)), np.array([np.nan, 1.0])),
        (np.zeros((2, D)), np.array([-1.0, 1.0])),
        (np.zeros(D), np.zeros(1)),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(x: Any, chosen: Any) -> None:
    layer = OnlineLayer(USUAL)
    before = {name: value.tobytes() for name, value in layer.to_arrays().items()}
    with pytest.raises(BadChoice):
        layer.learn("ann", x, chosen)
    assert before == {name: value.tobytes() for name, value in layer.to_arrays().items()}


def test_nothing_shown_and_nothing_chosen_teach_nothing() -> None:
    layer = OnlineLayer(USUAL)
    layer.learn("ann", np.zeros((0, D)), np.zeros(0, np.bool_))
    layer.learn("ann", np.zeros((1, D)), np.ones(1, np.bool_))
    layer.learn("ann", np.zeros((4, D)), np.zeros(4, np.bool_))
    assert layer.n_learnt == 0
    assert layer.utility("ann", np.zeros((0, D)))[0].shape == (0,)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(0, 40), cut=st.integers(0, 40))
def test_stored_halfway_and_read_again_it_goes_on_to_the_same_bytes(
    seed: int, n: int, cut: int
) -> None:
    chosen = USUAL.model_copy(update={"persons": 3, "span": 100})
    whole, parts = OnlineLayer(chosen), OnlineLayer(chosen)
    rng = np.random.default_rng(seed)
    for number in range(n):
        x, who, choice = _scene(rng, 5), f"p{rng.integers(5)}", int(rng.integers(5))
        for layer in (whole, parts):
            layer.learn(who, x, np.arange(5) == choice)
        if number == cut:
            parts = OnlineLayer.from_arrays(parts.to_arrays(), chosen)
    one, other = whole.to_arrays(), parts.to_arrays()
    assert {k: v.tobytes() for k, v in one.items()} == {k: v.tobytes() for k, v in other.items()}


def test_arrays_of_another_version_or_of_nothing_are_refused() -> None:
    layer = OnlineLayer(USUAL)
    _live(layer, [1.0, 0, 0, 0, 0, 0], 3)
    arrays = layer.to_arrays()
    bad: list[dict[str, Any]] = [
        {"format": np.array([9, D, 0])},
        {"weight": np.zeros(D + 1)},
        {"precision": np.full((D, D), np.nan)},
        {"person_weight": np.zeros((7, D))},
    ]
    for one in bad:
        with pytest.raises(OnlineDamaged):
            OnlineLayer.from_arrays(arrays | one, USUAL)
    with pytest.raises(EvidenceDamaged):
        OnlineLayer.from_arrays(arrays | {"shared": np.zeros(3)}, USUAL)


def test_many_may_ask_while_one_learns() -> None:
    layer, stop, bad = OnlineLayer(USUAL), threading.Event(), []

    def ask() -> None:
        x = _scene(np.random.default_rng(7))
        while not stop.is_set():
            if not np.isfinite(layer.utility("ann", x)[0]).all():
                bad.append(1)

    asking = threading.Thread(target=ask)
    asking.start()
    _live(layer, [0.0, 2.0, 0.0, 0.0, 0.0, 0.0], 300)
    stop.set()
    asking.join()
    assert not bad


def test_intervals_of_no_gain_hold_at_every_instant() -> None:
    said = 0
    for seed in range(200):
        rng, judge = np.random.default_rng(seed), Judge(0.1, 10_000)
        for gain in rng.choice([-0.5, 0.0, 0.5], 300):
            judge.see(float(gain))
            if judge.acts:
                said += 1
                break
    assert said <= 20


def test_an_interval_narrows_and_holds_the_gain() -> None:
    rng, judge = np.random.default_rng(1), Judge(0.05, 100_000)
    widths = []
    for number, gain in enumerate(rng.normal(0.1, 0.2, 3000)):
        judge.see(float(gain))
        if number in (100, 1000, 2999):
            found = judge.evidence()
            assert found.low < 0.1 < found.high
            widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.06


def test_a_span_starts_the_interval_anew_and_keeps_what_was_decided() -> None:
    judge = Judge(0.05, 200)
    for _ in range(200):
        judge.see(0.5)
    assert judge.acts
    judge.see(0.0)
    assert judge.evidence().n == 1
    assert judge.acts


def test_features_say_where_an_item_comes_from() -> None:
    pool = _pool(
        [[0.9, 0.2, 0.5, 0.0], [0.4, 0.1, 0.0, 0.0], [np.nan, 0.0, 0.0, 0.7]],
        [[0, 1, 0, -1], [1, 0, -1, -1], [-1, -1, -1, 0]],
    )
    x = online_features(pool, np.array([3.0, 2.0, 1.0]), ("recent", "next", "fresh"))
    told = dict(zip(ONLINE_FEATURES, x.T, strict=True))
    assert told["base"] == pytest.approx([1.2247, 0.0, -1.2247], abs=1e-3)
    assert (np.diff(told["next"]) < 0).all()
    assert told["recent"][2] == 0
    assert told["fresh"].tolist() == pytest.approx([0, 0, 0.7])
    assert told["model"].tolist() == [1.0, 0.5, 0.0]
    assert told["unknown"].tolist() == [0.0, 0.0, 1.0]


def test_features_without_live_sources_or_differences_are_finite() -> None:
    pool = _pool([[0.9], [np.inf]], [[0], [-1]])
    x = online_features(pool, np.array([2.0, 2.0]), ())
    assert np.isfinite(x).all()
    assert not x[:, 0].any()
    assert not x[:, 1:4].any()
    empty = Pool(
        np.empty(0, np.int32), np.empty((0, 2), np.float32), np.empty((0, 2), np.int32),
        np.empty(0, np.float32),
    )  # fmt: skip
    assert online_features(empty, np.zeros(0), ("recent",)).shape == (0, D)


def test_the_solver_agrees_with_numpy() -> None:
    rng = np.random.default_rng(8)
    for n in (1, 3, 6):
        root = rng.normal(size=(n, n))
        matrix, right = root @ root.T + np.eye(n), rng.normal(size=n)
        assert solve(matrix, right) == pytest.approx(np.linalg.solve(matrix, right))
    x = rng.normal(size=(4, 3))
    away = x - x.mean(axis=0)
    wanted = np.sqrt(np.einsum("md,de,me->m", away, np.linalg.inv(np.eye(3) * 2), away))
    assert spread(x, np.eye(3) * 2) == pytest.approx(wanted)


def test_a_copy_learns_what_the_original_does_not() -> None:
    layer = OnlineLayer(USUAL)
    _live(layer, [0.0, 3.0] + [0.0] * (D - 2), 5)
    before = {name: one.tobytes() for name, one in layer.to_arrays().items()}
    other = layer.copy()
    assert {name: one.tobytes() for name, one in other.to_arrays().items()} == before
    _live(other, [0.0, -3.0] + [0.0] * (D - 2), 5, seed=2)
    _live(other, [0.0, -3.0] + [0.0] * (D - 2), 5, seed=3, who="bob")
    assert {name: one.tobytes() for name, one in layer.to_arrays().items()} == before
    assert (layer.n_learnt, other.n_learnt) == (5, 15)
