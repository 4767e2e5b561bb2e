"""Paths out of contacts, on records whose paths can be written down."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import AttributionSettings
from settee.measure import NoContacts, Rows, Span, gather_paths, paths_of
from settee.measure.gather import without_repeats
from tests.measure.worlds import DAY, contacts_of, spelled

RULES = AttributionSettings()


def with_(**changes: Any) -> AttributionSettings:
    return AttributionSettings(**changes)


def test_a_conversion_ends_a_path_and_the_next_begins_behind_it() -> None:
    found = gather_paths(
        contacts_of([
            ("a", 1, "touch", "mail"), ("a", 2, "touch", "web"), ("a", 3, "buy", 500.0),
            ("a", 4, "touch", "tv"), ("a", 5, "buy", 300.0), ("a", 6, "touch", "web"),
        ]), RULES,
    )  # fmt: skip
    assert spelled(found) == [("mail>web", 1.0, 500.0), ("tv", 1.0, 300.0), ("web", 0.0, 0.0)]
    assert found.paths.nulls.sum() == 1
    assert found.n_conversions == 2


def test_a_conversion_that_nothing_came_before_is_counted_and_credited_to_nobody() -> None:
    found = gather_paths(
        contacts_of([("a", 1, "buy", 700.0), ("b", 1, "touch", "mail"), ("b", 2, "buy", 100.0)]),
        RULES,
    )
    assert (found.n_conversions, found.n_unmet, found.unmet_value) == (2, 1, 700.0)
    assert found.paths.n_conversions == 1


def test_contacts_longer_ago_than_the_lookback_are_a_path_that_ended_in_nothing() -> None:
    rows = [("a", 0, "touch", "mail"), ("a", 40 * DAY, "touch", "web"), ("a", 41 * DAY, "buy", 1.0)]
    assert spelled(gather_paths(contacts_of(rows), RULES)) == [
        ("mail", 0.0, 0.0),
        ("web", 1.0, 1.0),
    ]
    wide = gather_paths(contacts_of(rows), with_(lookback_days=60))
    assert spelled(wide) == [("mail>web", 1.0, 1.0)]


def test_no_path_without_a_conversion_is_longer_than_the_lookback() -> None:
    rows = [("a", 20 * DAY * n, "touch", f"c{n}") for n in range(4)]
    found = gather_paths(contacts_of(rows), RULES)
    assert spelled(found) == [("c0>c1", 0.0, 0.0), ("c2>c3", 0.0, 0.0)]


def test_what_was_only_shown_counts_for_a_day() -> None:
    rows = [
        ("a", 0, "shown", "banner"), ("a", 2 * DAY, "shown", "film"),
        ("a", 2.5 * DAY, "buy", 1.0), ("b", 0, "touch", "mail"),
    ]  # fmt: skip
    assert spelled(gather_paths(contacts_of(rows), RULES))[0] == ("film", 1.0, 1.0)
    wide = gather_paths(contacts_of(rows), with_(view_through_days=9))
    assert spelled(wide)[0] == ("banner>film", 1.0, 1.0)
    none = gather_paths(contacts_of(rows), with_(view_through_days=0))
    assert none.n_unmet == 1


def test_a_channel_that_follows_itself_is_one_step_where_repeats_are_off() -> None:
    rows = [("a", t, "touch", c) for t, c in enumerate(["m", "m", "w", "m"])] + [("a", 9, "buy", 1)]
    assert spelled(gather_paths(contacts_of(rows), RULES))[0][0] == "m>m>w>m"
    found = gather_paths(contacts_of(rows), with_(repeats=False))
    assert spelled(found)[0][0] == "m>w>m"
    assert found.paths.before_s is not None
    assert found.paths.before_s.tolist() == [8.0, 7.0, 6.0]
    assert without_repeats(paths_of([["m", "m"]])).before_s is None


def test_only_conversions_of_the_span_count_with_contacts_before_it() -> None:
    rows = [
        ("a", 1, "touch", "mail"), ("a", 20, "buy", 1.0), ("b", 1, "touch", "tv"),
        ("b", 5, "buy", 1.0), ("c", 2, "touch", "web"), ("a", 30, "touch", "web"),
    ]  # fmt: skip
    found = gather_paths(contacts_of(rows), RULES, span=Span(10_000_000, 25_000_000))
    assert spelled(found) == [("mail", 1.0, 1.0)]


def test_steps_know_how_long_before_the_end_they_were() -> None:
    rows = [("a", 5, "touch", "m"), ("a", 8, "touch", "w"), ("b", 1, "touch", "m"),
            ("b", 4, "buy", 2.0)]  # fmt: skip
    before_s = gather_paths(contacts_of(rows), RULES).paths.before_s
    assert before_s is not None
    assert before_s.tolist() == [3.0, 0.0, 3.0]


def test_a_refund_is_no_conversion() -> None:
    rows = [("a", 1, "touch", "m"), ("a", 2, "buy", -50.0), ("a", 3, "buy", 9.0)]
    found = gather_paths(contacts_of(rows), RULES)
    assert (found.n_refunds, spelled(found)) == (1, [("m", 1.0, 9.0)])


def test_campaigns_may_stand_for_channels() -> None:
    rows = [("a", 1, "touch", "m"), ("a", 2, "buy", 1.0)]
    assert gather_paths(contacts_of(rows), RULES, by="campaign").paths.channels == ("c-m",)


def test_rows_of_two_persons_make_two_paths() -> None:
    rows = [("a", 1, "touch", "m"), ("a", 2, "touch", "w"), ("a", 3, "buy", 8.0)]
    whose = Rows(np.arange(3), np.array([1, 2, 2]), np.zeros(3, np.int64), 0.5)
    found = gather_paths(contacts_of(rows), RULES, whose)
    assert spelled(found) == [("m", 0.0, 0.0), ("w", 0.5, 4.0)]
    assert found.paths.nulls.tolist() == [0.5, 0.0]


def test_without_a_contact_there_is_nothing_to_credit() -> None:
    with pytest.raises(NoContacts, match="touches that name a channel"):
        gather_paths(contacts_of([("a", 1, "buy", 1.0)]), RULES)


_rows = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.integers(0, 90 * DAY), st.sampled_from(["touch", "buy"]),
        st.sampled_from("xyz"),
    ), min_size=1, max_size=40,
)  # fmt: skip


@given(_rows)
def test_every_touch_is_in_one_path_and_every_conversion_is_counted_once(
    drawn: list[tuple[str, int, str, str]],
) -> None:
    rows = [(who, at, what, 100.0 if what == "buy" else name) for who, at, what, name in drawn]
    n_buys = sum(row[2] == "buy" for row in rows)
    rows.append(("d", 5, "touch", "x"))
    contacts = contacts_of(rows)
    found = gather_paths(contacts, RULES)
    touched = np.flatnonzero(~contacts.is_conversion)
    assert sorted(found.step_place.tolist()) == touched.tolist()
    assert found.n_conversions == n_buys
    assert found.paths.total_value + found.unmet_value == pytest.approx(100.0 * n_buys)
    assert found.paths.before_s is not None
    assert found.paths.before_s.max() <= RULES.lookback_days * DAY
