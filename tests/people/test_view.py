from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from settee.core import PeopleSettings
from settee.people import Happening, Moment
from settee.people.building import Past
from settee.people.corrections import Correction, NoSuchPerson
from settee.people.ids import person_id
from settee.people.importing import Importer
from tests.people.activities import Act, named, told
from tests.people.fakes import FakeKeeper
from tests.people.worlds import Place, state_of

DAY = 86_400.0
T0 = 1_700_000_000.0


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "home")
    yield made
    made.close()


def evenings(
    account_id: str,
    n: int,
    start: float = T0,
    step: float = DAY,
    device_type: str | None = None,
) -> list[Act]:
    """One session of two events on the television each evening, ids by account and evening."""
    found = []
    for day in range(n):
        for minute in (0, 10):
            at = start + day * step
            event_id = f"{account_id}-{at}-{minute}"
            found.append(
                Act(
                    account_id,
                    at + minute * 60,
                    event_id,
                    item_id=f"m{day % 5}",
                    device_id="tv",
                    device_type=device_type,
                )
            )
    return found


def test_a_household_learns_from_each_closed_session_and_answers_it_before(place: Place) -> None:
    place.live(evenings("a", 4))
    place.people.fold()
    household = place.people.household("a")
    assert household.state.n_sessions == 3
    at_s = [one.at_s for one in place.people.answers("a")]
    assert at_s == [T0 + day * DAY + 600 for day in range(4)], "each at its last event"
    known = list(place.people.export("as_known"))
    assert [one["event_id"] for one in known] == [f"a-{T0 + day * DAY}-10" for day in range(4)]
    assert known[0] == {"account_id": "a", "event_id": f"a-{T0}-10", "persons": {},
                        "together": known[0]["together"], "unsure": True}  # fmt: skip
    assert known[1]["persons"] == {person_id("a", 1): 0.9}
    assert [event.kind for event in place.people.events("a")] == ["born"]


def test_a_session_is_answered_without_those_that_were_not_silent_at_its_last_event(
    place: Place,
) -> None:
    film = Act("a", T0, "film", item_id="m", device_id="tv", duration_s=3600)
    click = Act("a", T0 + 4200, "click", item_id="m", device_id="phone")
    later = Act("a", T0 + 6000, "later", item_id="m", device_id="phone")
    place.live([film, click, later, Act("a", T0 + DAY, "end", item_id="m", device_id="tv")])
    place.people.fold()
    known = {one["event_id"]: one["persons"] for one in place.people.export("as_known")}
    assert known["later"] == {person_id("a", 1): 0.1}  # the film was silent from 5400 on
    place.live([replace(one, account_id="b", event_id=one.event_id + "b") for one in (film, click)])
    place.live([Act("b", T0 + DAY, "endb", item_id="m", device_id="tv")])
    place.people.fold()
    known = {one["event_id"]: one["persons"] for one in place.people.export("as_known")}
    assert known["clickb"] == {}  # it closed after the film, and came before the film was silent


def test_who_knows_the_running_session_and_sessions_that_fell_silent(place: Place) -> None:
    acts = evenings("a", 2)
    place.live(acts)
    place.people.fold()
    during = Moment("a", int((acts[-1].at + 300) * 1e6), device_id="tv")
    who = place.people.who(during)
    (session,) = told(who.session)
    assert (session.n_events, who.n_sessions) == (2, 1)
    breakfast = replace(during, at_us=int((T0 + 1.5 * DAY) * 1e6))
    who = place.people.who(breakfast)
    assert (told(who.session)[0].n_events, who.n_sessions) == (0, 2)
    assert place.people.who(breakfast).link == who.link
    assert place.people.household("a").state.n_sessions == 2
    place.live(evenings("a", 1, T0 + 2 * DAY))
    place.people.fold()
    assert place.people.household("a").state.n_sessions == 2


