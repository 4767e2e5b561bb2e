import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import ExploreSettings
from settee.ranking import explore, generator_of
from settee.ranking.exploring import BadExploration

PAGE = np.arange(10)
BEHIND = np.arange(10, 40)


def anywhere(_position, _row):
    return True


def run(seed=0, accepts=anywhere, page=PAGE, behind=BEHIND, doubt=None, **more):
    rng = np.random.default_rng(seed)
    return explore(page, behind, accepts, ExploreSettings(**more), rng, doubt)


def shown(n, **more):
    """How often each row stood at each position, and the propensity that was logged for it."""
    times, logged = np.zeros((10, 40)), np.full((10, 40), np.nan)
    rng = np.random.default_rng(3)
    chosen = ExploreSettings(
        **{
            name: more.pop(name)
            for name in ("share", "by_doubt", "keep_top", "depth")
            if name in more
        }
    )
    for _ in range(n):
        found = explore(PAGE, BEHIND, more.get("accepts", anywhere), chosen, rng, more.get("doubt"))
        for position, (row, chance) in enumerate(zip(found.places, found.propensity, strict=True)):
            times[position, row] += 1
            assert np.isnan(logged[position, row]) or logged[position, row] == chance
            logged[position, row] = chance
    return times / n, logged


def test_nothing_is_explored_by_default():
    found = run()
    assert found.places.tolist() == PAGE.tolist()
    assert found.propensity.tolist() == [1] * 10
    assert not found.explored.any()


def test_the_dial_is_the_share_of_places_that_explore():
    for share in (0.05, 0.1, 0.3, 0.9):
        n = sum(int(run(seed, share=share).explored.sum()) for seed in range(600))
        assert n / 6000 == pytest.approx(share, abs=0.015)


def test_the_first_places_are_kept():
    for seed in range(50):
        assert run(seed, share=0.7, keep_top=3).places[:3].tolist() == [0, 1, 2]
    assert run(share=1.0, keep_top=10).places.tolist() == PAGE.tolist()


def test_only_the_best_behind_the_page_are_drawn():
    for seed in range(50):
        assert run(seed, share=0.9, depth=12).places.max() < 22


@pytest.mark.parametrize("share", [0.05, 0.25, 1.0])
def test_frequencies_are_the_logged_propensities_and_sum_to_one(share):
    times, logged = shown(8_000, share=share)
    seen = ~np.isnan(logged)
    assert np.abs(times - logged)[seen].max() < 0.025
    np.testing.assert_allclose(times.sum(axis=1), 1.0)
    # All items that can stand at a place were drawn often enough to know every propensity.
    np.testing.assert_allclose(np.nansum(logged, axis=1), 1.0, atol=1e-9)


def test_uncertain_items_are_drawn_more_often_with_exact_propensities():
    doubt = np.linspace(0, 2, 30)
    times, logged = shown(8_000, share=0.5, by_doubt=1.0, doubt=doubt)
    assert np.abs(times - logged)[~np.isnan(logged)].max() < 0.025
    assert np.nanmean(logged[:, 35:]) > 2 * np.nanmean(logged[:, 10:15])
    even, _ = shown(5_000, share=0.5, by_doubt=0.0, doubt=doubt)
    assert even[:, 35:].sum() == pytest.approx(even[:, 10:15].sum(), rel=0.2)


def test_the_rules_are_asked_and_propensities_know_what_they_forbid():
    def accepts(position, row):
        return position != 4 and row % 2 == 0

    times, logged = shown(8_000, share=0.5, accepts=accepts)
    assert times[4, 4] == logged[4, 4] == 1
    assert not times[:, 11::2].any()
    np.testing.assert_allclose(np.nansum(logged, axis=1), 1.0, atol=1e-9)


@settings(max_examples=80, deadline=None)
@given(
    k=st.integers(0, 12),
    n=st.integers(0, 30),
    share=st.floats(0, 1),
    keep=st.integers(0, 12),
    depth=st.integers(1, 40),
    seed=st.integers(0, 10_000),
    forbidden=st.sets(st.tuples(st.integers(0, 11), st.integers(0, 45)), max_size=200),
)
def test_a_page_stays_a_page(k, n, share, keep, depth, seed, forbidden):
    def accepts(position, row):
        return (position, row) not in forbidden

    page, behind = np.arange(k), np.arange(k, k + n)
    doubt = np.random.default_rng(seed).random(n)
    found = run(
        seed, accepts, page, behind, doubt, share=share, keep_top=keep, depth=depth, by_doubt=1.0
    )
    assert len(set(found.places.tolist())) == k
    assert ((found.propensity > 0) & (found.propensity <= 1)).all()
    for position in np.flatnonzero(found.explored).tolist():
        assert position >= keep
        assert accepts(position, int(found.places[position]))
    kept = ~found.explored
    assert (found.places[kept] == page[kept]).all()
    assert page.tolist() == list(range(k))


def test_doubt_that_is_none_is_refused():
    for doubt in (np.ones(3), np.full(30, np.nan), np.full(30, -1.0)):
        with pytest.raises(BadExploration, match="30 candidates"):
            run(share=0.5, doubt=doubt)
    assert run(share=1.0, doubt=np.zeros(30)).explored.any()


def test_an_answer_s_draws_can_be_repeated_from_its_id():
    one, again, other = (generator_of(name).random(4).tolist() for name in ("e1", "e1", "e2"))
    assert one == again != other
