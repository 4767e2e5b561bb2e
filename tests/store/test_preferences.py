from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.store import Entry, Preferences, Preferred, Record, StoreDamaged
from settee.store.preferences import _OfOne, _PreferencesForm, _Said
from tests.store.facts import entry, merge, preferences


@pytest.fixture
def view(tmp_path: Path) -> Iterator[Preferences]:
    with Preferences(tmp_path / "preferences.db") as opened:
        yield opened


def test_nothing_is_preferred_where_nothing_was_said(view: Preferences) -> None:
    assert view.get("a").of() == view.get("a").of("p_1") == Preferred()


def test_the_latest_word_wins_field_by_field(view: Preferences) -> None:
    view.apply([
        preferences(1, at_s=10, tags=["Crime"], languages=["en"]),
        preferences(2, at_s=20, tags=["Comedy", "War"]),
        preferences(3, at_s=5, languages=["de"]),  # said before, heard later
        entry(4),
        preferences(5, at_s=30),  # says nothing
    ])  # fmt: skip
    assert view.get("a").of() == Preferred(("Comedy", "War"), ("en",))
    view.apply([preferences(6, at_s=40, languages=[])])
    assert view.get("a").of() == Preferred(("Comedy", "War"), ())


def test_what_was_said_for_a_person_goes_before_what_holds_for_all(view: Preferences) -> None:
    view.apply([
        preferences(1, tags=["Crime"], languages=["en"]),
        preferences(2, tags=["Animation"], person_id="p_kid"),
    ])  # fmt: skip
    assert view.get("a").of("p_kid") == Preferred(("Animation",), ("en",))
    assert view.get("a").of("p_other") == view.get("a").of() == Preferred(("Crime",), ("en",))


def test_preferences_outlive_a_restart(tmp_path: Path) -> None:
    with Preferences(tmp_path / "preferences.db") as one:
        one.apply([preferences(1, tags=["Crime"])])
    with Preferences(tmp_path / "preferences.db") as again:
        assert again.get("a").of() == Preferred(("Crime",))


def test_a_merged_account_brings_its_preferences_and_the_later_word_wins(
    view: Preferences,
) -> None:
    view.apply([
        preferences(1, "anon", at_s=20, tags=["Crime"], languages=["en"]),
        preferences(2, "a", at_s=30, tags=["War"]),
        merge(3, "a", "anon"),
    ])  # fmt: skip
    assert view.get("a").of() == view.get("anon").of() == Preferred(("War",), ("en",))


def test_a_fact_that_cannot_be_read_is_told_with_its_offset(view: Preferences) -> None:
    with pytest.raises(StoreDamaged, match="journal entry 7 cannot be read"):
        view.apply([Entry(7, Record("e7", "a", "preferences", 1, b'{"tags":3}'))])


def test_preferences_that_cannot_be_read_are_damaged() -> None:
    with pytest.raises(StoreDamaged, match='the preferences of "a" cannot be read'):
        _PreferencesForm().from_bytes("a", b"{")


SAID = st.none() | st.builds(
    _Said, st.integers(0, 3), st.integers(0, 9), st.tuples(st.sampled_from(["x", "y"]))
)
ROWS = st.lists(
    st.builds(_OfOne, st.sampled_from(["", "p"]), SAID, SAID).filter(
        lambda o: o.tags or o.languages
    ),
    max_size=8,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_words_in_any_order_give_the_same_bytes(rows, shuffler) -> None:
    form = _PreferencesForm()
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    one_by_one = form.empty
    for row in shuffled:
        one_by_one = form.add(one_by_one, [row])
    raw = form.to_bytes(form.add(form.empty, rows))
    assert form.to_bytes(one_by_one) == raw
    assert form.to_bytes(form.from_bytes("a", raw)) == raw
    assert form.size(one_by_one) >= 0
