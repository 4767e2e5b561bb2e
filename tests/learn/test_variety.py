import itertools

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_distances

from settee.learn.variety import (
    coverage_at,
    diversity_at,
    novelty_at,
    self_information,
    tag_vectors,
)
from tests.learn.world import catalogue

TAGS = [["a"], ["a", "b"], ["b", "c", "d"], [], ["d"], ["a", "b"]]


def test_coverage_counts_each_shown_item_once():
    lists = np.array([[0, 1, 4], [1, 0, -1]], np.int32)
    assert coverage_at(lists, 10, 2) == 0.2
    assert coverage_at(lists, 10, 3) == 0.3


def test_an_item_that_fewer_people_know_carries_more_news():
    news = self_information(np.array([99, 9, 0]), 99)
    assert news.tolist() == sorted(news.tolist())
    assert news[0] == 0


def test_novelty_is_the_mean_news_of_what_is_shown():
    news = np.array([1.0, 3.0, 8.0])
    lists = np.array([[0, 1, 2], [2, -1, -1], [-1, -1, -1]], np.int32)
    assert novelty_at(lists, news, 2) == pytest.approx([2.0, 8.0, np.nan], nan_ok=True)


def test_diversity_equals_the_mean_distance_of_all_pairs_with_tags():
    tags = tag_vectors(catalogue(6, TAGS))
    dense = tags.toarray()
    lists = np.array([[0, 1, 2, 4], [5, 1, 3, -1], [2, 3, 4, 0]], np.int32)
    expected = []
    for shown in lists:
        tagged = [item for item in shown if item >= 0 and TAGS[item]]
        pairs = itertools.combinations(tagged, 2)
        gaps = [cosine_distances(dense[[one]], dense[[other]])[0, 0] for one, other in pairs]
        expected.append(np.mean(gaps))
    assert diversity_at(lists, tags, 4) == pytest.approx(expected)


def test_a_list_of_one_tag_has_no_diversity_and_one_of_strangers_has_all():
    tags = tag_vectors(catalogue(4, [["a"], ["a"], ["b"], ["c"]]))
    lists = np.array([[0, 1], [2, 3]], np.int32)
    assert diversity_at(lists, tags, 2) == pytest.approx([0.0, 1.0])


def test_diversity_has_no_answer_where_fewer_than_two_items_have_tags():
    tags = tag_vectors(catalogue(3, [["a"], [], []]))
    assert np.isnan(diversity_at(np.array([[0, 1], [-1, -1]], np.int32), tags, 2)).all()


def test_a_catalogue_without_any_tag_has_no_diversity():
    tags = tag_vectors(catalogue(3, [[], [], []]))
    assert np.isnan(diversity_at(np.array([[0, 1, 2]], np.int32), tags, 3)).all()
