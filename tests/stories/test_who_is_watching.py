"""Ann watches drama on the tablet in the morning, Bob sports on television; the account is one."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from settee.app import Workspace
from settee.candidates import fit_sources
from settee.core import from_epoch_s, load_settings, to_json
from settee.events import catalogue, interactions
from settee.features import ItemTimeline
from settee.people import Correction, Moment
from settee.people.corrections import NoSuchPerson
from settee.ranking import Model, save_model
from settee.respond import Request, UnknownAccount
from tests.people.test_keeping import couple
from tests.people.test_view import DAY, T0
from tests.people.worlds import LOOSE, wire
from tests.respond.world import small_model

N_DAYS = 24
MORNING_S = T0 + (N_DAYS + 1) * DAY + 7 * 3600
EVENING_S = MORNING_S + 13 * 3600
FLAGS = ('rules.exclude_seen=["dislike"]', "sources.knn_shrinkage=1", "sources.ease_l2=5", *LOOSE)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with four couples, ten who live alone with one taste, and a released model."""
    folder = tmp_path_factory.mktemp("couples")
    file = folder / "events.jsonl"
    acts = [act for n in range(4) for act in couple(f"a{n}", N_DAYS, seed=n)]
    for n in range(10):
        taste, days = ("drama", "sports")[n % 2], 2  # not all titles are seen by everybody
        alone = couple(f"b{n}", days, seed=n)
        acts += [act for act in alone if (act.item_id or "").startswith(taste)]
    file.write_bytes(b"\n".join(wire(act) for act in acts))
    workspace = opened(folder / "home")
    workspace.import_path(file)
    workspace.fold()
    release(workspace)
    workspace.close()
    return folder / "home"


def opened(home: Path, at_s: int = EVENING_S) -> Workspace:
    settings = load_settings(flags=[f"home={home}", "imports.threads=1", *FLAGS])
    return Workspace(settings, lambda: from_epoch_s(at_s))


def release(workspace: Workspace) -> None:
    """A model of what is watched together, without the days of training that a ranker needs."""
    items = catalogue(workspace.tables, workspace.history)
    events = interactions(workspace.history, items, workspace.settings.signals)
    model: Model = replace(
        small_model(workspace.settings),
        catalogue=items,
        sources=fit_sources(events, items, workspace.settings.sources),
        timeline=ItemTimeline.from_interactions(events),
        trained_until_s=int(events.at_s.max()) + 1,
    )
    version = save_model(workspace.bundles, model)
    workspace.tables.add_release(version, workspace.clock(), "by hand", {})


@pytest.fixture
def workspace(home: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(home, tmp_path / "own")
    own = opened(tmp_path / "own")
    yield own
    own.close()


def ask(at_s: int, device_id: str, **more) -> Request:  # type: ignore[no-untyped-def]
    kind = {"tablet": "tablet", "tv": "tv"}.get(device_id)
    return Request("a1", 3, from_epoch_s(at_s), device_type=kind, device_id=device_id, **more)


def likeliest(workspace: Workspace, at_s: int, device_id: str) -> str:
    found = workspace.who(Moment("a1", at_s * 1_000_000, device_id))
    assert not found.is_unsure
    return found.persons[0][0]


def test_morning_and_evening_are_two_persons_and_two_lists(workspace: Workspace) -> None:
    ann, bob = likeliest(workspace, MORNING_S, "tablet"), likeliest(workspace, EVENING_S, "tv")
    assert ann != bob
    respond = workspace.responder().recommend
    for person, at_s, device, taste in (
        (ann, MORNING_S, "tablet", "drama"), (bob, EVENING_S, "tv", "sports"),
    ):  # fmt: skip
        answer = respond(ask(at_s, device))
        assert answer.person.mode == "person"
        assert answer.person.persons[0].person_id == person
        tastes = [item.item_id.rstrip("01234") for item in answer.items]
        assert tastes == [taste] * 3
        named = respond(ask(at_s, "", person_ids=(person,)))
        assert [item.item_id for item in named.items] == [item.item_id for item in answer.items]


def test_the_household_shows_both_with_their_hours_and_devices(workspace: Workspace) -> None:
    found = workspace.household("a1")
    assert found.stage == "persons"
    ann = next(p for p in found.persons if p.person_id == likeliest(workspace, MORNING_S, "tablet"))
    assert max(range(24), key=ann.hours.__getitem__) in (4, 5)
    assert ann.devices[0].device_id == "tablet"
    assert ann.devices[0].is_own
    assert {title.item_id.rstrip("01234") for title in ann.titles} == {"drama"}
    assert found.sessions[0].event_id.startswith("a1-")


def test_a_correction_is_a_fact_once_and_survives_a_restart(
    workspace: Workspace, tmp_path: Path
) -> None:
    ann = likeliest(workspace, MORNING_S, "tablet")
    last = workspace.household("a1").sessions[0].event_id
    told = Correction("was", sessions=(last,), persons=(ann,))
    before = workspace.journal.last_offset()
    assert workspace.correct("a1", told, "c1").is_new
    assert not workspace.correct("a1", told, "c1").is_new
    assert workspace.journal.last_offset() == before + 1
    kinds = [event.kind for event in workspace.person_events("a1")]
    assert kinds.count("corrected") == 1
    ids = {person.person_id for person in workspace.household("a1").persons}
    workspace.close()
    again = opened(tmp_path / "own")
    assert {person.person_id for person in again.household("a1").persons} == ids
    assert [event.kind for event in again.person_events("a1")] == kinds
    again.close()


def test_a_merge_that_was_sent_twice_is_one_merge_and_can_be_taken_back(
    workspace: Workspace,
) -> None:
    ann, bob = likeliest(workspace, MORNING_S, "tablet"), likeliest(workspace, EVENING_S, "tv")
    merge = Correction("merge", persons=(ann, bob))
    assert workspace.correct("a1", merge, "m1").is_new
    assert not workspace.correct("a1", merge, "m1").is_new
    assert bob not in {one.person_id for one in workspace.household("a1").persons}
    workspace.correct("a1", Correction("unmerge", persons=(bob,)))
    assert {ann, bob} <= {one.person_id for one in workspace.household("a1").persons}


def test_nobody_can_be_named_who_does_not_live_there(workspace: Workspace) -> None:
    before = workspace.journal.last_offset()
    with pytest.raises(NoSuchPerson):
        workspace.correct("a1", Correction("rename", persons=("p_x",), name="Eve"))
    with pytest.raises(UnknownAccount):
        workspace.correct("stranger", Correction("guest", sessions=("e1",)))
    assert workspace.journal.last_offset() == before


def test_what_happens_now_counts_for_whoever_is_there(workspace: Workspace) -> None:
    respond = workspace.responder()
    at_s = EVENING_S
    raw = to_json({
        "event_id": "now-1", "account_id": "a1", "kind": "play", "item_id": "drama0",
        "device_id": "tv", "at": from_epoch_s(at_s - 600), "duration_s": 60,
    })  # fmt: skip
    workspace.accept([raw])
    workspace.people.step()
    assert workspace.people.running_since(Moment("a1", at_s * 1_000_000, "tv")) is not None
    assert workspace.people.running_since(Moment("a1", at_s * 1_000_000, "tablet")) is None
    assert workspace.people.running_since(Moment("nobody", at_s * 1_000_000, "tv")) is None
    assert respond.recommend(ask(at_s, "tv")).person.mode in ("person", "mixed")
