"""Whole reasons: they sum, they come true, and they are there for what is not shown too."""

from dataclasses import replace

import numpy as np
import pytest

from settee.core import RankingSettings, Settings
from settee.features import feature_names
from settee.ranking import Blend, Ranker
from settee.respond import Parts, Request, Responder, UnknownItem
from settee.respond.because import Addend
from settee.respond.errors import BadQuestion
from settee.rules import parse_rules
from settee.store import Preferred
from tests.ranking.world import examples, stump
from tests.respond.people import ANN, BOB, People, Who
from tests.respond.world import (
    ITEMS,
    NOW,
    Slow,
    World,
    event,
    small_model,
    with_settings,
    with_source,
)

RULES = """
[[rules]]
name = "push"
kind = "boost"
lift = 3.0
items.tags = ["even"]

[[rules]]
name = "no-dune"
kind = "block"
items.ids = ["dune"]
"""


@pytest.fixture(scope="module")
def model():
    return small_model(Settings())


@pytest.fixture(scope="module")
def ranked(model):
    names = feature_names(list(model.sources))
    data = examples(n_features=len(names))
    ranker = Ranker.fit(data, None, names, RankingSettings(trees=15, min_leaf=5), 1)
    return replace(model, ranker=ranker, is_promoted=True)


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    tags = {
        name: {"tags": ("odd" if place % 2 == 0 else "even",)} for place, name in enumerate(ITEMS)
    }
    world.put_titles(**tags)
    world.happened(
        event("1", "x", "alien", minutes=-31), event("2", "x", "casino", minutes=-21),
        event("3", "x", "brazil", minutes=-12),
        event("4", "y", "casino", minutes=-21), event("5", "y", "brazil", minutes=-12),
    )  # fmt: skip
    yield world
    world.close()


def responder(world, model, toml="", people=None, **settings):
    rules = parse_rules(toml.encode(), "toml")
    patient = {"total_budget_ms": 60_000.0, "source_budget_ms": 60_000.0}
    changed = with_settings(world.settings, respond=patient, **settings)
    return Responder(
        Parts(
            world.state, world.tables, world.journal, changed, world.clock,
            world.home / "bundles", model, people, rules=lambda: rules,
        )
    )  # fmt: skip


def ask(account_id="x", k=8, explain="full", **fields):
    return Request(account_id, k, NOW, explain=explain, **fields)


def check_sums(answer):
    assert answer.items
    for one in answer.items:
        assert sum(part.adds for part in one.adds) == pytest.approx(one.score, abs=1e-6)


def kinds(item):
    return [part.kind for part in item.adds]


# -- what adds up ------------------------------------------------------------------------------


def test_the_ranker_s_features_sum_to_the_score(world, ranked):
    answer = responder(world, ranked).recommend(ask())
    assert answer.rung == "ranker"
    check_sums(answer)
    of_model = [one for one in answer.items if "mean" in kinds(one)]
    assert of_model
    for one in of_model:
        assert kinds(one)[0] == "mean"
        assert kinds(one)[-1] == "features"
        assert all(part.text for part in one.adds)


def test_a_ranker_that_does_not_know_its_training_rows_is_told_in_one(world, model):
    ranker = stump(list(model.sources), "popular.reciprocal_rank", 0.9)
    answer = responder(world, replace(model, ranker=ranker, is_promoted=True)).recommend(ask())
    assert answer.rung == "ranker"
    check_sums(answer)
    assert kinds(answer.items[0]) == ["features"]


def test_a_fused_score_says_the_part_of_each_source(world, model):
    answer = responder(world, model).recommend(ask())
    assert answer.rung == "fusion"
    check_sums(answer)
    for one in answer.items:
        (fused,) = one.adds
        assert fused.kind == "fusion"
        assert set(fused.of) == {mark.name for mark in one.sources}
        assert sum(fused.of.values()) == pytest.approx(1, abs=1e-5)


def test_a_blend_that_serves_changes_the_scores_and_says_the_part_of_each_source(world, model):
    weight = np.where(np.array(list(model.sources)) == "content", 1.0, 0.0)
    blend = Blend(weight, weight, 0.0, 1.0, serves=True)
    by_ranks = responder(world, model).recommend(ask())
    idle = responder(world, replace(model, blend=replace(blend, serves=False))).recommend(ask())
    assert [one.score for one in idle.items] == [one.score for one in by_ranks.items]
    answer = responder(world, replace(model, blend=blend), RULES).recommend(ask())
    assert answer.rung == "fusion"
    check_sums(answer)
    plain = responder(world, replace(model, blend=blend)).recommend(ask())
    assert [one.score for one in plain.items] != [one.score for one in by_ranks.items]
    for one in plain.items:
        (fused,) = one.adds
        assert set(fused.of) & {"content", *plain_live(model, one)}
        assert "ease" not in fused.of
        assert sum(fused.of.values()) == pytest.approx(1, abs=1e-5)


