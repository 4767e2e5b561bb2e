import numpy as np
import pytest

from settee.candidates import Popular, UnknownPosition
from settee.candidates.session_knn import SessionKnn
from settee.core import SourceSettings
from tests.candidates.world import DAY_S, baskets, crowd, films, of_items, record

FLAT = {
    "fade": 1.0,
    "distance": 1.0,
    "before": 1.0,
    "length_power": 0.0,
    "rarity": 0.0,
    "half_life_days": 1e9,
}
"""Every session that shares an item speaks as loud as the number it shares."""


def fit(events, **settings):
    names = {f"session_knn_{name}": value for name, value in settings.items() if name != "history"}
    given = SourceSettings(max_history=settings.get("history", 500), **names)
    return SessionKnn.fit(events, films(events.n_items), given)


def test_flat_settings_count_what_is_shared_with_each_session():
    source = fit(baskets([0, 1, 2], [1, 2, 3], [4, 3], n_items=6), **FLAT)
    assert source.score(of_items([0, 1]))[0].tolist() == [1.0, 1.0, 3.0, 1.0, 0.0, 0.0]
    assert source.score(of_items([4]))[0].tolist() == [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]


def test_an_item_shared_just_now_outweighs_one_of_long_ago():
    source = fit(baskets([0, 2], [1, 3], n_items=5), **FLAT | {"fade": 0.5})
    assert source.score(of_items([0, 4, 1]))[0].tolist() == [0.0, 0.0, 0.25, 1.0, 0.0]


def test_what_came_soon_after_the_last_item_in_common_stands_first():
    source = fit(baskets([4, 3, 0, 1, 2], n_items=5), **FLAT | {"distance": 0.5, "before": 0.25})
    assert source.score(of_items([0]))[0].tolist() == [0.0, 1.0, 0.5, 0.25, 0.125]


def test_a_long_session_says_less_of_each_item():
    source = fit(baskets([0, 1], [0, 2, 3, 4], n_items=5), **FLAT | {"length_power": 0.5})
    assert np.allclose(source.score(of_items([0]))[0, [1, 2]], [0.5**0.5, 0.5])


def test_a_rare_item_is_lifted_by_its_rarity():
    events = baskets([0, 1], [0, 2], [3, 2], n_items=4)
    found = fit(events, **FLAT | {"rarity": 1.0}).score(of_items([0]))[0]
    assert np.allclose(found[[1, 2]], np.log([4 / 1, 4 / 2]))


def test_a_session_counts_half_after_its_half_life():
    events = record([(0, 0, 0), (0, 1, 1), (1, 0, 10 * DAY_S), (1, 2, 10 * DAY_S + 1)], 3)
    found = fit(events, **FLAT | {"half_life_days": 10.0}).score(of_items([0]))[0]
    assert np.allclose(found, [0.0, 0.5, 1.0])


def test_a_silence_ends_a_session():
    events = record([(0, 0, 0), (0, 1, 10), (0, 2, 500), (0, 3, 510)], 4)
    apart, whole = (fit(events, gap_s=gap, **FLAT).score(of_items([1]))[0] for gap in (100, 1000))
    assert apart.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert whole.tolist() == [1.0, 0.0, 1.0, 1.0]


def test_the_first_event_of_an_account_begins_a_session_however_near_it_lies_to_the_one_before():
    events = record([(0, 0, 0), (0, 1, 1), (1, 2, 2), (1, 3, 3)], 4)
    assert fit(events, **FLAT).score(of_items([1]))[0].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_only_the_most_alike_sessions_speak():
    events = baskets([0, 1, 2], [0, 3], n_items=4)
    assert fit(events, sessions=1, **FLAT).score(of_items([0, 1]))[0, [2, 3]].tolist() == [2.0, 0.0]
    assert fit(events, sessions=2, **FLAT).score(of_items([0, 1]))[0, [2, 3]].tolist() == [2.0, 1.0]


def test_only_the_latest_sessions_of_an_item_are_looked_at():
    events = record([(0, 0, 50), (0, 1, 51), (1, 0, 60), (1, 2, 61), (2, 0, 10), (2, 3, 11)], 4)
    assert fit(events, recent=1, **FLAT).score(of_items([0]))[0].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert fit(events, recent=2, **FLAT).score(of_items([0]))[0].tolist() == [0.0, 1.0, 1.0, 0.0]


def test_a_session_of_one_item_is_not_kept():
    assert len(fit(baskets([0], [1, 2], n_items=3)).index.worth) == 1


def test_it_finds_what_the_same_circle_goes_on_with_before_what_is_popular():
    rng = np.random.default_rng(3)
    stories = []
    for who in range(120):
        own = rng.permutation(np.arange(20) + 20 * (who % 3))[:8]
        stories.append([*own[:4], 60, *own[4:]])  # everybody wants item 60
    events, n_asked = baskets(*stories[:90], n_items=61), 30
    histories = of_items(*(story[:6] for story in stories[90:]))
    popular = Popular.fit(events, films(61), SourceSettings())
    hits = []
    for source in (fit(events), popular):
        scores = source.score(histories)
        for person, story in enumerate(stories[90:]):
            scores[person, story[:6]] = -np.inf
        best = np.argsort(-scores, axis=1)[:, :14]  # all that is left of a circle
        hits.append(sum(len(set(s[6:]) & set(b)) for s, b in zip(stories[90:], best, strict=True)))
    assert hits[0] > 0.8 * 3 * n_asked > 0.5 * 3 * n_asked > hits[1]


@pytest.mark.parametrize(
    "changed",
    [
        {"gap_s": 3600},
        {"sessions": 2},
        {"recent": 2},
        {"fade": 0.1},
        {"distance": 0.2},
        {"before": 0.0},
        {"length_power": 2.0},
        {"rarity": 4.0},
        {"half_life_days": 2.0},
        {"history": 3},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_each_setting_changes_whom_the_score_puts_first(changed):
    events, base = crowd(8), {"gap_s": 30 * DAY_S}
    people = of_items(*([a, b] for a in range(40) for b in range(40) if a != b))
    before = np.argsort(-fit(events, **base).score(people), axis=1, kind="stable")[:, :5]
    after = np.argsort(-fit(events, **base | changed).score(people), axis=1, kind="stable")[:, :5]
    assert not np.array_equal(before, after)


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
