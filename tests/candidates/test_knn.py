import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from settee.candidates import Knn, UnknownPosition
from settee.core import SourceSettings
from tests.candidates.world import baskets, crowd, dense, films, of_items

PLAIN = {
    "knn_shrinkage": 0.0,
    "knn_account_power": 0.0,
    "knn_history_power": 0.5,
    "knn_target_power": 0.5,
}


def fit(events, **settings):
    return Knn.fit(events, films(events.n_items), SourceSettings(**settings))


def similarity(source, n_items):
    """Row h: what h in a history says for every item."""
    return source.score(of_items(*([h] for h in range(n_items))))


def test_the_plain_form_is_the_cosine_of_scikit_learn():
    events = crowd(3)
    expected = cosine_similarity(dense(events).T)
    np.fill_diagonal(expected, 0.0)
    assert np.allclose(similarity(fit(events, **PLAIN), events.n_items), expected, atol=1e-6)


def test_all_settings_follow_the_formula():
    events = crowd(4)
    matrix = dense(events)
    sizes = matrix.sum(axis=1)
    weight = sizes**-1.0
    weight *= sizes.sum() / (weight @ sizes)
    both = (matrix * weight[:, None]).T @ matrix
    audience = np.maximum(np.diag(both), 1e-9)
    expected = both / (np.outer(audience**0.7, audience**0.4) + 5.0)
    np.fill_diagonal(expected, 0.0)
    found = similarity(fit(events, knn_shrinkage=5.0), events.n_items)
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_what_two_of_two_shared_outranks_what_one_of_two_shared():
    source = fit(baskets([0, 1], [0, 1, 2], n_items=4))
    score = source.score(of_items([0]))[0]
    assert score[1] > score[2] > 0 == score[3] == score[0]


def test_each_target_keeps_only_its_strongest_neighbours():
    events = crowd(5)
    full = similarity(fit(events), events.n_items)
    kept = similarity(fit(events, knn_neighbours=3), events.n_items)
    assert ((kept > 0).sum(axis=0) <= 3).all()
    for target in range(events.n_items):
        strongest = np.sort(full[:, target])[::-1][:3]
        assert np.array_equal(np.sort(kept[:, target])[::-1][:3], strongest)


@pytest.mark.parametrize(
    "changed",
    [
        {"knn_neighbours": 2},
        {"knn_shrinkage": 1.0},
        {"knn_account_power": 0.0},
        {"knn_history_power": 0.2},
        {"knn_target_power": 0.9},
        {"max_history": 3},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_each_setting_changes_whom_the_score_puts_first(changed):
    events = crowd(6)
    everybody = of_items(*([a, b] for a in range(40) for b in range(a)))
    before = np.argsort(-fit(events).score(everybody), axis=1, kind="stable")[:, :5]
    after = np.argsort(-fit(events, **changed).score(everybody), axis=1, kind="stable")[:, :5]
    assert not np.array_equal(before, after)


def test_a_share_is_zero_where_an_item_is_no_neighbour():
    source = fit(baskets([0, 1], [2, 3], n_items=4))
    found = source.shares(np.array([0, 2], np.int32), np.array([1, 3, 1], np.int32))
    assert (found > 0).tolist() == [[True, False], [False, True], [True, False]]


@pytest.mark.parametrize("bad", [-1, 4, 2**31 - 1])
def test_a_position_outside_the_catalogue_is_refused_everywhere(bad):
    source = fit(baskets([0, 1], n_items=4))
    good, outside = np.array([0], np.int32), np.array([bad], np.int32)
    with pytest.raises(UnknownPosition, match="0 to 3"):
        source.score(of_items([0, bad]))
    with pytest.raises(UnknownPosition):
        source.shares(outside, good)
    with pytest.raises(UnknownPosition):
        source.shares(good, outside)


def test_any_number_of_threads_gives_the_same_bytes():
    fitted = [
        Knn.fit(crowd(4, 300), films(40), SourceSettings(knn_threads=n)).to_arrays()
        for n in (1, 2, 7)
    ]
    for name, array in fitted[0].items():
        assert all(array.tobytes() == other[name].tobytes() for other in fitted[1:])
