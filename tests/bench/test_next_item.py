"""Leave one out: who is asked for what, and what a place is worth."""

import numpy as np
import pytest

from bench.quality.next_item import (
    NothingToFind,
    first_meetings,
    lead,
    leave_one_out,
    next_accuracy,
    ranks_in,
    ranks_of,
)
from settee.events import Interactions
from tests.candidates.world import baskets


def test_the_last_item_judges_the_one_before_chooses_and_the_rest_trains():
    cut = leave_one_out(baskets([3, 1, 0, 2], [4, 5], [0, 1, 5], n_items=6))
    assert cut.train.item.tolist() == [3, 1, 4, 5, 0]
    assert cut.train.account.tolist() == [0, 0, 1, 1, 2]
    assert cut.valid.histories.indptr.tolist() == [0, 2, 3]
    assert cut.valid.histories.item.tolist() == [3, 1, 0]
    assert cut.valid.wanted.tolist() == [0, 1]
    assert cut.test.histories.item.tolist() == [3, 1, 0, 0, 1]
    assert cut.test.wanted.tolist() == [2, 5]


def test_rows_of_one_instant_stay_in_the_order_given():
    at_once = Interactions(
        ("a",),
        9,
        np.zeros(4, np.int32),
        np.array([8, 3, 5, 1], np.int32),
        np.zeros(4, np.int64),
        np.ones(4, np.bool_),
    )
    assert leave_one_out(at_once).test.histories.item.tolist() == [8, 3, 5]


def test_an_item_met_again_counts_where_it_first_came():
    again = first_meetings(baskets([2, 0, 2, 1, 0], n_items=3))
    assert again.item.tolist() == [2, 0, 1]


def test_with_nobody_of_three_items_there_is_nothing_to_find():
    with pytest.raises(NothingToFind, match="nobody has 3 items"):
        leave_one_out(baskets([0, 1], n_items=2))


def test_seen_items_do_not_stand_before_the_wanted_one_and_ties_go_by_number():
    asked = leave_one_out(baskets([0, 1, 2, 4], n_items=6)).test
    scores = np.array([[9.0, 9.0, 9.0, 5.0, 5.0, 5.0]], np.float32)
    assert ranks_in(scores, asked).tolist() == [1]


def test_a_perfect_score_beats_popularity_which_beats_none():
    stories = [[(who + step) % 40 for step in range(6)] for who in range(600)]
    asked = leave_one_out(baskets(*stories, n_items=40)).test

    def perfect(histories):
        out = np.zeros((histories.n_people, 40), np.float32)
        newest = histories.item[histories.indptr[1:] - 1]
        out[np.arange(len(out)), (newest + 1) % 40] = 1
        return out

    def nothing(histories):
        return np.zeros((histories.n_people, 40), np.float32)

    assert (ranks_of(perfect, asked) == 0).all()
    assert next_accuracy(ranks_of(nothing, asked))["hr@10"].mean() < 0.5


def test_a_lead_is_paired_over_people():
    ours, theirs = np.array([1.0, 0.5, 0.2] * 20), np.array([0.9, 0.4, 0.1] * 20)
    mean, low, high = lead(ours, theirs, seed=1)
    assert mean == pytest.approx(0.1)
    assert low == pytest.approx(0.1)
    assert high == pytest.approx(0.1)
