from datetime import timedelta

import numpy as np

from settee.core import Item
from settee.respond.offer import Offer
from settee.rules import RULES
from tests.respond.world import ITEMS, NOW, at, small_catalogue

SHUT, SOLD_OUT = (RULES.index(name) + 1 for name in ("unavailable", "out_of_stock"))
NOW_S = int(NOW.timestamp())


def test_items_of_the_tables_are_offered_in_their_order():
    offer = Offer.of_items([Item(item_id="b", title="B"), Item(item_id="a")])
    assert offer.item_ids == ("b", "a")
    assert offer.titles == ("B", "")
    assert offer.index == {"b": 0, "a": 1}
    assert not offer.closed(NOW_S).any()


def test_put_window_and_stock_replace_those_of_the_training():
    offer = Offer.of_catalogue(small_catalogue())
    changed = offer.updated(
        [
            Item(item_id="alien", available_to=at(-1)),
            Item(item_id="brazil", available_from=at(1)),
            Item(item_id="casino", stock=0),
            Item(item_id="unheard-of", stock=0),
        ]
    )
    assert changed.closed(NOW_S).tolist() == [SHUT, SHUT, SOLD_OUT, 0, 0, 0, 0, 0]
    assert not offer.closed(NOW_S).any()


def test_putting_an_item_without_a_window_opens_it_again():
    shut = Offer.of_catalogue(small_catalogue()).updated([Item(item_id="alien", stock=0)])
    assert not shut.updated([Item(item_id="alien")]).closed(NOW_S).any()


def test_window_opens_and_closes_as_time_goes_by():
    window = Item(item_id="a", available_from=at(10), available_to=at(20))
    offer = Offer.of_items([window])
    seconds = [int((NOW + timedelta(minutes=minutes)).timestamp()) for minutes in (0, 15, 15, 20)]
    assert [offer.closed(second)[0] for second in seconds] == [SHUT, 0, 0, SHUT]


def test_newest_first_goes_by_window_then_year_then_order():
    offer = Offer.of_items(
        [
            Item(item_id="old", year=1950),
            Item(item_id="just-in", available_from=at(-1)),
            Item(item_id="last-year", available_from=at(-60 * 24 * 365)),
            Item(item_id="young", year=2020),
            Item(item_id="also-young", year=2020),
            Item(item_id="unknown"),
        ]
    )
    names = [offer.item_ids[position] for position in offer.newest_first]
    assert names == ["just-in", "last-year", "young", "also-young", "old", "unknown"]


def test_ids_that_are_not_offered_have_no_position():
    offer = Offer.of_catalogue(small_catalogue())
    assert offer.positions(["heat", "nonsense", "alien"]).tolist() == [len(ITEMS) - 1, 0]
    assert offer.positions([]).dtype == np.int32


def test_items_that_come_later_are_numbered_behind_the_last():
    offer = Offer.of_catalogue(small_catalogue())
    more = offer.grown([Item(item_id="heat"), Item(item_id="new", title="New", stock=0)])
    assert more.item_ids == (*ITEMS, "new")
    assert more.index["new"] == len(ITEMS)
    assert more.titles[-1] == "New"
    assert more.closed(NOW_S)[-1] == SOLD_OUT
    assert offer.n_items == len(ITEMS)


def test_an_offer_that_knows_all_items_stays_the_same():
    offer = Offer.of_catalogue(small_catalogue())
    assert offer.grown([Item(item_id="heat")]) is offer
