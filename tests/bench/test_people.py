"""The worlds, drivers and plain answers that quality/people judges by."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from bench.quality import people, people_methods, people_ours, people_world
from bench.quality.people_replay import FIRST, join_fits, one_person, replay_all, schedule, stack
from settee.people import PeopleAnswers, score_people
from settee.people.baselines import PlainMixture


@pytest.fixture(scope="module")
def world() -> people_world.HouseholdWorld:
    return people_world.household_world("easy", 3, 3, profiles=0.0)


def test_each_session_has_the_truth_of_its_last_event(world):
    n = len(world.sessions)
    assert len(world.truth.is_judged) == len(world.at_s) == n
    assert 0.1 < world.truth.is_judged.mean() < 0.5
    assert (world.at_s[world.truth.is_judged] >= world.judged_from_s).all()
    nobody = ~world.truth.is_present.any(axis=1)
    assert world.truth.is_guest[nobody].all()
    several = world.truth.is_present.sum(axis=1) > 1
    assert world.truth.is_together[several].all()
    assert (world.primary[several] == -1).all()


def test_withheld_devices_change_nothing_else(world):
    hidden = world.without_devices()
    assert (hidden.sessions.device == -1).all()
    assert (hidden.sessions.device_type == world.sessions.device_type).all()
    assert (hidden.sessions.start_us == world.sessions.start_us).all()


def test_refits_come_whenever_there_is_a_third_more():
    assert schedule(FIRST) == []
    sizes = schedule(200)
    assert sizes[0] == FIRST
    assert all(late >= 1.2 * early for early, late in itertools.pairwise(sizes))


def test_names_stay_when_a_refit_numbers_persons_otherwise():
    two = np.eye(2, dtype=np.float32)[[0, 1] * 6]
    table = join_fits(iter([(two[:8], two[8:11]), (two[:11, ::-1], two[11:, ::-1])]), 12)
    assert (table[:8] == [1.0, 0.0]).all()
    assert (table[8:] == two[8:]).all()


def test_households_of_unequal_size_stand_below_each_other():
    assert stack([np.ones((2, 1), np.float32), np.ones((1, 3), np.float32)]).tolist() == [
        [1, 0, 0], [1, 0, 0], [1, 1, 1],
    ]  # fmt: skip


def told(world, answers):
    nobody = np.zeros(len(answers), bool)
    account = world.sessions.account.astype(np.int64)
    return score_people(PeopleAnswers(account, answers, nobody, nobody), world.truth, 0)


def test_the_owner_of_a_device_is_told_by_the_past_alone_and_beats_one_person(world):
    population = people_methods.population_of(world, 7)
    rows = people_methods.rows_of(world, population)
    owners = people_methods.device_majority(world, rows)
    # what comes after a session changes nothing about it
    last = world.sessions.account_indptr[1] - 1
    present = world.truth.is_present.copy()
    present[last] = ~present[last]
    changed = replace(world, truth=replace(world.truth, is_present=present))
    again = people_methods.device_majority(changed, rows)
    assert (owners == again).all()
    one = told(world, people_methods.everything_one_person(world)).accuracy.value
    assert told(world, owners).accuracy.value > one
    labels = people_ours.with_true_labels(world, rows, population)
    assert told(world, labels).accuracy.value > one


def test_a_model_is_driven_over_all_households(world):
    population = people_methods.population_of(world, 7)
    rows = people_methods.rows_of(world, population)
    answers = replay_all(PlainMixture(), rows, population, 7)
    assert answers.shape[0] == len(world.sessions)
    assert answers.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
    assert answers.shape[1] > 1


def test_before_the_first_fit_everything_is_one_person():
    assert (one_person(3) == 1).all()


def test_worlds_that_judge_are_not_those_on_which_settings_were_chosen():
    assert not set(people.SEEDS.values()) & set(people.SET_ON)
    assert len(set(people.SEEDS.values())) == 3


def test_every_case_turns_a_dial_of_the_simulator():
    for case, dials in people.CASES.items():
        assert people_world.make_world("default", **dials) != people_world.make_world(), case


def test_without_river_it_is_said_and_left_out(monkeypatch, tmp_path, world):
    monkeypatch.setenv("SETTEE_RIVER_PYTHON", str(tmp_path / "none"))
    said: list[str] = []
    context = people.Context(None, quick=True, work=tmp_path, say=said.append)
    rows = people_methods.rows_of(world, people_methods.population_of(world, 7))
    assert people_methods.dbstream(context, rows) is None
    assert "no River" in said[0]
