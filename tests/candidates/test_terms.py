import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from settee.candidates.terms import item_terms, tag_terms, word_terms, words_of
from settee.core import Item
from settee.events import catalogue_of
from tests.candidates.world import films

TITLES = [
    "The Man Who Knew Too Much",
    "The Third Man",
    "Blade Runner, Blade Runner",
    "",
    "Amélie à Montmartre",
]
PLOTS = ["A man knows.", "Vienna; a man, a wheel.", "More human than human", "", "Paris"]


def dense(cells):
    out = np.zeros((cells.n_rows, cells.n_columns))
    out[cells.row_of_cell(), cells.index] = cells.value
    return out


def test_words_weigh_what_scikit_learn_gives():
    items = [Item(item_id=str(i), title=title, text=PLOTS[i]) for i, title in enumerate(TITLES)]
    expected = TfidfVectorizer().fit_transform(
        f"{title} {plot}" for title, plot in zip(TITLES, PLOTS, strict=True)
    )
    found = dense(word_terms(catalogue_of(items)))
    # The columns come in another order; every comparison of two items stays.
    assert np.allclose(found @ found.T, (expected @ expected.T).toarray(), atol=1e-6)


def test_a_rare_tag_weighs_more_than_a_common_one():
    tags = dense(tag_terms(films(3, tags=[["drama", "noir"], ["drama"], ["drama"]])))
    assert tags[0, 1] > tags[0, 0] > 0


def test_rows_have_length_one_or_nothing():
    lengths = np.linalg.norm(dense(tag_terms(films(2, tags=[["a", "b"], []]))), axis=1)
    assert np.allclose(lengths, [1, 0])


def test_the_year_is_a_word_once():
    items = [
        Item(item_id="a", title="Heat", year=1995),
        Item(item_id="b", title="Casino (1995)", year=1995),
        Item(item_id="c", title="Ran"),
    ]
    catalogue = catalogue_of(items)
    assert [words_of(catalogue, i) for i in range(3)] == [
        ["heat", "1995"],
        ["casino", "1995"],
        ["ran"],
    ]


def test_words_stand_beside_tags_with_their_weight():
    catalogue = films(2, tags=[["a"], []], titles=["heat", "heat"])
    assert np.allclose(dense(item_terms(catalogue, 2.0)), [[1, 2], [0, 2]])
    assert np.allclose(dense(item_terms(catalogue, 0.0)), [[1], [0]])


def test_a_catalogue_without_any_term_has_no_columns():
    assert dense(item_terms(films(2), 1.0)).shape == (2, 0)
    assert dense(item_terms(films(0), 1.0)).shape == (0, 0)
