import pytest

from settee.core import Settings
from settee.people import PersonEvent, SessionAnswer
from settee.respond import UnknownAccount
from tests.respond.people import People, lived
from tests.respond.world import World, event, small_model


@pytest.fixture(scope="module")
def model():
    return small_model(Settings())


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    yield world
    world.close()


def test_a_person_has_hours_devices_tags_and_titles(world, model):
    world.happened(
        event("e1", "x", "alien", minutes=-60 * 24 * 3),
        event("e2", "x", "casino", minutes=-60 * 24 * 2),
        event("e3", "x", "brazil", "click", minutes=-60 * 24),
        event("e4", "x", "put-yesterday", minutes=-60 * 24),
    )
    people = People(households={"x": lived()})
    found = world.responder(model, people).household("x")
    (person,) = found.persons
    assert found.stage == "persons"
    assert person.hours[20] == pytest.approx(1.0)
    assert sum(person.weekdays) == pytest.approx(1.0, abs=1e-3)
    assert [len(day) for day in person.week] == [24] * 7
    assert [one.device_id for one in person.devices] == ["d1"]
    assert person.platforms[0].device_id == "web"
    assert 0 < person.tags["even"] < person.tags["odd"]
    titles = [one.item_id for one in person.titles]
    assert titles.index("brazil") < titles.index("alien")
    assert person.last_seen_at.year == 2026
    assert person.confidence > 0.5


def test_without_model_there_are_no_tags_and_without_people_no_persons(world):
    world.happened(event("e1", "x", "alien"))
    found = world.responder(people=People(households={"x": lived()})).household("x")
    assert found.persons[0].tags == {}
    nobody = world.responder().household("x")
    assert (nobody.stage, nobody.persons, nobody.sessions) == ("account", [], [])
    unknown = world.responder(people=People(households={})).household("x")
    assert (unknown.stage, unknown.persons) == ("account", [])


def test_nothing_is_known_of_a_stranger(world):
    with pytest.raises(UnknownAccount):
        world.responder(people=People()).household("stranger")


def test_the_latest_changes_and_answers_come_first(world):
    people = People(
        households={"x": lived()},
        happened=[PersonEvent("born", at_s, (f"p{at_s}",)) for at_s in range(30)],
        said=[SessionAnswer(f"e{n}", {"p": 1.0}, together=False, unsure=False) for n in range(90)],
    )
    found = world.responder(people=people).household("x")
    assert [one.person_ids for one in found.changes][:2] == [["p29"], ["p28"]]
    assert [one.event_id for one in found.sessions][:2] == ["e89", "e88"]
    assert (len(found.changes), len(found.sessions)) == (20, 60)


def test_a_household_of_nobody_yet_is_shown(world):
    found = world.responder(people=People(households={"x": lived(n=0)})).household("x")
    assert found.stage == "account"
    assert found.persons[0].last_seen_at is not None
