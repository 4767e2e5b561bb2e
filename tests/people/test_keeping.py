from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from settee.core import PeopleSettings
from settee.events import catalogue_of
from settee.people import Household, Moment, learn_population, read_sessions, replay
from settee.people.keeping import HouseholdKeeper
from settee.people.population import Population
from settee.people.replay import Answers
from settee.people.sessions import Sessions
from tests.people.activities import Act
from tests.people.test_view import DAY, T0
from tests.people.worlds import Place, state_of

PEOPLE = PeopleSettings()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "home")
    yield made
    made.close()


def couple(account_id: str, n_days: int, seed: int = 1) -> list[Act]:
    """Ann watches drama on the tablet in the morning, Bob sports on television, some at a time."""
    rng = np.random.default_rng(seed)
    found = []
    for day in range(n_days):
        for hour, device, items in ((7.0, "tablet", "drama"), (20.0, "tv", "sports")):
            start = T0 + day * DAY + (hour + rng.uniform(-1, 1)) * 3600
            for number in range(3):
                at = start + number * 600.0
                found.append(
                    Act(account_id, at, f"{account_id}-{device}-{day}-{number}",
                        item_id=f"{items}{rng.integers(5)}", device_id=device,
                        device_type={"tablet": "tablet", "tv": "tv"}[device], duration_s=300.0)
                )  # fmt: skip
        if day % 3 == 0:  # somebody on the phone while the television runs
            evening = found[-2].at
            found.append(
                Act(account_id, evening - 200.0, f"{account_id}-phone-{day}", item_id="drama1",
                    device_id="phone", device_type="mobile", duration_s=900.0)
            )  # fmt: skip
    return sorted(found, key=lambda act: act.key)


def population(sessions: Sessions, until_s: int) -> Population:
    return learn_population(sessions, catalogue_of([]), until_s, PEOPLE, 3)


def as_dicts(answers: Answers, sessions: Sessions) -> dict[str, dict[str, float]]:
    found = {}
    for row, event_id in enumerate(sessions.last_event_id):
        names = answers.person_ids[sessions.account[row]]
        found[event_id] = {
            name: round(float(answers.probability[row, column]), 3)
            for column, name in enumerate(names)
            if answers.probability[row, column] > 0.001
        }
    return found


def told(place: Place, how: str) -> dict[str, dict[str, float]]:
    return {
        one["event_id"]: {name: round(p, 3) for name, p in one["persons"].items() if p > 0.001}
        for one in place.people.export(how)  # type: ignore[arg-type]  # one of both
    }


def close_to(one: dict[str, dict[str, float]], other: dict[str, dict[str, float]]) -> None:
    assert one.keys() == other.keys()
    for event_id, persons in one.items():
        for name in persons.keys() | other[event_id].keys():
            told_p, wanted_p = persons.get(name, 0.0), other[event_id].get(name, 0.0)
            assert told_p == pytest.approx(wanted_p, abs=4e-3), event_id


def test_folding_event_by_event_answers_as_playing_the_record_again(place: Place) -> None:
    acts = [*couple("a", 24), *couple("b", 16, seed=2)]
    place.bring([one for one in acts if one.account_id == "b"])
    sessions = read_sessions(place.home.history, PEOPLE)
    early = population(sessions, int(T0 + 8 * DAY))
    late = population(sessions, int(T0 + 12 * DAY))
    place.keeper = HouseholdKeeper([("g1", early), ("g2", late)], PEOPLE)
    place.live([one for one in acts if one.account_id == "a"])
    place.people.fold()
    place.seal()
    sessions = read_sessions(place.home.history, PEOPLE)
    for how in ("as_known", "hindsight"):
        wanted = replay(sessions, [early, late], PEOPLE, how)
        close_to(told(place, how), as_dicts(wanted, sessions))


def test_ann_on_the_tablet_and_bob_on_television_are_told_apart(place: Place) -> None:
    place.live(couple("a", 24))
    sessions_of = place.another("first.db")
    sessions_of.fold()
    place.seal()
    known = population(read_sessions(place.home.history, PEOPLE), int(T0 + 5 * DAY))
    place.keeper = HouseholdKeeper([("g1", known)], PEOPLE)
    place.people.fold()
    household = place.people.household("a")
    assert isinstance(household, Household)
    assert len(household.persons) >= 2
    at_us = int((T0 + 24 * DAY + 20 * 3600) * 1e6)
    on_tv = place.people.who(Moment("a", at_us, "tv", "tv"))
    on_tablet = place.people.who(Moment("a", at_us - 13 * 3600 * 10**6, "tablet", "tablet"))
    assert on_tv.persons[0][0] != on_tablet.persons[0][0]
    place.people.warm(at_us + 10**6)  # as a service does before anybody asks
    assert place.people.who(Moment("a", at_us, "tv", "tv")) == on_tv
    assert len(state_of(place.people)["accounts"]["a"][2]) < 8_000


def test_a_household_is_unknown_before_anything_was_learnt() -> None:
    keeper = HouseholdKeeper([], PEOPLE)
    assert keeper.generations == []
    assert keeper.newest(0).n_households == 0
    assert keeper.newest(0) is keeper.newest(10**12)
