import numpy as np
import pytest

from settee.candidates import Ease, SolveFailed
from settee.core import SourceSettings
from tests.candidates.world import baskets, crowd, dense, films, of_items

PLAIN = {"ease_dropout": 0.0, "ease_account_power": 0.0}


def fit(events, **settings):
    return Ease.fit(events, films(events.n_items), SourceSettings(**settings))


def closed_form(gram, l2, dropout=0.0):
    """Equation 8 of Steck (2019) in float64."""
    known = np.flatnonzero(np.diag(gram))
    part = gram[np.ix_(known, known)]
    ridge = l2 * np.eye(len(known)) + dropout / (1 - dropout) * np.diag(np.diag(part))
    inverse = np.linalg.inv(part + ridge)
    weight = -inverse / np.diag(inverse)
    np.fill_diagonal(weight, 0.0)
    out = np.zeros_like(gram)
    out[np.ix_(known, known)] = weight
    return out


def weights(source, n_items):
    return source.score(of_items(*([h] for h in range(n_items))))


@pytest.mark.parametrize("l2", [0.5, 20.0, 500.0])
def test_the_plain_form_is_the_closed_form(l2):
    events = crowd(1)
    matrix = dense(events)
    found = weights(fit(events, ease_l2=l2, **PLAIN), events.n_items)
    assert np.allclose(found, closed_form(matrix.T @ matrix, l2), atol=2e-5)


def test_dropout_and_account_power_follow_the_formula():
    events = crowd(2)
    matrix = dense(events)
    sizes = matrix.sum(axis=1)
    weight = sizes**-0.5
    weight *= sizes.sum() / (weight @ sizes)
    gram = (matrix * weight[:, None]).T @ matrix
    found = weights(
        fit(events, ease_l2=7.0, ease_dropout=0.3, ease_account_power=0.5), events.n_items
    )
    assert np.allclose(found, closed_form(gram, 7.0, 0.3), atol=2e-5)


def test_who_explains_away_whom():
    # 0 and 1 always come together, and 2 comes with 0; 1 alone says less for 2 than both do.
    source = fit(baskets([0, 1], [0, 1], [0, 1, 2], [0, 2], n_items=3), ease_l2=0.1, **PLAIN)
    weight = weights(source, 3)
    assert weight[0, 2] > 0 > weight[1, 2]


def test_only_the_most_wanted_items_are_modelled_and_others_score_nothing():
    events = baskets([0, 1, 2], [0, 1], [0, 1, 3], [0], n_items=5)
    source = fit(events, ease_max_items=2)
    assert source.items.tolist() == [0, 1]
    score = source.score(of_items([0, 3], [3]))
    assert score[0, 1] > 0
    assert (score[0, [0, 2, 3, 4]] == 0).all()
    assert (score[1] == 0).all()
    found = source.shares(np.array([0, 3], np.int32), np.array([1, 3], np.int32))
    assert found.tolist() == [[score[0, 1], 0], [0, 0]]


def test_the_limit_goes_to_the_lower_item_where_audiences_tie():
    assert fit(baskets([3, 1, 2], n_items=4), ease_max_items=2).items.tolist() == [1, 2]


