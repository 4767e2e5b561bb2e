from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES, KINDS, BadInput, Event
from settee.events import SimulatedHousehold, World, dials, make_world, simulate_households
from settee.events.simulate_households import _account_id
from settee.events.simulate_lines import change_lines, effect_lines, event_lines, truth_lines

END = datetime(2026, 11, 21, tzinfo=UTC)
PLAIN = {
    "guests": 0.0, "handover": 0.0, "co_viewing": 0.0, "live_events": 0.0, "n_titles": 200,
    "lent": 0.0, "touches": 0.0, "profiles": 0.0, "new_members": 0.0, "leaving_members": 0.0,
    "app_updates": 0.0, "new_devices": 0.0, "two_platforms": 0.0,
}  # fmt: skip


@cache
def homes(
    difficulty: str = "default", seed: int = 7, n: int = 12, n_days: int = 40, **changes: float
) -> tuple[SimulatedHousehold, ...]:
    world = make_world(difficulty, **({"n_titles": 200} | changes))
    return tuple(simulate_households(world, seed, n, n_days, END)[1])


def plain(n: int = 12, **changes: float) -> tuple[SimulatedHousehold, ...]:
    return homes(n=n, **(PLAIN | changes))


def events_of(home: SimulatedHousehold) -> list[Event]:
    return [msgspec.json.decode(line, type=Event) for line in event_lines(home).splitlines()]


def truths_of(home: SimulatedHousehold) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in truth_lines(home).splitlines()]


def everything(some: tuple[SimulatedHousehold, ...]) -> bytes:
    made = (event_lines, truth_lines, change_lines, effect_lines)
    return b"".join(lines(home) for home in some for lines in made)


def is_sitting(home: SimulatedHousehold) -> NDArray[np.bool_]:
    sitting: NDArray[np.bool_] = home.session >= 0
    return sitting


def n_there(home: SimulatedHousehold) -> NDArray[np.int64]:
    return np.array([len(there) for there in home.present()]) + home.is_guest


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    homes.cache_clear()
    one = everything(homes())
    homes.cache_clear()
    assert one == everything(homes()) != everything(homes(seed=8))


def test_a_household_is_the_same_in_a_small_world_and_in_a_large_one() -> None:
    few, many = homes(n=3), homes(n=12)
    assert everything(few) == everything(many[:3])


@pytest.mark.parametrize(
    ("numbers", "place"),
    [((-1, 5, 30), "seed"), ((7, 0, 30), "households"), ((7, 5, 6), "days"),
     ((7, 5, 100_000), "days")],
)  # fmt: skip
def test_a_world_that_is_too_small_or_too_large_is_refused(
    numbers: tuple[int, int, int], place: str
) -> None:
    with pytest.raises(BadInput, match="must be between") as caught:
        simulate_households(World(), *numbers, END)
    assert caught.value.place == place


def test_an_end_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="no time zone"):
        simulate_households(World(), 7, 5, 30, END.replace(tzinfo=None))


# Each dial at two values between which the record must differ.
ENDS: dict[str, tuple[float, float]] = {
    name: (dial.accepted[0], min(dial.accepted[1], 3.0)) for name, dial in dials().items()
} | {
    "n_titles": (100, 200), "sessions_mean": (5, 20), "taste_focus": (1, 20), "size_mean": (1, 4),
    "hour_spread": (0.5, 2), "device_habit": (1, 20), "live_events": (0, 30), "touches": (0, 30),
    "touch_half_life_days": (1, 10), "conversions": (0.1, 5),
}  # fmt: skip


@pytest.mark.parametrize("name", dials())
def test_every_dial_changes_the_record(name: str) -> None:
    # Dials of dials: each is seen only where the other is up.
    beside = {
        "daylight_saving": {"time_zones": 1.0},
        "profile_wrong": {"profiles": 1.0},
        "one_time": {"shoppers": 1.0},
    }.get(name, {})
    low, high = (
        everything(homes(n=4, n_days=21, **beside, **{name: value})) for value in ENDS[name]
    )
    assert low != high


def test_every_event_is_in_the_wire_format_and_in_order_within_the_days_asked_for() -> None:
    for home in homes(shoppers=0.2):
        events = events_of(home)
        instants = [event.at for event in events]
        assert instants == sorted(instants)
        assert all(END - timedelta(days=40) <= at < END for at in instants)
        assert {event.account_id for event in events} <= {home.account_id}


