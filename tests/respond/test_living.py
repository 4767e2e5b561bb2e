from dataclasses import replace

import numpy as np
import pytest

from settee.core import LiveSettings, OnlineSettings, Settings, SignalSettings
from settee.events import Histories
from settee.respond.living import Living
from tests.respond.world import ITEMS, NOW, World, event, small_model

EMPTY, EMPTY_S = np.empty(0, np.int32), np.empty(0, np.int64)
LATER_S = int(NOW.timestamp()) + 7200


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    yield world
    world.close()


@pytest.fixture(scope="module")
def model():
    return small_model(Settings())


def positions(item_ids):
    return np.array([ITEMS.index(one) if one in ITEMS else -1 for one in item_ids], np.int32)


def advance(living: Living, max_batches: int = 50) -> bool:
    return living.advance(positions, max_batches)


def count(living: Living, item: str) -> float:
    return float(living.at(LATER_S).column("n_7d")[ITEMS.index(item)])


def test_events_after_the_training_count(world, model):
    living = Living(model, world.journal, SignalSettings(), LiveSettings(), OnlineSettings())
    before = count(living, "dune")
    world.journal.append([event(f"e{number}", "x", "dune") for number in range(9)])
    advance(living)
    assert count(living, "dune") > before
    assert living.newest_s == int(NOW.timestamp()) - 600


def test_events_that_the_model_was_trained_on_do_not_count_twice(world, model):
    living = Living(model, world.journal, SignalSettings(), LiveSettings(), OnlineSettings())
    newest = living.newest_s
    world.journal.append([event("e1", "x", "dune", minutes=-60 * 24 * 30)])
    advance(living)
    assert living.newest_s == newest


@pytest.mark.parametrize(
    ("kind", "fields", "signals"),
    [
        ("dislike", {}, {}),
        ("rate", {"value": 2.0}, {}),
        ("play", {"duration_s": 5}, {"min_duration_s": 60}),
        ("like", {}, {"kinds": ("play",)}),
    ],
)
def test_events_without_interest_do_not_count(world, model, kind, fields, signals):
    living = Living(
        model, world.journal, SignalSettings(**signals), LiveSettings(), OnlineSettings()
    )
    newest = living.newest_s
    world.journal.append([event("e1", "x", "dune", kind, **fields)])
    advance(living)
    assert living.newest_s == newest


def test_items_without_a_number_are_passed_over(world, model):
    living = Living(model, world.journal, SignalSettings(), LiveSettings(), OnlineSettings())
    newest = living.newest_s
    world.journal.append([event("e1", "x", "put-yesterday")])
    advance(living)
    assert living.newest_s == newest


def test_what_the_training_read_of_the_journal_is_not_read_again(world, model):
    world.journal.append([event("e1", "x", "dune", minutes=-30)])
    trained = replace(model, manifest={"lineage": {"journal_offset": 1}})
    living = Living(trained, world.journal, SignalSettings(), LiveSettings(), OnlineSettings())
    newest = living.newest_s
    advance(living)
    assert living.newest_s == newest
    world.journal.append([event("e2", "x", "dune", minutes=-20)])
    advance(living)
    assert living.newest_s == int(NOW.timestamp()) - 1200


def test_long_journal_is_read_in_turns(world, model):
    world.journal.append([event(f"e{number}", "x", "dune") for number in range(1500)])
    living = Living(model, world.journal, SignalSettings(), LiveSettings(), OnlineSettings())
    advance(living, max_batches=1)
    first = count(living, "dune")
    advance(living)
    assert count(living, "dune") > first


def test_a_clock_that_runs_ahead_does_not_make_all_others_old(world, model):
    living = Living(model, world.journal, SignalSettings(), LiveSettings(), OnlineSettings())
    rows = [event(f"e{n}", f"x{n}", "dune", minutes=n / 10) for n in range(30)]
    rows.insert(10, event("ahead", "y", "heat", minutes=60 * 24))
    world.journal.append(rows)
    advance(living)
    recent = living._live.score(Histories.of_one(EMPTY, EMPTY_S), int(NOW.timestamp()) + 180)
    share = recent["recent"][0]
    assert share[ITEMS.index("dune")] > share[ITEMS.index("heat")] > 0
