import threading
from dataclasses import replace

import msgspec
import pytest

from settee.core import Item, NotFound, Overloaded, Settings, Unavailable
from settee.people import Moment
from settee.respond import (
    BadQuestion,
    NoModel,
    NothingToShow,
    Request,
    UnknownAccount,
    UnknownItem,
)
from settee.respond.words import Watcher
from settee.rules import BadRule
from tests.ranking.world import stump
from tests.respond.people import ANN, BOB, Household, People, Who, lived
from tests.respond.world import (
    ITEMS,
    NOW,
    Slow,
    World,
    at,
    event,
    small_model,
    with_settings,
    with_source,
)


@pytest.fixture(scope="module")
def model():
    return small_model(Settings())


@pytest.fixture(scope="module")
def promoted(model):
    ranker = stump(list(model.sources), "popular.reciprocal_rank", 0.9)
    return replace(model, ranker=ranker, is_promoted=True)


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    yield world
    world.close()


def ask(account_id: str = "x", k: int = 3, **fields) -> Request:
    return Request(account_id, k, fields.pop("as_of", NOW), **fields)


def ids(answer) -> list[str]:
    return [one.item_id for one in answer.items]


# -- the ladder --------------------------------------------------------------------------------


def test_without_model_and_items_there_is_an_error_and_no_invention(world):
    with pytest.raises(NothingToShow) as caught:
        world.responder().recommend(ask())
    assert caught.value.status == 503
    assert "Import" in caught.value.hint


def test_without_model_the_newest_available_items_are_shown_and_the_answer_says_so(world):
    world.put_titles(heat={"stock": 0})
    answer = world.responder().recommend(ask(k=2))
    assert ids(answer) == ["gattaca", "fargo"]
    assert (answer.rung, answer.because, answer.model_version) == ("catalogue", "no_model", None)
    assert answer.removed == {"out_of_stock": 1}


def test_without_model_seen_items_are_left_out_too(world):
    world.put_titles()
    world.happened(event("e1", "x", "heat"))
    assert ids(world.responder().recommend(ask(k=1))) == ["gattaca"]


def test_unknown_account_gets_what_is_popular(world, model):
    answer = world.responder(model).recommend(ask("nobody"))
    assert (answer.rung, answer.because) == ("popular", "no_history")
    assert {one.sources[0].name for one in answer.items} == {"popular"}
    scores = model.sources["popular"].score(_nobody())[0]
    best = sorted(range(len(ITEMS)), key=lambda item: (-scores[item], item))[:3]
    assert ids(answer) == [ITEMS[item] for item in best]


def _nobody():
    import numpy as np

    from settee.events import Histories

    return Histories.of_one(np.empty(0, np.int32), np.empty(0, np.int64))


def test_ranker_that_was_not_promoted_leaves_the_order_to_fusion(world, promoted):
    world.happened(event("e1", "x", "alien"))
    answer = world.responder(replace(promoted, is_promoted=False)).recommend(ask())
    assert (answer.rung, answer.because) == ("fusion", "not_promoted")


def test_promoted_ranker_orders_the_answer(world, promoted):
    world.happened(event("e1", "x", "alien"))
    ranked = world.responder(promoted).recommend(ask(k=8))
    fused = world.responder(replace(promoted, is_promoted=False)).recommend(ask(k=8))
    assert (ranked.rung, ranked.because) == ("ranker", "")
    assert sorted(ids(ranked)) == sorted(ids(fused))
    first = ranked.items[0]
    assert {mark.name: mark.rank for mark in first.sources}["popular"] == 1
    assert ids(fused)[0] != first.item_id


def test_failing_ranker_falls_back_to_fusion(world, promoted, caplog):
    class Broken:
        def score(self, _rows):
            raise ZeroDivisionError

    world.happened(event("e1", "x", "alien"))
    answer = world.responder(replace(promoted, ranker=Broken())).recommend(ask())
    assert (answer.rung, answer.because) == ("fusion", "ranker_failed")
    assert len(answer.items) == 3
    assert "ranker failed" in caplog.text