def test_a_scene_is_all_of_one_moment(place: Place) -> None:
    acts = evenings("a", 2)
    place.live(acts)
    place.people.fold()
    people = place.people
    for at_s in (acts[-1].at + 300, T0 + 9 * DAY):
        for account_id in ("a", "nobody"):
            moment = Moment(account_id, int(at_s * 1e6), "tv")
            scene = people.scene(moment)
            assert scene.offset == people.offset() == len(acts)
            assert scene.since_us == people.running_since(moment)
            assert scene.household is people.household(account_id, moment.at_us)
            assert (scene.who and scene.who.link) == (scene.household and people.who(moment).link)
    household = people.scene(Moment("a", int(acts[-1].at * 1e6), "tv")).household
    link = household.state.link
    place.live(evenings("a", 1, T0 + 2 * DAY))
    people.fold()
    assert household.state.link == link


def test_events_that_are_on_their_way_sharpen_the_answer(place: Place) -> None:
    acts = evenings("a", 1)
    place.live(acts)
    place.people.fold()
    more = Happening(int((acts[-1].at + 60) * 1e6), "play", "new", "m9", "tv")
    who = place.people.who(Moment("a", int((acts[-1].at + 61) * 1e6), "tv", events=(more,)))
    assert told(who.session)[0].items == (("m0", 2), ("m9", 1))


def test_nobody_is_known_in_an_account_that_never_did_anything(place: Place) -> None:
    place.people.fold()
    assert place.people.household("nobody") is None
    assert place.people.who(Moment("nobody", int(T0 * 1e6))).persons == ()
    assert (place.people.events("nobody"), place.people.n_late("nobody")) == ([], 0)
    assert place.people.n_accounts() == 0


def test_a_late_event_is_counted(place: Place) -> None:
    place.live([*evenings("a", 1), Act("a", T0 - 60, "late", item_id="m")])
    place.people.fold()
    assert place.people.n_late("a") == 1


def test_answers_of_our_own_and_advertising_make_no_session(place: Place) -> None:
    place.live([Act("a", T0, "t", kind="touch")])
    place.people.fold()
    assert list(place.people.export("as_known")) == []
    assert place.people.offset() == 1


def test_a_correction_is_taken_in_where_it_came(place: Place) -> None:
    acts = evenings("a", 4)
    was = Correction("was", sessions=(acts[1].event_id,), persons=(person_id("a", 1),))
    place.live(acts[:6])
    place.tell("a", was, "c1", int(T0 + 2.5 * DAY))
    place.tell("a", replace_persons(was, "p_nobody"), "c2", int(T0 + 2.6 * DAY))
    place.live(acts[6:])
    place.people.fold()
    assert [one.kind for one in place.people.events("a")] == ["born", "corrected"]
    other = place.another("other.db")
    other._fold.run()
    assert state_of(other) == state_of(place.people)
    plain = Place(place.path / "plain")
    plain.live(acts)
    plain.people.fold()
    assert plain.people.household("a").state.link != place.people.household("a").state.link
    plain.close()


def test_what_is_told_while_a_session_runs_holds_when_it_goes_on(place: Place) -> None:
    acts = evenings("a", 4)
    person = person_id("a", 1)
    place.live(acts[:3])
    was = Correction("was", sessions=(acts[2].event_id,), persons=(person,))
    place.tell("a", was, "c1", int(acts[2].at + 60))
    place.live(acts[3:])
    place.people.fold()
    told_ = [one for one in place.people.events("a") if one.kind == "corrected"]
    assert len(told_) == 2  # at once, and again for the end
    other = place.another("other.db")
    other.fold()
    assert state_of(other) == state_of(place.people)
    place.bring(evenings("a", 2, T0 - 9 * DAY))
    place.people.fold()
    told_ = [one for one in place.people.events("a") if one.kind == "corrected"]
    assert len(told_) == 2


def replace_persons(correction: Correction, *persons: str) -> Correction:
    return Correction(correction.kind, correction.sessions, persons)


def test_a_correction_can_be_tried_before_it_becomes_a_fact(place: Place) -> None:
    place.live(evenings("a", 2))
    place.people.fold()
    before = place.people.household("a").state.link
    place.people.try_correction("a", Correction("forget", persons=(person_id("a", 1),)), 5)
    for account_id in ("a", "nobody"):
        with pytest.raises(NoSuchPerson):
            place.people.try_correction(account_id, Correction("forget", persons=("p_x",)), 5)
    assert place.people.household("a").state.link == before


