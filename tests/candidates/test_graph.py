import numpy as np
import pytest

from settee.candidates.graph import Graph
from settee.core import SourceSettings
from tests.candidates.world import baskets, crowd, dense, films, of_items


def fit(events, **settings):
    return Graph.fit(events, films(events.n_items), SourceSettings(**settings))


def weights(source):
    """Row h: what h in a history says for every item."""
    return source.score(of_items(*([h] for h in range(source.n_items))))


def formula(events, settings):
    """The filter by eigenvectors of the dense matrix, in float64."""
    matrix = dense(events)
    sizes, audience = matrix.sum(axis=1), np.maximum(matrix.sum(axis=0), 1)
    account = sizes**-settings.graph_account_power
    account *= sizes.sum() / (account @ sizes)
    evened = matrix * np.sqrt(account)[:, None] / np.sqrt(audience)
    strength, vectors = np.linalg.eigh(evened.T @ evened)
    strength, vectors = strength[::-1] / strength[-1], vectors[:, ::-1]
    known = min(settings.graph_patterns, int((strength > 1e-6).sum()))
    heard = strength / (strength + settings.graph_ridge)
    faintest = strength[known - 1] if known else 1.0
    heard[known:] = settings.graph_tail * strength[known:] / (faintest + settings.graph_ridge)
    if settings.graph_tail != 1.0 and known == int((strength > 1e-6).sum()):
        heard[known:] = 0.0
    out = (vectors * heard) @ vectors.T
    out *= audience[:, None] ** (0.5 - settings.graph_history_power)
    out *= audience ** (0.5 - settings.graph_target_power)
    np.fill_diagonal(out, 0.0)
    return out


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"graph_patterns": 0},
        {"graph_patterns": 12, "graph_tail": 0.3},
        {"graph_patterns": 5, "graph_tail": 0.0, "graph_account_power": 0.5},
        {"graph_ridge": 2.0, "graph_history_power": 0.2, "graph_target_power": 0.9},
    ],
    ids=str,
)
def test_scores_are_the_filter_by_eigenvectors(asked):
    events = crowd(3)
    settings = SourceSettings(**asked)
    found = weights(Graph.fit(events, films(40), settings))
    assert np.allclose(found, formula(events, settings), atol=1e-4)


def test_shares_are_the_weights_and_arrays_are_the_source():
    source = fit(crowd(7), graph_patterns=6)
    every = np.arange(40, dtype=np.int32)
    shares = source.shares(every, every)
    assert np.allclose(shares.T, weights(source), atol=1e-6)
    assert (np.diag(shares) == 0).all()
    read = Graph.from_arrays(source.to_arrays())
    asked = of_items([3, 1, 30], [])
    assert np.array_equal(read.score(asked), source.score(asked))
    assert (read.score(asked)[1] == 0).all()


def test_without_patterns_even_powers_are_two_steps_over_a_degree_each():
    events = crowd(4)
    matrix = dense(events)
    evened = matrix / np.sqrt(np.outer(matrix.sum(axis=1), np.maximum(matrix.sum(axis=0), 1)))
    two_steps = evened.T @ evened
    np.fill_diagonal(two_steps, 0.0)
    even = {"graph_history_power": 0.5, "graph_target_power": 0.5, "graph_account_power": 1.0}
    found = weights(fit(events, graph_patterns=0, **even))
    assert np.allclose(found / found.max(), two_steps / two_steps.max(), atol=1e-5)


def test_items_that_share_no_account_are_joined_by_patterns_and_not_by_two_steps():
    # 0 and 1 come together, and so do 1 and 2; nobody has 0 and 2. 3, 4 and 5 are likewise.
    events = baskets(*[[0, 1], [1, 2], [3, 4], [4, 5]] * 3, n_items=6)
    patterns = fit(events, graph_patterns=2, graph_tail=0.0)
    two_steps = fit(events, graph_patterns=0)
    assert patterns.score(of_items([0]))[0, 2] > 0.05
    assert abs(two_steps.score(of_items([0]))[0, 2]) < 1e-7
    assert (np.abs(patterns.score(of_items([0]))[0, 3:]) < 1e-6).all()


def test_two_groups_of_accounts_are_two_patterns():
    events = baskets(*[[0, 1, 2]] * 5, *[[3, 4]] * 7, n_items=5)
    source = fit(events, graph_patterns=10)
    assert source.vectors.shape == (5, 2)
    score = source.score(of_items([0], [3]))
    assert (score[0, [1, 2]] > 0.1).all()
    assert np.allclose(score[0, [0, 3, 4]], 0, atol=1e-6)
    assert score[1, 4] > 0.1
    assert np.allclose(score[1, [0, 1, 2, 3]], 0, atol=1e-6)


def test_held_out_items_are_found_better_than_by_popularity():
    events = crowd(9, n_accounts=400)
    source = fit(events)
    asked = crowd(10, n_accounts=200)
    matrix = dense(asked)
    rng = np.random.default_rng(3)
    found = popular = n = 0
    audience = dense(events).sum(axis=0)
    for row in matrix[matrix.sum(axis=1) >= 6]:
        items = rng.permutation(np.flatnonzero(row))
        scores = source.score(of_items(items[1:]))[0].astype(np.float64)
        common = audience.copy()
        scores[items[1:]] = common[items[1:]] = -np.inf
        found += items[0] in np.argsort(-scores)[:8]
        popular += items[0] in np.argsort(-common)[:8]
        n += 1
    assert n > 80
    assert found > popular + 0.1 * n


def test_each_target_keeps_the_items_where_the_rest_is_greatest():
    events = crowd(5)
    full = fit(events, graph_patterns=4).rest
    kept = fit(events, graph_patterns=4, graph_neighbours=3).rest
    every = np.arange(40, dtype=np.int32)
    before, after = np.abs(full.shares(every, every)), np.abs(kept.shares(every, every))
    assert ((after > 0).sum(axis=1) <= 3).all()
    assert np.allclose(np.sort(before, axis=1)[:, -3:], np.sort(after, axis=1)[:, -3:], atol=1e-6)


def test_an_item_without_an_audience_says_and_gets_nothing():
    events = baskets([0, 1], [0, 1, 3], [1, 3], n_items=6)
    source = fit(events)
    assert (source.score(of_items([2, 4]))[0] == 0).all()
    assert (source.score(of_items([0, 3]))[0, [2, 4, 5]] == 0).all()


def test_a_fit_tells_how_far_it_is():
    told = []
    Graph.fit(
        crowd(6, n_items=620),
        films(620),
        SourceSettings(graph_patterns=8),
        lambda *one: told.append(one),
    )
    assert ("find patterns", 3, 6) in told
    assert told[-1] == ("join items", 620, 620)
    assert all(0 <= done <= total for _, done, total in told)


@pytest.mark.parametrize(
    "changed",
    [
        {"graph_patterns": 20},
        {"graph_ridge": 1.0},
        {"graph_account_power": 0.0},
        {"graph_history_power": 0.1},
        {"graph_target_power": 0.9},
        {"graph_tail": 0.0},
        {"graph_neighbours": 2},
        {"max_history": 3},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_each_setting_changes_whom_the_score_puts_first(changed):
    events = crowd(6)
    base = {"graph_patterns": 5}
    everybody = of_items(*([a, b] for a in range(40) for b in range(a)))
    before = np.argsort(-fit(events, **base).score(everybody), axis=1, kind="stable")[:, :5]
    other = fit(events, **(base | changed)).score(everybody)
    assert not np.array_equal(before, np.argsort(-other, axis=1, kind="stable")[:, :5])