def test_ranker_over_the_total_budget_falls_back_to_fusion(tmp_path, promoted):
    tight = with_settings(Settings(), respond={"total_budget_ms": 1e-6})
    world = World.at(tmp_path, tight)
    world.happened(event("e1", "x", "alien"))
    answer = world.responder(promoted).recommend(ask())
    assert (answer.rung, answer.because) == ("fusion", "over_budget")
    world.close()


def test_failing_source_is_named_and_the_ranker_is_not_asked_about_what_it_never_saw(
    world, promoted, caplog
):
    world.happened(event("e1", "x", "alien"))
    broken = with_source(promoted, "ease", Slow(promoted.sources["ease"], error=OSError("gone")))
    answer = world.responder(broken).recommend(ask())
    assert (answer.rung, answer.because) == ("fusion", "sources_left_out")
    assert answer.left_out == {"ease": "failed"}
    assert all(mark.name != "ease" for one in answer.items for mark in one.sources)
    assert "ease failed" in caplog.text


def test_late_source_is_named_and_the_answer_does_not_wait_for_it(tmp_path, model):
    quick = with_settings(Settings(), respond={"source_budget_ms": 100.0})
    world = World.at(tmp_path, quick)
    world.happened(event("e1", "x", "alien"))
    gate = threading.Event()
    *_, last = model.sources
    slow = with_source(model, last, Slow(model.sources[last], wait=gate))
    answer = world.responder(slow).recommend(ask())
    gate.set()
    assert answer.left_out == {last: "late"}
    assert answer.rung == "fusion"
    world.close()


def test_without_any_source_that_knows_histories_the_popular_rung_serves(tmp_path, model):
    world = World.at(tmp_path, with_settings(Settings(), live={"sources": ()}))
    world.happened(event("e1", "x", "alien"))
    broken = model
    for name in set(model.sources) - {"popular"}:
        broken = with_source(broken, name, Slow(model.sources[name], error=OSError("gone")))
    answer = world.responder(broken).recommend(ask())
    assert (answer.rung, answer.because) == ("popular", "sources_left_out")
    assert "alien" not in ids(answer)
    world.close()


def test_without_any_source_the_catalogue_serves(tmp_path, model):
    world = World.at(tmp_path, with_settings(Settings(), live={"sources": ()}))
    world.happened(event("e1", "x", "heat"))
    broken = model
    for name in model.sources:
        broken = with_source(broken, name, Slow(model.sources[name], error=OSError("gone")))
    answer = world.responder(broken).recommend(ask(k=2))
    assert (answer.rung, answer.because) == ("catalogue", "no_candidates")
    assert ids(answer) == ["gattaca", "fargo"]
    assert set(answer.left_out) == set(model.sources)
    world.close()


def test_when_the_rules_leave_nothing_the_error_says_what_they_removed(world, model):
    with pytest.raises(NothingToShow) as caught:
        world.responder(model).recommend(ask(exclude=ITEMS))
    assert "8 excluded" in caught.value.message


# -- rules and rooms around ----------------------------------------------------------------------


def test_seen_and_excluded_items_are_not_shown_and_are_counted(world, model):
    world.happened(event("e1", "x", "alien"), event("e2", "x", "dune", "dislike"))
    answer = world.responder(model).recommend(ask(k=8, exclude=("heat", "no-such-item")))
    assert not {"alien", "dune", "heat"} & set(ids(answer))
    assert answer.removed == {"excluded": 1, "seen": 1, "disliked": 1}


def test_which_kinds_hide_is_a_setting(tmp_path, model):
    world = World.at(tmp_path, with_settings(Settings(), rules={"exclude_seen": ("like",)}))
    world.happened(event("e1", "x", "alien"), event("e2", "x", "casino", "like"))
    shown = ids(world.responder(model).recommend(ask(k=8)))
    assert "alien" in shown
    assert "casino" not in shown
    world.close()


