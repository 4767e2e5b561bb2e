from dataclasses import replace

import pytest

from settee.core import Settings, SignalSettings
from settee.respond.counting import LiveCounts
from tests.respond.world import ITEMS, NOW, World, event, small_model

LATER_S = int(NOW.timestamp()) + 7200


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    yield world
    world.close()


@pytest.fixture(scope="module")
def model():
    return small_model(Settings())


def count(counts: LiveCounts, item: str) -> float:
    return float(counts.at(LATER_S).column("n_7d")[ITEMS.index(item)])


def test_events_after_the_training_count(world, model):
    counts = LiveCounts(model, world.journal, SignalSettings())
    before = count(counts, "dune")
    world.journal.append([event(f"e{number}", "x", "dune") for number in range(9)])
    counts.advance()
    assert count(counts, "dune") > before
    assert counts.newest_s == int(NOW.timestamp()) - 600


def test_events_that_the_model_was_trained_on_do_not_count_twice(world, model):
    counts = LiveCounts(model, world.journal, SignalSettings())
    newest = counts.newest_s
    world.journal.append([event("e1", "x", "dune", minutes=-60 * 24 * 30)])
    counts.advance()
    assert counts.newest_s == newest


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
    counts = LiveCounts(model, world.journal, SignalSettings(**signals))
    newest = counts.newest_s
    world.journal.append([event("e1", "x", "dune", kind, **fields)])
    counts.advance()
    assert counts.newest_s == newest


def test_items_unknown_to_the_model_are_passed_over(world, model):
    counts = LiveCounts(model, world.journal, SignalSettings())
    newest = counts.newest_s
    world.journal.append([event("e1", "x", "put-yesterday")])
    counts.advance()
    assert counts.newest_s == newest


def test_what_the_training_read_of_the_journal_is_not_read_again(world, model):
    world.journal.append([event("e1", "x", "dune", minutes=-30)])
    trained = replace(model, manifest={"lineage": {"journal_offset": 1}})
    counts = LiveCounts(trained, world.journal, SignalSettings())
    newest = counts.newest_s
    counts.advance()
    assert counts.newest_s == newest
    world.journal.append([event("e2", "x", "dune", minutes=-20)])
    counts.advance()
    assert counts.newest_s == int(NOW.timestamp()) - 1200


def test_long_journal_is_read_in_turns(world, model):
    world.journal.append([event(f"e{number}", "x", "dune") for number in range(1500)])
    counts = LiveCounts(model, world.journal, SignalSettings())
    counts.advance(max_batches=1)
    first = count(counts, "dune")
    counts.advance()
    assert count(counts, "dune") > first
