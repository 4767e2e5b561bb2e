from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.people.corrections import CannotMerge, Correction, NoSuchPerson
from settee.people.drift_calm import Calm
from settee.people.errors import HouseholdDamaged
from settee.people.household import Household
from settee.people.population import nobody_known
from tests.people.homes import (
    ANN,
    BOB,
    DAY,
    PEOPLE,
    T0,
    Dweller,
    agreement,
    home,
    known,
    moved_in,
    named_persons,
    one_of,
)

NOW = T0 + 60 * DAY
KID = Dweller("phone", 15.0, "anime", "mobile")


def ids(household: Household) -> list[str]:
    return [one.person_id for one in household.persons]


def test_two_with_their_own_devices_and_hours_are_told_apart() -> None:
    sessions, who = home([ANN, BOB], 20)
    household = moved_in(sessions)
    assert len(household.persons) == 2
    assert agreement(named_persons(household, sessions), who) == 1.0
    assert [one.share for one in household.persons] == pytest.approx([0.5, 0.5], abs=0.1)
    assert sum(one.n_sessions for one in household.persons) == pytest.approx(40, abs=1)


def test_one_person_stays_one() -> None:
    for n_days in (6, 14, 30):
        sessions, _ = home([ANN], n_days)
        household = moved_in(sessions)
        assert len(household.persons) == 1
        assert household.persons[0].last_at_s == int(sessions.end_us[-1]) // 1_000_000


def test_ids_stay_while_the_household_is_found_anew_and_grows() -> None:
    sessions, who = home([ANN, BOB], 40)
    household = moved_in(sessions.take(np.arange(40)))
    before = set(ids(household))
    for place in range(40, 80):
        household.absorb(one_of(sessions, place))
    assert set(ids(household)) == before
    assert agreement(named_persons(household, sessions), who) == 1.0


@settings(max_examples=20, deadline=None)
@given(cut=st.integers(0, 30))
def test_a_household_that_was_written_and_read_goes_on_as_if_nothing_had_been(cut: int) -> None:
    sessions, _ = home([ANN, BOB], 15)
    whole = moved_in(sessions)
    begun = moved_in(sessions.take(np.arange(cut)))
    again = Household.from_bytes("a", begun.to_bytes(), known(), PEOPLE)
    for place in range(cut, 30):
        again.absorb(one_of(sessions, place))
    assert again.to_bytes() == whole.to_bytes()
    assert again.persons == whole.persons


def test_empty_bytes_are_one_of_whom_nothing_is_known_and_others_are_refused() -> None:
    fresh = Household.from_bytes("a", b"", known(), PEOPLE)
    assert fresh.stage == "population"
    assert Household("a", nobody_known(), PEOPLE).stage == "account"
    with pytest.raises(HouseholdDamaged):
        Household.from_bytes("a", b"nonsense", known(), PEOPLE)


def test_asking_changes_nothing() -> None:
    sessions, _ = home([ANN, BOB], 10)
    household = moved_in(sessions)
    before = household.to_bytes()
    named_persons(household, sessions)
    household.recall(sessions)
    household.shares(np.array([NOW]))
    household.look(one_of(sessions, 0))
    household.posteriors(sessions)
    assert household.to_bytes() == before


def test_a_session_that_was_told_is_moved_and_ids_are_kept() -> None:
    sessions, _ = home([ANN, BOB], 20)
    household = moved_in(sessions)
    before = set(ids(household))
    first = household.recall(one_of(sessions, 6))[0].persons[0][0]
    (other,) = before - {first}
    event_id = sessions.last_event_id[6]
    events = household.correct(Correction("was", sessions=(event_id,), persons=(other,)), NOW)
    assert [one.kind for one in events] == ["corrected"]
    name, p = household.recall(one_of(sessions, 6))[0].persons[0]
    assert name == other
    assert p > 0.98
    assert set(ids(household)) == before
    household.correct(Correction("retract", sessions=(event_id,)), NOW)
    assert household.recall(one_of(sessions, 6))[0].persons[0][0] == first


def test_a_session_of_a_guest_belongs_to_nobody() -> None:
    sessions, _ = home([ANN, BOB], 20)
    household = moved_in(sessions)
    assert household.recall(one_of(sessions, 6))[0].guest < 0.1
    household.correct(Correction("guest", sessions=(sessions.last_event_id[6],)), NOW)
    assert household.recall(one_of(sessions, 6))[0].guest > 0.95
    assert len(household.persons) == 2


def test_what_was_told_of_many_sessions_teaches_the_others() -> None:
    alike = [replace(BOB, hour=19.5), replace(BOB, tag="drama", hour=20.5)]
    sessions, who = home(alike, 40)
    household = moved_in(sessions.take(np.arange(40)))
    first = ids(household)[0]
    early = sessions.last_event_id[:40]
    hers, his = (tuple(np.array(early)[who[:40] == one].tolist()) for one in (1, 0))
    told = Correction("was", persons=(first,), sessions=his)
    apart = Correction("split", persons=(first,), sessions=hers)
    household.correct(told, NOW)
    household.correct(apart, NOW)
    assert len(household.persons) >= 2
    later = sessions.take(np.arange(40, len(who)))
    assert agreement(named_persons(household, later), who[40:]) >= 0.8