def test_unknown_kind_in_the_rules_is_refused_at_the_start(tmp_path, model):
    world = World.at(tmp_path, with_settings(Settings(), rules={"exclude_seen": ("plays",)}))
    with pytest.raises(BadRule):
        world.responder(model)
    world.close()


def test_availability_can_be_switched_off(tmp_path, model):
    off = with_settings(Settings(), rules={"honour_availability": False})
    for settings, is_shown in ((Settings(), False), (off, True)):
        world = World.at(tmp_path / str(is_shown), settings)
        world.put_titles(fargo={"stock": 0})
        shown = ids(world.responder(model).recommend(ask(k=8)))
        assert ("fargo" in shown) is is_shown
        world.close()


def test_put_item_counts_from_the_next_answer_on(world, model):
    world.put_titles()
    responder = world.responder(model)
    assert "fargo" in ids(responder.recommend(ask(k=8)))
    world.put_titles(fargo={"available_to": at(-1)})
    responder.refresh_items()
    responder.refresh_items()
    answer = responder.recommend(ask(k=8))
    assert "fargo" not in ids(answer)
    assert answer.removed == {"unavailable": 1}


def test_item_put_by_another_process_is_seen_at_the_next_renewal(world, model):
    world.put_titles()
    responder = world.responder(model)
    world.put_titles(fargo={"stock": 0})
    responder.renew()
    assert "fargo" not in ids(responder.recommend(ask(k=8)))


def test_without_model_new_items_are_offered_at_the_next_renewal(world):
    responder = world.responder()
    assert responder.standing(NOW).rung is None
    world.put_titles()
    responder.renew()
    assert responder.standing(NOW).rung == "catalogue"
    assert ids(responder.recommend(ask(k=1))) == ["heat"]


def test_answers_stay_within_the_asked_number(world, model):
    responder = world.responder(model)
    assert len(responder.recommend(ask(k=1)).items) == 1
    assert [one.rank for one in responder.recommend(ask(k=8)).items] == list(range(1, 9))
    for k in (0, 201):
        with pytest.raises(BadQuestion) as caught:
            responder.recommend(ask(k=k))
        assert caught.value.place == "k"


def test_more_items_than_a_source_puts_forward_can_be_asked_for(tmp_path, model):
    narrow = model.ranking.model_copy(update={"per_source": 2, "pool": 2})
    world = World.at(tmp_path)
    answer = world.responder(replace(model, ranking=narrow)).recommend(ask(k=5))
    assert len(answer.items) == 5
    world.close()


def test_max_k_is_a_setting(tmp_path, model):
    world = World.at(tmp_path, with_settings(Settings(), respond={"max_k": 5}))
    with pytest.raises(BadQuestion):
        world.responder(model).recommend(ask(k=6))
    world.close()


# -- reasons -------------------------------------------------------------------------------------


def test_reason_names_the_item_of_the_history_and_shares_add_up(world, model):
    world.happened(event("e1", "x", "alien"), event("e2", "x", "casino", minutes=-5))
    first = world.responder(model).recommend(ask()).items[0]
    assert first.reason.kind == "history"
    assert {part.item_id for part in first.reason.shares} <= {"alien", "casino"}
    total = sum(part.share for part in first.reason.shares) + first.reason.other
    assert total == pytest.approx(1.0, abs=1e-6)


def test_reasons_can_be_left_out_and_nothing_else_changes(world, model):
    world.happened(event("e1", "x", "alien"))
    responder = world.responder(model)
    told, untold = (responder.recommend(ask(explain=flag)) for flag in (True, False))
    assert all(one.reason is msgspec.UNSET for one in untold.items)
    assert [one.reason is msgspec.UNSET for one in told.items].count(False) > 0
    bare = [
        msgspec.structs.replace(one, reason=msgspec.UNSET, doubt=msgspec.UNSET)
        for one in told.items
    ]
    assert bare == untold.items


