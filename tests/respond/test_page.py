import time
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from settee.core import Item, Settings
from settee.respond import Parts, Request, Responder
from settee.rules import parse_rules
from settee.store import Entry, Record
from tests.respond.world import ITEMS, NOW, World, event, small_model, with_settings


@pytest.fixture(scope="module")
def model():
    return small_model(Settings())


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    world.put_titles()
    yield world
    world.close()


def responder(world: World, model, toml: str = "", **settings) -> Responder:
    """A responder under rules, written as TOML."""
    rules = parse_rules(toml.encode(), "toml").at_version(3 if toml else 0)
    changed = with_settings(world.settings, **settings)
    return Responder(
        Parts(
            world.state, world.tables, world.journal, changed, world.clock,
            world.home / "bundles", model, rules=lambda: rules,
        )
    )  # fmt: skip


def ask(account_id: str = "x", k: int = 4, **fields) -> Request:
    return Request(account_id, k, NOW, **fields)


def ids(answer) -> list[str]:
    return [one.item_id for one in answer.items]


def exposures(world: World, n: int) -> list[Entry]:
    """What was journalled, once there are so many."""
    until_s = time.monotonic() + 10
    while len(entries := world.journal.read(0, 100)) < n and time.monotonic() < until_s:
        time.sleep(0.01)
    return entries


def test_what_a_rule_blocks_is_not_shown_and_the_trace_says_by_which_rule(world, model):
    rules = """
    [[rules]]
    name = "no-aliens"
    kind = "block"
    items.ids = ["alien"]
    """
    answer = responder(world, model, rules).recommend(ask(k=8))
    assert "alien" not in ids(answer)
    assert answer.removed == {"no-aliens": 1}
    assert answer.rules.version == 3
    assert answer.rules.removed[0].examples == ["alien"]


def test_similar_items_keep_the_hard_rules_too(world, model):
    rules = """
    [[rules]]
    name = "no-casino"
    kind = "block"
    items.ids = ["casino"]
    """
    free, ruled = responder(world, model), responder(world, model, rules)
    assert "casino" in ids(free.similar("alien", 3, as_of=NOW))
    assert "casino" not in ids(ruled.similar("alien", 3, as_of=NOW))


def test_a_pinned_item_stands_at_its_rank_though_no_source_put_it_forward(world, model):
    world.tables.put_items([Item(item_id="premiere", title="Premiere")], NOW)
    rules = """
    [[rules]]
    name = "tonight"
    kind = "pin"
    item = "premiere"
    rank = 2
    """
    answer = responder(world, model, rules).recommend(ask())
    assert ids(answer)[1] == "premiere"
    assert [(one.rule, one.deed) for one in answer.rules.moved] == [("tonight", "pinned")]


def test_a_boost_moves_an_item_up_and_says_by_how_much(world, model):
    plain = ids(responder(world, model).recommend(ask(k=8)))
    rules = f"""
    [[rules]]
    name = "push"
    kind = "boost"
    lift = 10.0
    items.ids = ["{plain[-1]}"]
    """
    answer = responder(world, model, rules).recommend(ask(k=8))
    assert ids(answer)[0] == plain[-1]
    assert [(one.rule, one.by) for one in answer.rules.lifted] == [("push", 10.0)]


def test_rules_change_while_the_responder_runs(world, model):
    rules = [parse_rules(b"", "toml")]
    parts = Parts(
        world.state, world.tables, world.journal, world.settings, world.clock,
        world.home / "bundles", model, rules=lambda: rules[0],
    )  # fmt: skip
    running = Responder(parts)
    assert "alien" in ids(running.recommend(ask(k=8)))
    block = b'[[rules]]\nname = "none"\nkind = "block"\nitems.ids = ["alien"]'
    rules[0] = parse_rules(block, "toml").at_version(1)
    running.renew()
    assert "alien" not in ids(running.recommend(ask(k=8)))


def test_an_unknown_age_rating_is_adult(world, model):
    world.put_titles(alien={"age_rating": 6}, brazil={"age_rating": 16})
    answer = responder(world, model).recommend(ask(k=8, max_age=12))
    assert ids(answer) == ["alien"]
    assert answer.removed == {"age_limit": 7}


def test_only_titles_in_a_language_are_shown_where_one_is_asked_for(world, model):
    world.put_titles(alien={"language": "de"}, brazil={"language": "pt"})
    shown = ids(responder(world, model).recommend(ask(k=8, languages=("pt",))))
    assert "brazil" in shown
    assert "alien" not in shown


