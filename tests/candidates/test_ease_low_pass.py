import numpy as np
import pytest

from settee.candidates.ease_low_pass import Tastes, broadest_tastes, mix_in
from tests.candidates.world import crowd, dense


def co_counts():
    matrix = dense(crowd(1, n_accounts=150)).astype(np.float32)
    return matrix.T @ matrix


@pytest.mark.parametrize("power", [0.0, 0.3])
def test_the_tastes_are_the_strongest_eigenvectors(power):
    gram = co_counts()
    scale = (np.diag(gram) / np.diag(gram).mean()) ** -power
    _, vectors = np.linalg.eigh(scale[:, None] * gram.astype(np.float64) * scale)
    best = vectors[:, ::-1][:, :2]
    found = broadest_tastes(np.triu(gram), 2, power)
    assert np.allclose(found.wanted @ found.wanted.T, best @ best.T, atol=1e-3)
    assert np.allclose(found.said, scale[:, None] * found.wanted, atol=1e-5)


def test_as_many_tastes_as_items_say_that_each_item_is_itself():
    found = broadest_tastes(co_counts(), 99, 0.0)
    assert np.allclose(found.said @ found.wanted.T, np.eye(40), atol=1e-4)


def test_no_items_have_no_tastes():
    assert broadest_tastes(np.zeros((0, 0), np.float32), 5, 0.3).said.shape == (0, 0)


def test_both_are_brought_to_one_size_before_they_are_mixed():
    rng = np.random.default_rng(3)
    weight = rng.normal(size=(6, 6)).astype(np.float32)
    np.fill_diagonal(weight, 0.0)
    wanted = np.linalg.qr(rng.normal(size=(6, 2)))[0].astype(np.float32)
    tastes = Tastes(100 * wanted, wanted)
    audience = rng.uniform(1, 9, 6).astype(np.float32)
    product = tastes.said @ wanted.T
    np.fill_diagonal(product, 0.0)
    size = [np.sqrt(audience @ (each**2).sum(axis=1)) for each in (weight, product)]
    expected = 0.6 * weight + 0.4 * product * size[0] / size[1]
    mix_in(weight, tastes, audience, 0.4)
    assert np.allclose(weight, expected, atol=1e-5)


def test_tastes_that_say_nothing_of_other_items_add_nothing():
    weight = np.array([[0, 2], [2, 0]], np.float32)
    eye = np.eye(2, dtype=np.float32)
    mix_in(weight, Tastes(eye, eye), np.ones(2, np.float32), 0.5)
    assert weight.tolist() == [[0, 1], [1, 0]]
