from types import SimpleNamespace

import numpy as np
import pytest

from settee.candidates import Slim
from settee.core import SourceSettings
from tests.candidates.world import baskets, crowd, dense, films, of_items

LOOSE = {
    "slim_l1": 0.0,
    "slim_l2": 2.0,
    "slim_dropout": 0.0,
    "slim_account_power": 0.0,
    "slim_sweeps": 1000,
    "slim_threads": 1,
}


def fit(events, **settings):
    return Slim.fit(events, films(events.n_items), SourceSettings(**(LOOSE | settings)))


def weights(source, n_items):
    return source.score(of_items(*([h] for h in range(n_items))))


def one_by_one(gram, l2, dropout=0.0):
    """The ridge towards each item on all that were ever wanted with it, in float64."""
    n = len(gram)
    out = np.zeros((n, n))
    for item in range(n):
        rest = np.flatnonzero((gram[item] > 0) & (np.arange(n) != item))
        part = gram[np.ix_(rest, rest)].copy()
        part[np.diag_indices(len(rest))] /= 1 - dropout
        out[rest, item] = np.linalg.solve(part + l2 * np.eye(len(rest)), gram[rest, item])
    return out


def test_without_sparsity_and_with_all_items_asked_it_is_the_ridge_of_each_item():
    events = crowd(1)
    matrix = dense(events)
    found = weights(fit(events), events.n_items)
    assert np.allclose(found, one_by_one(matrix.T @ matrix, 2.0), atol=1e-3)


def test_dropout_and_account_power_follow_the_formula():
    events = crowd(2)
    matrix = dense(events)
    sizes = matrix.sum(axis=1)
    weight = sizes**-0.5
    weight *= sizes.sum() / (weight @ sizes)
    gram = (matrix * weight[:, None]).T @ matrix
    source = fit(events, slim_dropout=0.3, slim_account_power=0.5)
    assert np.allclose(weights(source, events.n_items), one_by_one(gram, 2.0, 0.3), atol=1e-3)


def test_a_weight_stays_only_where_the_rest_leaves_evidence_above_the_least():
    events = crowd(3)
    matrix = dense(events)
    gram = matrix.T @ matrix
    found = weights(fit(events, slim_l1=2.0), events.n_items).astype(np.float64)
    left = gram - (gram + 2.0 * np.eye(events.n_items)) @ found
    off = ~np.eye(events.n_items, dtype=bool) & (gram > 0)
    assert 0.02 < (found[off] != 0).mean() < 0.9
    assert np.allclose(
        left[off & (found != 0)], 2.0 * np.sign(found[off & (found != 0)]), atol=0.02
    )
    assert (np.abs(left[off & (found == 0)]) <= 2.02).all()


def test_more_sparsity_keeps_fewer_weights():
    kept = [np.count_nonzero(fit(crowd(3), slim_l1=l1).weights.code) for l1 in (0.0, 1.0, 4.0)]
    assert kept[0] > kept[1] > kept[2] > 0


def test_nobody_speaks_against_an_item_where_that_is_not_allowed():
    both, one = fit(crowd(4)), fit(crowd(4), slim_negative=False)
    assert both.weights.code.min() < 0 < both.weights.code.max()
    assert one.weights.code.min() > 0


def test_only_the_most_alike_items_get_a_weight():
    events = baskets([0, 1], [0, 1], [0, 2], [0, 1, 2], [0, 3], n_items=4)
    source = fit(events, slim_nearby=1, slim_like_power=0.0)
    assert (weights(source, 4)[:, 0] != 0).tolist() == [False, True, False, False]


def test_a_taste_puts_its_own_items_before_the_most_popular_ones():
    # Even accounts like even items; item 0 is the most wanted of all.
    events = crowd(5, n_accounts=200)
    source = fit(events, slim_l1=0.5, slim_l2=5.0)
    score = source.score(of_items([9, 11, 13]))[0]
    popular = dense(events).sum(axis=0)
    odd = np.arange(15, 40, 2)
    even = np.arange(14, 39, 2)
    assert score[odd].mean() > score[even].mean()
    assert popular[odd].mean() <= popular[even].mean()


@pytest.mark.parametrize(
    "changed",
    [
        {"slim_l1": 2.0},
        {"slim_l2": 50.0},
        {"slim_dropout": 0.6},
        {"slim_account_power": 1.0},
        {"slim_nearby": 5},
        {"slim_negative": False},
        {"slim_sweeps": 1},
        {"slim_numbers": "int8"},
        {"max_history": 3},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_each_setting_changes_scores(changed):
    everybody = of_items(*([a, b] for a in range(40) for b in range(a)))
    before = fit(crowd(6)).score(everybody)
    assert not np.array_equal(fit(crowd(6), **changed).score(everybody), before)


def test_damping_much_wanted_items_changes_who_is_asked():
    some = [fit(crowd(6), slim_nearby=5, slim_like_power=power) for power in (0.0, 1.0)]
    assert not np.array_equal(*(weights(source, 40) for source in some))


def test_threads_change_no_byte_and_progress_is_told():
    told = SimpleNamespace(calls=[])
    events = crowd(7)
    settings = SourceSettings(**(LOOSE | {"slim_threads": 3}))
    three = Slim.fit(events, films(40), settings, lambda *call: told.calls.append(call))
    one = fit(events)
    assert told.calls == [("weights towards items", 40, 40)]
    for name, array in one.to_arrays().items():
        assert array.tobytes() == three.to_arrays()[name].tobytes()
