"""The learned worth: near a known truth, first-order under other weights, and reasons for none."""

import numpy as np
import pytest

from settee.measure import Paths, paths_of, shapley_exact
from settee.measure.learned import OneOutcome, TooManyTerms, learn_worth

SETS = [["a"], ["b"], ["c"], ["a", "b"], ["b", "a"], ["a", "c"], ["b", "c"], ["a", "b", "c"]]
WEIGHT = {"a": 1.0, "b": 0.5, "c": 0.0}


def chance(path: list[str], a_then_b: float = 0.0) -> float:
    log_odds = -3.0 + sum(WEIGHT[one] for one in set(path))
    if "a" in path and "b" in path and path.index("a") < path.index("b"):
        log_odds += a_then_b
    return float(1 / (1 + np.exp(-log_odds)))


def world(a_then_b: float = 0.0, people: float = 1e6) -> Paths:
    chances = np.array([chance(path, a_then_b) for path in SETS])
    return paths_of(SETS, converted=list(people * chances), nulls=list(people * (1 - chances)))


def truth(a_then_b: float = 0.0) -> np.ndarray:
    out = np.zeros(3)
    for path in SETS:
        met = sorted(set(path))
        worth = [
            chance([one for one in path if mask >> met.index(one) & 1], a_then_b)
            for mask in range(1 << len(met))
        ]
        out[["abc".index(one) for one in met]] += shapley_exact(np.array(worth))
    return out


def test_credit_by_the_learned_worth_is_what_channels_add_and_even_shares_are_not() -> None:
    paths = world()
    added, base = learn_worth(paths).credit(paths.converted + paths.nulls)
    assert added / 1e6 == pytest.approx(truth(), abs=2e-4)
    assert base / 1e6 == pytest.approx(len(SETS) * chance([]), rel=0.01)
    even = sum(np.array([1 / len(path) if one in path else 0 for one in "abc"]) for path in SETS)
    assert np.abs(even / even.sum() - truth() / truth().sum()).max() > 0.1


def test_order_is_learned_where_asked_for_and_not_elsewhere() -> None:
    paths = world(a_then_b=1.0)
    aim = truth(a_then_b=1.0)
    people = paths.converted + paths.nulls
    ordered = learn_worth(paths, "ordered").credit(people)[0]
    last = np.array(
        [sum(paths.converted[n] for n, p in enumerate(SETS) if p[-1] == c) for c in "abc"]
    )
    errors = [np.abs(found / found.sum() - aim / aim.sum()).max() for found in (ordered, last)]
    assert errors[0] < 0.03 < 0.1 < errors[1]
    chances = learn_worth(paths, "ordered").chance()
    assert chances[3] == pytest.approx(chance(["a", "b"], 1.0), abs=1e-3)
    blind = learn_worth(paths, "sets").chance()
    assert blind[3] == pytest.approx(blind[4])


def test_value_of_a_path_sums_to_what_its_channels_add() -> None:
    model = learn_worth(world(0.5), "ordered")
    rows = np.repeat(np.arange(len(SETS)), np.diff(model.starts))
    summed = np.bincount(rows, model.step_values())
    empty = 1 / (1 + np.exp(-model.weight[0]))
    assert summed == pytest.approx(model.chance() - empty, abs=1e-12)


def test_one_step_to_new_weights_is_near_a_new_fit() -> None:
    paths = world(people=10_000)
    model = learn_worth(paths)
    rng = np.random.default_rng(3)
    converted, nulls = rng.poisson(paths.converted), rng.poisson(paths.nulls)
    stepped = model.with_weights(converted.astype(float), nulls.astype(float))
    fitted = learn_worth(paths_of(SETS, converted=list(converted), nulls=list(nulls)))
    moved = np.abs(fitted.weight - model.weight).max()
    assert np.abs(stepped.weight - fitted.weight).max() < 0.15 * moved
    same = model.with_weights(paths.converted, paths.nulls)
    assert same.weight == pytest.approx(model.weight, abs=1e-8)


@pytest.mark.parametrize(("converted", "nulls"), [([0, 0], [5, 5]), ([5, 5], [0, 0])])
def test_one_outcome_alone_teaches_nothing(converted: list[float], nulls: list[float]) -> None:
    with pytest.raises(OneOutcome):
        learn_worth(paths_of([["a"], ["b"]], converted=converted, nulls=nulls))


def test_too_many_channels_are_refused_in_all_and_in_one_path() -> None:
    with pytest.raises(TooManyTerms, match="201 channels"):
        learn_worth(paths_of([[f"c{n}"] for n in range(201)], nulls=[1.0] * 201))
    with pytest.raises(TooManyTerms, match="16 channels"):
        learn_worth(paths_of([[f"c{n}" for n in range(16)]], nulls=[1.0]))


def test_a_table_of_terms_that_would_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("settee.measure.learned._MAX_CELLS", 10)
    with pytest.raises(TooManyTerms, match="cells"):
        learn_worth(world())
