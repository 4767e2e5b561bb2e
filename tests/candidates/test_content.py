import numpy as np
import pytest

from settee.candidates import Content
from settee.candidates.terms import item_terms
from settee.core import SourceSettings
from tests.candidates.world import baskets, crowd, films, of_items, record


def fit(catalogue, events=None, **settings):
    events = record([], catalogue.n_items) if events is None else events
    return Content.fit(events, catalogue, SourceSettings(**settings))


def test_the_same_tags_beat_one_shared_tag_and_a_stranger_gets_nothing():
    catalogue = films(4, tags=[["noir", "crime"], ["noir", "crime"], ["crime"], ["musical"]])
    score = fit(catalogue).score(of_items([0]))[0]
    assert score[1] > score[2] > score[3] == score[0] == 0


def test_without_audiences_scores_are_plain_cosines():
    catalogue = films(4, tags=[["a", "b"], ["b"], ["a", "c"], []], titles=["x1", "x1 y1", "y1", ""])
    vectors = item_terms(catalogue, 2.0)
    matrix = np.zeros((vectors.n_rows, vectors.n_columns))
    matrix[vectors.row_of_cell(), vectors.index] = vectors.value
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    expected = matrix @ matrix.T
    np.fill_diagonal(expected, 0.0)
    found = fit(catalogue).score(of_items([0], [1], [2], [3]))
    assert np.allclose(found, expected, atol=1e-6)


def test_among_the_alike_the_wanted_comes_first_and_a_new_one_is_still_found():
    catalogue = films(4, tags=[["noir"], ["noir"], ["noir"], ["noir"]])
    score = fit(catalogue, baskets([2], [2, 1], n_items=4)).score(of_items([0]))[0]
    assert score[2] > score[1] > score[3] > 0
    assert np.isclose(score[2] / score[3], (1 + 2 / 0.75) ** 0.5)


def test_similar_titles_are_found_without_any_tag():
    catalogue = films(3, titles=["Toy Story", "Toy Story 2", "Heat"])
    assert np.argmax(fit(catalogue).score(of_items([0]))[0]) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"content_neighbours": 1},
        {"content_text_weight": 0.1},
        {"content_popularity_power": 0.0},
        {"max_history": 1},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_each_setting_changes_the_order(changed):
    catalogue = films(
        40,
        tags=[[f"t{i % 5}", f"s{i % 3}"] for i in range(40)],
        titles=[f"word{i % 7} word{i % 4}" for i in range(40)],
    )
    everybody = of_items(*([h] for h in range(40)))
    before, after = (
        np.argsort(-fit(catalogue, crowd(6), **given).score(everybody), axis=1, kind="stable")
        for given in ({}, changed)
    )
    assert not np.array_equal(before[:, :5], after[:, :5])