def test_truth_stands_beside_each_event_and_not_inside() -> None:
    labels = {label for home in homes() for label in home.person_ids}
    for home in homes():
        events, truths = events_of(home), truths_of(home)
        assert [event.event_id for event in events] == [truth["event_id"] for truth in truths]
        written = event_lines(home).decode()
        assert not any(label in written for label in labels)
        for truth in truths:
            assert set(truth["persons"]) <= set(home.person_ids)
            assert truth["persons"] == sorted(truth["persons"])
            assert truth["persons"] or truth["guest"]


def test_event_ids_are_unique_and_count_time_not_persons() -> None:
    ids = [event_id for home in homes() for event_id in home.event_ids()]
    assert len(set(ids)) == len(ids)
    for home in homes():
        assert [event_id.split("-")[1] for event_id in home.event_ids()] == [
            f"{number:06d}" for number in range(1, len(home) + 1)
        ]


def test_fifty_thousand_households_have_ids_of_their_own() -> None:
    assert len({_account_id(7, number) for number in range(50_000)}) == 50_000


def test_neither_labels_nor_devices_stand_in_an_order_that_tells() -> None:
    busiest, most_common, tv_first, size = [], [], [], []
    for home in homes(n=200, size_mean=3.0):
        counts = [int((home.persons >> bit & 1).sum()) for bit in range(len(home.person_ids))]
        best = int(np.argmax(counts))
        size.append(1 / len(counts))
        busiest.append(best == 0)
        most_common.append(home.person_ids[best] == min(home.person_ids))
        types = {home.device_ids[one]: kind for one, kind in
                 zip(home.device.tolist(), home.device_type.tolist(), strict=True)}  # fmt: skip
        tv_first.append(types[min(types)] == 0)
    for claims in (busiest, most_common):
        assert abs(np.mean(claims) - np.mean(size)) < 0.12
    assert 0.1 < np.mean(tv_first) < 0.6


NUMBERS = {
    name: st.floats(dial.accepted[0], min(dial.accepted[1], 50.0))
    for name, dial in dials().items()
    if name not in ("n_titles", "sessions_mean")
}


@settings(max_examples=60, deadline=None)
@given(
    values=st.fixed_dictionaries({}, optional=NUMBERS),
    seed=st.integers(0, 2**40),
    n_days=st.integers(7, 30),
)
def test_any_world_of_accepted_dials_is_well_formed(
    values: dict[str, float], seed: int, n_days: int
) -> None:
    world = make_world(n_titles=12, sessions_mean=8.0, **values)
    for home in simulate_households(world, seed, 2, n_days, END)[1]:
        events = events_of(home)
        assert [event.event_id for event in events] == home.event_ids()
        assert [truth["event_id"] for truth in truths_of(home)] == home.event_ids()
        start = END - timedelta(days=n_days)
        instants = [event.at for event in events]
        assert instants == sorted(instants)
        assert all(start <= at < END for at in instants)
        for columns in (home.persons[is_sitting(home)], home.effects.touch_extra):
            assert (columns >= 0).all()
        assert 0 <= home.effects.expected_without <= home.effects.expected + 1e-9


def test_nobody_watches_a_title_before_it_is_out() -> None:
    for home in homes(live_events=20.0):
        start = {item.item_id: item.available_from for item in home.items}
        for event in events_of(home):
            if event.kind == "play":
                out = start[str(event.item_id)]
                assert not isinstance(out, datetime) or event.at >= out


def test_households_have_one_to_eight_members_and_some_are_far_busier_than_others() -> None:
    some = homes(n=150, n_days=30, size_mean=4.0)
    sizes = Counter(len(home.person_ids) for home in some)
    assert (min(sizes), max(sizes)) == (1, 8)
    busy = sorted(
        int(((home.persons >> bit & 1) & (home.kind == KINDS.index("play"))).sum())
        for home in some
        for bit in range(len(home.person_ids))
    )
    tenth = len(busy) // 10
    assert sum(busy[-tenth:]) > 0.2 * sum(busy)


