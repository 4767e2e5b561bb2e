from dataclasses import replace

import numpy as np
import pytest

from bench.speed import listing
from bench.speed.listing import best_lists
from settee.candidates import BadTopK, Ease, Popular, top_k
from settee.candidates.als import Als
from settee.core import SourceSettings
from settee.events import Histories
from tests.candidates.world import crowd, films, of_items

SETTINGS = SourceSettings(als_factors=4, ease_l2=2.0)
SOURCES = {kind.name: kind.fit(crowd(4), films(40), SETTINGS) for kind in (Ease, Als, Popular)}
every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def people(seed, n):
    rng = np.random.default_rng(seed)
    return of_items(*(rng.permutation(40)[: rng.integers(0, 12)].tolist() for _ in range(n)))


@every_source
@pytest.mark.parametrize("n_threads", [1, 3])
def test_lists_are_those_of_all_scores_at_once_without_what_a_person_has(
    source, n_threads, monkeypatch
):
    monkeypatch.setattr(listing, "_CELLS", 40 * 7)  # seven people at a time
    asked = people(1, 30)
    scores = source.score(asked)
    has = np.zeros(scores.shape, np.bool_)
    has[np.repeat(np.arange(30), np.diff(asked.indptr)), asked.item] = True
    items, best = top_k(scores, 6, has)
    expected = np.where(best > 0, items, -1)
    found, worth = best_lists(source, asked, 6, n_threads)
    assert np.array_equal(found, expected)
    assert np.allclose(worth, np.where(best > 0, best, 0), rtol=1e-4)


def test_a_list_ends_where_the_source_has_no_opinion_or_nothing_is_left():
    source = SOURCES["ease"]
    found, worth = best_lists(source, of_items([], list(range(39))), 5)
    assert found[0].tolist() == [-1] * 5
    assert (found[1, 1:] == -1).all()
    assert (worth[found == -1] == 0).all()


def test_weights_of_a_history_are_heard():
    asked = people(2, 8)
    weight = np.linspace(0, 1, len(asked.item)).astype(np.float32)
    weighted = replace(asked, weight=weight)
    found, worth = best_lists(SOURCES["ease"], weighted, 4)
    assert not np.array_equal(worth, best_lists(SOURCES["ease"], asked, 4)[1])
    one = Histories.of_one(asked.item[: asked.indptr[1]], asked.at_s[: asked.indptr[1]])
    alone = best_lists(SOURCES["ease"], replace(one, weight=weight[: asked.indptr[1]]), 4)
    assert np.array_equal(found[0], alone[0][0])


def test_an_instant_that_is_not_named_is_the_newest_of_all_people(monkeypatch):
    asked_of = []

    class Watched(Popular):
        def score(self, histories):
            asked_of.append(histories.as_of_s)
            return super().score(histories)

    watched = Watched.from_arrays(SOURCES["popular"].to_arrays())
    monkeypatch.setattr(listing, "_CELLS", 40)
    best_lists(watched, of_items([1, 2], [3], [4]), 2)
    assert asked_of[1:] == [3, 3, 3]


def test_nobody_has_no_list_and_no_place_is_an_error():
    assert best_lists(SOURCES["ease"], of_items(), 3)[0].shape == (0, 3)
    with pytest.raises(BadTopK):
        best_lists(SOURCES["ease"], of_items([1]), 0)
