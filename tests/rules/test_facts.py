from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import Item
from settee.rules import BadFacts, ItemFacts
from tests.rules.worlds import ITEMS, facts

COLUMNS = (
    "tag_indptr", "language", "kind", "age_rating", "year", "price_cents", "margin", "stock",
    "available_from_s", "available_to_s", "first_seen_s",
)  # fmt: skip
SOME = st.builds(
    Item,
    item_id=st.sampled_from("abcdef"),
    tags=st.lists(st.sampled_from(["x", "y", "z"]), max_size=3).map(tuple),
    language=st.sampled_from(["", "en", "tr"]),
    kind=st.sampled_from(["", "film"]),
    year=st.integers(1990, 1999),
    stock=st.integers(0, 9),
)


def same(one: ItemFacts, other: ItemFacts) -> None:
    """Both say the same of every item, whatever numbers their names have."""
    assert one.item_ids == other.item_ids
    for name in COLUMNS:
        ours, theirs = getattr(one, name), getattr(other, name)
        assert ours.dtype == theirs.dtype
        if name in ("language", "kind"):
            names = f"{name}_names"
            ours = [(*getattr(one, names), "")[number] for number in ours]
            theirs = [(*getattr(other, names), "")[number] for number in theirs]
        np.testing.assert_array_equal(ours, theirs)
    tags = [[facts.tag_names[tag] for tag in facts.tag_index] for facts in (one, other)]
    assert tags[0] == tags[1]


def test_what_nobody_knows_has_a_value_of_its_own():
    rows = facts(Item(item_id="a"))
    known = {name: getattr(rows, name)[-1].item() for name in COLUMNS}
    assert np.isnan(known.pop("margin"))
    assert known == {
        "tag_indptr": 0, "language": -1, "kind": -1, "age_rating": -1, "year": 0,
        "price_cents": -(2**63), "stock": 2**63 - 1, "available_from_s": -(2**63),
        "available_to_s": 2**63 - 1, "first_seen_s": -(2**63),
    }  # fmt: skip


def test_an_item_came_in_with_its_window_or_when_it_was_first_heard_of():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    rows = ItemFacts.of_items(
        ["a", "b", "c"], [Item(item_id="a", available_from=at)], {"a": 5, "b": 7}
    )
    assert rows.since_s.tolist() == [int(at.timestamp()), 7, -(2**63)]


def test_items_outside_the_space_and_without_description_do_no_harm():
    rows = ItemFacts.of_items(["a"], [Item(item_id="b", tags=("x",))])
    assert len(rows) == 1
    assert rows.tag_names == ()
    assert rows.n_tags_among(["x"]).tolist() == [0]
    assert rows.is_in_language(["en"]).tolist() == [False]


def test_updating_what_is_not_there_changes_nothing():
    rows = facts()
    assert rows.updated([Item(item_id="unheard-of", tags=("x",))]) is rows


@given(st.lists(SOME, max_size=8), st.lists(SOME, max_size=8))
def test_updating_is_as_good_as_beginning_anew(before, after):
    ids = list("abcd")
    first = {"a": 3, "e": 9}
    known = {item.item_id: item for item in before}
    rows = ItemFacts.of_items(ids, known.values(), first).updated(after)
    known.update({item.item_id: item for item in after})
    same(rows, ItemFacts.of_items(ids, known.values(), first))


@given(st.lists(SOME, max_size=8), st.integers(0, 6))
def test_growing_is_as_good_as_beginning_anew(items, n):
    ids = list("abcdef")
    first = {"a": 3, "e": 9}
    grown = ItemFacts.of_items(ids[:n], items, first).grown(ids[n:], items, first)
    same(grown, ItemFacts.of_items(ids, items, first))


def test_columns_of_another_length_are_refused():
    whole = facts()
    given_ = {name: getattr(whole, name) for name in whole.__dataclass_fields__}
    with pytest.raises(BadFacts, match="year holds 2 values; 5 items are there"):
        ItemFacts(**given_ | {"year": whole.year[:2]})
    with pytest.raises(BadFacts, match="tag_indptr holds 2 values; it must be 6"):
        ItemFacts(**given_ | {"tag_indptr": whole.tag_indptr[:2]})
    assert [item.item_id for item in ITEMS] == list(whole.item_ids)
