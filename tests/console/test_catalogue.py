from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from settee.client.results import (
    ActivityBin,
    Condition,
    Inventory,
    ItemCount,
    ItemView,
    Showings,
    StoredItem,
)
from settee.console.pages.catalogue import fields_of, standing
from settee.console.pages.catalogue_state import activity_rows, cards, sections, since
from tests.console.world import faults

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def catalogue(page):
    page.goto("/catalogue")
    page.get_by_role("heading", name="How the catalogue fares").wait_for()
    return page


def find(page, words):
    page.get_by_label("Title or id").fill(words)
    page.get_by_role("button", name="Find").click()


def test_a_title_is_found_and_opens_with_what_goes_with_it(catalogue):
    find(catalogue, "t0007")
    expect(catalogue.get_by_text("1 title", exact=True)).to_be_visible()
    catalogue.locator(".plain .pick").first.click()
    catalogue.get_by_role("heading", name="What goes with it").wait_for()
    assert catalogue.locator("ol.plain li").count() > 0
    expect(catalogue.get_by_role("cell", name="t0007")).to_be_visible()
    catalogue.locator("ol.plain .pick").first.click()
    expect(catalogue.get_by_role("cell", name="t0007")).to_have_count(0)
    assert faults(catalogue) == []


def test_a_search_that_finds_nothing_says_what_to_do(catalogue):
    find(catalogue, "no such title <b>anywhere</b>")
    expect(catalogue.get_by_text('No title holds "no such title <b>anywhere</b>"')).to_be_visible()


def test_pages_of_titles_follow_each_other(catalogue):
    first = catalogue.locator("ul.plain .pick").first.inner_text()
    catalogue.get_by_role("button", name="Next").click()
    expect(catalogue.locator("ul.plain .pick").first).not_to_have_text(first)
    catalogue.get_by_role("button", name="From the first").click()
    expect(catalogue.locator("ul.plain .pick").first).to_have_text(first)


def test_the_title_that_was_open_is_open_again_and_in_no_address(catalogue):
    find(catalogue, "t0003")
    expect(catalogue.get_by_text("1 title", exact=True)).to_be_visible()
    catalogue.locator(".plain .pick").first.click()
    catalogue.get_by_role("heading", name="What goes with it").wait_for()
    assert "t0003" not in catalogue.url + catalogue.title()
    catalogue.reload()
    expect(catalogue.get_by_role("cell", name="t0003")).to_be_visible()


def test_the_state_of_the_catalogue_can_be_saved(catalogue):
    with catalogue.expect_download() as saved:
        catalogue.get_by_role("button", name="Save as CSV").click()
    assert "Their time is over" in saved.value.path().read_text()


@pytest.mark.parametrize(
    ("item", "servable", "available", "says"),
    [
        ({}, True, True, "It can be shown now."),
        ({"stock": 1200}, True, True, "1,200 are left"),
        ({}, False, False, "has not taken it in"),
        ({"available_to": NOON}, True, False, "its time ended on 21 November 2026"),
        ({"available_from": NOON + timedelta(days=1)}, True, False, "begins on 22 November"),
        ({"stock": 0}, True, False, "out of stock"),
    ],
)
def test_a_title_that_cannot_be_shown_says_why(item, servable, available, says):
    seen = ItemView(StoredItem("m1", **item), servable, available)
    assert says in standing(seen, NOON)


def test_only_fields_that_a_title_has_are_shown():
    told = StoredItem("m1", title="Dune", year=1984, duration_s=8220.0, price_cents=399)
    assert fields_of(told) == [
        {"field": "id", "value": "m1"},
        {"field": "year", "value": "1984"},
        {"field": "minutes", "value": "137"},
        {"field": "price", "value": "3.99"},
    ]


def stock(n_available=4, n_exposures=0, gini=None, version="v1", since_at=None):
    showings = Showings(n_exposures, since_at, 3, 1, gini, [ItemCount("m1", "", 3)], [])
    bins = [ActivityBin(0, 1, 2), ActivityBin(1, 5, 3), ActivityBin(5, None, 1)]
    until = NOON if version else None
    odd = [Condition("expired", 1, []), Condition("newer_than_us", 1, [])]
    return Inventory(NOON, version, until, 6, n_available, odd, bins, 5, 5, [], showings)


def test_cards_say_what_share_is_shown_and_nothing_where_there_is_nothing():
    assert cards(stock(gini=0.5, n_exposures=2))["of these shown lately"] == "25%"
    empty = cards(stock(n_available=0))
    assert empty["of these shown lately"] == "-"
    assert empty["Gini of showings (0 even, 1 one title)"] == "-"


def test_the_note_says_what_was_counted():
    assert "No answer was given yet" in since(stock())
    assert "settee train" in since(stock(version=None))
    assert "latest 9 answers" in since(stock(n_exposures=9, since_at=NOON))


def test_bins_are_said_in_words_and_conditions_of_a_newer_service_are_left_out():
    assert [one["events"] for one in activity_rows(stock().activity)] == [
        "0",
        "1 to 4",
        "5 or more",
    ]
    assert sections(stock())[0].rows == [{"what": "Their time is over", "titles": 1}]
