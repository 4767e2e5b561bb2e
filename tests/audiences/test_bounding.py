"""Nobody is dropped who would have come in, and hardly anybody else is kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.audiences.bounding import N_RAISED, find_margins, least_odds
from settee.audiences.many import _probability

N = 64
LEAST = np.float32(1e-12)  # no probability is said to be less


def _margins(total, wants, base, popularity, p_active, to_beat):
    raised, margin = np.empty((N_RAISED, N), np.float32), np.empty(N, np.float32)
    least = np.array([least_odds(one) for one in to_beat], np.float32)
    widest = find_margins(
        total, wants, base, popularity, p_active, to_beat, least, raised, raised.view(np.int32),
        margin,
    )  # fmt: skip
    assert widest == margin.max()
    return margin


def _world(seed: int, spread: float):
    rng = np.random.default_rng(seed)
    total = (rng.exponential(spread, (4, N)) * (rng.random((4, N)) < 0.7)).astype(np.float32)
    total[0, :8] *= -1  # a dense model may speak against an item
    wants, base = rng.normal(0.3, 1, 6).astype(np.float32), np.float32(rng.normal(-2, 2))
    popularity = rng.normal(-3, 2, N).astype(np.float32)
    return total, wants, base, popularity, np.float32(rng.uniform(0.001, 1.0))


def _exact(total, wants, base, popularity, p_active):
    found = [_probability(total, j, wants, base + popularity[j], p_active) for j in range(N)]
    return np.array(found, np.float32)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10**6), st.sampled_from([0.01, 1.0, 50.0, 1e6]), st.floats(-0.01, 0.01))
def test_whoever_would_come_in_is_never_dropped(seed, spread, beside):
    world = _world(seed, spread)
    exact = _exact(*world)
    reached = exact * np.float32(1.0 + beside)  # at, just under and just over what there is
    margin = _margins(*world, np.maximum(reached, LEAST))
    assert (margin[(exact >= reached) & (exact > LEAST)] >= 0).all()


def test_whoever_falls_short_by_a_third_is_dropped():
    for seed in range(50):
        world = _world(seed, 2.0)
        short = np.minimum(_exact(*world) * np.float32(1.6), np.float32(0.999) * world[4])
        far = short > 1.5 * _exact(*world)
        margin = _margins(*world, short)
        weights = np.abs(world[1][:4]).sum()
        assert (margin[far] < 0.06 * (weights + 1) + 0.01).all()
        if weights < 3:
            assert (margin[far] < 0).all()
            assert (world[4] > short).all()  # the chance to be active alone drops nobody


@pytest.mark.parametrize("p_active", [0.2, 0.3])
def test_who_is_never_active_enough_is_dropped_whatever_they_want(p_active):
    total, wants, base, popularity, _ = _world(3, 1.0)
    to_beat = np.full(N, 0.3 * (1 + 1e-5), np.float32)
    assert (_margins(total, wants, base, popularity, np.float32(p_active), to_beat) < 0).all()
