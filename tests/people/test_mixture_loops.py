"""The compiled loops against the plainest possible numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from settee.people import mixture_loops as loops

Floats = NDArray[np.float64]


def shared(like: Floats, mix: Floats, ratio: Floats) -> tuple[Floats, float]:
    n, _ = like.shape
    share = np.zeros_like(like)
    score = loops.share_out(like, np.log(mix), ratio, np.ones(n), share)
    return share, score


def by_all_paths(like: Floats, mix: Floats, ratio: Floats) -> Floats:
    """Shares by going through every way in which persons can follow each other."""
    n, k = like.shape
    total = np.zeros((n, k))
    for path in np.ndindex(*[k] * n):
        chance = mix[path[0]] * np.exp(like[0, path[0]])
        for i in range(1, n):
            before, now = path[i - 1], path[i]
            step = mix * np.where(np.arange(k) == before, ratio[i], 1.0)
            chance *= step[now] / step.sum() * np.exp(like[i, now])
        for i, one in enumerate(path):
            total[i, one] += chance
    shares: Floats = total / total.sum(axis=1, keepdims=True)
    return shares


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 4), k=st.integers(1, 3))
def test_shares_are_those_of_all_ways_through_the_sessions(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    like, mix = rng.normal(0, 2, (n, k)), rng.dirichlet(np.ones(k))
    ratio = np.where(rng.random(n) < 0.5, 0.015, 1.0)
    share, _ = shared(like, mix, ratio)
    assert share == pytest.approx(by_all_paths(like, mix, ratio), abs=1e-6)


def test_sessions_that_stand_alone_are_shared_by_bayes() -> None:
    like, mix = np.log(np.array([[0.2, 0.4], [0.9, 0.1]])), np.array([0.5, 0.5])
    share, score = shared(like, mix, np.ones(2))
    assert share == pytest.approx(np.array([[1 / 3, 2 / 3], [0.9, 0.1]]))
    assert score == pytest.approx(np.log(0.3 * 0.5))


def test_counts_are_shares_of_symbols_and_topics() -> None:
    symbol = np.array([[0, 2], [1, -1]], np.int16)
    topic, weight = np.array([[4], [-1]], np.int16), np.array([[0.5], [9.0]], np.float32)
    table = np.zeros((2, 5))
    loops.count(symbol, topic, weight, np.array([[1.0, 0.0], [0.25, 0.75]]), table)
    assert table.tolist() == [[1.0, 0.25, 1.0, 0.0, 0.5], [0.0, 0.75, 0.0, 0.0, 0.0]]


def test_likelihoods_are_weighted_sums_of_a_table() -> None:
    symbol = np.array([[0, -1]], np.int16)
    topic, weight = np.array([[1]], np.int16), np.array([[0.5]], np.float32)
    out, table = np.zeros((1, 1)), np.array([[-2.0, -4.0]])
    loops.joint(symbol, topic, weight, np.array([0.5, 1.0, 2.0]), table, out)
    assert out.tolist() == [[0.5 * -2.0 + 2.0 * 0.5 * -4.0]]
