from dataclasses import replace

import numpy as np
import pytest

from settee.core import KINDS, RuleSettings, SignalSettings
from settee.respond.offer import Offer
from settee.respond.person import PersonReader
from settee.respond.whom import Listener, Whom
from settee.respond.words import Watching
from settee.rules import kinds_that_hide
from tests.respond.people import Household
from tests.respond.world import ITEMS, NOW, World, event, small_catalogue

NOW_S = int(NOW.timestamp())


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    yield world
    world.close()


def reader(
    world: World, *, max_history: int = 500, others_seen: float = 0.0, **signals
) -> PersonReader:
    return PersonReader(
        world.profiles,
        Offer.of_catalogue(small_catalogue()),
        SignalSettings(**signals),
        kinds_that_hide(RuleSettings().exclude_seen),
        max_history,
        others_seen,
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
    assert known.history.kinds == ("play", "like")


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
    assert names(known.seen) == []
    assert names(known.disliked) == ["dune"]


def test_what_was_disliked_and_then_liked_is_liked(world):
    world.happened(
        event("e1", "a", "dune", "dislike", minutes=-20), event("e2", "a", "dune", "like"),
        event("e3", "a", "heat", "like", minutes=-20), event("e4", "a", "heat", "dislike"),
    )  # fmt: skip
    assert names(reader(world).read("a", NOW_S).disliked) == ["heat"]


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


# -- for some of an account's persons ------------------------------------------------------------


def for_whom(ann: float, bob: float, *, rest: float = 0.0, household=None) -> Whom:
    likely = np.array([ann, bob], np.float32)
    watching = Watching("person", "", "persons")
    return Whom(watching, household or Household(), (Listener(likely, rest),), likely)


@pytest.fixture
def shared(world):
    """Alien and casino were Ann's (odd minutes), dune and heat Bob's; Bob liked alien too."""
    world.happened(
        event("e1", "a", "alien", minutes=-31),
        event("e2", "a", "dune", minutes=-30),
        event("e3", "a", "casino", minutes=-21),
        event("e4", "a", "heat", minutes=-20),
        event("e5", "a", "alien", "like", minutes=-10),
    )
    return world


def test_an_item_counts_as_much_as_it_is_theirs(shared):
    known = reader(shared).read("a", NOW_S, for_whom(1.0, 0.25))
    assert names(known.person.item) == ["dune", "casino", "heat", "alien"]
    assert known.history.weight.tolist() == pytest.approx([0.25, 1, 0.25, 1])
    assert names(known.history.own.item) == ["casino", "alien"]
    assert known.histories.weight is known.history.weight


def test_what_hardly_counts_is_left_out(shared):
    known = reader(shared).read("a", NOW_S, for_whom(1.0, 0.0))
    assert names(known.person.item) == ["alien", "casino"]
    assert known.person.at_s[0] == NOW_S - 31 * 60  # Bob's later like is not hers


def test_without_anything_of_their_own_features_look_at_what_there_is(shared):
    known = reader(shared).read("a", NOW_S, for_whom(0.3, 0.3))
    assert names(known.history.own.item) == names(known.person.item)


def test_what_is_nobodys_counts_as_the_rest(shared):
    nobodys = Household(owner=lambda _: -1)
    known = reader(shared).read("a", NOW_S, for_whom(1.0, 1.0, rest=0.4, household=nobodys))
    assert known.history.weight.tolist() == pytest.approx([0.4] * 4)
    assert set(names(known.seen)) == {"alien", "casino", "dune", "heat"}


def test_the_running_session_is_of_whoever_is_there(shared):
    whom = replace(for_whom(0.3, 0.3), since_s=NOW_S - 20 * 60)
    known = reader(shared).read("a", NOW_S, whom)
    assert known.history.weight.tolist() == pytest.approx([0.3, 0.3, 1, 1])
    assert names(known.history.own.item) == ["heat", "alien"]
    seen = reader(shared, others_seen=0.9).read("a", NOW_S, whom).seen
    assert set(names(seen)) == {"heat"}  # a like hides nothing


def test_seen_is_what_those_who_watch_are_likely_to_have_seen(shared):
    def seen(whom, others_seen):
        one = reader(shared, others_seen=others_seen).read("a", NOW_S, whom)
        return set(names(one.seen))

    everything = {"alien", "casino", "dune", "heat"}
    assert seen(for_whom(1.0, 0.0), 0.0) == everything
    assert seen(for_whom(1.0, 0.0), 0.1) == {"alien", "casino"}
    assert seen(for_whom(1.0, 0.2), 0.1) == everything
    assert seen(for_whom(1.0, 0.2), 0.3) == {"alien", "casino"}


def test_several_have_a_history_each_and_one_together(shared):
    each = tuple(Listener(np.array(one, np.float32), 0.1) for one in ((1, 0.1), (0.1, 1)))
    whom = Whom(Watching("together", "", "persons"), Household(), each, np.ones(2, np.float32))
    known = reader(shared, others_seen=0.5).read("a", NOW_S, whom)
    assert known.histories.n_people == 2
    assert known.histories.indptr.tolist() == [0, 4, 8]
    assert [names(one.own.item) for one in known.members] == [
        ["casino", "alien"],
        ["dune", "heat", "alien"],
    ]
    assert known.history.weight.tolist() == pytest.approx([1, 1, 1, 1])
    assert len(known.seen) == 4


def test_an_account_without_events_has_no_history_for_anybody(world):
    known = reader(world).read("nobody", NOW_S, for_whom(1, 0))
    assert len(known.person.item) == 0
    assert known.members == ()
