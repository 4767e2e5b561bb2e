import math

import numpy as np
import pytest
from numpy.typing import NDArray

from settee.core import Damaged, PeopleSettings
from settee.people.drift import (
    ANSWERS,
    CHANNELS,
    Drift,
    DriftRules,
    DriftState,
    Evidence,
)
from settee.people.drift_calm import BadSurprises, Calm, learn_calm, learn_knots
from settee.people.drift_features import watch_features

DAY = 86_400
START = 20_000 * DAY
RULES = DriftRules.of(PeopleSettings())


def household(seed: int, days: int = 120, per_day: int = 2) -> Evidence:
    """A calm one: every surprise is standard normal."""
    rng = np.random.default_rng(seed)
    n = days * per_day
    at_s = START + np.arange(n) * (DAY // per_day)
    return Evidence(
        at_s,
        rng.standard_normal((n, 4)),
        rng.normal(20, 1, n) % 24,
        rng.integers(0, 2, n),
    )


def after(sessions: Evidence, day: int) -> NDArray[np.bool_]:
    return sessions.at_s >= START + day * DAY


def noticed(sessions: Evidence, rules: DriftRules = RULES) -> list[Drift]:
    return DriftState.new().observe(sessions, rules)


def first(sessions: Evidence) -> Drift:
    found = noticed(sessions)
    assert found, "nothing was noticed"
    return found[0]


def test_calm_households_are_hardly_ever_alarmed_and_a_dummy_always_is() -> None:
    alarmed = sum(bool(noticed(household(seed, days=90))) for seed in range(400))
    always = 400
    assert alarmed <= 4 < always


def test_more_false_alarms_are_accepted_for_finding_changes_sooner() -> None:
    found = {}
    for share in (0.001, 0.5):
        rules = DriftRules.of(PeopleSettings(drift_false_alarms=share))
        rows = []
        for seed in range(20):
            sessions = household(seed)
            sessions.surprise[after(sessions, 60), 0] += 1.5
            rows.append(noticed(sessions, rules)[0].row)
        found[share] = np.mean(rows)
    assert found[0.5] < found[0.001]


def test_hours_that_jump_are_a_sudden_change_and_it_is_said_since_when() -> None:
    sessions = household(1)
    sessions.surprise[after(sessions, 60), 0] += 3
    drift = first(sessions)
    assert (drift.kind, drift.channel, drift.answer) == ("sudden", "hour", "refit_recent")
    assert abs(drift.since_s - (START + 60 * DAY)) <= 7 * DAY
    assert drift.since_s <= drift.at_s == sessions.at_s[drift.row]


def test_taste_that_moves_slowly_is_a_gradual_change() -> None:
    sessions = household(2, days=300)
    slope = np.clip((sessions.at_s - START) / DAY - 60, 0, None) / 100
    sessions.surprise[:, 2] += np.minimum(slope, 0.9)
    assert (first(sessions).kind, first(sessions).answer) == ("gradual", "forget_faster")


def test_sessions_that_nobody_explains_are_a_new_member() -> None:
    sessions = household(3)
    theirs = after(sessions, 60) & (np.arange(240) % 4 == 0)
    sessions.surprise[theirs] += 4
    drift = first(sessions)
    assert (drift.kind, drift.answer) == ("new_member", "add_person")
    assert theirs[: drift.row + 1].sum() <= 10


def test_other_people_on_the_same_devices_are_a_change_of_concept() -> None:
    sessions = household(4)
    sessions.surprise[after(sessions, 60), 1] += 3
    assert (first(sessions).kind, first(sessions).channel) == ("concept", "device")


def test_habits_that_come_back_are_recognised() -> None:
    sessions = household(5, days=240)
    holiday = after(sessions, 80) & ~after(sessions, 140)
    sessions.hour[holiday] = 9.0
    back = after(sessions, 140) & ~after(sessions, 170)
    sessions.surprise[holiday & ~after(sessions, 90), 0] += 2.5
    sessions.surprise[back, 0] += 1.5
    found = noticed(sessions)
    kinds = list(dict.fromkeys((drift.kind, drift.answer) for drift in found))
    assert kinds == [("sudden", "refit_recent"), ("recurring", "bring_back")]


def part(sessions: Evidence, keep: NDArray[np.bool_]) -> Evidence:
    return Evidence(
        sessions.at_s[keep], sessions.surprise[keep], sessions.hour[keep], sessions.device[keep]
    )


def test_session_by_session_through_bytes_is_the_same_as_all_at_once() -> None:
    sessions = household(9)
    sessions.surprise[after(sessions, 60), 0] += 3
    sessions.surprise[5, 2] = math.nan
    sessions.device[::7] = -1
    at_once = DriftState.new()
    expected = at_once.observe(sessions, RULES)
    state, found = DriftState.new(), []
    for row in range(len(sessions.at_s)):
        state = DriftState.from_bytes(state.to_bytes())
        one = part(sessions, np.arange(len(sessions.at_s)) == row)
        found += state.observe(one, RULES)
    assert [(d.kind, d.at_s, d.since_s) for d in found] == [
        (d.kind, d.at_s, d.since_s) for d in expected
    ]
    assert state.to_bytes() == at_once.to_bytes()
    assert len(state.to_bytes()) < 300


def test_a_refit_starts_the_watch_afresh() -> None:
    sessions = household(10)
    sessions.surprise[after(sessions, 60), 0] += 3
    rows = np.arange(len(sessions.at_s))
    drift = first(sessions)
    state = DriftState.new()
    state.observe(part(sessions, rows < drift.row), RULES)
    state.refitted()
    assert state.observe(part(sessions, rows == drift.row), RULES) == []


def test_a_state_of_another_length_is_damage() -> None:
    with pytest.raises(Damaged, match="4 bytes; 152"):
        DriftState.from_bytes(b"four")


def test_what_is_usual_is_learnt_from_many_households() -> None:
    past = [odd(seed) for seed in range(1000, 1060)]
    calm = learn_calm(past, [np.ones(3)] * 60)
    rules = DriftRules.of(PeopleSettings(), calm.to_array())
    plain = sum(bool(noticed(odd(seed))) for seed in range(60))
    learnt = sum(bool(noticed(odd(seed), rules)) for seed in range(60))
    assert learnt <= 2
    assert plain == 60


def odd(seed: int) -> Evidence:
    """A calm household whose surprises are far from normal."""
    sessions = household(seed, days=105)
    sessions.surprise[:] = np.random.default_rng(seed).gamma(2.0, 3.0, sessions.surprise.shape)
    return sessions


def test_a_twentieth_of_changed_households_among_those_learnt_from_moves_little() -> None:
    past = [odd(seed) for seed in range(60)]
    clean = learn_calm(past, [np.ones(3)] * 60)
    for sessions in past[:3]:
        sessions.surprise[after(sessions, 60), 0] += 30
    mixed = learn_calm(past, [np.ones(3)] * 60)
    assert mixed.limit(3, 0.01) < clean.limit(3, 0.01) + 2


def test_households_of_a_few_days_do_not_say_what_is_usual() -> None:
    with pytest.raises(BadSurprises, match="0 of 30 households"):
        learn_calm([household(seed, days=10) for seed in range(30)], [np.ones(3)] * 30)


def test_longer_pasts_are_brought_down_to_ninety_days() -> None:
    short, long = (
        learn_calm([household(seed, days=days) for seed in range(150)], [np.ones(3)] * 150)
        for days in (105, 285)
    )
    assert abs(short.limit(0, 0.01) - long.limit(0, 0.01)) < 1.5


def test_rarer_is_higher() -> None:
    assert Calm.usual().limit(0, 0.001) > Calm.usual().limit(0, 0.01)
    often, seldom = (DriftRules(share, Calm.usual()) for share in (0.1, 0.001))
    assert often.newcomer_capital < seldom.newcomer_capital
    assert often.arrived < seldom.arrived
    assert often.left < seldom.left


@pytest.mark.parametrize("bad", [np.zeros((10, 4)), np.full((2000, 4), np.inf)])
def test_too_little_or_infinite_surprise_teaches_nothing(bad: NDArray[np.float64]) -> None:
    with pytest.raises(BadSurprises, match="surprises of hour"):
        learn_knots(bad)


def test_every_kind_has_an_answer_and_every_channel_a_name() -> None:
    assert set(ANSWERS) >= {"gradual", "sudden", "recurring", "concept", "new_member"}
    assert len(CHANNELS) == 4


Everybody = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def everybody(n_households: int = 60, days: int = 60) -> Everybody:
    rng = np.random.default_rng(11)
    account = np.repeat(np.arange(n_households), days)
    at_s = START + np.tile(np.arange(days), n_households) * DAY
    return account, at_s, rng.standard_normal((n_households * days, 4))


def test_an_update_that_startles_everybody_alarms_nobody() -> None:
    account, at_s, surprise = everybody()
    surprise[at_s >= START + 40 * DAY, 1] += 2
    quiet = watch_features(account, at_s, surprise, RULES)
    assert quiet[at_s >= START + 42 * DAY, 1].all()
    assert not quiet[at_s < START + 40 * DAY].any()
    assert not quiet[:, [0, 2, 3]].any()


def test_once_everybody_is_calm_again_households_are_watched_again() -> None:
    account, at_s, surprise = everybody()
    surprise[(at_s >= START + 20 * DAY) & (at_s < START + 30 * DAY), 1] += 2
    quiet = watch_features(account, at_s, surprise, RULES)
    assert quiet[at_s == START + 25 * DAY, 1].all()
    assert not quiet[at_s >= START + 36 * DAY, 1].any()


def test_a_few_households_are_not_everybody() -> None:
    account, at_s, surprise = everybody(n_households=20)
    surprise[at_s >= START + 40 * DAY, 1] += 2
    assert not watch_features(account, at_s, surprise, RULES).any()
    nothing = watch_features(account[:0], at_s[:0], surprise[:0], RULES)
    assert nothing.shape == (0, 4)
