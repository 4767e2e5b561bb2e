import numpy as np
import pytest

from settee.candidates import Ease, SolveFailed, account_bound, co_counts, ease_of_counts, moved
from settee.candidates.federate import BadCounts, _without_noise, n_count_cells
from settee.core import SourceSettings
from tests.candidates.world import baskets, crowd, dense, films, of_items

ALL = np.arange(40, dtype=np.int32)


def silos(events, n=3):
    return [events.where(events.account % n == one) for one in range(n)]


def summed(events, settings, places=ALL):
    rows = [
        co_counts(one, places, settings.max_history, settings.ease_account_power)
        for one in silos(events)
    ]
    return np.sum(rows, axis=0)


def together(events, settings, sigma=0.0):
    return ease_of_counts(
        summed(events, settings), events.n_items, settings, settings.max_history,
        settings.ease_account_power, sigma,
    )  # fmt: skip


def test_counts_of_three_accounts_are_known():
    events = baskets([0], [0, 1], [1], n_items=3)
    counts = co_counts(events, np.array([0, 1], np.int32), 2, 0.0)
    assert counts.tolist() == [2, 1, 2, 4 / 2]
    # The account of two items counts half: 1 / 2 for each of its cells.
    counts = co_counts(events, np.array([1, -1, 0], np.int32), 2, 1.0)
    assert counts.tolist() == [1.5, 0, 0.5, 0, 0, 1.5, 4 / 2]


def test_counts_are_the_upper_triangle_of_the_gram():
    events = crowd(3)
    counts = co_counts(events, ALL, 500, 0.0)
    gram = dense(events).T @ dense(events)
    assert np.array_equal(counts[:-1], gram[np.triu_indices(40)])


@pytest.mark.parametrize("max_history", [4, 500])
def test_ease_of_the_silos_is_central_ease_bit_for_bit(max_history):
    events = crowd(5, n_accounts=90)
    settings = SourceSettings(ease_l2=5.0, ease_account_power=0.0, max_history=max_history)
    central, found = Ease.fit(events, films(40), settings), together(events, settings)
    assert found.items.tobytes() == central.items.tobytes()
    assert found.weight.tobytes() == central.weight.tobytes()
    alone = ease_of_counts(
        co_counts(silos(events)[0], ALL, max_history, 0.0), 40, settings, max_history, 0.0
    )
    assert np.abs(alone.score(of_items([1])) - central.score(of_items([1]))).max() > 0.01


def test_weighted_accounts_differ_from_central_ease_by_rounding_alone():
    events = crowd(6, n_accounts=90)
    settings = SourceSettings(ease_l2=5.0, ease_account_power=0.5, max_history=10)
    central, found = Ease.fit(events, films(40), settings), together(events, settings)
    assert np.allclose(found.weight, central.weight, rtol=0, atol=1e-6)


def test_items_that_nobody_wants_are_not_modelled():
    events = baskets([0, 2], [0, 2], [2], n_items=4)
    settings = SourceSettings(ease_account_power=0.0)
    found = ease_of_counts(co_counts(events, ALL[:4], 500, 0.0), 4, settings, 500, 0.0)
    assert found.items.tolist() == [0, 2]
    nobody = ease_of_counts(np.zeros(n_count_cells(0)), 0, settings, 500, 0.5)
    assert nobody.weight.shape == (0, 0)


def test_no_account_changes_more_than_the_bound():
    c, power = 6, 0.5
    for n in range(1, 12):
        one = baskets(list(range(n)), n_items=12)
        moved_by = np.linalg.norm(co_counts(one, np.arange(12, dtype=np.int32), c, power))
        assert moved_by <= account_bound(c, power) + 1e-12
    most = baskets(list(range(c)), n_items=12)
    reached = np.linalg.norm(co_counts(most, np.arange(12, dtype=np.int32), c, power))
    assert reached == pytest.approx(account_bound(c, power)), "the bound is no larger than needed"


def blocks(n_accounts=400):
    """Two circles of ten items each, and ten items that hardly anybody wants."""
    rng = np.random.default_rng(3)
    rows = [rng.choice(10, 5, replace=False) + 10 * (who % 2) for who in range(n_accounts)]
    return baskets(*map(list, rows), [20], [21, 22], n_items=30)


def test_noise_is_taken_off_and_the_circles_are_left():
    events = blocks()
    settings = SourceSettings(ease_l2=5.0, ease_account_power=0.0, max_history=10)
    counts = co_counts(events, np.arange(30, dtype=np.int32), 10, 0.0)
    rng = np.random.default_rng(0)
    noisy = counts + rng.normal(0, 10.0, len(counts))
    found = ease_of_counts(noisy, 30, settings, 10, 0.0, sigma=10.0)
    assert found.items.tolist() == list(range(20)), "what noise drowns is left out"

    def right(source):
        """Share of the nine best of each item that are of its circle; by chance 9 of 19."""
        score = source.score(of_items(*([item] for item in range(20))))[:, :20]
        best = np.argsort(-score, axis=1)[:, :9]
        return np.mean(best // 10 == np.arange(20)[:, None] // 10)

    assert right(found) > 0.7 > 9 / 19
    with pytest.raises(SolveFailed):
        ease_of_counts(noisy * 100, 30, settings, 10, 0.0)  # taken as if there were no noise


def test_noise_leaves_a_matrix_and_what_it_is_made_of_stays():
    rng = np.random.default_rng(1)
    parts = rng.normal(size=(80, 2)) * 5
    truth = parts @ parts.T
    noise = rng.normal(0, 2.0, (80, 80))
    noisy = (truth + np.triu(noise) + np.triu(noise, 1).T).astype(np.float32)
    found = _without_noise(np.triu(noisy), 2.0)
    assert np.linalg.norm(found - truth) < 0.4 * np.linalg.norm(noisy - truth)


def test_where_noise_drowns_everything_nothing_is_put_forward():
    settings = SourceSettings(ease_l2=5.0, ease_account_power=0.0)
    counts = co_counts(blocks(20), np.arange(30, dtype=np.int32), 10, 0.0)
    found = ease_of_counts(counts, 30, settings, 10, 0.0, sigma=1e4)
    assert len(found.items) == 0
    assert (found.score(of_items([1, 2])) == 0).all()


def test_counts_of_another_size_are_refused():
    with pytest.raises(BadCounts, match="3 counts for 4 items; 11 are needed"):
        ease_of_counts(np.zeros(3), 4, SourceSettings(), 500, 0.0)


def test_weights_move_to_the_places_of_another_catalogue():
    source = together(crowd(8), SourceSettings(ease_l2=5.0))
    places = np.full(40, -1, np.int32)
    places[[3, 1, 7]] = [0, 5, 2]  # the catalogue has three of them, in another order
    there = moved(source, places, 6)
    assert there.items.tolist() == [0, 2, 5]
    ours = source.score(of_items([3]))[0]
    assert there.score(of_items([0]))[0].tolist() == [0, 0, ours[7], 0, 0, ours[1]]
