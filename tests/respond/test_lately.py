"""Who was active lately is known whatever else fills the journal."""

import time

import pytest

from settee.respond.follow import Follower
from settee.respond.lately import Lately
from settee.store import Record
from tests.respond.test_follow import Told
from tests.respond.world import World, event


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    yield world
    world.close()


def answers(first, n):
    return [Record(f"x{one}", "asked", "exposure", 0, b"{}") for one in range(first, first + n)]


def names(lately):
    return [account_id for account_id, _ in lately.newest()]


def test_what_is_folded_is_remembered_however_many_answers_come_after(world, monkeypatch):
    monkeypatch.setattr("settee.respond.lately._MOST", 10)
    lately = Lately(world.journal)
    follow = Follower(world.journal, world.state, Told(), time.monotonic, None, lately)
    assert names(lately) == []
    world.journal.append([event("e1", "ann", "dune"), event("e2", "bob", "dune")])
    world.journal.append(answers(0, 600))
    world.journal.append([event("e3", "ann", "alien")])
    assert follow.catch_up()
    assert names(lately) == ["ann", "bob"]
    follow.catch_up()
    assert names(lately) == ["ann", "bob"]


def test_who_begins_looks_back_a_while_and_counts_nothing_twice(world, monkeypatch):
    monkeypatch.setattr("settee.respond.lately._MOST", 10)
    monkeypatch.setattr("settee.respond.lately._WINDOW", 3)
    world.journal.append([event("e1", "old", "dune"), *answers(0, 9), event("e2", "ann", "dune")])
    lately = Lately(world.journal)
    follow = Follower(world.journal, world.state, Told(), time.monotonic, None, lately)
    assert names(lately) == ["ann"]  # the eleventh entry from the end is looked at no more
    follow.catch_up()  # what the journal held at the look back comes once more
    assert names(lately) == ["ann"]
    world.journal.append([event("e3", "bob", "dune")])
    follow.catch_up()
    assert names(lately) == ["bob", "ann"]


def test_of_very_many_the_latest_are_remembered(world, monkeypatch):
    monkeypatch.setattr("settee.respond.lately._REMEMBERED", 3)
    world.journal.append([event(f"e{n}", f"a{n}", "dune") for n in range(5)])
    assert names(Lately(world.journal)) == ["a4", "a3", "a2"]
