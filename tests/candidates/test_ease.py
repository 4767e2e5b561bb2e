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
