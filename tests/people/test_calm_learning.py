from dataclasses import replace
from functools import cache

import numpy as np

from settee.people.calm_learning import with_calm
from settee.people.channels import SIGNALS
from settee.people.drift import Calm
from settee.people.drift_calm import N_LAWS
from settee.people.household import Household
from settee.people.population import Population, learn_population
from settee.people.sessions import Sessions
from tests.people.homes import (
    ANN,
    BOB,
    DAY,
    PEOPLE,
    T0,
    TAGS,
    Dweller,
    at_once,
    home,
    known,
    lived,
    moved_in,
    one_of,
    titles,
    town,
)

N_DAYS = 62
CAT = Dweller("phone", 13.0, "anime", "mobile")


def two(number: int) -> list[Dweller]:
    """Two neighbours of that street, each there every day."""
    rng = np.random.default_rng(number)
    return [
        Dweller(f"s{number}-{one}", rng.uniform(6, 23), TAGS[rng.integers(len(TAGS))], kind)
        for one, kind in enumerate(("tv", "mobile"))
    ]


@cache
def street() -> Sessions:
    """Calm households, just enough to learn from."""
    acts = []
    for number in range(20):
        acts += lived(f"s{number:02}", two(number), N_DAYS, number)[0]
    return at_once(acts)


@cache
def watched() -> Population:
    learnt = learn_population(street(), titles(), T0 + (N_DAYS + 1) * DAY, PEOPLE, 3)
    return with_calm(learnt, street(), PEOPLE)


def drifts(household: Household, sessions: Sessions) -> list[tuple[int, str]]:
    """Row and kind of everything that was noticed."""
    return [
        (place, event.evidence[0][0])
        for place in range(len(sessions))
        for event in household.absorb(one_of(sessions, place))
        if event.kind == "drifted"
    ]


def test_what_is_usual_is_learnt_with_the_population_and_kept() -> None:
    calm = watched().calm
    assert calm is not None
    assert Calm.from_array(calm).laws.shape == (N_LAWS, 2)
    again = Population.from_arrays(watched().to_arrays())
    np.testing.assert_array_equal(again.calm, calm)


def test_a_few_short_pasts_teach_nothing_and_nobody_is_watched() -> None:
    assert with_calm(known(), town(), PEOPLE) is known()
    household = moved_in(home([ANN, BOB], 10)[0])
    assert household.look(one_of(home([ANN, BOB], 10)[0], 3)).seen.surprise.shape == (1, 4)


def test_only_what_had_ended_by_the_cutoff_teaches() -> None:
    early = replace(known(), until_s=T0 + 20 * DAY)
    assert with_calm(early, street(), PEOPLE) is early


def test_calm_households_of_the_street_are_hardly_ever_alarmed() -> None:
    alarmed = 0
    for number in range(100, 105):
        sessions, _ = home(two(number), 80, number)
        alarmed += bool(drifts(Household("a", watched(), PEOPLE), sessions))
    assert alarmed <= 1


def test_somebody_who_moves_in_is_noticed_within_ten_of_their_sessions() -> None:
    moves_at = T0 + 60 * DAY
    household = [Dweller("sofa", 20.0, "sports", "tv"), Dweller("desk", 8.0, "news", "mobile")]
    with_cat, _ = lived("a", [*household, CAT], 85, 5)
    sessions = at_once([one for one in with_cat if one.device_id != "phone" or one.at >= moves_at])
    theirs = np.array([sessions.device_ids[one] == "phone" for one in sessions.device])
    seen = drifts(Household("a", watched(), PEOPLE), sessions)
    found = [row for row, kind in seen if kind == "new_member"]
    assert found
    assert 1 <= theirs[: found[0] + 1].sum() <= 10


def test_an_hour_nobody_keeps_surprises_and_the_usual_one_does_not() -> None:
    household = moved_in(home([ANN, BOB], 40, 3)[0], watched())
    usual, _ = home([BOB], 41, 3)
    odd, _ = home([replace(BOB, hour=3.0)], 41, 3)
    last = len(usual) - 1
    calm = household.look(one_of(usual, last)).seen.surprise[0]
    strange = household.look(one_of(odd, last)).seen.surprise[0]
    assert strange[0] > calm[0] + 2
    assert strange[3] > calm[3]
    assert abs(strange[2] - calm[2]) < 3


def test_the_type_is_watched_where_the_device_is_unknown() -> None:
    household = moved_in(home([ANN, BOB], 40, 3)[0], watched())
    sessions, _ = home([BOB], 41, 3)
    session = one_of(sessions, len(sessions) - 1)
    nowhere = replace(session, device=np.full(1, -1, np.int32))
    assert "device_type" in SIGNALS
    assert np.isfinite(household.look(nowhere).seen.surprise[0, 1])
    unknown = replace(nowhere, device_type=np.full(1, -1, np.int8))
    assert household.look(unknown).seen.surprise.shape == (1, 4)
