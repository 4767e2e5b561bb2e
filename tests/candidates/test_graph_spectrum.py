from dataclasses import replace

import numpy as np
import pytest

from settee.candidates.graph_spectrum import strongest_patterns
from settee.candidates.matrix import wanted
from settee.events import no_progress
from tests.candidates.world import baskets, crowd, dense


def patterns(events, n, scale=1.0):
    cells = wanted(events, 1000)
    cells = replace(cells, value=(cells.value * scale).astype(np.float32))
    return strongest_patterns(cells, n, no_progress)


@pytest.mark.parametrize("n", [1, 6, 40])
def test_patterns_are_the_leading_singular_vectors_of_numpy(n):
    events = crowd(1, n_accounts=300)
    _, values, rows = np.linalg.svd(dense(events), full_matrices=False)
    found = patterns(events, n)
    known = found.vectors.shape[1]
    assert known == min(n, 40)
    assert np.allclose(found.strength, values[:known] ** 2, rtol=1e-4)
    assert found.loudest == pytest.approx(values[0] ** 2, rel=1e-5)
    alike = np.abs((found.vectors * rows[:known].T).sum(axis=0))
    assert np.allclose(alike, 1.0, atol=1e-3)
    assert np.allclose(found.vectors.T @ found.vectors, np.eye(known), atol=1e-4)


def test_a_block_narrower_than_the_catalogue_finds_what_groups_there_are():
    # Six groups of 100 items, each wanted by accounts of their own: six patterns of equal items.
    groups = [list(range(100 * g, 100 * g + 100)) for g in range(6)]
    events = baskets(*[group for g, group in enumerate(groups) for _ in range(g + 2)], n_items=601)
    found = patterns(events, 6)
    assert np.allclose(found.strength, [100 * (g + 2) for g in range(5, -1, -1)], rtol=1e-3)
    for place, group in enumerate(groups[::-1]):
        assert np.allclose(np.abs(found.vectors[group, place]), 0.1, atol=1e-3)
    assert (found.vectors[600] == 0).all()


def test_a_narrow_block_agrees_with_numpy_on_uneven_tastes():
    events = crowd(5, n_accounts=120, n_items=600)
    _, values, rows = np.linalg.svd(dense(events), full_matrices=False)
    found = patterns(events, 30)
    assert np.allclose(found.strength[:5], values[:5] ** 2, rtol=1e-2)
    kept = np.linalg.norm(rows[:3] @ found.vectors, axis=1)
    assert (kept > 0.99).all()


def test_patterns_of_rounding_errors_are_left_out():
    assert patterns(baskets([0, 1], [0, 1], n_items=4), 4).vectors.shape == (4, 1)


def test_no_patterns_asked_for_still_tell_the_loudest():
    found = patterns(baskets([0, 1], [0, 1], n_items=4), 0)
    assert found.vectors.shape == (4, 0)
    assert found.loudest == pytest.approx(4.0)


def test_strength_grows_with_the_square_of_the_cells():
    events = crowd(2)
    one, two = patterns(events, 5), patterns(events, 5, scale=2.0)
    assert np.allclose(4 * one.strength, two.strength, rtol=1e-5)


def test_nobody_has_no_patterns():
    found = patterns(baskets(n_items=3), 2)
    assert found.vectors.shape == (3, 0)
    assert found.loudest == 1.0
