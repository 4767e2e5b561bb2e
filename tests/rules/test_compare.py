from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.rules import BadFacts, Lifted, Listed, Moved, Removed, Trace, Unmet, compare_lists
from settee.rules.compare import RuleEffect, overlap


def listed(number: int, items: str, slot: str | None = "home") -> Listed:
    return Listed(f"e{number}", f"a{number}", slot, tuple(items))


def test_the_same_lists_differ_in_nothing():
    lists = [listed(1, "abc"), listed(2, "", None)]
    found = compare_lists(lists, lists)
    assert (found.n_lists, found.n_changed, found.overlap, found.kept) == (2, 0, 1.0, 1.0)
    assert found.items == []
    assert found.lists == []
    assert [(one.slot, one.n_lists, one.n_changed) for one in found.slots] == [
        ("home", 1, 0), (None, 1, 0),
    ]  # fmt: skip


def test_without_lists_there_are_no_means():
    found = compare_lists([], [])
    assert (found.n_lists, found.overlap, found.kept) == (0, None, None)


def test_what_changes_is_counted_by_kind_slot_and_item():
    before = [listed(1, "abcd"), listed(2, "ab"), listed(3, "ab", "tv"), listed(4, "a", None)]
    after = [listed(1, "axcd"), listed(2, "ba"), listed(3, "x", "tv"), listed(4, "", None)]
    found = compare_lists(before, after)
    assert (found.n_changed, found.n_reordered, found.n_shorter, found.n_empty) == (4, 1, 2, 1)
    assert found.kept == pytest.approx((3 / 4 + 1 + 0 + 0) / 4)
    assert [(one.item_id, one.n_in, one.n_out) for one in found.items] == [
        ("a", 0, 2), ("b", 0, 2), ("x", 2, 0),
    ]  # fmt: skip
    assert [(one.slot, one.n_changed) for one in found.slots] == [
        ("home", 2), ("tv", 1), (None, 1),
    ]  # fmt: skip
    assert [one.exposure_id for one in found.lists] == ["e3", "e4", "e2", "e1"]
    assert found.lists[0].came_in == ["x"]
    assert found.lists[0].left == ["a", "b"]


def test_what_each_rule_did_is_counted_by_lists():
    trace = Trace(
        2,
        [Removed("no", 7, []), Removed("seen", 1, [])],
        [Lifted("up", "a", 2.0), Lifted("up", "b", 2.0)],
        [Moved("top", "a", "pinned", 2, 1)],
        [Unmet("top", "why")],
    )
    one = replace(listed(1, "a"), trace=trace)
    found = compare_lists([one, listed(2, "a")], [one, listed(2, "a")])
    assert found.rules == [
        RuleEffect("no", 1, 0, 0, 0), RuleEffect("top", 0, 0, 1, 1), RuleEffect("up", 0, 1, 0, 0),
    ]  # fmt: skip


def test_other_requests_are_refused():
    with pytest.raises(BadFacts, match="not about the same requests"):
        compare_lists([listed(1, "a")], [listed(2, "a")])


LISTS = st.permutations("abcdef").flatmap(lambda some: st.integers(0, 6).map(lambda n: some[:n]))


@given(LISTS, LISTS)
def test_overlap_is_one_for_the_same_and_none_for_other_items(one, other):
    assert overlap(one, one) == 1.0
    assert overlap(one, other) == overlap(other, one)
    assert 0.0 <= overlap(one, other) <= 1.0
    if not set(one) & set(other) and (one or other):
        assert overlap(one, other) == 0.0