def test_hindsight_tells_of_every_session_with_all_that_is_known(place: Place) -> None:
    place.bring(evenings("b", 2))
    place.live([*evenings("a", 3), Act("c", T0, "t", kind="touch")])
    place.seal()
    place.people.fold()
    found = list(place.people.export("hindsight"))
    assert [one["account_id"] for one in found] == ["a", "a", "a", "b", "b"]
    assert found[0]["persons"] == {person_id("a", 1): 0.9}
    assert not found[0]["unsure"]


def test_imported_and_lived_give_the_same_households(place: Place, tmp_path: Path) -> None:
    acts = [*evenings("a", 4), *evenings("b", 3, device_type="tv"), *named([Act("c", T0)])]
    acts = sorted((replace(one, item_id="m") for one in acts), key=lambda one: one.key)
    place.bring(acts)
    place.people.fold()
    lived = Place(tmp_path / "lived")
    lived.live(acts)
    lived.people.fold()
    one, other = state_of(place.people), state_of(lived.people)
    assert one["answers"] == other["answers"]
    assert [found[2] for found in one["accounts"].values()] == [
        found[2] for found in other["accounts"].values()
    ]
    lived.close()


def test_an_import_of_the_past_is_sorted_into_what_was_lived(place: Place, tmp_path: Path) -> None:
    acts = evenings("a", 9)
    early, middle, late = acts[:4], acts[4:10], acts[10:]
    place.live(middle)
    place.people.fold()
    place.bring(early)
    place.live(late)
    place.people.fold()
    assert place.people.n_late("a") == 0
    whole = Place(tmp_path / "whole")
    whole.live(acts)
    whole.people.fold()
    assert state_of(place.people)["answers"] == state_of(whole.people)["answers"]
    link = whole.people.household("a").state.link
    assert place.people.household("a").state.link == link
    whole.close()


def test_a_live_event_that_is_older_than_an_import_before_it_is_late(place: Place) -> None:
    place.live(evenings("a", 1, T0))
    place.bring(evenings("a", 1, T0 + 5 * DAY))
    place.live(evenings("a", 1, T0 + 3 * DAY))
    place.people.fold()
    assert place.people.n_late("a") == 2
    place.bring(evenings("a", 1, T0 + 9 * DAY))  # builds the account anew
    place.people.fold()
    assert place.people.n_late("a") == 2
    assert len(list(place.people.export("as_known"))) == 3


def test_imports_one_after_another_give_what_one_import_gives(place: Place, tmp_path: Path) -> None:
    acts = evenings("a", 6)
    for part in (acts[6:], acts[:4], acts[4:6]):
        place.bring(part)
        place.people.fold()
    whole = Place(tmp_path / "whole")
    whole.bring(acts)
    whole.people.fold()
    one, other = state_of(place.people), state_of(whole.people)
    assert one["answers"] == other["answers"]
    assert one["accounts"]["a"][2] == other["accounts"]["a"][2]
    whole.close()


def test_a_view_made_anew_is_the_view_that_grew(place: Place) -> None:
    acts = evenings("a", 8)
    place.live(acts[:3])
    place.people.fold()
    place.live(evenings("b", 3))
    place.bring(evenings("c", 3))
    place.people.fold()
    place.tell(
        "a", Correction("rename", persons=(person_id("a", 1),), name="x"), "c1", int(T0 + DAY)
    )
    place.live(acts[3:9])
    place.people.fold()
    place.bring([*evenings("a", 2, T0 - 9 * DAY), *evenings("c", 2, T0 + 30 * DAY)])
    place.live([*acts[9:], *evenings("c", 2, T0 + 40 * DAY)])
    place.people.fold()
    other = place.another("other.db")
    other.fold()
    assert state_of(other) == state_of(place.people)


def test_other_settings_build_everything_anew(place: Place) -> None:
    place.live(evenings("a", 4))
    place.people.fold()
    place.settings = PeopleSettings(gap_s=300)
    place.keeper = FakeKeeper(people=place.settings)
    other = place.another()
    other.fold()
    assert len(list(other.export("as_known"))) == 8


