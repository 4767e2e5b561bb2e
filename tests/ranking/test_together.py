import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.features import Pool
from settee.ranking import Ordered, Ranked, suit_all


def ordered(*items: int, n_sources: int = 1) -> Ordered:
    """A list in that order, over a pool that stands the other way round."""
    n = len(items)
    pool = Pool(
        np.array(items[::-1], np.int32),
        np.tile(np.array(items[::-1], np.float32)[:, None], n_sources) * 10,
        np.tile(np.arange(n, dtype=np.int32)[::-1, None], n_sources),
        np.ones(n, np.float32),
    )
    return Ordered(pool, Ranked(np.arange(n)[::-1], np.arange(n, dtype=np.float64), "ranker"))


def best(found: Ordered) -> list[int]:
    return found.pool.items[found.ranked.places].tolist()


def test_one_persons_list_stays_in_order():
    found = suit_all([ordered(4, 2, 9)], 0.5, 60)
    assert best(found) == [4, 2, 9]
    assert found.ranked.by == "ranker"


def test_what_is_second_for_both_beats_what_one_loves_and_the_other_lacks():
    ann, bob = ordered(1, 5, 2), ordered(7, 5, 8)
    assert best(suit_all([ann, bob], 1.0, 60))[0] == 5
    assert best(suit_all([ann, bob], 0.0, 60))[0] == 5  # 2/62 of two against 1/61 of one


def test_the_average_gives_way_to_the_least_pleased_by_the_dial():
    # 1: first and last of six; 2: third and fourth.
    ann, bob = ordered(1, 3, 2, 4, 5, 6), ordered(3, 4, 5, 2, 6, 1)
    average, least = (best(suit_all([ann, bob], dial, 1.0)) for dial in (0.0, 1.0))
    assert average.index(1) < average.index(2)
    assert least.index(2) < least.index(1)


def test_sources_are_those_of_whom_the_item_pleases_most():
    ann, bob = ordered(1, 2), ordered(2, 1)
    bob.pool.source_scores[:] += 0.5
    found = suit_all([ann, bob], 0.0, 60)
    row = {int(item): found.pool.source_scores[at, 0] for at, item in enumerate(found.pool.items)}
    assert row == {1: 10.0, 2: 20.5}


def test_scores_fall_and_ties_go_to_the_lower_item():
    found = suit_all([ordered(3, 1), ordered(1, 3)], 0.5, 60)
    assert best(found) == [1, 3]
    assert np.all(np.diff(found.ranked.scores) <= 0)


lists = st.lists(
    st.lists(st.integers(0, 30), unique=True, min_size=1, max_size=12), min_size=1, max_size=4
)


@settings(deadline=None)
@given(lists=lists, least=st.floats(0, 1))
def test_every_item_of_every_list_is_there_once_and_the_order_of_people_does_not_matter(
    lists, least
):
    found = suit_all([ordered(*one) for one in lists], least, 60)
    other = suit_all([ordered(*one) for one in lists[::-1]], least, 60)
    assert sorted(best(found)) == sorted({item for one in lists for item in one})
    assert found.ranked.scores == pytest.approx(other.ranked.scores)
