import pytest

from settee.core import Item, Settings, to_json
from settee.respond import take_inventory
from settee.respond.inventory import _EXPOSURES
from settee.store import Record
from tests.respond.world import ITEMS, NOW, World, at, event, small_model


def shown(number: int, *item_ids: str) -> Record:
    body = {"event_id": f"exp_{number}", "items": [{"item_id": one} for one in item_ids]}
    return Record(f"exp_{number}", "a1", "exposure", int(at(-5).timestamp() * 1e6), to_json(body))


@pytest.fixture
def world(tmp_path):
    one = World.at(tmp_path, Settings())
    yield one
    one.close()


def stock_of(world, *, with_model: bool = True):
    if with_model:
        world.release(small_model(world.settings))
    return take_inventory(world.responder().serving, world.journal, world.now)


def condition(inventory, name):
    return next(one for one in inventory.conditions if one.name == name)


def test_what_cannot_be_had_is_told_with_its_reason(world):
    world.put_titles(
        alien={"available_to": at(-1)}, brazil={"available_from": at(1)}, casino={"stock": 0}
    )
    inventory = stock_of(world)
    assert (inventory.n_items, inventory.n_available) == (8, 5)
    for name, item_id in (("expired", "alien"), ("not_yet", "brazil"), ("out_of_stock", "casino")):
        assert [one.item_id for one in condition(inventory, name).items] == [item_id]
    assert condition(inventory, "no_title").n_items == 0


def test_what_lacks_a_title_tags_or_a_place_in_the_model_is_told(world):
    world.put_titles()
    world.tables.put_items([Item(item_id="newcomer"), Item(item_id="dune", title="")], NOW)
    inventory = stock_of(world)
    assert [one.item_id for one in condition(inventory, "not_in_model").items] == ["newcomer"]
    assert {one.item_id for one in condition(inventory, "no_title").items} == {"dune", "newcomer"}
    assert "newcomer" in [one.item_id for one in condition(inventory, "no_tags").items]


def test_showings_of_the_latest_answers_are_counted(world):
    world.put_titles()
    world.happened(shown(1, "alien", "brazil"), event("e1", "a1", "dune"), shown(2, "alien"))
    showings = stock_of(world).showings
    assert (showings.n_exposures, showings.n_showings, showings.n_shown) == (2, 3, 2)
    assert [(one.item_id, one.n) for one in showings.most] == [("alien", 2), ("brazil", 1)]
    assert {one.item_id for one in showings.never} == set(ITEMS) - {"alien", "brazil"}
    counts = [one.n for one in showings.never]
    assert counts == sorted(counts, reverse=True), "first those that people come to all the same"
    assert showings.since == at(-5)
    assert 0.7 < showings.gini < 0.9


def test_items_that_are_shown_alike_have_a_gini_of_0_and_nothing_shown_has_none(world):
    world.put_titles()
    assert stock_of(world).showings.gini is None
    world.happened(shown(1, *ITEMS))
    again = take_inventory(world.responder().serving, world.journal, world.now)
    assert again.showings.gini == 0.0
    assert again.showings.never == []


def test_only_the_latest_answers_count_and_what_cannot_be_read_is_passed_over(world):
    world.put_titles()
    broken = Record("exp_x", "a1", "exposure", int(at(-4).timestamp() * 1e6), b'{"items": 3}')
    world.happened(shown(0, "heat"))
    world.journal.append([shown(number, "alien") for number in range(1, _EXPOSURES)])
    world.journal.append([broken])
    showings = stock_of(world).showings
    assert showings.n_exposures == _EXPOSURES
    assert [(one.item_id, one.n) for one in showings.most] == [("alien", _EXPOSURES - 1)]


def test_items_are_cold_until_people_came_to_them(world):
    world.put_titles()
    inventory = stock_of(world)
    assert sum(one.n_items for one in inventory.activity) == 8
    warm = sum(one.n_items for one in inventory.activity if one.at_least >= inventory.cold_below)
    assert inventory.n_cold == 8 - warm == len(inventory.cold)
    assert inventory.trained_until is not None


def test_without_a_model_every_item_is_cold_and_in_no_model(world):
    world.put_titles()
    inventory = stock_of(world, with_model=False)
    assert (inventory.model_version, inventory.trained_until) == (None, None)
    assert inventory.n_cold == 8
    assert condition(inventory, "not_in_model").n_items == 8
