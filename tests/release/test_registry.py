import shutil
from datetime import UTC, datetime, timedelta

import pytest

from settee.learn import TRAINING, GateFailed, store_report, train
from settee.release import NoSuchVersion, NothingBefore, Registry
from settee.store import BundleDamaged, Tables
from tests.learn.world import rising_world, settings

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def unread():
    raise AssertionError("the record must not be read")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    parent = tmp_path_factory.mktemp("bundles")
    world = rising_world()
    poor = ('sources.enabled=["popular"]', "ranking.trees=1")
    good = train(*world, settings(), parent)
    bad = train(*world, settings(*poor, "sources.popular_half_life_days=10000"), parent)
    fair = train(*world, settings("ranking.trees=15"), parent)
    return parent, good, bad, fair


@pytest.fixture
def registry(trained, tmp_path):
    with Tables(tmp_path / "tables.db") as tables:
        yield Registry(trained[0], tables)


def move(registry, version, at=AT, **kwargs):
    chosen = settings("train.gate_tolerance=0.2")
    return registry.release(version, at, chosen, unread, **kwargs)


def test_nothing_is_in_use_before_the_first_release(registry):
    assert registry.current() is None
    assert registry.history() == []
    with pytest.raises(NoSuchVersion, match="no version is in use"):
        registry.load()


def test_a_release_moves_the_pointer_and_writes_down_why(registry, trained):
    good = trained[1].version
    decision = move(registry, good)
    assert (decision.version, decision.previous, decision.at) == (good, None, AT)
    assert registry.current() == good
    assert registry.load().version == good
    [release] = registry.history()
    assert release.metrics["way"] == "first"
    assert release.reason == decision.reason


def test_a_worse_version_is_refused_and_the_pointer_stays(registry, trained):
    _, good, bad, _ = trained
    move(registry, good.version)
    with pytest.raises(GateFailed, match=f"bundle {bad.version} not released: ndcg@10 0"):
        move(registry, bad.version, LATER)
    assert registry.current() == good.version
    assert len(registry.history()) == 1


def test_a_worse_version_is_released_by_force_and_the_reason_is_kept(registry, trained):
    _, good, bad, _ = trained
    move(registry, good.version)
    decision = move(registry, bad.version, LATER, force_reason="licence of the rest ended")
    assert registry.current() == bad.version
    assert decision.verdict is None
    newest = registry.history()[0]
    assert newest.metrics == {"forced": "licence of the rest ended"}
    assert "licence of the rest ended" in newest.reason
    assert "under the champion's" in newest.reason


def test_a_reason_to_force_what_passes_anyway_changes_nothing(registry, trained):
    decision = move(registry, trained[1].version, force_reason="not needed")
    assert decision.verdict.passes
    assert "not needed" not in registry.history()[0].reason


def test_releasing_the_version_in_use_again_moves_nothing(registry, trained):
    good = trained[1].version
    move(registry, good)
    decision = move(registry, good, LATER)
    assert decision.at == AT
    assert len(registry.history()) == 1


def test_the_version_trained_last_is_released_when_none_is_named(registry, trained, tmp_path):
    with pytest.raises(NoSuchVersion, match="no version was trained"):
        move(registry, None)
    with Tables(tmp_path / "tables.db") as tables:
        store_report(tables, TRAINING, trained[2].as_dict(), AT)
        store_report(tables, TRAINING, trained[1].as_dict(), LATER)
        assert move(Registry(trained[0], tables), None).version == trained[1].version


def test_a_rollback_goes_to_the_version_before_and_again_to_the_one_before_that(registry, trained):
    _, good, bad, fair = trained
    for version in (bad.version, good.version, fair.version):
        move(registry, version)
    decision = registry.rollback(LATER, "complaints")
    assert (decision.version, decision.previous) == (good.version, fair.version)
    assert "complaints" in decision.reason
    assert registry.rollback(LATER).version == bad.version
    with pytest.raises(NothingBefore, match="no version before"):
        registry.rollback(LATER)
    assert [one.version for one in registry.history()] == [
        bad.version, good.version, fair.version, good.version, bad.version,
    ]  # fmt: skip


def test_after_a_rollback_a_new_release_can_be_rolled_back_too(registry, trained):
    _, good, bad, fair = trained
    move(registry, bad.version)
    move(registry, good.version)
    registry.rollback(LATER)
    move(registry, fair.version)
    assert registry.rollback(LATER).version == bad.version


def test_there_is_nothing_to_go_back_to_before_any_release(registry):
    with pytest.raises(NothingBefore, match="before the first release"):
        registry.rollback(AT)


def test_an_unknown_version_is_refused_with_the_names_there_are(registry, trained):
    with pytest.raises(NoSuchVersion, match=trained[1].version):
        move(registry, "0123456789abcdef")
    assert registry.current() is None


@pytest.mark.parametrize("name", ["../elsewhere", "", ".", "a/b"])
def test_a_version_is_never_a_path(registry, name):
    with pytest.raises(NoSuchVersion):
        move(registry, name)


def test_a_registry_without_a_folder_has_no_versions(tmp_path):
    with Tables(tmp_path / "tables.db") as tables:
        empty = Registry(tmp_path / "none", tables)
        assert empty.versions() == []
        with pytest.raises(NoSuchVersion, match="there are none"):
            empty.load("0123456789abcdef")


def test_a_damaged_bundle_is_neither_released_nor_rolled_back_to(trained, tmp_path):
    parent, good, bad, _ = trained
    copy = tmp_path / "bundles"
    for one in (good, bad):
        shutil.copytree(parent / one.version, copy / one.version)
    with Tables(tmp_path / "tables.db") as tables:
        registry = Registry(copy, tables)
        move(registry, bad.version)
        move(registry, good.version)
        text = next(path for path in (copy / bad.version).rglob("*") if path.suffix == ".npz")
        raw = bytearray(text.read_bytes())
        raw[len(raw) // 2] ^= 1
        text.chmod(0o600)
        text.write_bytes(raw)
        with pytest.raises(BundleDamaged):
            registry.rollback(LATER)
        assert registry.current() == good.version


def test_a_version_whose_predecessor_is_gone_needs_force(trained, tmp_path):
    parent, good, bad, _ = trained
    copy = tmp_path / "bundles"
    for one in (good, bad):
        shutil.copytree(parent / one.version, copy / one.version)
    with Tables(tmp_path / "tables.db") as tables:
        registry = Registry(copy, tables)
        move(registry, bad.version)
        shutil.rmtree(copy / bad.version)
        with pytest.raises(NoSuchVersion):
            move(registry, good.version)
        assert move(registry, good.version, force_reason="disk lost").version == good.version


def test_the_decision_in_json_carries_the_verdict(registry, trained):
    told = move(registry, trained[1].version).as_dict()
    assert told["at"] == "2026-11-21T12:00:00Z"
    assert told["verdict"]["way"] == "first"
    move(registry, trained[3].version)
    assert registry.rollback(LATER).as_dict()["verdict"] is None