def plain_live(model, item):
    """Sources beside the model's that put an item forward."""
    return {mark.name for mark in item.sources} - set(model.sources)


def test_rules_and_preferences_stand_among_what_adds_up(world, ranked, model):
    for known in (ranked, model):
        answer = responder(world, known, RULES).recommend(ask())
        check_sums(answer)
        lifted = {one.item_id: part.adds for one in answer.items for part in one.adds
                  if (part.kind, part.name) == ("rule", "push")}  # fmt: skip
        assert lifted
        for adds in lifted.values():
            assert adds == pytest.approx(np.log(3), abs=1e-6)
        assert set(lifted) <= {"brazil", "dune", "fargo", "heat"}


def test_what_the_account_said_it_likes_is_an_addend(world, model, monkeypatch):
    responding = responder(world, model)
    monkeypatch.setattr(
        type(world.state.preferences.get("x")), "of", lambda *_: Preferred(tags=("odd",))
    )
    answer = responding.recommend(ask())
    check_sums(answer)
    assert any("preferences" in kinds(one) for one in answer.items)


class Convinced:
    """An online layer that prefers the lower half of the pool."""

    acts = True

    def utility(self, _key, x):
        return np.linspace(-1.0, 1.0, len(x)), np.full(len(x), 0.25)


def test_what_was_learnt_since_the_training_is_an_addend(world, ranked):
    responding = responder(world, ranked, RULES)
    living = responding._keeper.serving.stage.living
    living.online = Convinced()
    answer = responding.recommend(ask())
    check_sums(answer)
    assert all("online" in kinds(one) for one in answer.items)
    for one in answer.items:
        assert responding.why(ask(), one.item_id).rank == one.rank


def test_the_rungs_below_sum_too(world, model):
    check_sums(responder(world, model).recommend(ask("nobody")))
    catalogue = responder(world, None).recommend(ask("nobody"))
    assert catalogue.rung == "catalogue"
    check_sums(catalogue)
    assert kinds(catalogue.items[0]) == ["newest"]


def test_a_list_for_several_sums_too(world, ranked):
    people = People(Who(((ANN, 0.5), (BOB, 0.5)), together=0.9, is_together=True))
    answer = responder(world, ranked, people=people).recommend(ask())
    assert answer.person.mode == "together"
    check_sums(answer)
    assert kinds(answer.items[0]) == ["together"]


def test_reasons_in_full_change_nothing_else(world, ranked):
    responding = responder(world, ranked, RULES)
    full, plain, bare = (responding.recommend(ask(explain=how)) for how in ("full", True, False))
    order = [(one.item_id, one.rank, one.score) for one in full.items]
    for other in (plain, bare):
        assert [(one.item_id, one.rank, one.score) for one in other.items] == order
        assert not other.items[0].adds
        assert not other.items[0].without
        assert not other.signals


# -- without a title ---------------------------------------------------------------------------


@pytest.mark.parametrize("toml", ["", RULES])
@pytest.mark.parametrize("which", ["fusion", "ranker"])
def test_without_a_title_an_item_stands_where_it_stands_for_who_never_saw_it(
    world, model, ranked, which, toml
):
    responding = responder(world, model if which == "fusion" else ranked, toml)
    never = responding.recommend(ask("y", exclude=("alien",)))
    ranks = {one.item_id: one.rank for one in never.items}
    asked = 0
    for item_id in ITEMS:
        found = responding.why(ask(), item_id)
        if found.item is None:
            continue
        for one in found.item.without:
            if one.item_id == "alien":
                assert one.rank == ranks.get(item_id)
                asked += 1
    assert asked


def test_the_page_asks_about_the_title_that_speaks_most(world, model):
    answer = responder(world, model).recommend(ask())
    for one in answer.items:
        if one.reason and one.reason.shares:
            assert [title.item_id for title in one.without] == [one.reason.shares[0].item_id]
        else:
            assert one.without == []


def test_a_title_that_was_taken_out_stays_hidden(world, model):
    found = responder(world, model).why(ask(), "alien")
    assert found.removed_by == "seen"
    assert (found.rank, found.item) == (None, None)
    assert "seen" in found.text


