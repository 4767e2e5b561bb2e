"""The people room as an operator meets it: one folder, imports, live events, corrections."""

from collections.abc import Callable
from pathlib import Path

import pytest

from settee.app import Workspace
from settee.core import Settings, from_epoch_s, load_settings
from settee.people import Correction, Moment
from tests.people.test_keeping import couple
from tests.people.test_view import DAY, T0, evenings
from tests.people.worlds import LOOSE, wire

NOW_S = T0 + 100 * DAY
Opened = Callable[[], Workspace]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(flags=[f"home={tmp_path / 'home'}", "imports.threads=1", *LOOSE])


def at(settings: Settings) -> Workspace:
    return Workspace(settings, lambda: from_epoch_s(NOW_S))


def bring(workspace: Workspace, tmp_path: Path, n_days: int) -> None:
    file = tmp_path / "events.jsonl"
    acts = [act for n in range(6) for act in couple(f"a{n}", n_days, seed=n)]
    file.write_bytes(b"\n".join(wire(act) for act in acts))
    workspace.import_path(file)


def test_an_imported_record_has_persons_once_it_is_folded(
    settings: Settings, tmp_path: Path
) -> None:
    workspace = at(settings)
    bring(workspace, tmp_path, 20)
    assert workspace.people.n_accounts() == 0
    workspace.fold()
    first_s = T0 - T0 % DAY + DAY  # the first morning comes after midnight
    assert [until_s for until_s, _ in workspace._keeper().generations] == [
        first_s + days * DAY for days in (7, 14)
    ]
    assert workspace.people.n_accounts() == 6
    known = {person.person_id for person in workspace.people.household("a1").persons}
    workspace.close()
    again = at(settings)
    again.fold()
    assert {person.person_id for person in again.people.household("a1").persons} == known
    again.close()


def test_a_restart_learns_nothing_anew(settings: Settings, tmp_path: Path) -> None:
    workspace = at(settings)
    bring(workspace, tmp_path, 9)
    workspace.fold()
    names = workspace._keeper().generations
    keeper = workspace._keeper()
    workspace.fold()
    assert workspace._keeper() is keeper
    workspace.close()
    again = at(settings)
    assert not again.generations.is_due(again.history)
    assert again._keeper().generations == names
    again.close()


def test_live_events_and_corrections_reach_the_households(settings: Settings) -> None:
    workspace = at(settings)
    acts = couple("a", 12)
    workspace.accept([wire(act) for act in acts])
    who = workspace.who(Moment("a", int((acts[-1].at + 60) * 1e6), "tv", "tv"))
    assert who.stage == "persons"
    person_id = who.persons[0][0]
    rename = Correction("rename", persons=(person_id,), name="Ann")
    assert workspace.correct("a", rename, "c1").is_new
    assert not workspace.correct("a", rename, "c1").is_new
    names = {one.person_id: one.name for one in workspace.people.household("a").persons}
    assert names[person_id] == "Ann"
    assert [one.kind for one in workspace.person_events("a")][-1] == "renamed"
    workspace.seal()
    workspace.fold()
    assert len(list(workspace.people.export("hindsight"))) == len(
        list(workspace.people.export("as_known"))
    )
    workspace.close()


def test_what_was_lived_before_an_import_stands_before_it(
    settings: Settings, tmp_path: Path
) -> None:
    workspace = at(settings)
    workspace.accept([wire(act) for act in evenings("a1", 1)])
    bring(workspace, tmp_path, 9)  # of a1 too, and newer
    assert [one.origin for one in workspace.history.segments()] == ["journal", "import"]
    workspace.fold()
    assert workspace.people.n_late("a1") == 0
    workspace.close()


def test_answering_starts_before_all_households_are_known(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("settee.app.answers._START_S", 0.0)
    monkeypatch.setattr("settee.people.importing._SLICE", 1)
    workspace = at(settings)
    bring(workspace, tmp_path, 3)
    workspace.accept([wire(act) for act in evenings("live", 2)])
    workspace.responder()
    assert workspace.people.offset() == 4
    assert 0 < workspace.people.n_accounts() < 7
    while workspace.people.step():
        pass
    assert workspace.people.n_accounts() == 7
    workspace.close()
