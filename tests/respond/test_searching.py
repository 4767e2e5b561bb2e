import pytest

from settee.core import Item, Settings
from settee.respond import find_items
from tests.respond.world import NOW, World, at, small_model


@pytest.fixture
def serving(tmp_path):
    world = World.at(tmp_path, Settings())
    world.put_titles(casino={"available_to": at(-1)})
    more = ("The Heat of the Night", "Heat", "Heat Wave", "Dead Heat")
    world.tables.put_items(
        [Item(item_id=f"x{n}", title=title) for n, title in enumerate(more)], NOW
    )
    world.release(small_model(world.settings))
    yield world.responder().serving
    world.close()


def found(serving, words, limit=20, after=""):
    page = find_items(serving, words, limit, after, int(NOW.timestamp()))
    return [one.item_id for one in page.items], page.n_found, page.after


def test_what_is_named_exactly_comes_before_what_begins_so_and_what_holds_it(serving):
    assert found(serving, "HEAT") == (["heat", "x1", "x2", "x0", "x3"], 5, None)


def test_every_word_must_be_there_in_any_order(serving):
    assert found(serving, "night  heat")[0] == ["x0"]
    assert found(serving, "night dune") == ([], 0, None)


def test_an_id_finds_its_item(serving):
    assert found(serving, "x2")[0] == ["x2"]


@pytest.mark.parametrize("words", ["", "heat", "e"])
def test_pages_follow_each_other_without_a_gap(serving, words):
    whole, n, _ = found(serving, words)
    paged, after = [], ""
    while after is not None:
        page, _, after = found(serving, words, 2, after)
        paged += page
    assert paged == whole
    assert len(whole) == n


def test_a_page_goes_on_behind_an_item_that_is_gone(serving):
    assert found(serving, "", after="fzzz")[0][0] == "gattaca"


def test_a_line_says_whether_the_item_can_be_had_and_whether_the_model_knows_it(serving):
    (line,) = find_items(serving, "casino", 5, "", int(NOW.timestamp())).items
    assert (line.is_available, line.is_known, line.year) == (False, True, 1992)
    (line,) = find_items(serving, "dead heat", 5, "", int(NOW.timestamp())).items
    assert (line.is_available, line.is_known, line.year) == (True, False, None)