# -- the loop closes -----------------------------------------------------------------------------


def test_every_answer_is_journalled_as_an_exposure(world, model):
    answer = world.responder(model).recommend(ask(slot="home", device_type="tv"))
    assert answer.journalled
    world.journal.close()
    record = _reopened(world).read(0, 9)[0].record
    body = msgspec.json.decode(record.body)
    assert (record.kind, record.account_id) == ("exposure", "x")
    assert record.event_id == answer.exposure_id == body["event_id"]
    assert (body["slot"], body["device_type"], body["rung"]) == ("home", "tv", "popular")
    assert [one["item_id"] for one in body["items"]] == ids(answer)
    assert [one["rank"] for one in body["items"]] == [1, 2, 3]
    first = answer.items[0].sources[0]
    assert body["items"][0]["sources"] == {first.name: [first.rank, first.score]}


def _reopened(world):
    from settee.store import Journal

    world.journal = Journal(world.home / "journal.db", world.settings.journal)
    return world.journal


def test_exposure_does_not_count_as_something_the_account_did(world, model):
    responder = world.responder(model)
    responder.recommend(ask())
    world.happened(event("e1", "y", "alien"))
    assert len(world.profiles.get("x")) == 0


def test_full_journal_does_not_keep_the_answer_back(world, model, monkeypatch):
    def full(_records):
        raise Overloaded("full")

    monkeypatch.setattr(world.journal, "submit", full)
    answer = world.responder(model).recommend(ask())
    assert len(answer.items) == 3
    assert not answer.journalled


def test_exposures_can_be_switched_off(tmp_path, model):
    off = with_settings(Settings(), respond={"journal_exposures": False})
    world = World.at(tmp_path, off)
    assert not world.responder(model).recommend(ask()).journalled
    assert world.journal.last_offset() == 0
    world.close()


def test_next_answer_reflects_the_last_event_without_waiting_for_the_thread(world, model):
    responder = world.responder(model)
    assert responder.recommend(ask()).rung == "popular"
    appended = world.journal.append([event("e1", "x", "alien")])
    responder.look_after(appended.last_offset, {"x"})
    answer = responder.recommend(ask())
    assert answer.rung == "fusion"
    assert "alien" not in ids(answer)


def test_new_release_is_picked_up_and_a_request_sees_one_model_only(world, model):
    world.put_titles()
    responder = world.responder()
    assert responder.recommend(ask()).rung == "catalogue"
    version = world.release(model)
    responder.renew()
    answer = responder.recommend(ask())
    assert (answer.rung, answer.model_version) == ("popular", version)
    other = world.release(replace(model, manifest={"note": "another"}))
    responder.renew()
    responder.renew()
    assert responder.recommend(ask()).model_version == other != version
    responder.stop()


def test_damaged_release_leaves_the_model_in_use_and_is_tried_once(world, model):
    version = world.release(model)
    responder = world.responder()
    world.tables.add_release("0123456789abcdef", NOW, "by hand", {})
    with pytest.raises(NotFound):
        responder.renew()
    responder.renew()
    assert responder.recommend(ask()).model_version == version
    assert responder.standing(NOW).model_version == version


def test_started_responder_warms_up_follows_and_stops(world, promoted):
    world.release(promoted)
    responder = world.responder()
    responder.start()
    world.journal.append([event("e1", "x", "alien")])
    appended = world.journal.append([event("e2", "x", "casino")])
    responder.look_after(appended.last_offset, {"x"})
    assert responder.recommend(ask()).rung == "ranker"
    responder.stop()
    assert responder.lag() <= 1  # the exposure of that answer
    assert responder.n_lost_exposures == 0


def test_responder_without_model_starts_and_stops(world):
    responder = world.responder()
    responder.start()
    responder.stop()


