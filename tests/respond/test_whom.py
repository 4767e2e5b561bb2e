from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import RespondSettings
from settee.respond import Request
from settee.respond.whom import EVERYBODY, decide_whom
from tests.respond.people import ANN, BOB, CAT, Household, People, Who
from tests.respond.world import NOW


def ask(**fields) -> Request:
    return Request("x", 3, NOW, **fields)


def decided(answer: Who, request: Request | None = None, persons=(ANN, BOB), **settings):
    people = People(answer, {"x": Household(persons)})
    return decide_whom(people, request or ask(), RespondSettings(**settings))


SURE = Who(((ANN, 0.97), (BOB, 0.03)))
UNSURE = Who(((ANN, 0.5), (BOB, 0.5)), is_unsure=True)


def test_a_sure_person_counts_whole_and_the_others_by_the_setting():
    whom = decided(SURE, others_weight=0.2)
    assert (whom.watching.mode, whom.watching.because) == ("person", "")
    assert [one.person_id for one in whom.watching.persons] == [ANN, BOB]
    (listener,) = whom.listeners
    assert listener.weight.tolist() == pytest.approx([1.0, 0.2])
    assert listener.rest == 0.2
    (other,) = decided(SURE, others_weight=0.7).listeners
    assert other.weight.tolist() == pytest.approx([1.0, 0.7])


def test_unsure_the_others_count_more_and_equals_count_the_same():
    (equal,) = decided(UNSURE).listeners
    assert equal.weight.tolist() == pytest.approx([1.0, 1.0])
    lean = Who(((ANN, 0.8), (BOB, 0.2)), is_unsure=True)
    (little,), (much,) = (decided(lean, unsure_weight=w).listeners for w in (0.1, 0.9))
    assert little.weight.tolist() == pytest.approx([1.0, 0.25])
    assert much.weight.tolist() == pytest.approx([1.0, 0.9])


def test_a_guest_gets_what_suits_the_account():
    whom = decided(Who(((ANN, 0.1), (BOB, 0.1)), guest=0.8))
    assert (whom.watching.mode, whom.watching.because) == ("mixed", "guest")
    assert whom.listeners[0].weight.tolist() == pytest.approx([1.0, 1.0])


def test_several_are_told_apart_and_each_is_listened_to():
    persons = ((ANN, 0.5), (CAT, 0.45), (BOB, 0.05))
    together = Who(persons, together=0.9, is_together=True)
    whom = decided(together, persons=(ANN, BOB, CAT), others_weight=0.0)
    assert whom.watching.mode == "together"
    assert [one.weight.tolist() for one in whom.listeners] == [[1, 0, 0], [0, 0, 1]]
    assert whom.seen.tolist() == [1, 0, 1]
    everybody = decided(together, persons=(ANN, BOB, CAT), together_share=0.05)
    assert len(everybody.listeners) == 3
    careful = decided(together, persons=(ANN, BOB, CAT), together_above=0.95)
    assert careful.watching.mode == "person"


def test_the_caller_may_name_who_is_there():
    one = decided(SURE, ask(person_ids=(BOB,)))
    assert (one.watching.mode, one.watching.because) == ("person", "named")
    assert one.listeners[0].weight.tolist() == pytest.approx([0.25, 1.0])
    two = decided(SURE, ask(person_ids=(BOB, ANN, BOB)))
    assert (two.watching.mode, len(two.listeners)) == ("together", 2)
    told = decided(SURE, ask(together=True))
    assert (told.watching.mode, told.watching.because, len(told.listeners)) == (
        "together", "named", 2,
    )  # fmt: skip


def test_a_name_nobody_has_falls_back_to_who_is_likely_there_and_says_so():
    whom = decided(SURE, ask(person_ids=("p_nobody",)))
    assert (whom.watching.mode, whom.watching.because) == ("person", "unknown_person")
    assert len(whom.listeners) == 1


def test_alone_nobody_can_be_together():
    whom = decided(
        Who(((ANN, 1.0),), together=1.0, is_together=True), ask(together=True), persons=(ANN,)
    )
    assert whom.watching.mode == "person"


@pytest.mark.parametrize("stage", ["account", "population"])
def test_before_persons_are_known_the_account_is_served_and_the_stage_named(stage):
    whom = decided(Who(((ANN, 1.0),), stage=stage))
    assert (whom.watching.mode, whom.watching.because) == ("account", "no_persons")
    assert whom.watching.stage == stage
    assert whom.listeners == ()


def test_account_level_is_served_where_nothing_is_known_or_wanted_or_something_breaks(caplog):
    settings = RespondSettings()
    assert decide_whom(None, ask(), settings).watching.because == "switched_off"
    off = RespondSettings(for_persons=False)
    assert decide_whom(People(SURE), ask(), off).watching.because == "switched_off"
    stranger = Request("nobody", 3, NOW)
    assert decide_whom(People(SURE), stranger, settings).watching.because == "no_persons"
    broken = SimpleNamespace(household=lambda _: 1 / 0)
    assert decide_whom(broken, ask(), settings).watching.because == "people_failed"
    assert "could not be told" in caplog.text
    assert EVERYBODY.listeners == ()


def test_the_moment_of_a_request_is_what_people_are_asked_about():
    people = People(SURE)
    request = ask(device_id="d1", device_type="tv", platform="web", profile_id="kids")
    decide_whom(people, request, RespondSettings())
    (moment,) = people.asked
    assert (moment.account_id, moment.at_us) == ("x", int(NOW.timestamp()) * 1_000_000)
    assert (moment.device_id, moment.device_type) == ("d1", "tv")
    assert (moment.platform, moment.profile_id) == ("web", "kids")


def test_the_running_session_is_known_by_its_start():
    people = People(SURE)
    assert decide_whom(people, ask(), RespondSettings()).since_s > 2**60
    people.since_us = 90_000_000
    assert decide_whom(people, ask(), RespondSettings()).since_s == 90


chances = st.lists(st.floats(0, 1), min_size=1, max_size=6)


@given(chances=chances, guest=st.floats(0, 1), flags=st.tuples(st.booleans(), st.booleans()))
def test_weights_lie_between_the_floor_and_one_and_the_likeliest_counts_whole(
    chances, guest, flags
):
    ids = [f"p{n}" for n in range(len(chances))]
    total = sum(chances) + guest or 1.0
    ranked = sorted(zip(ids, chances, strict=True), key=lambda one: -one[1])
    persons = tuple((name, p / total) for name, p in ranked)
    who = Who(persons, guest=guest / total, is_unsure=flags[0], together=float(flags[1]))
    whom = decided(who, persons=ids)
    for listener in whom.listeners:
        assert np.all((listener.weight >= 0.25 - 1e-6) & (listener.weight <= 1))
        assert listener.weight.max() == pytest.approx(1)
    assert np.all((whom.seen >= 0) & (whom.seen <= 1))
