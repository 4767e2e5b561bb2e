"""An answer as if events had been sent: the same as after they were, and nothing is kept."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import Settings, parse_event
from settee.respond import Dials, Request, UnknownItem
from tests.ranking.world import stump
from tests.respond.world import ITEMS, NOW, World, event, small_model, with_settings

UNHURRIED = with_settings(Settings(), respond={"source_budget_ms": 1e6, "total_budget_ms": 1e6})


@pytest.fixture(scope="module")
def model():
    plain = small_model(Settings())
    ranker = stump(list(plain.sources), "popular.reciprocal_rank", 0.9)
    return replace(plain, ranker=ranker, is_promoted=True)


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path, UNHURRIED)
    yield world
    world.close()


def ask(account_id: str, **fields) -> Request:
    return Request(account_id, fields.pop("k", len(ITEMS)), fields.pop("as_of", NOW), **fields)


def amid(*records) -> Dials:
    return Dials(events=tuple(parse_event(one.body) for one in records))


def facts(answer):
    """All that an answer says of items and rules."""
    items = [(one.item_id, one.score, one.sources, one.reason) for one in answer.items]
    return items, answer.removed, answer.rung, answer.person


def session(account_id: str):
    return [
        event("s1", account_id, "brazil", minutes=-20),
        event("s2", account_id, "dune", "like", minutes=-9),
        event("s3", account_id, "dune", minutes=-8),
    ]


@pytest.mark.parametrize("account_id", ["x", "nobody-ever-saw"])
def test_the_list_is_the_one_that_comes_after_the_events_were_sent(world, model, account_id):
    world.happened(event("1", "x", "alien", minutes=-300), event("2", "y", "heat", minutes=-200))
    responder = world.responder(model)
    responder.renew()
    before = responder.preview(ask(account_id), Dials())
    tried = responder.preview(ask(account_id), amid(*session(account_id)))
    world.happened(*session(account_id))
    responder.renew()
    sent = responder.preview(ask(account_id), Dials())
    assert facts(tried) == facts(sent)
    assert facts(tried) != facts(before)
    assert facts(responder.recommend(ask(account_id))) == facts(sent)


def test_the_reason_of_a_title_is_the_one_that_comes_after_the_events_were_sent(world, model):
    world.happened(event("1", "x", "alien", minutes=-300))
    responder = world.responder(model)
    tried = responder.why(ask("x"), "fargo", amid(*session("x")))
    hidden = responder.why(ask("x"), "dune", amid(*session("x")))
    assert hidden.removed_by == "seen"
    assert responder.why(ask("x"), "dune").removed_by is None
    world.happened(*session("x"))
    responder.renew()
    sent = responder.why(ask("x"), "fargo")
    assert (tried.rank, tried.text, tried.item) == (sent.rank, sent.text, sent.item)


def test_nothing_of_what_was_tried_is_kept(world, model):
    world.happened(event("1", "x", "alien", minutes=-300))
    responder = world.responder(model)
    responder.renew()
    living = responder.serving.stage.living
    before = responder.preview(ask("x"), Dials())
    kept = world.journal.last_offset(), world.profiles.item_ids(), living.newest_s, living.tick
    responder.preview(ask("x"), amid(*session("x"), event("s4", "x", "unheard-of")))
    assert kept == (
        world.journal.last_offset(), world.profiles.item_ids(), living.newest_s, living.tick,
    )  # fmt: skip
    assert "unheard-of" not in responder.serving.offer.index
    assert facts(responder.preview(ask("x"), Dials())) == facts(before)


def test_an_event_that_the_record_has_counts_once(world, model):
    world.happened(event("1", "x", "alien", minutes=-30))
    responder = world.responder(model)
    responder.renew()
    once = responder.preview(ask("x"), Dials())
    again = event("1", "x", "alien", minutes=-30)
    assert facts(responder.preview(ask("x"), amid(again, again))) == facts(once)
    fresh = event("2", "x", "casino", minutes=-20)
    twice = amid(fresh, event("2", "x", "heat", minutes=-10))
    assert facts(responder.preview(ask("x"), twice)) == facts(
        responder.preview(ask("x"), amid(fresh))
    )


def test_an_item_that_nobody_named_before_is_numbered_for_the_answer_alone(world, model):
    played = event("1", "x", "new-tonight", minutes=-5)
    responder = world.responder(model)
    tried = responder.preview(ask("x"), amid(played))
    assert responder.why(ask("x"), "new-tonight", amid(played)).removed_by == "seen"
    with pytest.raises(UnknownItem):
        responder.why(ask("x"), "new-tonight")
    world.happened(played)
    responder.renew()
    assert facts(tried) == facts(responder.preview(ask("x"), Dials()))


def test_without_a_model_what_was_seen_is_hidden_all_the_same(world):
    world.put_titles()
    responder = world.responder()
    tried = responder.preview(ask("x"), amid(event("1", "x", "heat")))
    assert [one.item_id for one in tried.items] == list(ITEMS[-2::-1])


def test_what_lies_behind_the_instant_does_not_count_yet(world, model):
    responder = world.responder(model)
    earlier = ask("x", as_of=NOW - timedelta(hours=1))
    tried = responder.preview(earlier, amid(*session("x")))
    assert "seen" not in tried.removed


def test_choices_among_what_was_shown_are_learnt_from_for_the_answer_alone(world, model):
    responder = world.responder(model)
    responder.start()
    shown = responder.recommend(ask("x", k=3))
    responder.stop()
    world.journal.append([])  # behind the exposure
    responder.renew()
    living = responder.serving.stage.living
    taken = event("1", "x", shown.items[1].item_id, minutes=1)
    responder.preview(ask("x", as_of=NOW + timedelta(minutes=5)), amid(taken))
    assert living.online.n_learnt == 0
    world.happened(taken)
    responder.renew()
    assert living.online.n_learnt == 1, "the exposure was there to be learnt from"


KINDS = st.sampled_from(["play", "complete", "like", "dislike", "view", "browse"])
EVENTS = st.lists(st.tuples(st.sampled_from(ITEMS), KINDS, st.integers(-600, -1)), max_size=6)


@settings(max_examples=12, deadline=None)
@given(past=EVENTS, tried=EVENTS)
def test_whatever_was_and_is_done_the_list_is_the_same(model, tmp_path_factory, past, tried):
    world = World.at(tmp_path_factory.mktemp("law"), UNHURRIED)
    try:
        world.happened(*_events("p", past))
        responder = world.responder(model)
        responder.renew()
        events = _events("t", tried)
        supposed = responder.preview(ask("x", k=3), amid(*events))
        world.happened(*events)
        responder.renew()
        assert facts(supposed) == facts(responder.preview(ask("x", k=3), Dials()))
    finally:
        world.close()


def _events(name: str, rows):
    found = [event(f"{name}{n}", "x", item, kind, at) for n, (item, kind, at) in enumerate(rows)]
    assert all(json.loads(one.body)["item_id"] for one in found)
    return found
