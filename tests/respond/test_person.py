import numpy as np
import pytest

from settee.core import KINDS, RuleSettings, SignalSettings
from settee.respond.offer import Offer
from settee.respond.person import PersonReader
from settee.rules import kinds_that_hide
from tests.respond.world import ITEMS, NOW, World, event, small_catalogue

NOW_S = int(NOW.timestamp())


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    yield world
    world.close()


def reader(world: World, *, max_history: int = 500, **signals) -> PersonReader:
    return PersonReader(
        world.profiles,
        Offer.of_catalogue(small_catalogue()),
        SignalSettings(**signals),
        kinds_that_hide(RuleSettings().exclude_seen),
        max_history,
    )


def names(positions) -> list[str]:
    return [ITEMS[position] for position in positions]


def test_unknown_account_has_no_history_and_saw_nothing(world):
    known = reader(world).read("nobody", NOW_S)
    assert len(known.person.item) == 0
    assert len(known.seen) == 0
    assert known.histories.n_people == 1


def test_history_holds_each_item_once_at_its_latest_instant_oldest_first(world):
    world.happened(
        event("e1", "a", "dune", minutes=-30),
        event("e2", "a", "alien", minutes=-20),
        event("e3", "a", "dune", "like", minutes=-10),
    )
    known = reader(world).read("a", NOW_S)
    assert names(known.person.item) == ["alien", "dune"]
    assert known.person.at_s.tolist() == [NOW_S - 1200, NOW_S - 600]
    assert known.kinds == ("play", "like")


def test_items_of_the_same_second_stand_by_position_as_in_training(world):
    world.happened(*(event(name, "a", name) for name in ("heat", "brazil", "fargo", "alien")))
    assert names(reader(world).read("a", NOW_S).person.item) == ["alien", "brazil", "fargo", "heat"]


def test_only_the_latest_items_are_kept(world):
    world.happened(*(event(n, "a", n, minutes=-60 + i) for i, n in enumerate(ITEMS)))
    assert names(reader(world, max_history=2).read("a", NOW_S).person.item) == ["gattaca", "heat"]


def test_event_after_the_request_is_neither_history_nor_seen(world):
    world.happened(event("e1", "a", "dune", minutes=-1), event("e2", "a", "heat", minutes=5))
    known = reader(world).read("a", NOW_S)
    assert names(known.person.item) == ["dune"]
    assert names(known.seen) == ["dune"]


def test_dislike_hides_and_is_no_interest_while_a_click_is_interest_and_hides_nothing(world):
    world.happened(event("e1", "a", "dune", "dislike"), event("e2", "a", "heat", "click"))
    known = reader(world).read("a", NOW_S)
    assert names(known.person.item) == ["heat"]
    assert names(known.seen) == ["dune"]


def test_low_rating_is_no_interest_but_hides(world):
    world.happened(
        event("e1", "a", "dune", "rate", value=2.0), event("e2", "a", "heat", "rate", value=4.0)
    )
    assert names(reader(world).read("a", NOW_S).person.item) == ["heat"]
    assert names(reader(world, min_rating=1.5).read("a", NOW_S).person.item) == ["dune", "heat"]
    assert sorted(names(reader(world).read("a", NOW_S).seen)) == ["dune", "heat"]


def test_short_play_is_no_interest_when_a_least_duration_is_set(world):
    world.happened(
        event("e1", "a", "dune", duration_s=30),
        event("e2", "a", "heat", duration_s=3000),
        event("e3", "a", "alien"),
    )
    wanted = names(reader(world, min_duration_s=60).read("a", NOW_S).person.item)
    assert wanted == ["alien", "heat"]
    assert names(reader(world).read("a", NOW_S).person.item) == ["alien", "dune", "heat"]


def test_kinds_of_interest_are_a_setting(world):
    world.happened(event("e1", "a", "dune"), event("e2", "a", "heat", "like"))
    assert names(reader(world, kinds=("like",)).read("a", NOW_S).person.item) == ["heat"]


def test_item_unknown_to_the_model_is_passed_over(world):
    world.happened(event("e1", "a", "unheard-of"), event("e2", "a", "dune"))
    known = reader(world).read("a", NOW_S)
    assert names(known.person.item) == ["dune"]
    assert names(known.seen) == ["dune"]


def test_items_first_met_later_are_numbered_when_they_come(world):
    people = reader(world)
    world.happened(event("e1", "a", "dune"))
    assert names(people.read("a", NOW_S).person.item) == ["dune"]
    world.happened(event("e2", "a", "new-to-all"), event("e3", "a", "heat"))
    assert names(people.read("a", NOW_S).person.item) == ["dune", "heat"]


def test_history_is_that_of_training_on_the_same_events(world):
    """Against the batch definition, on random events with many ties."""
    from settee.events import Histories, Interactions

    rng = np.random.default_rng(3)
    n = 60
    item, minute = rng.integers(0, len(ITEMS), n), np.sort(rng.integers(-50, -1, n))
    world.happened(*(event(f"e{i}", "a", ITEMS[item[i]], minutes=int(minute[i])) for i in range(n)))
    at_s = NOW_S + minute.astype(np.int64) * 60
    order = np.lexsort((item, at_s))
    events = Interactions(
        ("a",), len(ITEMS), np.zeros(n, np.int32), item[order].astype(np.int32), at_s[order],
        np.ones(n, np.bool_),
    )  # fmt: skip
    expected = Histories.of_accounts(events, np.array([0], np.int32), 5)
    known = reader(world, max_history=5).read("a", NOW_S)
    assert known.person.item.tolist() == expected.item.tolist()
    assert known.person.at_s.tolist() == expected.at_s.tolist()


def test_every_default_kind_of_interest_exists():
    assert set(SignalSettings().kinds) <= set(KINDS)
