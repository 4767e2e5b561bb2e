import numpy as np
import pytest

from settee.candidates import Popular, UnknownPosition
from settee.candidates.next_ridge import NextRidge
from settee.candidates.solve import SolveFailed
from settee.core import SourceSettings
from tests.candidates.world import baskets, crowd, films, of_items

N = 12


def fit(events, **settings):
    names = {f"next_ridge_{name}": value for name, value in settings.items() if name != "history"}
    given = SourceSettings(max_history=settings.get("history", 500), **names)
    return NextRidge.fit(events, films(events.n_items), given)


def stories_of(events):
    """Per account its distinct items as they came, each where it came last."""
    out = []
    for who in range(events.n_accounts):
        items = events.item[events.account == who].tolist()
        out.append([item for at, item in enumerate(items) if item not in items[at + 1 :]])
    return out


def moments(events, decays, power=0.0):
    """What describes each moment (items at the first decay, then at the second), what came next."""
    stories = stories_of(events)
    sizes = np.array([len(story) for story in stories])
    weight = np.where(sizes > 0, np.maximum(sizes, 1.0), 1.0) ** -power
    weight *= sizes.sum() / (weight @ sizes)
    x, y = [], []
    for story, w in zip(stories, weight, strict=True):
        for t in range(1, len(story)):
            row = np.zeros((2, events.n_items))
            for p in range(t):
                row[:, story[p]] = np.power(decays, t - p - 1)
            x.append(np.sqrt(w) * row.ravel())
            y.append(np.sqrt(w) * (np.arange(events.n_items) == story[t]))
    return np.array(x), np.array(y)


def ridge(events, decays, l2, power=0.0):
    """The textbook's ridge regression, (2, n_items, n_items), nothing for an item itself."""
    x, y = moments(events, decays, power)
    weight = np.linalg.solve(x.T @ x + l2 * np.eye(x.shape[1]), x.T @ y)
    weight = weight.reshape(2, events.n_items, events.n_items)
    weight[:, range(events.n_items), range(events.n_items)] = 0.0
    return weight


def expected(weight, decays, *histories):
    out = np.zeros((len(histories), weight.shape[1]))
    for row, history in zip(out, histories, strict=True):
        for lag, item in enumerate(reversed(history)):
            row += decays[0] ** lag * weight[0, item] + decays[1] ** lag * weight[1, item]
    return out


def chains(seed, n_accounts=80):
    """Stories that mostly go round the items in one direction."""
    rng = np.random.default_rng(seed)
    stories = []
    for _ in range(n_accounts):
        steps = rng.choice([1, 1, 1, 1, 1, 2, 5], int(rng.integers(2, N)))
        around = (rng.integers(N) + np.cumsum(steps)) % N
        stories.append(list(dict.fromkeys(around.tolist())))
    return stories


@pytest.mark.parametrize("power", [0.0, 0.7])
def test_the_weights_are_those_of_a_ridge_regression_over_all_moments(power):
    events = crowd(5, n_accounts=30, n_items=20)
    source = fit(events, fast=0.6, slow=0.95, l2=2.0, account_power=power)
    histories = ([3, 1, 7], [0], [2, 9, 11, 4, 5])
    wanted = expected(ridge(events, [0.6, 0.95], 2.0, power), [0.6, 0.95], *histories)
    assert np.allclose(source.score(of_items(*histories)), wanted, rtol=1e-3, atol=1e-5)


def test_counts_are_the_ridge_of_each_item_alone_and_any_mixture_lies_between():
    events = crowd(6, n_accounts=30, n_items=20)
    x, y = moments(events, [0.6, 0.95])
    n = events.n_items
    weight = np.zeros((2, n, n))
    for item in range(n):
        own = x[:, [item, n + item]]
        weight[:, item] = np.linalg.solve(own.T @ own + 3.0 * np.eye(2), own.T @ y)
        weight[:, item, item] = 0.0
    alone = expected(weight, [0.6, 0.95], [3, 1, 7])
    together = expected(ridge(events, [0.6, 0.95], 3.0), [0.6, 0.95], [3, 1, 7])
    for share in (0.0, 0.25, 1.0):
        found = fit(events, fast=0.6, slow=0.95, l2=3.0, counts=share).score(of_items([3, 1, 7]))
        assert np.allclose(found, share * alone + (1 - share) * together, rtol=1e-3, atol=1e-5)
    apart = fit(events, fast=0.6, slow=0.95, l2=3.0, max_items=0).score(of_items([3, 1, 7]))
    assert np.allclose(apart, alone, rtol=1e-4, atol=1e-6)