def test_another_model_builds_everything_anew(place: Place) -> None:
    place.live(evenings("a", 4))
    place.people.fold()
    place.keeper = FakeKeeper()
    place.keeper.model = "other"
    place.people.fold()
    assert place.keeper.n_opened == 1
    place.keeper = FakeKeeper()
    place.keeper.model = "other"
    place.settings = PeopleSettings(link_threshold=0.9)
    place.another().fold()
    assert place.keeper.n_opened == 0  # links are worked out when they are asked for


def test_a_new_population_rebuilds_those_who_had_passed_its_cutoff(place: Place) -> None:
    place.live([*evenings("a", 6), *evenings("b", 2)])
    place.people.fold()
    before = {name: place.people.household(name).state.link for name in "ab"}
    cutoff = int(T0 + 3 * DAY)
    place.keeper = FakeKeeper([(cutoff, "g1")])
    place.people.fold()
    after = {name: place.people.household(name).state.link for name in "ab"}
    assert after["a"] != before["a"]
    assert after["b"] == before["b"]
    other = place.another("other.db")
    other.fold()
    assert state_of(other) == state_of(place.people)
    place.keeper = FakeKeeper([])
    place.people.fold()
    assert {name: place.people.household(name).state.link for name in "ab"} == before


def test_a_rebuild_that_was_cut_short_is_done_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = [act for name in "abc" for act in evenings(name, 4)]
    place.bring(acts[:16])
    place.live(acts[16:])
    place.people.fold()
    place.keeper = FakeKeeper([(int(T0), "g1")])
    monkeypatch.setattr("settee.people.importing._REBUILT_AT_ONCE", 1)
    again = Importer.again

    def rebuild(*args: object) -> Iterator[int]:
        for done in again(*args):  # type: ignore[arg-type]  # passed on
            yield done
            raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(Importer, "again", rebuild)
        with pytest.raises(RuntimeError):
            place.people.fold()
    old = place.another()
    old.fold()
    fresh = place.another("other.db")
    fresh.fold()
    assert state_of(old) == state_of(fresh)


def test_an_import_that_was_cut_short_is_done_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = [act for name in "abc" for act in evenings(name, 3)]
    place.live(evenings("b", 2, T0 - 9 * DAY))
    place.bring(acts)
    with monkeypatch.context() as patched:
        patched.setattr("settee.store.HouseholdChange.add_segments", fail)
        with pytest.raises(RuntimeError):
            place.people.fold()
    again = place.another()
    again.fold()
    fresh = place.another("other.db")
    fresh.fold()
    assert state_of(again) == state_of(fresh)