# -- for whom of the account ---------------------------------------------------------------------


def of_two(world) -> None:
    """Ann, of the odd minutes, watches what odd accounts do; Bob what even ones do."""
    world.happened(
        event("e1", "x", "alien", minutes=-31),
        event("e2", "x", "casino", minutes=-21),
        event("e3", "x", "brazil", minutes=-30),
        event("e4", "x", "dune", minutes=-20),
    )


HERS, HIS = {"eraser", "gattaca"}, {"fargo", "heat"}


@pytest.fixture(params=["fusion", "ranker"])
def either(request, model):
    """A model that has nothing but what people watch together, in both ways of ordering."""
    ease = replace(model, sources={"ease": model.sources["ease"]})
    ranker = stump(["ease"], "ease.reciprocal_rank", 0.9)
    return ease if request.param == "fusion" else replace(ease, ranker=ranker, is_promoted=True)


@pytest.fixture
def apart(tmp_path):
    """A world in which the others of an account do not count at all."""
    world = World.at(tmp_path, with_settings(Settings(), respond={"others_weight": 0.0}))
    yield world
    world.close()


def test_a_list_is_for_the_person_who_is_there(apart, either):
    of_two(world := apart)
    for who, theirs in ((ANN, HERS), (BOB, HIS)):
        responder = world.responder(either, People(Who(((who, 1.0),))))
        answer = responder.recommend(ask(k=2))
        assert set(ids(answer)) == theirs
        assert answer.person.mode == "person"
        assert answer.person.persons == [Watcher(who, 1.0)]
        assert answer.timings_ms["who"] >= 0


def test_nobody_in_particular_gets_the_list_of_the_account(world, model):
    of_two(world)
    plain = world.responder(model).recommend(ask(k=4))
    even = Who(((ANN, 0.5), (BOB, 0.5)), is_unsure=True)
    mixed = world.responder(model, People(even)).recommend(ask(k=4))
    assert (plain.person.mode, plain.person.because) == ("account", "switched_off")
    assert (mixed.person.mode, mixed.person.because) == ("mixed", "unsure")
    assert [one.score for one in plain.items] == [one.score for one in mixed.items]
    assert ids(plain) == ids(mixed)


def test_together_both_find_something(apart, either):
    of_two(world := apart)
    both = Who(((ANN, 0.5), (BOB, 0.5)), together=0.9, is_together=True)
    answer = world.responder(either, People(both)).recommend(ask(k=4))
    assert answer.person.mode == "together"
    assert set(ids(answer)) == HERS | HIS
    assert len(set(ids(answer)[:2]) & HERS) == 1


def test_how_much_others_count_is_a_setting(tmp_path, model):
    scores = []
    for weight in (0.0, 1.0):
        chosen = with_settings(Settings(), respond={"others_weight": weight})
        world = World.at(tmp_path / str(weight), chosen)
        of_two(world)
        answer = world.responder(model, People(Who(((ANN, 1.0), (BOB, 0.0))))).recommend(ask(k=4))
        scores.append({one.item_id for one in answer.items[:2]})
        world.close()
    assert scores[0] == HERS
    assert scores[1] != HERS


def test_how_much_others_count_when_unsure_is_a_setting(tmp_path, model):
    lean = Who(((ANN, 0.9), (BOB, 0.1)), is_unsure=True)
    marks = []
    for weight in (0.0, 1.0):
        chosen = with_settings(Settings(), respond={"unsure_weight": weight})
        world = World.at(tmp_path / str(weight), chosen)
        of_two(world)
        answer = world.responder(model, People(lean)).recommend(ask(k=8))
        marks.append({one.item_id: one.sources for one in answer.items})
        world.close()
    assert marks[0] != marks[1]


