import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.quality.people_world import household_world
from settee.core import PeopleSettings
from settee.events import catalogue_of
from settee.people import PeopleAnswers, score_people
from settee.people.population import Population, learn_population
from settee.people.replay import Answers, beside, replay, replay_account
from settee.people.sessions import Sessions, join_sessions
from tests.people.activities import Act
from tests.people.homes import (
    ANN,
    BOB,
    DAY,
    PEOPLE,
    T0,
    Dweller,
    agreement,
    at_once,
    home,
    known,
    town,
)


def two_homes(n_days: int = 16) -> Sessions:
    one, _ = home([ANN, BOB], n_days, 1, "a")
    other, _ = home([Dweller("phone", 12.0, "news", "mobile")], n_days, 2, "b")
    return join_sessions([one, other])


def as_bytes(answers: Answers) -> list[bytes]:
    return [
        column.tobytes()
        for column in (
            answers.probability, answers.guest, answers.together, answers.is_together,
            answers.is_unsure,
        )
    ]  # fmt: skip


def test_one_answer_a_session_in_their_order() -> None:
    sessions = two_homes()
    answers = replay(sessions, [known(7)], PEOPLE)
    assert answers.probability.shape[0] == len(sessions) == len(answers.guest)
    total = answers.probability.sum(axis=1) + answers.guest
    assert total == pytest.approx(np.ones(len(sessions)), abs=1e-5)
    assert len(answers.person_ids) == 2
    assert not set(answers.person_ids[0]) & set(answers.person_ids[1])


def test_playing_the_record_twice_gives_the_same_bytes() -> None:
    sessions = two_homes()
    for how in ("as_known", "hindsight"):
        one, other = (replay(sessions, [known(7)], PEOPLE, how) for _ in range(2))
        assert as_bytes(one) == as_bytes(other)
        assert one.person_ids == other.person_ids
    states = [replay_account(home([ANN, BOB], 16)[0], "a", [known(7)], PEOPLE)[1] for _ in range(2)]
    assert states[0].to_bytes() == states[1].to_bytes()


@settings(max_examples=15, deadline=None)
@given(cut=st.integers(0, 32), seed=st.integers(1, 3))
def test_later_sessions_never_change_an_earlier_answer(cut: int, seed: int) -> None:
    sessions, _ = home([ANN, BOB], 16, seed)
    generations = [known(5), known(9)]
    whole, _ = replay_account(sessions, "a", generations, PEOPLE)
    part, _ = replay_account(sessions.take(np.arange(cut)), "a", generations, PEOPLE)
    assert part == whole[:cut]


def test_later_generations_never_change_an_earlier_answer() -> None:
    sessions, _ = home([ANN, BOB], 16)
    early, _ = replay_account(sessions, "a", [known(5)], PEOPLE)
    both, _ = replay_account(sessions, "a", [known(5), known(9)], PEOPLE)
    before = [n for n, one in enumerate(early) if one.at_s < known(9).until_s]
    assert 0 < len(before) < len(early)
    assert [both[n] for n in before] == [early[n] for n in before]
    assert both != early


def test_hindsight_knows_what_came_later() -> None:
    sessions, who = home([ANN, BOB], 16)
    then, _ = replay_account(sessions, "a", [known(5)], PEOPLE)
    now, _ = replay_account(sessions, "a", [known(5)], PEOPLE, "hindsight")
    assert then[0].is_unsure
    assert not now[0].is_unsure
    assert agreement([one.persons[0][0] for one in now], who) == 1.0


def test_the_first_answers_say_that_nobody_is_known() -> None:
    said, _ = replay_account(home([ANN, BOB], 16)[0], "a", [known(5)], PEOPLE)
    stages = [one.stage for one in said]
    assert stages[0] == "account"
    assert stages[-1] == "persons"
    alone, _ = replay_account(home([ANN], 3)[0], "a", [], PEOPLE)
    assert {one.stage for one in alone} == {"account", "population"}


def test_who_runs_on_another_device_is_beside() -> None:
    acts = [
        Act("a", T0, device_id="tv", duration_s=3600.0),
        Act("a", T0 + 600, device_id="phone", duration_s=60.0),
        Act("a", T0 + 5 * 3600, device_id="tablet", duration_s=60.0),
    ]
    sessions = at_once(acts)
    names = [sessions.device_ids[one] for one in sessions.device]
    near = beside(sessions, names.index("phone"))
    assert near is not None
    assert [sessions.device_ids[one] for one in near.device] == ["tv"]
    assert beside(sessions, names.index("tablet")) is None
    assert beside(sessions, names.index("tv")) is None  # it had begun before the telephone did


def test_a_longer_silence_is_known_later() -> None:
    sessions, _ = home([ANN, BOB], 10)
    prompt, _ = replay_account(sessions, "a", [known(3)], PEOPLE)
    patient = PEOPLE.model_copy(update={"gap_s": 80_000})
    assert replay_account(sessions, "a", [known(3)], patient)[0] != prompt


def test_without_accounts_there_is_nothing_to_say() -> None:
    none = replay(town().take(np.arange(0)), [known()], PEOPLE)
    assert none.probability.shape == (0, 1)


def test_persons_are_told_better_than_by_calling_all_of_an_account_one() -> None:
    world = household_world("easy", 7, 14, 60)
    first_s = int(world.at_s.min())
    generations: list[Population] = [
        learn_population(world.sessions, catalogue_of(world.items), first_s + days * DAY, PEOPLE, 7)
        for days in (7, 21, 40)
    ]
    answers = replay(world.sessions, generations, PeopleSettings())
    n = len(world.sessions)
    nothing = np.zeros(n, np.bool_)
    truth = world.truth
    account = world.sessions.account.astype(np.int64)
    ours = score_people(
        PeopleAnswers(account, answers.probability, answers.is_together, answers.is_unsure), truth,
        n_resamples=0,
    )  # fmt: skip
    everybody = PeopleAnswers(account, np.ones((n, 1)), nothing, nothing)
    one = score_people(everybody, truth, n_resamples=0)
    assert ours.accuracy is not None
    assert one.accuracy is not None
    assert ours.accuracy.value > one.accuracy.value + 0.1
