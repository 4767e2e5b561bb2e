import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.store import (
    CONTACT_KIND,
    NEVER_S,
    ContactView,
    Entry,
    PastEvent,
    Record,
    StoreDamaged,
    StoreUnavailable,
)

DAY = 86_400


@pytest.fixture
def view(tmp_path: Path) -> Iterator[ContactView]:
    with ContactView(tmp_path / "contacts.db") as view:
        yield view


def entry(offset: int, kind: str, account_id: str = "a", at_s: int = 10 * DAY, **body) -> Entry:
    raw = json.dumps(body).encode()
    return Entry(offset, Record(f"e{offset}", account_id, kind, at_s * 1_000_000, raw))


def say(offset: int, at_s: int = 10 * DAY, account_id: str = "a", **body) -> Entry:
    return entry(offset, CONTACT_KIND, account_id, at_s, **body)


def test_the_latest_word_holds_whatever_the_order(view: ContactView) -> None:
    view.apply([say(1, 20, consent={"email": False}), say(2, 10, consent={"email": True})])
    view.apply([say(3, 20, consent={"*": True}), say(4, 20, child=True, person_id="p1")])
    assert view.said("a") == {
        "": {"consent.email": False, "consent.*": True}, "p1": {"child": True},
    }  # fmt: skip
    view.apply([say(5, 20, consent={"email": True})])
    assert view.said("a")[""]["consent.email"] is True
    assert view.said("nobody") == {}


def test_touches_are_counted_by_day_and_the_last_purchase_is_kept(view: ContactView) -> None:
    view.apply([
        entry(1, "touch", channel="tv"), entry(2, "touch", channel="tv"),
        entry(3, "touch", at_s=11 * DAY), entry(4, "purchase", item_id="m"),
        entry(5, "convert", at_s=7), entry(6, "play", item_id="m"),
    ])  # fmt: skip
    known = view.contacts()
    assert known.account_ids == ("a",)
    assert known.channels == ("", "tv")
    assert known.touch_channel.tolist() == [0, 1]
    assert known.touch_day.tolist() == [11, 10]
    assert known.n_touches.tolist() == [1, 2]
    assert known.bought_at_s.tolist() == [10 * DAY]


def test_entries_that_were_folded_change_nothing(view: ContactView, tmp_path: Path) -> None:
    entries = [entry(1, "touch"), entry(2, "touch")]
    assert view.apply(entries) == 2
    assert view.apply(entries) == 0
    assert view.apply([]) == 0
    assert view.offset() == 2
    with ContactView(tmp_path / "contacts.db") as other:
        assert other.apply([*entries, entry(3, "touch")]) == 1
    assert view.contacts().n_touches.tolist() == [3]


def test_columns_stay_the_same_object_until_something_is_said(view: ContactView) -> None:
    view.apply([say(1, consent={"email": True})])
    known, version = view.contacts(), view.version()
    view.apply([entry(2, "play", item_id="m")])
    assert view.contacts() is known
    assert (view.version(), view.offset()) == (version, 2)
    view.apply([say(3, child=True)])
    assert view.contacts() is not known
    assert view.version() > version


def test_a_segment_counts_once(view: ContactView) -> None:
    events = [PastEvent("a", "touch", 9, "tv"), PastEvent("a", "purchase", 9),
              PastEvent("a", "play", 9)]  # fmt: skip
    assert not view.has_segment("s")
    view.load_segment("s", events)
    view.load_segment("s", events)
    assert view.has_segment("s")
    assert view.contacts().n_touches.tolist() == [1]
    assert view.contacts().bought_at_s.tolist() == [9]


def test_a_segment_that_breaks_off_leaves_nothing(view: ContactView) -> None:
    def broken() -> Iterator[PastEvent]:
        yield PastEvent("a", "touch", 9)
        raise ValueError("lost")

    with pytest.raises(ValueError, match="lost"):
        view.load_segment("s", broken())
    assert not view.has_segment("s")
    assert view.contacts().account_ids == ()


def test_a_merge_brings_words_touches_and_purchases_together(view: ContactView) -> None:
    view.apply([
        say(1, 5, "x", consent={"email": False}), say(2, 6, "a", consent={"email": True}),
        entry(3, "touch", "x"), entry(4, "touch", "a"), entry(5, "purchase", "x", at_s=9),
        entry(6, "merge", "a", **{"from": "x"}),
        say(7, 8, "x", child=True), entry(8, "merge", "b", **{"from": "x"}),
        entry(9, "merge", "x", **{"from": "a"}),
    ])  # fmt: skip
    known = view.contacts()
    assert known.account_ids == ("a",)
    assert view.said("x") == view.said("a") == {"": {"consent.email": True, "child": True}}
    assert known.n_touches.tolist() == [2]
    assert known.bought_at_s.tolist() == [9]
    assert known.root("x") == "a"
    assert known.places(["x", "a", "z"]).tolist() == [0, 0, -1]


def test_words_of_accounts_nobody_spoke_of_are_none(view: ContactView) -> None:
    view.apply([say(1, consent={"email": True}), entry(2, "touch", "b")])
    known = view.contacts()
    places = known.places(["b", "a", "c"])
    assert known.word("consent.email", places).tolist() == [-1, 1, -1]
    assert known.word("child", places).tolist() == [-1, -1, -1]
    assert (known.bought_at_s == NEVER_S).all()
    assert np.array_equal(known.places(["c"]), [-1])