def test_what_usually_follows_stands_before_what_is_popular():
    stories = chains(1)
    trained, asked = stories[:60], [story for story in stories[60:] if len(story) > 2]
    events = baskets(*trained, n_items=N)
    histories = of_items(*(story[:-1] for story in asked))
    right = np.array([story[-1] for story in asked])
    popular = Popular.fit(events, films(N), SourceSettings())
    hits = []
    for source in (fit(events, l2=1.0), popular):
        scores = source.score(histories)
        for person, story in enumerate(asked):
            scores[person, story[:-1]] = -np.inf
        hits.append(np.mean(scores.argmax(axis=1) == right))
    assert hits[0] > 1.5 * hits[1] > 0


def test_the_order_of_a_history_decides():
    source = fit(baskets(*[[0, 1, 2, 3]] * 5, n_items=5), l2=1.0)
    after_one, after_two = source.score(of_items([2, 0, 1], [0, 1, 2]))
    assert after_one[[2, 3]].argmax() == 0
    assert after_two[3] > after_one[3]


def test_an_item_that_is_nobodys_any_more_moves_no_other_one_back_in_time():
    source = fit(crowd(7))
    people = of_items([3, 1, 30])
    none = type(people)(people.indptr, people.item, people.at_s, np.array([1, 1, 0], np.float32))
    assert source.score(none).tobytes() == source.score(of_items([3, 1])).tobytes()


@pytest.mark.parametrize(
    "changed",
    [
        {"l2": 1.0},
        {"fast": 0.2},
        {"slow": 0.7},
        {"counts": 1.0},
        {"account_power": 2.0},
        {"max_items": 10},
        {"history": 3},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_each_setting_changes_whom_the_score_puts_first(changed):
    events = crowd(8)
    people = of_items(*([a, b] for a in range(40) for b in range(40) if a != b))
    before = np.argsort(-fit(events).score(people), axis=1, kind="stable")[:, :5]
    after = np.argsort(-fit(events, **changed).score(people), axis=1, kind="stable")[:, :5]
    assert not np.array_equal(before, after)


def test_where_counts_are_kept_each_item_keeps_the_strongest_that_follow_it():
    events = crowd(9)
    everything = of_items(*([item] for item in range(40)))
    full = fit(events, max_items=0).score(everything)
    kept = fit(events, max_items=0, neighbours=3).score(everything)
    assert ((kept > 0).sum(axis=1) == np.minimum((full > 0).sum(axis=1), 3)).all()
    assert np.array_equal(np.sort(kept, axis=1)[:, -3:], np.sort(full, axis=1)[:, -3:])


def test_where_counts_are_kept_an_item_out_of_reach_does_not_follow():
    source = fit(baskets([0, 1, 2, 3], [0, 1, 2, 3], n_items=4), max_items=0, lags=2)
    assert (source.score(of_items([0]))[0] > 0).tolist() == [False, True, True, False]


def test_rare_items_are_found_beside_those_that_are_solved_together():
    stories = [[0, 1, 2]] * 9 + [[0, 3, 1]] * 2
    source = fit(baskets(*stories, n_items=5), max_items=3, l2=0.1)
    assert source.items.tolist() == [0, 1, 2]
    after_zero, after_three = source.score(of_items([0], [3]))
    assert after_zero[3] > 0
    assert after_three.argmax() == 1
    assert after_zero[4] == after_three[4] == 0


def test_a_matrix_that_cannot_be_solved_is_an_error_that_says_so(monkeypatch):
    from scipy.linalg import lapack

    monkeypatch.setattr(lapack, "spotrf", lambda gram, **_: (gram, 7))
    with pytest.raises(SolveFailed, match="over 4 items was not solved \\(status 7\\)"):
        fit(baskets([0, 1], [2, 3], n_items=4))


@pytest.mark.parametrize("bad", [-1, 40])
def test_a_position_outside_the_catalogue_is_refused_everywhere(bad):
    source = fit(crowd(2))
    good, outside = np.array([0], np.int32), np.array([bad], np.int32)
    with pytest.raises(UnknownPosition, match="0 to 39"):
        source.score(of_items([0, bad]))
    with pytest.raises(UnknownPosition):
        source.shares(outside, good)
    with pytest.raises(UnknownPosition):
        source.shares(good, outside)
