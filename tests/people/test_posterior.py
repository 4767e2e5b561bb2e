from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.people.corrections import Correction
from settee.people.doubt import Doubt
from settee.people.household import Household
from settee.people.population import nobody_known
from settee.people.posterior import FIRST_PERSONS, Who, prior_beside
from settee.people.sessions import Sessions
from tests.people.activities import Act
from tests.people.homes import (
    ANN,
    BOB,
    DAY,
    PEOPLE,
    T0,
    Dweller,
    at_once,
    home,
    known,
    moved_in,
    one_of,
)

LATER = T0 + 60 * DAY


def couple(n_days: int = 20, **changes: object) -> Household:
    sessions, _ = home([ANN, BOB], n_days)
    return moved_in(sessions, people=PEOPLE.model_copy(update=changes))


def moment(device: str = "tv", kind: str = "tv", hour: float = 20.0, item: str = "") -> Sessions:
    return at_once([Act("a", LATER + hour * 3600, item_id=item or None, device_id=device,
                        device_type=kind, duration_s=900.0)])  # fmt: skip


def top(who: Who) -> str:
    return who.persons[0][0]


def test_an_account_never_seen_says_account() -> None:
    who = Household("a", nobody_known(), PEOPLE).who(moment())
    assert who.stage == "account"
    assert who.is_unsure


def test_before_five_sessions_the_population_answers_and_then_persons_do() -> None:
    sessions, _ = home([ANN, BOB], 20)
    stages = []
    for n in range(8):
        household = moved_in(sessions.take(np.arange(n)))
        stages.append(household.who(moment()).stage)
        assert household.who(moment()).is_unsure or n >= FIRST_PERSONS
    assert stages == ["population"] * FIRST_PERSONS + ["persons"] * 3


def test_device_and_hour_tell_who_it_is_before_the_first_click() -> None:
    household = couple()
    waiting = [
        replace(moment(*where), n_events=np.zeros(1, np.int32))
        for where in (("tv", "tv", 20.0), ("tablet", "tablet", 7.0))
    ]
    bob, ann = (household.who(one) for one in waiting)
    assert top(ann) != top(bob)
    assert not ann.is_unsure
    assert {name for name, _ in ann.signals}.isdisjoint({"duration", "density", "taste"})


def test_a_title_sharpens_the_answer() -> None:
    household = couple()
    plain, sports, drama = (
        household.who(moment("new", "desktop", 13.0, item)) for item in ("", "sports1", "drama1")
    )
    assert dict(sports.persons)[top(sports)] > dict(plain.persons)[top(sports)]
    assert top(sports) != top(drama)
    assert dict(sports.signals)["taste"] > 0.5


def test_who_is_busy_is_not_before_another_screen() -> None:
    household = couple()
    bob, ann = (household.who(moment(*at)) for at in (("tv",), ("tablet", "tablet", 7.0)))
    noon = moment("new", "desktop", 13.0)
    ann_busy = household.who(noon, moment("tablet", "tablet", 7.0))
    bob_busy = household.who(noon, moment("tv", "tv", 20.0))
    assert (top(ann_busy), top(bob_busy)) == (top(bob), top(ann))


def test_persons_and_guest_sum_to_one_the_likeliest_first() -> None:
    who = couple().who(moment())
    p = [one for _, one in who.persons]
    assert sum(p) + who.guest == pytest.approx(1.0)
    assert p == sorted(p, reverse=True)


def test_the_guest_is_none_of_the_persons() -> None:
    household = couple(30)
    stranger = household.who(moment("their-phone", "mobile", 3.0, "anime1"))
    assert stranger.guest > 10 * household.who(moment()).guest


def test_bits_of_the_signals_speak_for_the_person_who_is_named() -> None:
    who = couple().who(moment("tv", "tv", 20.0, "sports1"))
    bits = dict(who.signals)
    assert bits["device"] > 0.3
    assert bits["hour"] > 0.3
    assert bits["taste"] > 0.1
    assert set(bits) == {"hour", "weekday", "device", "duration", "density", "taste"}
    wrong = couple().who(moment("tablet", "tablet", 20.0, "sports1"))
    signs = {name: np.sign(value) for name, value in wrong.signals}
    assert signs["device"] != signs["hour"]  # Ann's tablet at Bob's hour


def test_bits_of_a_merged_person_speak_for_that_person() -> None:
    household = couple()
    bob, ann = (top(household.who(moment(*at))) for at in (("tv",), ("tablet", "tablet", 7.0)))
    household.correct(Correction("merge", persons=(bob, ann)), LATER)
    who = household.who(moment("tablet", "tablet", 7.0))
    assert [name for name, _ in who.persons] == [bob]
    assert dict(who.signals)["device"] > 0


def test_a_lower_temper_is_less_sure_of_the_same_person() -> None:
    sessions, _ = home([ANN, BOB], 20)
    calm = replace(known(), doubt=Doubt(0.3, known().doubt.together))
    sure, unsure = moved_in(sessions).who(moment()), moved_in(sessions, calm).who(moment())
    assert top(sure) == top(unsure)
    assert unsure.persons[0][1] < sure.persons[0][1]


def test_nobody_is_named_under_the_threshold() -> None:
    who = couple().who(moment())
    assert not who.is_unsure
    assert couple(unsure_below=1.0).who(moment()).is_unsure
    assert couple(unsure_below=1.0).who(moment()).persons == who.persons


def test_several_are_named_from_the_threshold_on() -> None:
    who = couple().who(moment())
    assert who.together > 0
    assert couple(together_above=max(who.together - 0.001, 0.0)).who(moment()).is_together
    assert not couple(together_above=min(who.together + 0.001, 1.0)).who(moment()).is_together


def test_one_who_lives_alone_is_never_together() -> None:
    sessions, _ = home([BOB], 30)
    who = moved_in(sessions, people=PEOPLE.model_copy(update={"together_above": 0.0})).who(moment())
    assert (who.together, who.is_together) == (0.0, False)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), max_size=4),
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
)
def test_who_may_be_here_sums_to_one_whoever_is_busy(
    busy: list[list[float]], mix: list[float]
) -> None:
    context = np.array(busy).reshape(-1, 3)
    context = context / context.sum(axis=1, keepdims=True)
    prior = prior_beside(np.array(mix) / sum(mix), context)
    assert prior.sum() == pytest.approx(1.0)
    if not busy:
        assert prior == pytest.approx(np.array(mix) / sum(mix))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), n_days=st.integers(1, 15), hour=st.floats(0, 24))
def test_rows_of_a_posterior_sum_to_one(seed: int, n_days: int, hour: float) -> None:
    sessions, _ = home([ANN, BOB, Dweller("phone", hour % 24, "news", "mobile")], n_days, seed)
    household = moved_in(sessions)
    found = household.posteriors(sessions)
    assert found.sum(axis=1) == pytest.approx(np.ones(len(sessions)))
    who = household.who(one_of(sessions, 0))
    assert sum(p for _, p in who.persons) + who.guest == pytest.approx(1.0)