def test_what_another_has_surely_seen_may_be_shown_by_the_setting(tmp_path, model):
    shown = []
    for least in (0.0, 0.5):
        chosen = with_settings(Settings(), respond={"others_seen": least})
        world = World.at(tmp_path / str(least), chosen)
        of_two(world)
        answer = world.responder(model, People()).recommend(ask(k=8))
        shown.append(set(ids(answer)) & {"brazil", "dune"})
        world.close()
    assert shown == [set(), {"brazil", "dune"}]


def test_whom_a_list_for_several_pleases_is_a_setting(tmp_path, model):
    both = Who(((ANN, 0.5), (BOB, 0.5)), together=0.9)
    orders = []
    for least in (0.0, 1.0):
        chosen = with_settings(
            Settings(), respond={"together_least": least, "others_weight": 0.0, "k": 8}
        )
        world = World.at(tmp_path / str(least), chosen)
        of_two(world)
        answer = world.responder(model, People(both)).recommend(ask(k=8))
        orders.append([round(one.score, 6) for one in answer.items])
        world.close()
    assert orders[0] != orders[1]


def test_lists_for_persons_can_be_switched_off(tmp_path, model):
    world = World.at(tmp_path, with_settings(Settings(), respond={"for_persons": False}))
    answer = world.responder(model, People()).recommend(ask())
    assert (answer.person.mode, answer.person.because) == ("account", "switched_off")
    world.close()


def test_not_to_know_whose_an_event_was_costs_no_answer(world, model, caplog):
    class Broken(Household):
        def shares(self, at_s):
            raise ZeroDivisionError(at_s)

    of_two(world)
    people = People(households={"x": Broken()})
    answer = world.responder(model, people).recommend(ask())
    assert (answer.person.mode, answer.person.because) == ("account", "people_failed")
    assert len(answer.items) == 3
    assert "history could not be told" in caplog.text


def test_who_is_there_is_told_after_what_was_stored_here(world):
    moment = Moment("x", 0)
    assert world.responder().who(moment) is None
    people = People()
    responder = world.responder(people=people)
    assert responder.who(moment).persons == ((ANN, 1.0), (BOB, 0.0))
    n_steps = people.n_folds
    appended = world.journal.append([event("e1", "x", "alien")])
    responder.look_after(appended.last_offset, {"x"})
    responder.who(moment)
    assert people.n_folds > n_steps
    responder.look_after(world.journal.append([event("e2", "x", "dune")]).last_offset, {"x"})
    people.households["x"] = lived()
    assert {one.item_id for one in responder.household("x").persons[0].titles} == {"alien", "dune"}


def test_a_profile_that_cannot_be_read_is_an_error_and_no_guess(world, model, monkeypatch):
    responder = world.responder(model, People())

    def gone(_account_id):
        raise Unavailable("gone")

    monkeypatch.setattr(world.profiles, "get", gone)
    with pytest.raises(Unavailable):
        responder.recommend(ask())


def test_the_exposure_names_for_whom_it_was(world, model):
    of_two(world)
    before = world.journal.last_offset()
    world.responder(model, People()).recommend(ask())
    world.journal.close()
    body = msgspec.json.decode(_reopened(world).read(before, 9)[0].record.body)
    assert body["person"]["mode"] == "person"
    assert body["person"]["persons"][0] == {"person_id": ANN, "probability": 1.0}


# -- other questions -----------------------------------------------------------------------------


def test_similar_items_are_those_the_same_people_watch(world, model):
    similar = world.responder(model).similar("alien", 3, as_of=NOW)
    assert set(ids(similar)) == {"casino", "eraser", "gattaca"}
    assert similar.rung == "fusion"


def test_similar_items_honour_availability(world, model):
    world.put_titles(casino={"stock": 0})
    similar = world.responder(model).similar("alien", 3, as_of=NOW)
    assert "casino" not in ids(similar)
    assert similar.removed == {"out_of_stock": 1}


