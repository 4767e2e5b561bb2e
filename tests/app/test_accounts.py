"""Welcoming accounts and uniting them, as an operator meets it: one folder, events, answers."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from settee.app import Workspace
from settee.core import BadId, Item, Settings
from settee.events import BadMerge, BadOnboarding, MergedElsewhere, Onboarding
from settee.people import NoSuchPerson
from settee.ranking import save_model
from settee.store import Preferred
from tests.respond.world import ITEMS, NOW, event, small_model


def opened(home: Path) -> Workspace:
    return Workspace(Settings(home=home), lambda: NOW)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = opened(tmp_path)
    workspace.tables.put_items([Item(item_id=one, title=one.title()) for one in ITEMS], NOW)
    version = save_model(workspace.bundles, small_model(workspace.settings))
    workspace.tables.add_release(version, NOW, "test", {})
    workspace.responder().warm()  # loops that are compiled while asked would come too late
    yield workspace
    workspace.close()


def liked(workspace: Workspace, account_id: str) -> set[str]:
    ids = workspace.profiles.item_ids()
    return {ids[row["item_no"]] for row in workspace.profiles.get(account_id)}


def test_picks_change_the_very_next_answer(workspace: Workspace) -> None:
    before = workspace.recommend("new")
    assert before.rung == "popular"
    done = workspace.onboard("new", Onboarding(item_ids=("alien", "casino"), tags=("odd",)))
    assert (done.is_new, done.n_picks, done.unknown_items) == (True, 2, [])
    after = workspace.recommend("new")
    assert after.rung == "fusion"
    # Whoever likes two of the odd titles is shown the odd ones, a, c, e and g, before the others.
    assert {one.item_id for one in after.items[:4]} == {"alien", "casino", "eraser", "gattaca"}
    assert {one.item_id for one in before.items[:4]} != {"alien", "casino", "eraser", "gattaca"}
    assert workspace.preferences("new") == Preferred(("odd",))


def test_picks_sent_again_change_nothing(workspace: Workspace) -> None:
    picked = Onboarding(item_ids=("alien",), languages=("en",), event_id="on1")
    assert workspace.onboard("new", picked).is_new
    again = workspace.onboard("new", picked)
    assert (again.event_id, again.is_new, again.n_picks) == ("on1", False, 0)
    workspace.fold_profiles()
    assert len(workspace.profiles.get("new")) == 1


def test_picks_that_nobody_knows_are_told_and_kept(workspace: Workspace) -> None:
    done = workspace.onboard("new", Onboarding(item_ids=("alien", "not-yet")))
    assert done.unknown_items == ["not-yet"]
    workspace.fold_profiles()
    assert liked(workspace, "new") == {"alien", "not-yet"}


def test_picks_of_a_person_need_that_person(workspace: Workspace) -> None:
    with pytest.raises(NoSuchPerson, match='account "new" has no person "p_1"'):
        workspace.onboard("new", Onboarding(tags=("odd",), person_id="p_1"))


def test_nothing_and_nobody_cannot_be_welcomed(workspace: Workspace) -> None:
    with pytest.raises(BadOnboarding, match="nothing is picked"):
        workspace.onboard("new", Onboarding())
    for bad in ("", "a\nb", "x" * 129, "\udcff"):
        with pytest.raises(BadId, match="account_id is"):
            workspace.onboard(bad, Onboarding(item_ids=("alien",)))
        with pytest.raises(BadId, match="from is"):
            workspace.merge_accounts("a", bad)


def test_whoever_signs_in_brings_what_was_done_without_a_name(workspace: Workspace) -> None:
    workspace.journal.append([event("e1", "anon", "alien"), event("e2", "a", "casino")])
    workspace.onboard("anon", Onboarding(languages=("de",)))
    workspace.recommend("anon")
    done = workspace.merge_accounts("a", "anon")
    assert (done.account_id, done.origin, done.is_new) == ("a", "anon", True)
    shown = {one.item_id for one in workspace.recommend("a").items}
    assert shown.isdisjoint({"alien", "casino"})  # both were seen by one and the same now
    assert workspace.preferences("a") == Preferred((), ("de",))
    workspace.journal.append([event("e3", "anon", "heat", minutes=-1)])
    workspace.fold_profiles()
    assert liked(workspace, "a") == liked(workspace, "anon") == {"alien", "casino", "heat"}


def test_a_merge_is_done_once_and_never_into_two(workspace: Workspace) -> None:
    assert workspace.merge_accounts("a", "anon").is_new
    assert not workspace.merge_accounts("a", "anon").is_new
    workspace.fold_profiles()
    assert not workspace.merge_accounts("a", "anon").is_new
    assert not workspace.merge_accounts("anon", "a").is_new  # they are one already
    with pytest.raises(MergedElsewhere, match='account "anon" is a part of "a" already'):
        workspace.merge_accounts("b", "anon")
    with pytest.raises(BadMerge, match="part of itself"):
        workspace.merge_accounts("a", "a")


def test_a_view_that_is_deleted_is_built_again_to_the_same_bytes(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.journal.append([event("e1", "anon", "alien"), event("e2", "a", "casino")])
    workspace.merge_accounts("a", "anon")
    workspace.onboard("a", Onboarding(item_ids=("dune",), tags=("even",)))
    workspace.recommend("a")
    workspace.close()
    with closing(opened(tmp_path)) as before:
        before.fold_profiles()
        kept = (
            before.profiles.get("a").tobytes(), before.state.shown.get("a").tobytes(),
            before.preferences("a"), before.profiles.item_ids(),
        )  # fmt: skip
    for name in ("profiles", "shown", "preferences"):
        for path in tmp_path.glob(f"{name}.db*"):
            path.unlink()
    with closing(opened(tmp_path)) as after:
        after.fold_profiles()
        assert kept == (
            after.profiles.get("a").tobytes(), after.state.shown.get("a").tobytes(),
            after.preferences("a"), after.profiles.item_ids(),
        )  # fmt: skip
        assert after.state.root("anon") == "a"