def test_a_long_tail_of_titles_is_watched_rarely() -> None:
    plays = Counter(
        item
        for home in homes(n=60, n_titles=1500)
        for item in home.item[home.kind == KINDS.index("play")].tolist()
    )
    counts = sorted(plays.values(), reverse=True)
    assert sum(counts[: len(counts) // 5]) > 0.5 * sum(counts)


def sessions(home: SimulatedHousehold) -> Iterator[NDArray[np.intp]]:
    """Places of the events of each true session."""
    for number in range(home.session.max(initial=-1) + 1):
        yield np.flatnonzero(home.session == number)


def test_without_handovers_guests_and_company_each_session_is_one_person() -> None:
    for home in plain():
        assert (n_there(home)[is_sitting(home)] == 1).all()
        assert not home.is_guest.any()
        for places in sessions(home):
            assert len(set(home.persons[places].tolist())) == 1


def test_two_sessions_on_one_device_lie_half_an_hour_apart_and_nobody_is_in_two_places() -> None:
    for home in plain(n=30):
        end_s = home.at_s + np.nan_to_num(home.duration_s).astype(np.int64)
        spans = [
            (int(home.device[at[0]]), int(home.persons[at[0]]), int(home.at_s[at].min()),
             int(end_s[at].max()))
            for at in sessions(home)
        ]  # fmt: skip
        for key in (0, 1):
            apart_s = 1800 if key == 0 else -60  # a last word may fall into the next session
            by_key: dict[int, list[tuple[int, int]]] = {}
            for span in sorted(spans, key=lambda one: one[2]):
                by_key.setdefault(span[key], []).append((span[2], span[3]))
            for mine in by_key.values():
                assert all(later[0] - earlier[1] > apart_s for earlier, later in pairwise(mine))


def test_a_handover_changes_the_person_but_not_the_device() -> None:
    changed = 0
    for home in plain(handover=1.0):
        for places in sessions(home):
            assert len(set(home.device[places].tolist())) == 1
            changed += len(set(home.persons[places].tolist())) == 2
    assert changed > 50


def test_company_only_gathers_before_a_shared_screen() -> None:
    together = 0
    for home in plain(co_viewing=1.0):
        for device_type in home.device_type[n_there(home) > 1].tolist():
            assert DEVICE_TYPES[device_type] in ("tv", "console")
            together += 1
    assert together > 500


def test_the_more_guests_the_more_sessions_without_a_member() -> None:
    shares = [
        np.concatenate([home.is_guest[is_sitting(home)] for home in plain(guests=dial)]).mean()
        for dial in (0.0, 0.2, 1.0)
    ]
    assert shares[0] == 0
    assert 0.1 < shares[1] < 0.3
    assert shares[2] == 1
    alone = [not there for home in plain(guests=1.0) for there in home.present()]
    assert 0.4 < np.mean(alone) < 0.8


def test_lent_telephones_are_used_by_others_than_their_owner() -> None:
    def users(lent: float) -> float:
        found = [
            len(set(home.persons[home.device == device].tolist()))
            for home in plain(lent=lent, size_mean=4.0)
            for device in set(home.device[home.device_type == DEVICE_TYPES.index("mobile")])
        ]
        return float(np.mean(found))

    assert users(0.0) == 1
    assert users(0.5) > 1.5


def day_of(home: SimulatedHousehold) -> NDArray[np.float64]:
    return (home.at_s - (END.timestamp() - 40 * 86_400)) / 86_400


@pytest.mark.parametrize(("dial", "what"), [("new_members", "joined"), ("leaving_members", "left")])
def test_who_joins_or_leaves_is_not_there_before_or_after(dial: str, what: str) -> None:
    n_changes = 0
    for home in plain(n=30, **{dial: 1.0}):
        for change in home.changes:
            if change.what != what:
                continue
            n_changes += 1
            mine = home.at_s[home.persons >> home.person_ids.index(change.who) & 1 > 0]
            # Days are days of the clock on the wall.
            if what == "joined":
                assert (mine > change.at_s - 86_400).all()
            else:
                assert (mine < change.at_s + 86_400).all()
    assert n_changes > 10
    assert not any(change.what == what for home in plain() for change in home.changes)


def test_moved_hours_are_other_hours() -> None:
    gaps = []
    for home in plain(n=30, moved_shifts=1.0, hour_spread=0.3, rotating_shifts=0.0):
        for change in home.changes:
            if change.what == "hours_moved":
                bit = home.person_ids.index(change.who)
                mine = home.at_s[(home.persons == 1 << bit) & (home.kind == KINDS.index("play"))]
                angle = np.exp(2j * np.pi * (mine % 86_400) / 86_400)
                before, after = angle[mine < change.at_s], angle[mine >= change.at_s]
                if min(len(before), len(after)) >= 8:
                    gaps.append(abs(np.angle(before.mean() / after.mean())) * 12 / np.pi)
    assert len(gaps) > 10
    assert np.median(gaps) > 3


def test_twins_watch_more_alike_than_others_who_live_together() -> None:
    def likeness(twins: float) -> float:
        found = []
        for home in plain(n=60, twins=twins, size_mean=1.8, taste_overlap=0.0):
            if len(home.person_ids) != 2:
                continue
            tags: list[Counter[str]] = [Counter(), Counter()]
            for kind, item, mask in zip(
                home.kind.tolist(), home.item.tolist(), home.persons.tolist(), strict=True
            ):
                if kind == KINDS.index("play") and mask in (1, 2):
                    tags[mask - 1].update(home.items[item].tags)
            one, two = tags
            norm = np.linalg.norm(list(one.values())) * np.linalg.norm(list(two.values()))
            if min(one.total(), two.total()) > 15:
                found.append(sum(one[tag] * two[tag] for tag in one) / norm)
        return float(np.mean(found))

    assert likeness(1.0) > likeness(0.0) + 0.15


def test_live_events_are_watched_by_many_in_the_same_minutes() -> None:
    def crowd(live_events: float) -> int:
        minutes = Counter(
            int(at_s) // 300
            for home in plain(n=60, live_events=live_events)
            for at_s in home.at_s[home.kind == KINDS.index("play")]
        )
        return max(minutes.values())

    assert crowd(5.0) > 15 > crowd(0.0)


def test_on_holidays_more_is_watched() -> None:
    n_events = [sum(map(len, plain(n=30, holidays=dial))) for dial in (0.0, 1.0)]
    assert n_events[1] > 1.2 * n_events[0]


def test_seasons_make_winter_busier_than_summer() -> None:
    def ratio(seasons: float) -> float:
        world = make_world(seasons=seasons, n_titles=60, touches=0)
        counts = [
            sum(
                map(
                    len,
                    simulate_households(world, 7, 40, 21, datetime(2026, month, 25, tzinfo=UTC))[1],
                )
            )
            for month in (1, 7)
        ]
        return counts[0] / counts[1]

    assert ratio(0.5) > 1.4 > ratio(0.0)


def test_households_elsewhere_have_their_evenings_at_other_hours_of_utc() -> None:
    def evening(time_zones: float) -> float:
        at_s = np.concatenate([home.at_s for home in plain(n=60, time_zones=time_zones)])
        return float(np.mean((at_s % 86_400 >= 17 * 3600) & (at_s % 86_400 < 23 * 3600)))

    assert evening(0.0) > evening(1.0) + 0.1


def test_an_update_of_the_app_reports_another_type_from_a_day_on() -> None:
    for home in plain(app_updates=1.0):
        since = {change.who: change.at_s for change in home.changes}
        for device in set(home.device.tolist()):
            mine = home.device == device
            late = home.at_s >= since[home.device_ids[device]] + 3600 * 12
            early = home.at_s < since[home.device_ids[device]]
            types = [set(home.device_type[mine & when].tolist()) for when in (early, late)]
            assert len(types[0]) <= 1
            assert len(types[1]) <= 1
            assert not types[0] & types[1]


def test_a_replaced_device_comes_back_with_another_id() -> None:
    for home in plain(new_devices=1.0):
        for change in home.changes:
            if change.what == "device_replaced":
                old = home.device_ids.index(change.who)
                assert (home.at_s[home.device == old] < change.at_s + 12 * 3600).all()
                assert (home.at_s[home.device == old + 1] >= change.at_s).all()


def test_one_account_uses_one_service_or_two() -> None:
    platforms = [len(set(home.platform.tolist())) for home in plain(two_platforms=0.0)]
    assert set(platforms) == {1}
    both = [len(set(home.platform.tolist())) for home in plain(two_platforms=1.0)]
    assert np.mean(both) > 1.7


def test_picked_profiles_are_wrong_as_often_as_the_dial_says() -> None:
    assert not any("profile" in event_lines(home).decode() for home in plain())
    for wrong in (0.0, 0.1, 0.5):
        hits = []
        for home in plain(n=30, profiles=1.0, profile_wrong=wrong):
            if len(home.person_ids) > 1:
                hits.append((1 << home.profile.astype(np.int64)) == home.persons)
                assert (home.kind == KINDS.index("profile")).sum() == home.session.max() + 1
        assert abs(np.concatenate(hits).mean() - (1 - wrong)) < 0.04


def test_rotating_shifts_come_and_go_by_the_week() -> None:
    assert any(
        change.what == "hours_rotate"
        for home in plain(rotating_shifts=1.0, moved_shifts=0.0)
        for change in home.changes
    )
