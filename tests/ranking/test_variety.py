import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from settee.features import ItemColumns
from settee.learn.variety import diversity_at
from settee.ranking import diversify
from settee.ranking.variety import BadVariety

THRILLER, COMEDY, DRAMA = range(3)


def columns(*tags):
    indptr = np.cumsum([0, *map(len, tags)]).astype(np.int64)
    index = np.array([tag for one in tags for tag in one], np.int32)
    n_tags = int(index.max(initial=-1)) + 1
    return ItemColumns(indptr, index, np.zeros(n_tags, np.float32), np.zeros(len(tags), np.float32))


def order(tags, odds, k=None, strength=0.5):
    items = np.arange(len(tags), dtype=np.int32)
    found = diversify(items, np.log(odds), columns(*tags), k or len(tags), strength)
    return found.tolist()


SIX_THRILLERS = [(THRILLER,)] * 6 + [(COMEDY,)]


def test_behind_five_thrillers_a_comedy_takes_the_place_of_the_sixth():
    odds = [1.0, 0.95, 0.9, 0.8, 0.75, 0.6, 0.4]
    assert order(SIX_THRILLERS, odds, 6, strength=0) == [0, 1, 2, 3, 4, 5]
    assert order(SIX_THRILLERS, odds, 6) == [0, 1, 2, 3, 4, 6]


def test_the_dial_goes_from_the_order_to_variety_alone():
    odds = np.exp(-0.2 * np.arange(7))

    def shortest(strength):
        """The shortest page that holds the comedy."""
        pages = [order(SIX_THRILLERS, odds, k, strength) for k in range(1, 8)]
        return next(len(page) for page in pages if 6 in page)

    assert [shortest(strength) for strength in (0, 0.4, 0.6, 1)] == [7, 5, 4, 2]


def test_each_ten_stand_in_their_own_order():
    rng = np.random.default_rng(5)
    tags = [tuple(np.flatnonzero(rng.random(6) < 0.4)) for _ in range(60)]
    odds = np.exp(-np.sort(rng.gamma(1, size=60)))
    page = order(tags, odds, 25)
    for start in (0, 10, 20):
        ten = page[start : start + 10]
        assert ten == sorted(ten)
    assert page != sorted(page)


def test_the_first_places_of_a_long_page_are_the_short_page():
    rng = np.random.default_rng(5)
    tags = [tuple(np.flatnonzero(rng.random(6) < 0.4)) for _ in range(60)]
    odds = np.exp(-np.sort(rng.gamma(1, size=60)))
    assert order(tags, odds, 20)[:10] == order(tags, odds, 10)


def test_items_without_tags_are_neither_preferred_nor_pushed_down():
    tags = [(THRILLER,), (THRILLER,), (), (THRILLER,)]
    odds = [1.0, 0.9, 0.8, 0.7]
    assert order(tags, odds, strength=0.7) == [0, 1, 2, 3]
    assert order([(), (), ()], [1, 0.5, 0.2], strength=0.9) == [0, 1, 2]


def test_vectors_say_the_same_as_the_tags_that_they_stand_for():
    rng = np.random.default_rng(2)
    tags = [tuple(np.flatnonzero(rng.random(5) < 0.4)) for _ in range(40)]
    odds = np.exp(-np.sort(rng.gamma(1, size=40)))
    vectors = np.zeros((40, 5), np.float32)
    for row, one in enumerate(tags):
        vectors[row, list(one)] = 3.0
    items = np.arange(40, dtype=np.int32)
    found = diversify(items, np.log(odds), vectors, 12, 0.6).tolist()
    assert found == order(tags, odds, 12, 0.6)


def test_lists_get_more_diverse_and_worth_less_the_higher_the_dial():
    rng = np.random.default_rng(11)
    tags = [tuple(sorted({int(rng.zipf(1.6)) % 8, int(rng.integers(8))})) for _ in range(300)]
    odds = np.exp(-np.sort(rng.gamma(1, size=300)))
    found = [order(tags, odds, 10, strength) for strength in (0, 0.3, 0.6, 0.9)]
    vectors = np.zeros((300, 8))
    for row, one in enumerate(tags):
        vectors[row, list(one)] = 1 / np.sqrt(len(one))
    diversity = diversity_at(np.array(found, np.int32), sparse.csr_array(vectors), 10)
    assert (np.diff(diversity) > 0).all()
    worth = [odds[one].sum() for one in found]
    assert (np.diff(worth) < 0).all()


@settings(max_examples=60, deadline=None)
@given(
    m=st.integers(0, 12),
    k=st.integers(0, 15),
    strength=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_a_page_holds_each_item_once_and_the_best_first(m, k, strength, seed):
    rng = np.random.default_rng(seed)
    tags = [tuple(np.flatnonzero(rng.random(4) < 0.3)) for _ in range(m)]
    items = rng.permutation(m).astype(np.int32)
    utility = -np.sort(rng.gamma(1, size=m)).astype(np.float32)
    found = diversify(items, utility, columns(*tags), k, strength)
    assert len(set(found.tolist())) == len(found) == min(k, m)
    if len(found):
        assert found[0] == 0
        assert found.max() < m
    if strength == 0:
        assert found.tolist() == list(range(min(k, m)))


@pytest.mark.parametrize("strength", [-0.1, 1.1, np.nan])
def test_a_strength_outside_the_dial_is_refused(strength):
    with pytest.raises(BadVariety, match="must be 0"):
        order([(0,), (1,)], [1, 0.5], strength=strength)


def test_shapes_that_do_not_fit_are_refused():
    items = np.arange(3, dtype=np.int32)
    with pytest.raises(BadVariety, match="2 utilities"):
        diversify(items, np.zeros(2), columns((0,), (0,), (0,)), 2, 0.5)
    with pytest.raises(BadVariety, match="2 vectors"):
        diversify(items, np.zeros(3), np.zeros((2, 4), np.float32), 2, 0.5)
