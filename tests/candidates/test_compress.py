import numpy as np
import pytest

from settee.candidates.compress import Packed
from settee.candidates.histories import checked
from tests.candidates.world import of_items

N = 30
ITEMS = np.arange(N, dtype=np.int32)


def table(seed=1):
    weight = np.random.default_rng(seed).normal(0.0, 0.1, (N, N)).astype(np.float32)
    np.fill_diagonal(weight, 0.0)
    return weight


def scores(packed, *people):
    out = np.zeros((len(people), N), np.float32)
    packed.score(ITEMS, ITEMS, checked(of_items(*people), N), out)
    return out


def opened(packed):
    items = np.arange(len(packed.scale), dtype=np.int32)
    return packed.shares(items, items).T


@pytest.mark.parametrize("keep", [0, 7])
@pytest.mark.parametrize("numbers", ["float32", "float16", "int8"])
def test_scores_are_sums_of_the_weights_that_it_opens_to(keep, numbers):
    packed = Packed.of_table(table(), keep, numbers)
    weight = opened(packed).astype(np.float64)
    assert np.allclose(scores(packed, [3, 1, 4], [5]), [weight[[3, 1, 4]].sum(axis=0), weight[5]])
    vectors = np.random.default_rng(2).normal(size=(N, 3)).astype(np.float32)
    assert np.allclose(packed.times(vectors), weight @ vectors, atol=1e-6)


def test_floats_lose_nothing_and_halves_and_bytes_lose_as_much_as_their_steps():
    weight = table()
    assert opened(Packed.of_table(weight, 0, "float32")).tobytes() == weight.tobytes()
    half = opened(Packed.of_table(weight, 0, "float16"))
    assert half.tobytes() == weight.astype(np.float16).astype(np.float32).tobytes()
    byte = opened(Packed.of_table(weight, 0, "int8"))
    step = np.abs(weight).max(axis=1, keepdims=True) / 127
    assert np.abs(byte - weight).max() > 0
    assert (np.abs(byte - weight) <= step * 0.5001).all()


@pytest.mark.parametrize("keep", [1, 5, 29])
def test_the_strongest_towards_each_item_stay_whatever_their_sign(keep):
    weight = table()
    found = opened(Packed.of_table(weight, keep, "float32"))
    assert ((found == weight) | (found == 0)).all()
    for item in range(N):
        strongest = np.sort(np.abs(weight[:, item]))[-keep:]
        assert np.array_equal(np.sort(np.abs(found[found[:, item] != 0, item])), strongest)
    assert (found < 0).any()


def test_zeros_are_not_kept_and_ties_with_the_last_are():
    weight = np.zeros((3, 3), np.float32)
    weight[[1, 2], 0] = [0.5, -0.5]
    packed = Packed.of_table(weight, 1, "float32")
    assert opened(packed).tolist() == weight.tolist()
    assert len(packed.code) == 2


def test_sizes_fall_as_numbers_get_small_and_weights_few():
    sizes = {
        (keep, numbers): Packed.of_table(table(), keep, numbers).n_bytes
        for keep in (0, 5)
        for numbers in ("float32", "float16", "int8")
    }
    assert sizes[0, "float32"] > sizes[0, "float16"] > sizes[0, "int8"] > sizes[5, "int8"]
    assert sizes[5, "float32"] > sizes[5, "float16"] > sizes[5, "int8"]


def test_large_catalogues_take_wider_positions():
    start = np.zeros(70_001, np.int64)
    start[1:] = 1
    packed = Packed.of_cells(start, np.array([69_999], np.int32), np.ones(1, np.float32), "int8")
    assert packed.to.dtype == np.int32
    assert packed.shares(np.array([0, 5]), np.array([69_999, -1])).tolist() == [[1, 0], [0, 0]]


def test_a_row_of_zeros_stays_zeros_in_bytes():
    packed = Packed.of_table(np.zeros((4, 4), np.float32), 0, "int8")
    assert (opened(packed) == 0).all()
    assert (packed.scale == 1).all()


def test_what_nobody_models_adds_nothing():
    packed = Packed.of_table(table(), 0, "int8")
    place_of = np.where(ITEMS == 3, -1, ITEMS).astype(np.int32)
    out = np.zeros((1, N), np.float32)
    packed.score(ITEMS, place_of, checked(of_items([3, 5]), N), out)
    assert np.array_equal(out, scores(packed, [5]))
    assert packed.shares(np.array([-1]), ITEMS).tolist() == [[0.0]] * N
