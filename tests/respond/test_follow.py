import threading
import time

import pytest

from settee.core import Unavailable
from settee.respond.follow import Follower
from tests.respond.world import World, event


class Told:
    def __init__(self, error=None) -> None:
        self.n_renewed, self.error, self.seen = 0, error, threading.Event()

    def follow(self) -> bool:
        return True

    def renew(self) -> None:
        self.n_renewed += 1
        if self.n_renewed > 1:
            self.seen.set()
        if self.error is not None:
            raise self.error


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    yield world
    world.close()


def follower(world: World, told: Told | None = None) -> Follower:
    return Follower(world.journal, world.state, told or Told(), time.monotonic)


def test_catching_up_folds_everything_and_says_so(world):
    world.journal.append([event(f"e{number}", "a", "dune") for number in range(600)])
    follow = follower(world)
    assert not follow.catch_up(max_batches=1)
    assert follow.catch_up()
    assert world.profiles.offset() == 600


def test_only_the_account_that_did_something_is_behind(world):
    follow = follower(world)
    appended = world.journal.append([event("e1", "a", "dune")])
    follow.look_after(appended.last_offset, {"a"})
    assert follow.is_behind("a")
    assert not follow.is_behind("b")
    follow.catch_up()
    assert not follow.is_behind("a")


@pytest.mark.parametrize("error", [None, ZeroDivisionError("bug"), Unavailable("away")])
def test_households_are_kept_up_too_and_never_keep_profiles_back(world, error):
    class Households:
        n_folds = 0

        def step(self):
            self.n_folds += 1
            if error is not None:
                raise error

    households = Households()
    follow = Follower(world.journal, world.state, Told(), time.monotonic, households)
    appended = world.journal.append([event("e1", "a", "dune")])
    follow.look_after(appended.last_offset, {"a"})
    assert follow.is_behind("a")
    follow.catch_up()
    assert not follow.is_behind("a")
    assert households.n_folds > 0
    assert len(world.profiles.get("a")) == 1


def test_households_that_have_more_to_take_in_are_not_kept_waiting(world, monkeypatch):
    monkeypatch.setattr("settee.respond.follow.LOOK_S", 3600.0)
    done = threading.Event()

    class Households:
        n_left = 5

        def step(self):
            self.n_left -= 1
            if not self.n_left:
                done.set()
            return self.n_left > 0

    follow = Follower(world.journal, world.state, Told(), time.monotonic, Households())
    follow.start()
    assert done.wait(60)
    follow.stop()


def test_account_that_did_more_meanwhile_stays_behind(world):
    follow = follower(world)
    first = world.journal.append([event("e1", "a", "dune")])
    follow.look_after(first.last_offset, {"a", "b"})
    follow.look_after(first.last_offset + 1, {"a"})
    follow.catch_up()
    assert follow.is_behind("a")
    assert not follow.is_behind("b")


def test_thread_folds_what_was_stored_here_and_elsewhere(world):
    follow = follower(world)
    follow.start()
    follow.start()
    world.journal.append([event("e1", "a", "dune")])
    until = time.monotonic() + 20
    while world.profiles.offset() < 1 and time.monotonic() < until:
        time.sleep(0.01)
    follow.stop()
    follow.stop()
    assert world.profiles.get("a")["kind"].tolist() == [0]


@pytest.mark.parametrize("error", [Unavailable("away"), ZeroDivisionError("bug")])
def test_thread_outlives_what_goes_wrong(world, error):
    told = Told(error)
    follow = follower(world, told)
    follow.start()
    assert told.seen.wait(20)
    follow.stop()
