from dataclasses import replace

import numpy as np
import pytest

from settee.core import Damaged, PeopleSettings
from settee.people.channels import MOST_TOPICS, OFFSETS, SIGNALS, SIZES, TASTE_AT, Symbols
from settee.people.drift import Calm, Drift, DriftRules, Evidence
from settee.people.newcomer import RECENT, Habits
from settee.people.watch import Means, Sight, Watch, with_last

DAY = 86_400
PRIOR = np.concatenate([np.full(size, 1 / size) for size in (*SIZES, 4)])
ONES = np.ones(len(SIGNALS))
HABITS = Habits(PRIOR, np.log(PRIOR), 2 * ONES, ONES)


def means(**settings: float) -> Means:
    rules = replace(DriftRules.of(PeopleSettings(**settings)), min_sessions=20)
    laws = np.tile([2.0, 0.7], (9, 1))
    return Means(replace(rules, calm=Calm(rules.calm.knots, laws)), HABITS, 0.03)


MEANS = means()


def symbols(hours: list[int], devices: list[int]) -> Symbols:
    n = len(hours)
    symbol = np.full((n, len(SIZES)), -1, np.int16)
    symbol[:, 0] = hours
    symbol[:, 3] = np.array(devices, np.int64) + OFFSETS[3]
    topic = np.full((n, MOST_TOPICS), -1, np.int16)
    topic[:, 0] = TASTE_AT
    return Symbols(symbol, topic, np.zeros((n, MOST_TOPICS), np.float32))


def lived(
    strange: list[float], who: list[int], watch: Watch, surprise: list[float] | None = None,
    given: Means = MEANS,
) -> list[tuple[int, Drift]]:  # fmt: skip
    """A session a day; what was noticed, and at which."""
    shown = symbols([9 if s > 0 else 20 for s in strange], [5 if s > 0 else 0 for s in strange])
    at_s = np.arange(len(strange)) * DAY
    share = np.eye(2)[who]
    found = []
    for row, one in enumerate(strange):
        z = np.array([[surprise[row] if surprise else 0.0, 0.0, 0.0, one]])
        now = slice(row, row + 1)
        seen = Evidence(at_s[now], z, np.array([20.0]), np.zeros(1, np.int64))
        recent = with_last(shown.take(slice(0, row)), shown.take(now))
        ends = at_s[: row + 1][-len(recent) :]
        sight = Sight(seen, recent, ends, share[:row], at_s[:row], [1, 2])
        found += [(row, drift) for drift in watch.session(sight, given)]
    return found


def test_a_calm_household_is_left_alone() -> None:
    assert lived([-3.0] * 120, [0, 1] * 60, Watch()) == []


def test_the_same_stranger_again_is_a_new_member_without_a_number() -> None:
    strange = [-8.0] * 60 + [2.0, -8.0, -8.0] * 12
    (row, drift), *_ = lived(strange, [0, 1] * 48, Watch())
    assert (drift.kind, drift.person, drift.channel) == ("new_member", 0, "novelty")
    assert 60 * DAY <= drift.since_s <= drift.at_s == row * DAY
    assert sum(one > 0 for one in strange[: row + 1]) <= 10


def test_a_member_who_comes_is_told_once() -> None:
    found = lived([-3.0] * 130, [0] * 70 + [0, 1] * 30, Watch())
    assert [(drift.kind, drift.person) for _, drift in found] == [("new_member", 2)]
    assert found[0][1].since_s >= 65 * DAY


def test_a_member_who_goes_is_told_once() -> None:
    found = lived([-3.0] * 150, [0, 1] * 40 + [0] * 70, Watch())
    assert [(drift.kind, drift.person, drift.answer) for _, drift in found] == [
        ("lost_member", 2, "retire_person")
    ]


def test_who_went_and_comes_back_is_told_again() -> None:
    who = [0, 1] * 15 + [0] * 60 + [1] * 90
    kinds = [drift.kind for _, drift in lived([-3.0] * 180, who, Watch()) if drift.person == 2]
    assert kinds == ["lost_member", "new_member"]


def test_habits_that_jump_are_told_and_the_watch_begins_afresh() -> None:
    watch = Watch()
    jump = [0.0] * 60 + [4.0] * 12
    found = lived([-3.0] * 72, [0, 1] * 36, watch, jump)
    assert found[0][1].kind == "sudden"
    assert len(watch.novelty) < 20


def test_fewer_false_alarms_take_more_sessions() -> None:
    rows = []
    for share in (0.3, 0.001):
        given = means(drift_false_alarms=share)
        found = lived([-3.0] * 150, [0, 1] * 40 + [0] * 70, Watch(), given=given)
        rows.append(found[0][0])
    assert rows[0] < rows[1]


def test_what_is_remembered_is_small_and_survives_being_written() -> None:
    watch = Watch()
    lived([-3.0] * 130, [0] * 70 + [0, 1] * 30, watch)
    raw = watch.to_bytes()
    assert len(raw) < 300
    again = Watch.from_bytes(raw)
    assert again.to_bytes() == raw
    assert again.arrived == {2}
    assert len(again.novelty) == RECENT - 1


def test_a_household_never_looked_at_has_no_bytes() -> None:
    assert Watch.from_bytes(b"").to_bytes() == Watch().to_bytes()


def test_bytes_of_something_else_are_damage() -> None:
    with pytest.raises(Damaged, match="cannot be read"):
        Watch.from_bytes(b"\x01")


def test_nobody_known_yet_is_no_reason_for_an_alarm() -> None:
    empty = np.zeros((0, 2))
    seen = Evidence(np.zeros(1, np.int64), np.zeros((1, 4)), np.zeros(1), np.zeros(1, np.int64))
    sight = Sight(seen, symbols([20], [0]), np.zeros(1, np.int64), empty, np.zeros(0, np.int64), [])
    assert Watch().session(sight, replace(MEANS, rules=replace(MEANS.rules, min_sessions=0))) == []