def test_an_import_goes_on_while_events_come_in(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("settee.people.importing._SLICE", 1)
    names = "abcdef"
    place.live([act for name in names[:2] for act in evenings(name, 2)])
    place.people.fold()
    place.bring([act for name in names for act in evenings(name, 2, T0 + 2 * DAY)])
    moments = iter([*names[2:], *names[2:]])
    while place.people.step():
        place.live(evenings(next(moments), 1, T0 + 4 * DAY))
    place.people.close()
    fresh = place.another("other.db")
    fresh.fold()
    one, other = state_of(place.people), state_of(fresh)
    assert one == other
    assert len(one["answers"]) == 2 * 2 + 6 * 2 + len([*names[2:]])


def test_an_import_that_was_left_goes_on_where_it_was(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("settee.people.importing._SLICE", 1)
    place.bring([act for name in "abcd" for act in evenings(name, 2)])
    assert place.people.step()
    assert place.people.step()
    place.people.close()
    assert place.people.account_ids() == ["a", "b"]
    keeper = place.keeper = FakeKeeper()
    again = place.another()
    place.bring(evenings("a", 1, T0 + 5 * DAY))
    again.fold()
    assert keeper.n_opened == 3  # c and d of the first file, then a
    fresh = place.another("other.db")
    fresh.fold()
    assert state_of(again) == state_of(fresh)


def test_entries_of_some_accounts_are_read_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("settee.people.building._PAGE", 3)
    place.live([act for n in range(5) for name in "ab" for act in evenings(name, 1, T0 + n * DAY)])
    past = Past(place.journal, ["b"])
    assert [one.offset for one in past.until(7)["b"]] == [3, 4, 7]
    assert [one.offset for one in past.until(7)["b"]] == [3, 4, 7]
    assert [one.offset for one in past.until(99)["b"]][3:] == [8, 11, 12, 15, 16, 19, 20]


def fail(*_: object) -> None:
    raise RuntimeError


def test_two_processes_that_fold_the_same_file_count_nothing_twice(place: Place) -> None:
    other = place.another()
    acts = evenings("a", 6)
    for start, people in ((0, place.people), (4, other), (8, place.people)):
        place.live(acts[start : start + 4])
        people.fold()
        assert [one["event_id"] for one in place.people.export("as_known")] == [
            one["event_id"] for one in other.export("as_known")
        ]
    fresh = place.another("other.db")
    fresh.fold()
    assert state_of(place.people) == state_of(fresh)


def test_a_process_with_older_populations_leaves_the_fold_to_others(place: Place) -> None:
    place.live(evenings("a", 2))
    place.people.fold()
    fold = place.people._fold
    with fold._sources.households.changing() as change:
        change.set_conditions(b"others")
    place.live(evenings("b", 2))
    fold._stop()
    fold._refresh = lambda _: iter(())  # type: ignore[assignment, method-assign, return-value]  # it had looked before
    place.people.fold()
    assert not place.people.step()
    assert place.people.offset() == 4


def test_the_cache_changes_nothing(place: Place) -> None:
    small = place.another("small.db", cached=0)
    acts = sorted([act for n in range(5) for act in evenings(f"a{n}", 4)], key=lambda one: one.key)
    for start in range(0, len(acts), 7):
        place.live(acts[start : start + 7])
        small.fold()
        place.people.fold()
        moment = Moment("a1", int(acts[start].at * 1e6), "tv")
        assert small.who(moment).link == place.people.who(moment).link
    assert state_of(small) == state_of(place.people)
    assert len(small._cache) == 0
    assert len(place.people._cache) == 5


def test_a_household_that_was_given_out_is_not_changed_any_more(place: Place) -> None:
    acts = evenings("a", 4)
    place.live(acts[:4])
    place.people.fold()
    given = place.people.household("a")
    link = given.state.link
    place.live(acts[4:])
    place.people.fold()
    assert given.state.link == link
    assert place.people.household("a").state.link != link
    silent = place.people.household("a", int((T0 + 9 * DAY) * 1e6))
    assert silent.state.n_sessions == 4


def test_a_scene_amid_events_is_the_one_that_comes_after_they_were_recorded(place: Place) -> None:
    place.live(evenings("a", 4))
    place.people.fold()
    people = place.people
    start = T0 + 4 * DAY
    more = [
        Act(name, start + minute * 60, f"{name}-new-{minute}", item_id="m1", device_id=device)
        for name in ("a", "nobody")
        for minute, device in ((0, "tv"), (12, "tv"), (200, "phone"))
    ]
    for account_id in ("a", "nobody"):
        for device in ("tv", "phone"):
            moment = Moment(account_id, int((start + 205 * 60) * 1e6), device)
            before = state_of(people)
            mine = tuple(_happening(one) for one in more if one.account_id == account_id)
            tried = people.scene(replace(moment, events=mine))
            assert state_of(people) == before, "nothing is kept"
            other = place.another(f"{account_id}-{device}.db")
            place.live([one for one in more if one.account_id == account_id])
            other.fold()
            sent = other.scene(moment)
            assert tried.since_us == sent.since_us
            assert (tried.who.link, tried.who.persons) == (sent.who.link, sent.who.persons)
            assert tried.household.state == sent.household.state


def test_an_event_that_comes_too_late_tells_a_scene_nothing(place: Place) -> None:
    place.live(evenings("a", 4))
    place.people.fold()
    moment = Moment("a", int((T0 + 3600) * 1e6), "phone")
    late = Happening(int(T0 * 1e6), "play", "late", "m1", "phone")
    tried = place.people.scene(replace(moment, events=(late,)))
    assert tried.who.link == place.people.scene(moment).who.link
    assert place.people.n_late("a") == 0


def _happening(act: Act) -> Happening:
    return Happening(act.at_us, act.kind, act.event_id, act.item_id, act.device_id)
