"""What a source knows of its own doubt is told with reasons in full, and nowhere else."""

import numpy as np
import pytest

from settee.candidates import Unsure
from settee.core import Settings
from tests.respond.test_explaining import ask, responder
from tests.respond.world import NOW, World, event, small_model, with_source


class Doubting:
    """EASE, whose every score is unsure by a tenth of its item's position."""

    name = "ease"
    needs_history = True

    def __init__(self, source):
        self._source = source

    def __getattr__(self, name):
        return getattr(self._source, name)

    def spread(self, histories):
        return np.tile(
            np.arange(self._source.n_items, dtype=np.float32) / 10, (histories.n_people, 1)
        )


@pytest.fixture(scope="module")
def model():
    plain = small_model(Settings())
    return with_source(plain, "ease", Doubting(plain.sources["ease"]))


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    world.happened(event("1", "x", "alien", minutes=-31), event("2", "x", "casino", minutes=-21))
    yield world
    world.close()


def test_the_spread_of_a_source_that_knows_it_stands_beside_its_score(world, model):
    assert isinstance(model.sources["ease"], Unsure)
    assert not isinstance(model.sources["knn"], Unsure)
    answer = responder(world, model).recommend(ask())
    marks = [(one, mark) for one in answer.items for mark in one.sources]
    assert any(mark.name == "ease" for _, mark in marks)
    for one, mark in marks:
        if mark.name == "ease":
            position = model.catalogue.index[one.item_id]
            assert mark.spread == pytest.approx(position / 10)
        else:
            assert not mark.spread


def test_without_reasons_in_full_nothing_is_asked_of_it(world, model):
    answer = responder(world, model).recommend(ask(explain=True))
    assert not any(mark.spread for one in answer.items for mark in one.sources)


def test_an_item_that_came_after_training_has_no_spread(world, model):
    responding = responder(world, model)
    world.put_titles(zorro={"title": "Zorro", "tags": ("even",)})
    world.happened(event("9", "x", "zorro", minutes=-1))
    answer = responding.recommend(ask(k=20))
    assert answer.at == NOW
    assert answer.items


def test_where_no_model_answers_there_is_none(world):
    world.put_titles(zorro={"title": "Zorro", "tags": ("even",)})
    answer = responder(world, None).recommend(ask())
    assert not any(mark.spread for one in answer.items for mark in one.sources)