def test_a_view_that_is_cleared_begins_anew(view: ContactView) -> None:
    view.apply([say(3, consent={"email": True})])
    view.load_segment("s", [])
    view.clear()
    assert (view.offset(), view.said("a"), view.has_segment("s")) == (0, {}, False)


def test_an_entry_that_is_no_fact_is_damage_and_changes_nothing(view: ContactView) -> None:
    good, bad = say(1, child=True), Entry(2, Record("e", "a", CONTACT_KIND, 1, b"{"))
    with pytest.raises(StoreDamaged, match="entry 2 cannot be read"):
        view.apply([good, bad])
    assert view.offset() == 0
    assert view.said("a") == {}


def test_a_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        ContactView(tmp_path / "file" / "contacts.db")


WORDS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.sampled_from(["*", "tv"]), st.booleans())
)


@settings(max_examples=20)
@given(WORDS, st.integers(1, 4))
def test_one_at_a_time_and_many_at_once_end_at_the_same(tmp_path_factory, words, size) -> None:  # type: ignore[no-untyped-def] -- pytest's own factory
    entries = [
        say(n, at_s, account, consent={channel: is_so})
        for n, (account, at_s, channel, is_so) in enumerate(words, start=1)
    ]
    folder = tmp_path_factory.mktemp("views")
    with ContactView(folder / "one.db") as one, ContactView(folder / "many.db") as many:
        one.apply(entries)
        for start in range(0, len(entries), size):
            many.apply(entries[start : start + size])
        assert [one.said(name) for name in "ab"] == [many.said(name) for name in "ab"]


def test_a_few_accounts_can_be_looked_at_without_the_others(view: ContactView) -> None:
    view.apply([say(1, consent={"*": True}), say(2, account_id="b", child=True),
                entry(3, "merge", "b", **{"from": "x"}), entry(4, "touch", "a")])  # fmt: skip
    few = view.contacts_of(["x", "c"])
    assert few.account_ids == ("b",)
    assert few.word("child", few.places(["x", "b", "a"])).tolist() == [1, 1, -1]


def test_whose_word_changed_behind_an_offset_is_told(view: ContactView) -> None:
    view.apply([say(1, consent={"*": True}), say(2, account_id="b", child=True)])
    assert view.said_since(0) == (2, frozenset({"a", "b"}))
    assert view.said_since(1) == (2, frozenset({"b"}))
    view.apply([entry(3, "merge", "a", **{"from": "x"})])
    assert view.said_since(3) == (3, frozenset({"a", "x"}))


def is_kids(profile_id: str) -> bool:
    return profile_id.startswith("kids")


def test_who_picked_which_profiles_is_known_whatever_kind_of_event_says_so(
    view: ContactView,
) -> None:
    view.apply([
        entry(1, "play", "a", profile_id="kids-1"), entry(2, "profile", "b", profile_id="kids"),
        entry(3, "purchase", "b", profile_id="ann"), entry(4, "play", "c", profile_id="ann"),
        entry(5, "play", "d"), entry(6, "play", "e", profile_id=None),
    ])  # fmt: skip
    assert view.profiled(is_kids) == {"a": True, "b": False}
    assert view.profiled(is_kids, ["b", "c", "nobody"]) == {"b": False}
    assert view.contacts().bought_at_s.tolist() == [10 * DAY]


def test_only_a_profile_that_is_new_to_an_account_is_news(view: ContactView) -> None:
    assert view.apply([entry(1, "play", profile_id="kids"), entry(2, "play", profile_id="kids")])
    version = view.version()
    assert view.said_since(0)[1] == {"a"}
    view.apply([entry(3, "play", profile_id="kids"), entry(4, "browse")])
    assert (view.version(), view.said_since(2)[1]) == (version, frozenset())
    view.apply([entry(5, "play", profile_id="ann")])
    assert view.version() > version
    assert view.said_since(4)[1] == {"a"}


def test_profiles_of_imports_and_of_merged_accounts_count(view: ContactView) -> None:
    view.load_segment("s1", [PastEvent("a", "", 0, profile_id="kids"), PastEvent("b", "touch", 7)])
    view.apply([entry(1, "play", "b", profile_id="ann")])
    assert view.profiled(is_kids) == {"a": True}
    view.apply([entry(2, "merge", "b", **{"from": "a"})])
    assert view.profiled(is_kids) == {"b": False}
    assert view.profiled(is_kids, ["a"]) == {"b": False}
    view.clear()
    assert view.profiled(is_kids) == {}


def test_a_file_from_before_profiles_were_kept_is_built_again(tmp_path: Path) -> None:
    path = tmp_path / "contacts.db"
    with ContactView(path) as view:
        view.apply([say(1, consent={"email": True})])
        view.load_segment("s1", [])
        version = view.version()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("DROP TABLE picked")
        old.execute("PRAGMA user_version = 1")
    with ContactView(path) as view:
        assert (view.offset(), view.has_segment("s1"), view.said("a")) == (0, False, {})
        assert view.version() > version
        view.apply([entry(1, "play", profile_id="kids")])
        assert view.profiled(is_kids) == {"a": True}
