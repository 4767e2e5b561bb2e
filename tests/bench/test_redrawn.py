"""Drawing again what is hidden of the same people."""

import numpy as np

from bench.quality.judging import METRICS, Truth
from bench.quality.redrawn import over_draws, redrawn
from bench.quality.strong import People
from settee.events import Histories


def people(*sizes):
    """People who wanted items 0 to size - 1 each, of which the last is hidden."""
    kept = [np.arange(size - 1, dtype=np.int32) for size in sizes]
    hidden = np.array([size - 1 for size in sizes], np.int32)
    ends = np.cumsum([0, *map(len, kept)]).astype(np.int64)
    item = np.concatenate(kept)
    truth = Truth(np.arange(len(sizes) + 1), hidden, 50)
    return People(Histories(ends, item, np.zeros(len(item), np.int64)), truth)


def wanted(one, person):
    seen = one.histories.item[one.histories.indptr[person] : one.histories.indptr[person + 1]]
    asked = one.truth.index[one.truth.indptr[person] : one.truth.indptr[person + 1]]
    return sorted([*seen.tolist(), *asked.tolist()])


def test_what_a_person_wanted_stays_and_what_is_hidden_changes():
    given = people(20, 30)
    drawn = redrawn(given, np.random.default_rng(0), hides_less=False)
    assert [wanted(drawn, person) for person in (0, 1)] == [list(range(20)), list(range(30))]
    again = redrawn(given, np.random.default_rng(1), hides_less=False)
    assert drawn.truth.index.tolist() != again.truth.index.tolist()


def test_of_nine_two_are_hidden_where_the_kept_share_is_rounded_down_else_one():
    for hides_less, n_hidden in ((False, 2), (True, 1)):
        drawn = redrawn(people(9), np.random.default_rng(0), hides_less=hides_less)
        assert np.diff(drawn.truth.indptr).tolist() == [n_hidden]


def test_of_ten_two_are_hidden_whichever_share_is_rounded():
    for hides_less in (False, True):
        drawn = redrawn(people(10), np.random.default_rng(0), hides_less=hides_less)
        assert np.diff(drawn.truth.indptr).tolist() == [2]


def test_who_has_nothing_left_to_be_found_is_not_asked():
    assert redrawn(people(4, 9), np.random.default_rng(0), hides_less=True).truth.n_people == 1


def test_means_and_spread_are_over_draws():
    told = iter([0.2, 0.4])

    def answer(drawn):
        value = next(told)
        return {metric: np.full(drawn.truth.n_people, value) for metric in METRICS}

    found = over_draws(people(10, 10), {"some": answer}, 7, 2, hides_less=False)
    assert found["some.recall@20"] == 0.3
    assert found["some.recall@20.spread"] == round(float(np.std([0.2, 0.4], ddof=1)), 5)