def test_without_interest_all_scores_are_nothing():
    source = fit(baskets(n_items=3))
    assert source.score(of_items([0, 2], [])).tolist() == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    "changed",
    [
        {"ease_l2": 5.0},
        {"ease_dropout": 0.0},
        {"ease_account_power": 0.0},
        {"ease_max_items": 10},
        {"max_history": 3},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_each_setting_changes_whom_the_score_puts_first(changed):
    events = crowd(6)
    base = {"ease_l2": 1.0, "ease_dropout": 0.6, "ease_account_power": 1.0}
    everybody = of_items(*([a, b] for a in range(40) for b in range(a)))
    before = np.argsort(-fit(events, **base).score(everybody), axis=1, kind="stable")[:, :5]
    other = fit(events, **(base | changed)).score(everybody)
    assert not np.array_equal(before, np.argsort(-other, axis=1, kind="stable")[:, :5])


def test_a_matrix_that_cannot_be_solved_is_an_error_with_a_next_step():
    # Two items that always come together, and a ridge that float32 cannot see beside 40.
    events = baskets(*([[0, 1]] * 40), n_items=2)
    with pytest.raises(SolveFailed) as caught:
        fit(events, ease_l2=1e-12, **PLAIN)
    assert "ease_l2" in caught.value.hint


def orders(source):
    everybody = of_items(*([a, b] for a in range(40) for b in range(a)))
    return np.argsort(-source.score(everybody), axis=1, kind="stable")[:, :5]


@pytest.mark.parametrize("changed", [{"ease_taste_share": 0.8}, {"ease_tastes": 9},
                                     {"ease_taste_power": 1.0}])  # fmt: skip
def test_each_setting_of_tastes_changes_whom_the_score_puts_first(changed):
    base = {"ease_l2": 1.0, "ease_taste_share": 0.3, "ease_tastes": 2, "ease_taste_power": 0.0}
    before = orders(fit(crowd(6), **base))
    assert not np.array_equal(before, orders(fit(crowd(6), **(base | changed))))


def test_tastes_mixed_in_keep_the_diagonal_empty_and_the_order_of_accounts_idle():
    one = fit(crowd(6), ease_taste_share=0.4, ease_tastes=3)
    assert (np.diag(one.weight) == 0).all()
    sets = [[0, 1, 2], [1, 2], [3], [0, 3, 2], [2, 4]]
    some, other = (
        fit(baskets(*order, n_items=5), ease_taste_share=0.4, ease_tastes=2)
        for order in (sets, sets[::-1])
    )
    assert np.allclose(weights(some, 5), weights(other, 5), atol=1e-6)


@pytest.mark.parametrize("kept", [{"ease_keep": 8}, {"ease_numbers": "int8"},
                                  {"ease_numbers": "float16"},
                                  {"ease_keep": 8, "ease_numbers": "int8"}])  # fmt: skip
def test_packed_weights_are_near_the_dense_ones_written_back_and_explained(kept):
    events = crowd(6)
    plain, packed = fit(events, ease_l2=5.0), fit(events, ease_l2=5.0, **kept)
    people = of_items([1, 5, 8], [2], [])
    near, own = plain.score(people), packed.score(people)
    assert not np.array_equal(own, near)
    assert np.corrcoef(own.ravel(), near.ravel())[0, 1] > 0.8
    assert packed.packed.n_bytes < plain.weight.nbytes
    again = Ease.from_arrays(packed.to_arrays())
    assert again.score(people).tobytes() == own.tobytes()
    history, items = np.array([1, 5, 8], np.int32), np.arange(40, dtype=np.int32)
    assert np.allclose(packed.shares(history, items).sum(axis=1), own[0], rtol=1e-5, atol=1e-7)
    vectors = np.eye(len(packed.items), dtype=np.float32)
    assert np.allclose(packed.times(vectors), weights(packed, 40)[packed.items][:, packed.items])
    assert plain.times(vectors).tobytes() == plain.weight.tobytes()


def test_all_items_of_a_large_catalogue_are_modelled_from_those_like_them():
    events = crowd(6, n_accounts=1000)  # so many that every two items share an account
    few = {"ease_l2": 5.0, "ease_max_items": 10, "slim_threads": 1, "slim_sweeps": 500}
    cut = fit(events, **few)
    whole = fit(events, **few, ease_beyond="nearby")
    exact = fit(events, ease_l2=5.0)
    assert (len(cut.items), len(whole.items)) == (10, len(exact.items))
    assert np.allclose(weights(whole, 40), weights(exact, 40), atol=1e-3)
    fewer = fit(events, **few, ease_beyond="nearby", slim_nearby=3)
    assert np.diff(fewer.packed.start).sum() <= 3 * len(fewer.items)
    assert fit(events, ease_l2=5.0, ease_beyond="nearby").weight.shape == exact.weight.shape


def test_without_a_ridge_of_its_own_it_is_one_and_a_half_mean_audiences():
    events = crowd(5)
    audience = len(np.unique(events.account * 40 + events.item)) / len(np.unique(events.item))
    plain = {"ease_dropout": 0.0, "ease_account_power": 0.0}
    left = Ease.fit(events, films(40), SourceSettings(ease_l2=0.0, **plain)).weight
    said = Ease.fit(events, films(40), SourceSettings(ease_l2=2 * audience, **plain)).weight
    assert np.allclose(left, said, atol=1e-5)
    other = Ease.fit(events, films(40), SourceSettings(ease_l2=9 * audience, **plain)).weight
    assert not np.allclose(left, other, atol=1e-3)