def test_the_only_title_taken_out_leaves_what_newcomers_get(world, model):
    world.happened(event("9", "z", "alien", minutes=-5))
    responding = responder(world, model)
    newcomer = responding.recommend(ask("nobody", exclude=("alien",)))
    ranks = {one.item_id: one.rank for one in newcomer.items}
    answer = responding.recommend(ask("z"))
    found = [(one.item_id, title.rank) for one in answer.items for title in one.without]
    assert found
    assert all(ranks.get(item_id) == rank for item_id, rank in found)


def test_where_a_source_was_left_out_nothing_is_compared(world, model):
    broken = with_source(model, "knn", Slow(model.sources["knn"], error=RuntimeError("gone")))
    answer = responder(world, broken).recommend(ask())
    assert answer.left_out
    assert all(one.without == [] for one in answer.items)


# -- one item ----------------------------------------------------------------------------------


def test_one_item_has_the_same_reason_as_in_the_answer(world, ranked):
    responding = responder(world, ranked, RULES)
    answer = responding.recommend(ask(k=4))
    for one in answer.items:
        found = responding.why(ask(k=4), one.item_id)
        assert (found.is_shown, found.rank) == (True, one.rank)
        assert found.item.reason == one.reason
        assert found.item.adds == one.adds
        assert found.item.score == one.score
        assert found.item.without[:1] == one.without
        assert [lifted.rule for lifted in found.lifted] == [
            part.name for part in one.adds if part.kind == "rule"
        ]
        assert str(found.rank) in found.text


def test_an_item_behind_the_page_has_the_rank_that_a_longer_page_gives_it(world, ranked):
    responding = responder(world, ranked)
    long = {one.item_id: one.rank for one in responding.recommend(ask(k=8)).items}
    short = {one.item_id for one in responding.recommend(ask(k=2)).items}
    for item_id, rank in long.items():
        found = responding.why(ask(k=2), item_id)
        assert (found.rank, found.is_shown) == (rank, item_id in short)
        assert ("behind the page of 2" in found.text) == (item_id not in short)


def test_an_item_that_a_rule_removed_names_the_rule(world, model):
    found = responder(world, model, RULES).why(ask(), "dune")
    assert found.removed_by == "no-dune"
    assert found.text == 'Dune is not shown: the rule "no-dune" removed it.'


def test_an_item_that_no_source_put_forward_says_so(world, model):
    world.happened(event("9", "z", "alien", minutes=-5))
    alone = replace(model, sources={"ease": model.sources["ease"]})
    responding = responder(world, alone, live={"sources": ()})
    assert "heat" not in {one.item_id for one in responding.recommend(ask("z")).items}
    found = responding.why(ask("z"), "heat")
    assert (found.rank, found.removed_by, found.item) == (None, None, None)
    assert "no source" in found.text


def test_chance_is_left_out_of_a_reason(world, model):
    responding = responder(world, model, explore={"share": 1.0, "keep_top": 0})
    calm = responder(world, model)
    for item_id in ITEMS:
        assert responding.why(ask(k=3), item_id) == calm.why(ask(k=3), item_id)


def test_signals_say_what_tells_who_is_there(world, model):
    people = People(Who(((ANN, 0.9), (BOB, 0.1)), signals=(("hour", 0.41), ("device", 1.2))))
    responding = responder(world, model, people=people)
    expected = [("hour", 0.41), ("device", 1.2)]
    full = responding.recommend(ask())
    assert [(one.name, one.bits) for one in full.signals] == expected
    found = responding.why(ask(), "heat")
    assert [(one.name, one.bits) for one in found.signals] == expected
    assert found.person.mode == "person"
    named = responding.recommend(ask(person_ids=(BOB,)))
    assert named.signals == []


def test_a_reason_makes_no_exposure(world, model):
    before = world.journal.last_offset()
    responder(world, model).why(ask(), "heat")
    assert world.journal.last_offset() == before


def test_unknown_items_and_pages_that_are_too_long_are_refused(world, model):
    responding = responder(world, model)
    with pytest.raises(UnknownItem, match="nothing-of-the-kind"):
        responding.why(ask(), "nothing-of-the-kind")
    with pytest.raises(BadQuestion):
        responding.why(ask(k=0), "heat")


def test_what_stands_at_its_default_is_left_out_of_an_addend():
    assert Addend("mean", 0.5).of == {}
