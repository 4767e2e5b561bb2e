from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import PeopleSettings
from settee.people import Happening, HouseholdDamaged, Sessionizer, gather, sessions_of
from settee.people.sessionizer import Running, lasted_us
from tests.people.activities import Act, Plain, columns, named, told
from tests.people.test_sessions import accounts

PEOPLE = PeopleSettings()


def happening(act: Act) -> Happening:
    return Happening(
        act.at_us, act.kind, act.event_id, act.item_id, act.device_id, act.device_type,
        act.platform, act.profile_id, lasted_us(act.duration_s),
    )  # fmt: skip


def stream(
    acts: Iterable[Act], people: PeopleSettings = PEOPLE, splits: Sequence[int] = ()
) -> tuple[list[Running], Sessionizer]:
    """Closed sessions in the order of closing; the state goes to bytes and back at `splits`."""
    sessionizer, closed = Sessionizer(people), []
    for place, act in enumerate(acts):
        sessionizer.add(happening(act))
        closed += sessionizer.close()
        if place in splits:
            sessionizer = Sessionizer(people, sessionizer.to_bytes())
    return closed, sessionizer


def as_plain(runs: Sequence[Running]) -> list[Plain]:
    return told(gather("a0", runs))


def test_a_late_event_within_the_lateness_is_sorted_into_place() -> None:
    _, found = stream(named([Act("a0", 100), Act("a0", 700), Act("a0", 100, item_id="m")]))
    (one,) = as_plain(found.running)
    assert (one.n_events, one.last_event_id, found.n_late) == (3, "e1", 0)


def test_an_event_that_is_later_than_that_is_counted_and_left_out() -> None:
    _, found = stream([Act("a0", 1000), Act("a0", 399.9), Act("a0", 0, kind="touch")])
    assert (len(found.running), found.running[0].n_events, found.n_late) == (1, 1, 1)
    _, patient = stream([Act("a0", 1000), Act("a0", 399.9)], PeopleSettings(lateness_s=601))
    assert (patient.running[0].n_events, patient.n_late) == (2, 0)


def test_an_event_between_two_sessions_makes_them_one() -> None:
    people = PeopleSettings(gap_s=600, lateness_s=1000)
    acts = named([
        Act("a0", 0, item_id="m1", platform="web"),
        Act("a0", 1000, item_id="m2", profile_id="ann"),
        Act("a0", 990, device_id="tv"),
        Act("a0", 500, item_id="m2", device_type="tv"),
    ])  # fmt: skip
    _, found = stream(acts, people)
    one, tv = sorted(as_plain(found.running), key=lambda session: session.device_id or "")
    assert (one.n_events, one.items, one.last_event_id) == (3, (("m1", 1), ("m2", 2)), "e1")
    assert (one.platform, one.device_type, one.profile_id) == ("web", "tv", "ann")
    assert tv.n_events == 1


def test_what_was_said_of_a_session_is_void_once_more_is_known() -> None:
    _, found = stream([Act("a0", 0)])
    found.running[0].answer = b"said"
    found.add(happening(Act("a0", 5, kind="touch")))
    assert found.running[0].answer == b"said"
    found.add(happening(Act("a0", 6)))
    assert found.running[0].answer == b""


def test_a_session_runs_on_its_device_until_its_silence_is_over() -> None:
    _, found = stream([Act("a0", 100, device_id="tv", duration_s=50)])
    assert found.on_device("tv", 1_950_000_000) is found.running[0]
    assert found.on_device("tv", 1_950_000_001) is None
    assert found.on_device("tv", 99_000_000) is None
    assert found.on_device(None, 150_000_000) is None
    assert found.silent_at(1_950_000_001) == list(found.running)
    assert found.silent_at(1_950_000_000) == []


def test_time_passes_by_word_alone() -> None:
    _, found = stream([Act("a0", 0)])
    found.pass_time(2_400_000_000)
    assert found.close() == []
    found.pass_time(2_400_000_001)
    assert len(found.close()) == 1
    found.pass_time(0)
    assert found.newest_us == 2_400_000_001


def test_bytes_that_are_something_else_are_refused() -> None:
    with pytest.raises(HouseholdDamaged, match="cannot be read"):
        Sessionizer(PEOPLE, b"\xc1")


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Act], int]:
    """Events of one account in an order of arrival within the lateness."""
    acts = [replace(one, account_id="a0") for one in draw(accounts(1))]
    lateness_s = draw(st.sampled_from([0, 450, 1800]))
    left, came, newest = sorted(acts, key=lambda act: act.key), [], 0.0
    while left:
        oldest = left[0].at
        may = [n for n, act in enumerate(left) if act.at <= max(oldest + lateness_s, newest)]
        came.append(left.pop(draw(st.sampled_from(may))))
        newest = max(newest, came[-1].at)
    return came, lateness_s


@given(arrivals(), st.sets(st.integers(0, 24)), st.sampled_from([60, 900, 1800]))
@settings(max_examples=200, deadline=None)
def test_any_order_within_the_lateness_and_any_pauses_give_the_sessions_of_the_whole(
    arrived: tuple[list[Act], int], splits: set[int], gap_s: int
) -> None:
    acts, lateness_s = arrived
    people = PeopleSettings(gap_s=gap_s, lateness_s=lateness_s)
    closed, left = stream(acts, people, tuple(splits))
    assert left.n_late == 0
    found = as_plain(closed)
    assert found == told(sessions_of(columns(acts), people, is_ended=False))
    whole = told(sessions_of(columns(acts), people))
    assert sorted([*found, *as_plain(left.running)], key=str) == sorted(whole, key=str)


@given(arrivals())
@settings(max_examples=50, deadline=None)
def test_the_state_has_the_same_bytes_whatever_the_order(arrived: tuple[list[Act], int]) -> None:
    acts, lateness_s = arrived
    people = PeopleSettings(lateness_s=lateness_s)
    (_, one), (_, other) = stream(acts, people), stream(sorted(acts, key=lambda a: a.key), people)
    assert one.to_bytes() == other.to_bytes()
    assert Sessionizer(people, one.to_bytes()).to_bytes() == one.to_bytes()
