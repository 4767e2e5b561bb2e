import numpy as np
import pytest

from settee.audiences import KEPT_OUT, MAY, Guard, count_kept_out, entries_of
from settee.core import AudienceSettings
from settee.store import Contacts, contacts_of

DAY = 86_400
NOON = 20_000 * DAY + DAY // 2
SALT = bytes(32)
FREE = AudienceSettings(consent="unless_refused", cap_contacts=0)


def known(said=(), touches=(), bought=(), merges=None) -> Contacts:
    return contacts_of(1, list(said), list(touches), list(bought), merges or {})


def reasons(guard: Guard, *pairs: str, **asked: object) -> list[str]:
    """Why each "account" or "account/person" may not be addressed, "" where they may."""
    accounts, persons = zip(*((*pair.split("/"), "")[:2] for pair in pairs), strict=True)
    found = guard.look(accounts, persons, as_of_s=NOON, **asked)  # type: ignore[arg-type]
    return ["" if one == MAY else KEPT_OUT[one - 1] for one in found]


def test_who_never_said_yes_is_not_addressed_where_consent_is_required() -> None:
    guard = Guard(known([("a", "", "consent.email", 1), ("b", "", "consent.email", 0)]))
    assert reasons(guard, "a", "b", "c", channel="email") == ["", "no_consent", "no_consent"]
    lenient = Guard(guard.contacts, FREE)
    assert reasons(lenient, "a", "b", "c", channel="email") == ["", "no_consent", ""]


def test_a_word_for_a_channel_goes_before_one_for_all() -> None:
    said = [("a", "", "consent.*", 1), ("a", "", "consent.email", 0), ("b", "", "consent.*", 1)]
    guard = Guard(known(said))
    assert reasons(guard, "a", "b", channel="email") == ["no_consent", ""]
    assert reasons(guard, "a", "b", channel="post") == ["", ""]
    assert reasons(guard, "a", "b") == ["", ""]


def test_what_a_person_says_goes_before_what_the_account_says() -> None:
    said = [("a", "", "consent.*", 1), ("a", "p2", "consent.*", 0), ("b", "p1", "consent.*", 1)]
    guard = Guard(known(said))
    assert reasons(guard, "a/p1", "a/p2", "a", "b/p1", "b/p2") == [
        "", "no_consent", "", "", "no_consent",
    ]  # fmt: skip


def test_children_are_never_addressed_whatever_else_they_said() -> None:
    said = [("a", "", "child", 1), ("b", "p1", "child", 1), ("a", "", "consent.*", 1)]
    guard = Guard(known(said), FREE, child_profiles=("Junior*",))
    assert reasons(guard, "a", "a/p9", "b/p1", "b/p2", "b") == ["child", "child", "child", "", ""]
    assert reasons(guard, "c/kids-2", "kid", "c/junior1", "akid") == ["child"] * 3 + [""]
    unnamed = AudienceSettings(consent="unless_refused", child_profiles=())
    assert reasons(Guard(known(), unnamed), "kids-2") == [""]


def test_by_profiles_an_account_is_a_childs_where_it_has_no_other_and_else_the_person_is() -> None:
    asked: list[str] = []

    def persons(account_id: str) -> frozenset[str]:
        asked.append(account_id)
        return frozenset({"p2"})

    merged = known(merges={"old": "a"})
    guard = Guard(merged, FREE, profiled={"a": True, "b": False}, child_persons=persons)
    assert reasons(guard, "a", "a/p1", "old", "b", "b/p1", "b/p2", "b/p2", "c/p2") == [
        "child", "child", "child", "", "", "child", "child", "",
    ]  # fmt: skip
    assert asked == ["b"], "a household is opened once, and only where a child's profile is"
    assert reasons(Guard(merged, FREE, profiled={"b": False}), "b/p2") == [""]


def test_who_was_touched_often_of_late_is_capped_from_the_day_the_window_begins() -> None:
    day = NOON // DAY
    touches = [("a", "tv", day - 7, 2), ("a", "email", day, 1), ("b", "tv", day - 8, 3)]
    settings = AudienceSettings(consent="unless_refused", cap_contacts=3, cap_days=7)
    guard = Guard(known(touches=touches), settings)
    assert reasons(guard, "a", "b", "c") == ["capped", "", ""]
    of_channel = settings.model_copy(update={"cap_per_channel": True})
    assert reasons(Guard(guard.contacts, of_channel), "a", channel="tv") == [""]
    assert reasons(Guard(guard.contacts, of_channel), "a", channel="post") == [""]
    wide = of_channel.model_copy(update={"cap_days": 8})
    assert reasons(Guard(guard.contacts, wide), "b", channel="tv") == ["capped"]
    assert reasons(Guard(guard.contacts, FREE), "a") == [""]


def test_touches_and_purchases_are_followed_by_quiet_days() -> None:
    day = NOON // DAY
    guard = Guard(
        known(touches=[("a", "", day - 2, 1)], bought=[("b", NOON - 2 * DAY), ("c", NOON + 9)]),
        FREE.model_copy(update={"quiet_days_touch": 2, "quiet_days_purchase": 2}),
    )
    assert reasons(guard, "a", "b", "c", "d") == ["quiet", "quiet", "", ""]
    shorter = FREE.model_copy(update={"quiet_days_touch": 1, "quiet_days_purchase": 1})
    assert reasons(Guard(guard.contacts, shorter), "a", "b") == ["", ""]


def test_the_suppression_list_covers_accounts_and_persons() -> None:
    listed = frozenset(entries_of(b"a\nb,p1\n", SALT))
    guard = Guard(known(), FREE, listed, SALT)
    assert reasons(guard, "a/p1", "a", "b/p1", "b/p2", "b") == [
        "suppressed", "suppressed", "suppressed", "", "",
    ]  # fmt: skip


def test_an_account_that_was_merged_follows_the_word_of_the_one_it_is_part_of() -> None:
    guard = Guard(known([("a", "", "consent.*", 1), ("a", "p", "consent.*", 0)], merges={"x": "a"}))
    assert reasons(guard, "x", "x/p", "y") == ["", "no_consent", "no_consent"]


def test_reasons_are_counted_and_those_without_anybody_are_not_named() -> None:
    assert count_kept_out(np.zeros(3, np.int8)) == {}
    assert count_kept_out(np.array([2, 2, 5], np.int8)) == {"suppressed": 2, "quiet": 1}


@pytest.mark.parametrize("patterns", [("kid?",), ("*",)])
def test_patterns_are_those_of_the_rules(patterns: tuple[str, ...]) -> None:
    guard = Guard(known(), FREE, child_profiles=patterns)
    assert reasons(guard, "kid7") == ["child"]