def test_an_item_shown_too_often_gives_way(world, model):
    rules = """
    [[rules]]
    name = "enough"
    kind = "cap"
    times = 2
    days = 1.0
    """
    running = responder(world, model, rules)
    first = ids(running.recommend(ask(k=2)))
    for _ in range(2):
        running.recommend(ask(k=2))
    world.state.apply(exposures(world, 3))
    assert not set(first) & set(ids(running.recommend(ask(k=2))))


def said(account_id: str, tags: list[str]) -> Record:
    body = {"event_id": "p1", "account_id": account_id, "kind": "preferences", "tags": tags}
    at_us = int(NOW.timestamp() * 1e6) - 1
    return Record("p1", account_id, "preferences", at_us, msgspec.json.encode(body))


def test_what_a_newcomer_says_it_likes_comes_first(world, model):
    world.put_titles(**{name: {"tags": ("Space",)} for name in ("gattaca", "heat")})
    assert set(ids(responder(world, model).recommend(ask(k=2)))) != {"gattaca", "heat"}
    world.happened(said("x", ["Space"]))
    answer = responder(world, model, respond={"preference_lift": 100.0}).recommend(ask(k=2))
    assert set(ids(answer)) == {"gattaca", "heat"}
    assert {one.rule for one in answer.rules.lifted} == {"preferences"}
    plain = responder(world, model, respond={"preference_lift": 1.0}).recommend(ask(k=2))
    assert plain.rules.lifted == []


def test_variety_mixes_tags(world, model):
    world.put_titles(
        **{name: {"tags": ("odd" if at % 2 == 0 else "even",)} for at, name in enumerate(ITEMS)}
    )
    world.happened(event("e1", "x", "alien"), event("e2", "x", "casino"))
    tags = {name: at % 2 for at, name in enumerate(ITEMS)}
    same = ids(responder(world, model).recommend(ask(k=2)))
    mixed = ids(responder(world, model, variety={"strength": 1.0}).recommend(ask(k=2)))
    assert len({tags[one] for one in same}) == 1
    assert len({tags[one] for one in mixed}) == 2
    for method, n_tags in (("greedy", 1), ("dpp", 2)):
        low = {"strength": 0.4, "method": method}
        page = ids(responder(world, model, variety=low).recommend(ask(k=2)))
        assert len({tags[one] for one in page}) == n_tags


def test_explored_places_say_how_probable_they_were_and_the_journal_has_it(world, model):
    wild = {"share": 1.0, "keep_top": 0}
    answer = responder(world, model, explore=wild).recommend(ask(k=3))
    assert any(one.explored for one in answer.items)
    assert all(0 < one.propensity <= 1 for one in answer.items)
    body = msgspec.json.decode(exposures(world, 1)[-1].record.body)
    assert [one["propensity"] for one in body["items"]] == [one.propensity for one in answer.items]


def test_nothing_is_left_to_chance_unless_asked_for(world, model):
    answer = responder(world, model).recommend(ask())
    assert {(one.propensity, one.explored) for one in answer.items} == {(1.0, False)}


def test_a_mark_changes_with_whatever_may_change_the_answer(world, model):
    running = responder(world, model)
    first = running.state_mark(ask())
    assert running.state_mark(ask()) == first
    assert hash(running.state_mark(ask())) == hash(first)
    running.recommend(ask())
    exposures(world, 1)
    running._follower.catch_up()
    assert running.state_mark(ask()) == first  # an answer is no fact
    world.journal.append([event("e9", "y", "heat")])
    running._follower.catch_up()
    lived = running.state_mark(ask())
    assert lived != first
    world.put_titles(alien={"stock": 0})
    running.refresh_items()
    assert running.state_mark(ask()) != lived


def test_a_mark_changes_when_a_window_closes_or_a_rule_ends(world, model):
    rules = """
    [[rules]]
    name = "push"
    kind = "boost"
    lift = 2.0
    items.ids = ["heat"]
    expires_at = 2026-11-21T20:00:10Z
    """
    running = responder(world, model, rules)
    marks = [
        running.state_mark(replace(ask(), as_of=NOW + timedelta(seconds=one))) for one in (0, 9, 10)
    ]
    assert marks[0] == marks[1] != marks[2]
    world.put_titles(alien={"available_to": NOW + timedelta(seconds=5)})
    running.refresh_items()
    marks = [
        running.state_mark(replace(ask(), as_of=NOW + timedelta(seconds=one))) for one in (0, 4, 5)
    ]
    assert marks[0] == marks[1] != marks[2]


def test_an_answer_that_chance_made_is_never_the_same(world, model):
    running = responder(world, model, explore={"share": 0.5})
    assert running.state_mark(ask()) != running.state_mark(ask())