def test_merged_persons_are_one_and_part_again_under_their_old_ids() -> None:
    sessions, _ = home([ANN, BOB], 20)
    household = moved_in(sessions)
    before = ids(household)
    household.correct(Correction("merge", persons=(before[0], before[1])), NOW)
    assert ids(household) == [before[0]]
    assert household.persons[0].share == pytest.approx(1.0)
    assert household.shares(np.array([T0 + 5 * DAY + 20 * 3600])).shape == (1, 1)
    household.correct(Correction("unmerge", persons=(before[1],)), NOW)
    assert set(ids(household)) == set(before)
    with pytest.raises(CannotMerge):
        household.correct(Correction("unmerge", persons=(before[1],)), NOW)


def test_a_name_is_for_the_eyes_and_strangers_are_refused() -> None:
    household = moved_in(home([ANN, BOB], 8)[0])
    first = ids(household)[0]
    household.correct(Correction("rename", persons=(first,), name="Ann"), NOW)
    assert household.persons[0].name == "Ann"
    with pytest.raises(NoSuchPerson):
        household.correct(Correction("rename", persons=("p_nobody",), name="Eve"), NOW)


def test_who_was_forgotten_is_gone_and_their_sessions_are_somebody_s_again() -> None:
    sessions, _ = home([ANN, BOB], 20)
    household = moved_in(sessions)
    gone, stays = ids(household)
    household.correct(Correction("forget", persons=(gone,)), NOW)
    assert gone not in ids(household)
    assert stays in ids(household)
    for place in (0, 1):
        who = household.who(one_of(sessions, place))
        assert sum(p for _, p in who.persons) + who.guest == pytest.approx(1.0, abs=1e-4)
        assert gone not in dict(who.persons)


def test_whose_an_instant_was_is_who_had_the_session() -> None:
    sessions, who = home([ANN, BOB], 20)
    household = moved_in(sessions)
    share = household.shares(sessions.start_us // 1_000_000 + 60)
    assert share.shape == (40, 2)
    assert (share.sum(axis=1) <= 1.001).all()
    assert agreement(share.argmax(axis=1).tolist(), who) == 1.0


def test_recall_of_nothing_is_nothing() -> None:
    sessions, _ = home([ANN], 6)
    assert moved_in(sessions).recall(sessions.take(np.arange(0))) == []


def test_the_same_household_under_a_later_generation_keeps_its_persons() -> None:
    sessions, _ = home([ANN, BOB], 12)
    household = moved_in(sessions, known(7))
    later = household.under(known(14))
    assert household.under(known(7)) is household
    assert ids(later) == ids(household)


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"max_persons": 1}, lambda one, _: len(one.persons)),
        ({"half_life_days": 2.0}, lambda one, _: [round(p.share, 2) for p in one.persons]),
        ({"unsure_below": 1.0}, lambda one, last: one.who(last).is_unsure),
        ({"together_above": 0.0}, lambda one, last: one.who(last).is_together),
        ({"gap_s": 60}, lambda one, last: one.shares(last.end_us // 1_000_000 + 600).sum()),
    ],
)
def test_every_setting_changes_the_outcome(
    change: dict[str, float], seen: Callable[..., object]
) -> None:
    dwellers = [ANN, BOB]
    early, _ = home(dwellers, 12)
    acts_late, _ = home([ANN], 30)
    later = acts_late.where(acts_late.start_us > early.end_us.max())
    outcomes = []
    for people in (PEOPLE, PEOPLE.model_copy(update=change)):
        household = moved_in(early, people=people)
        for place in range(len(later)):
            household.absorb(one_of(later, place))
        outcomes.append(seen(household, one_of(later, len(later) - 1)))
    assert outcomes[0] != outcomes[1]


def test_most_persons_are_kept_when_a_newcomer_is_found() -> None:
    people = PEOPLE.model_copy(update={"max_persons": 2, "drift_false_alarms": 0.5})
    calm = replace(known(), calm=Calm.usual().to_array())
    sessions, _ = home([ANN, BOB], 30)
    household = moved_in(sessions, calm, people)
    newcomers, _ = home([ANN, BOB, KID], 60, seed=2)
    for place in np.flatnonzero(newcomers.start_us > sessions.end_us.max()).tolist():
        household.absorb(one_of(newcomers, place))
        assert len(household.persons) <= 2


def test_with_a_newcomer_there_is_one_more() -> None:
    sessions, _ = home([ANN, BOB], 30)
    household = moved_in(sessions)
    newcomers, who = home([ANN, BOB, KID], 60, seed=2)
    later = newcomers.where(newcomers.start_us > sessions.end_us.max())
    for place in range(len(later)):
        household.absorb(one_of(later, place))
    assert len(household.persons) == 3
    truth = who[newcomers.start_us > sessions.end_us.max()]
    assert agreement(named_persons(household, later), truth) > 0.95
