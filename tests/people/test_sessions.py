import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import PeopleSettings
from settee.people import Sessions, join_sessions, sessions_of
from tests.people.activities import Act, closed, columns, named, plain_sessions, told

PEOPLE = PeopleSettings()
TV = Act("a1", 0, kind="play", item_id="m1", device_id="tv")


def cut(*acts: Act, **changes: object) -> Sessions:
    return sessions_of(columns(acts), PeopleSettings(**changes))


def test_half_an_hour_of_silence_does_not_end_a_session_and_a_microsecond_more_does() -> None:
    assert len(cut(Act("a1", 0), Act("a1", 1800))) == 1
    assert len(cut(Act("a1", 0), Act("a1", 1800.000001))) == 2


def test_the_silence_starts_where_the_last_activity_ends() -> None:
    film = Act("a1", 0, duration_s=6000)
    assert len(cut(film, Act("a1", 7800))) == 1
    assert len(cut(film, Act("a1", 10, duration_s=5), Act("a1", 7801))) == 2


def test_another_gap_cuts_elsewhere() -> None:
    assert len(cut(Act("a1", 0), Act("a1", 1000), gap_s=900)) == 2


def test_each_device_has_sessions_of_its_own_and_unknown_devices_count_as_one() -> None:
    acts = [Act("a1", at, device_id=name) for at, name in enumerate(("tv", None, "tv", None))]
    assert [(one.device_id, one.n_events) for one in told(cut(*acts))] == [("tv", 2), (None, 2)]


def test_devices_of_the_same_name_in_two_accounts_are_two() -> None:
    found = cut(Act("a1", 0, device_id="tv"), Act("a2", 1, device_id="tv"))
    assert [one.account_id for one in told(found)] == ["a1", "a2"]


def test_being_shown_or_contacted_or_converted_is_not_presence() -> None:
    kinds = ("impression", "touch", "convert")
    assert len(cut(*(Act("a1", 0, kind=kind, item_id="m") for kind in kinds))) == 0
    bridge = [Act("a1", 1500, kind=kind) for kind in kinds]
    found = cut(Act("a1", 0), *bridge, Act("a1", 3000))
    assert [one.n_events for one in told(found)] == [1, 1]


def test_a_session_says_what_it_contains() -> None:
    acts = named([
        Act("a1", 5, kind="profile", device_id="d", device_type="mobile", profile_id="ann"),
        Act("a1", 10, item_id="m2", device_id="d", device_type="tv", platform="app",
            duration_s=60),
        Act("a1", 20, kind="impression", item_id="m9", device_id="d"),
        Act("a1", 30, item_id="m1", device_id="d", duration_s=0.5),
        Act("a1", 40, kind="like", item_id="m2", device_id="d"),
        Act("a1", 50, kind="browse", item_id="m3", device_id="d"),
    ])  # fmt: skip
    (one,) = told(cut(*acts))
    assert (one.device_type, one.platform, one.profile_id) == ("tv", "app", "ann")
    assert (one.start_us, one.last_us, one.end_us) == (5_000_000, 50_000_000, 70_000_000)
    assert (one.n_events, one.watched_s, one.last_event_id) == (5, 60.5, "e5")
    assert one.items == (("m2", 2), ("m1", 1))


def test_the_profile_picked_last_is_the_one() -> None:
    acts = [Act("a1", at, kind="profile", profile_id=name) for at, name in ((2, "bob"), (1, "ann"))]
    assert told(cut(*acts))[0].profile_id == "bob"


def test_a_session_is_closed_once_the_watermark_passes_its_silence() -> None:
    acts = [Act("a1", 0), Act("a1", 2400, kind="touch")]
    assert len(sessions_of(columns(acts), PEOPLE, is_ended=False)) == 0
    assert len(sessions_of(columns([*acts, Act("a1", 2401)]), PEOPLE, is_ended=False)) == 1
    early = PeopleSettings(lateness_s=0)
    assert len(sessions_of(columns(acts), early, is_ended=False)) == 1


def test_sessions_come_in_the_order_of_their_ends() -> None:
    found = cut(
        Act("a1", 0, device_id="tv", duration_s=5000),
        Act("a1", 10, device_id="phone"),
        Act("a0", 20, device_id="z", duration_s=0.5),
        Act("a0", 20, device_id="b", duration_s=0.5),
    )
    assert [one.device_id for one in told(found)] == ["b", "z", "phone", "tv"]


def test_no_events_are_no_sessions() -> None:
    assert (len(cut()), len(join_sessions([]))) == (0, 0)


def test_sessions_of_one_account_keep_the_spaces() -> None:
    found = cut(TV, Act("a2", 0, item_id="m0"), Act("a2", 9000, item_id="m1"))
    second = found.of_account(1)
    assert told(second) == told(found)[1:]
    assert second.item_ids == found.item_ids
    assert told(found.where(found.account == 0)) == told(found)[:1]
    assert told(found.take(np.array([2, 0]))) == [told(found)[2], told(found)[0]]


KINDS = st.sampled_from(["play", "browse", "profile", "impression", "touch", "like"])


@st.composite
def accounts(draw: st.DrawFn, n_accounts: int = 2) -> list[Act]:
    """Events of a few accounts, close enough that silences matter; durations are whole halves."""
    return named(
        draw(
            st.lists(
                st.builds(
                    Act,
                    st.sampled_from([f"a{n}" for n in range(n_accounts)]),
                    st.integers(0, 40).map(lambda step: step * 450.0),
                    kind=KINDS,
                    item_id=st.sampled_from(["m0", "m1", "m2"]),
                    device_id=st.sampled_from([None, "tv", "phone"]),
                    device_type=st.sampled_from([None, "tv", "mobile"]),
                    platform=st.sampled_from([None, "web", "app"]),
                    profile_id=st.sampled_from([None, "ann", "bob"]),
                    duration_s=st.sampled_from([None, 0.5, 900.0, 4000.0]),
                ),
                max_size=25,
            )
        )
    )


@given(accounts(), st.sampled_from([60, 900, 1800]), st.sampled_from([0, 600]))
@settings(max_examples=150, deadline=None)
def test_sessions_are_those_that_a_walk_event_by_event_finds(
    acts: list[Act], gap_s: int, lateness_s: int
) -> None:
    people = PeopleSettings(gap_s=gap_s, lateness_s=lateness_s)
    wanted = plain_sessions(acts, gap_s)
    assert told(sessions_of(columns(acts), people)) == wanted
    assert told(sessions_of(columns(acts), people, is_ended=False)) == closed(
        wanted, acts, gap_s, lateness_s
    )


@given(accounts(4))
@settings(max_examples=40, deadline=None)
def test_sessions_of_parts_joined_are_sessions_of_the_whole(acts: list[Act]) -> None:
    parts = [
        sessions_of(columns([one for one in acts if one.account_id in names]), PEOPLE)
        for names in (("a2", "a3"), (), ("a0",), ("a1",))
    ]
    assert told(join_sessions(parts)) == told(sessions_of(columns(acts), PEOPLE))