def test_similar_needs_a_model_that_knows_the_item(world, model):
    with pytest.raises(NoModel):
        world.responder().similar("alien", 3, as_of=NOW)
    with pytest.raises(UnknownItem):
        world.responder(model).similar("put-yesterday", 3, as_of=NOW)


def test_account_view_shows_counts_tastes_and_latest_events(world, model):
    world.happened(
        event("e1", "x", "alien", minutes=-30),
        event("e2", "x", "casino", "rate", minutes=-20, value=4.5),
        event("e3", "x", "put-yesterday", minutes=-10),
        event("e4", "x", "dune", "dislike", minutes=-5),
    )
    account = world.responder(model).account("x")
    assert (account.n_events, account.n_items) == (4, 4)
    assert account.n_by_kind == {"play": 2, "dislike": 1, "rate": 1}
    assert account.tags == {"odd": 2}
    assert [one.item_id for one in account.latest] == ["dune", "put-yesterday", "casino", "alien"]
    assert account.latest[2].value == 4.5
    assert account.latest[0].value is msgspec.UNSET
    assert account.latest[1].title == ""
    assert account.latest[0].at == at(-5)


def test_account_view_without_model_and_of_nobody(world):
    responder = world.responder()
    with pytest.raises(UnknownAccount):
        responder.account("x")
    appended = world.journal.append([event("e1", "x", "alien")])
    responder.look_after(appended.last_offset, {"x"})
    assert responder.account("x").tags == {}


def test_standing_says_the_best_rung(world, model, promoted):
    assert world.responder(model).standing(NOW).rung == "fusion"
    standing = world.responder(promoted).standing(NOW)
    assert (standing.rung, standing.n_items) == ("ranker", 8)
    assert standing.trained_until < NOW


def test_item_standing_tells_servable_from_available(world, model):
    world.put_titles(fargo={"stock": 0})
    responder = world.responder(model)
    assert responder.standing_of("dune", as_of=NOW) == (True, True)
    assert responder.standing_of("fargo", as_of=NOW) == (True, False)
    assert responder.standing_of("put-yesterday", as_of=NOW) == (False, False)


def test_journal_state_lag_and_age(world, model, monkeypatch):
    responder = world.responder(model)
    assert responder.journal_state() == "ok"
    assert responder.lag() == 0
    assert responder.newest_at() < NOW
    assert world.responder().newest_at() is None

    def gone():
        raise Unavailable("gone")

    monkeypatch.setattr(world.journal, "last_offset", gone)
    assert responder.journal_state() == "unavailable"


def test_live_events_count_in_the_item_features_from_the_next_bucket_on(world, model):
    responder = world.responder(model)
    before = responder.newest_at()
    world.happened(event("e1", "y", "fargo"))
    responder.renew()
    assert responder.newest_at() > before


def test_an_item_put_after_the_training_is_known_at_once(world, model):
    responder = world.responder(model)
    world.tables.put_items([Item(item_id="newest", title="Newest")], NOW)
    responder.refresh_items()
    assert responder.standing_of("newest", as_of=NOW) == (True, True)
    answer = responder.recommend(ask("a1", exclude=ITEMS))
    assert [one.item_id for one in answer.items] == ["newest"]
    assert answer.rung == "catalogue"


def test_an_item_that_an_event_is_the_first_to_name_is_known_from_then_on(world, model):
    responder = world.responder(model)
    world.happened(event("e1", "y", "unheard-of"))
    responder.renew()
    assert responder.standing_of("unheard-of", as_of=NOW) == (True, True)


def test_more_new_items_than_there_is_room_for_wait_for_the_next_training(tmp_path, model):
    world = World.at(tmp_path, with_settings(Settings(), respond={"max_new_items": 1}))
    responder = world.responder(model)
    world.tables.put_items([Item(item_id="n1"), Item(item_id="n2")], NOW)
    responder.refresh_items()
    known = [responder.standing_of(one, as_of=NOW)[0] for one in ("n1", "n2")]
    world.close()
    assert known == [True, False]
