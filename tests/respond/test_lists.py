from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from settee.core import Item, ListSettings, Settings, instant_text
from settee.respond import Lists, Request, made_ahead
from settee.store import Made, NoSuchList, write_ready_made
from tests.respond.world import NOW, World, event, small_model, with_settings


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path / "home", with_settings(Settings(), respond={"k": 3}))
    world.put_titles()
    world.release(small_model(world.settings))
    yield world
    world.close()


@pytest.fixture
def responder(world):
    return world.responder()


def make(world, responder, *account_ids, name="home"):
    """What `Workspace.precompute` does, for these accounts."""
    made = []
    for one in account_ids:
        question = Request(one, 3, world.now, slot=name, explain=False)
        mark = responder.mark_ahead(name, one, world.now)
        answer, exposure = responder.recommend_to_keep(question, is_shown=False)
        assert exposure is None
        body = msgspec.json.encode(made_ahead(answer, name, with_sources=False))
        made.append(Made(one, body, mark, tuple(item.item_id for item in answer.items)))
    about = {
        "name": name, "k": 3, "explain": False, "computed_at": instant_text(world.now),
        "n_accounts": len(made), "n_bytes": sum(len(one.body) for one in made),
    }  # fmt: skip
    write_ready_made(world.home / "lists" / name, made, about)
    return Lists(world.home / "lists", responder, ListSettings())


def items(body):
    return [one["item_id"] for one in msgspec.json.decode(body)["items"]]


def test_list_is_given_as_it_was_computed_and_says_when(world, responder):
    lists = make(world, responder, "x", "y")
    told = msgspec.json.decode(lists.find("home", "x", NOW + timedelta(hours=3)))
    assert told["account_id"] == "x"
    assert told["list_name"] == "home"
    assert told["computed_at"] == told["at"] == "2026-11-21T20:00:00Z"
    assert (told["exposure_id"], told["journalled"], told["timings_ms"]) == ("", False, {})
    assert len(told["items"]) == 3
    assert lists.find("home", "nobody", NOW) is None
    with pytest.raises(NoSuchList):
        lists.find("evening", "x", NOW)


def test_event_of_the_account_ends_its_list_and_no_other(world, responder):
    lists = make(world, responder, "x", "y")
    world.happened(event("e1", "x", "alien"))
    assert lists.find("home", "x", NOW) is None
    assert lists.find("home", "y", NOW) is not None


def test_item_that_is_sold_out_ends_the_lists_that_it_is_in(world, responder):
    lists = make(world, responder, "x")
    sold = items(lists.find("home", "x", NOW))[0]
    world.tables.put_items([Item(item_id=sold, title=sold, stock=0)], world.now)
    responder.refresh_items()
    assert lists.find("home", "x", NOW + timedelta(seconds=2)) is None


def test_item_that_is_sold_out_leaves_other_lists_alone(world, responder):
    lists = make(world, responder, "x")
    other = next(
        iter({"alien", "brazil", "casino", "dune"} - set(items(lists.find("home", "x", NOW))))
    )
    world.tables.put_items([Item(item_id=other, title=other, stock=0)], world.now)
    responder.refresh_items()
    assert lists.find("home", "x", NOW + timedelta(seconds=2)) is not None


def test_another_release_ends_all_lists(world, responder):
    lists = make(world, responder, "x")
    world.release(replace(small_model(world.settings), manifest={"another": 1}))
    responder.renew()
    assert lists.find("home", "x", NOW) is None


def test_old_list_is_given_no_longer(world, responder):
    make(world, responder, "x")
    later = NOW + timedelta(seconds=100)
    short, long = (
        Lists(world.home / "lists", responder, ListSettings(max_age_s=age)) for age in (99, 101)
    )
    assert short.find("home", "x", later) is None
    assert long.find("home", "x", later) is not None


def test_new_version_is_taken_up_within_a_second(world, responder):
    lists = make(world, responder, "x")
    assert lists.find("home", "y", NOW) is None
    make(world, responder, "x", "y")
    assert lists.find("home", "y", NOW + timedelta(seconds=1)) is not None


@pytest.mark.parametrize("name", ["..", "../home", "", "a/b", "ä", "home\0"])
def test_name_that_is_no_name_was_never_made(world, responder, name):
    lists = make(world, responder, "x")
    with pytest.raises(NoSuchList):
        lists.find(name, "x", NOW)


def test_list_stands_in_only_for_a_question_that_it_answers(world, responder):
    lists = make(world, responder, "x")
    asked = Request("x", 3, NOW, slot="home")
    assert lists.instead_of(asked) == lists.find("home", "x", NOW)
    assert lists.instead_of(replace(asked, device_type="tv", device_id="d", explain=False))
    for other in (
        replace(asked, k=2),
        replace(asked, slot="evening"),
        replace(asked, exclude=("alien",)),
        replace(asked, max_age=6),
        replace(asked, together=True),
        replace(asked, person_ids=("p",)),
    ):
        assert lists.instead_of(other) is None


def test_all_lists_are_told_by_name(world, responder):
    assert Lists(world.home / "none", responder, ListSettings()).all() == []
    make(world, responder, "x", name="evening")
    lists = make(world, responder, "x", name="breakfast")
    assert [one["name"] for one in lists.all()] == ["breakfast", "evening"]
    assert lists.request("evening", "x", NOW) == Request("x", 3, NOW, slot="evening", explain=False)
