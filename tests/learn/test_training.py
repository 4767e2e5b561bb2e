import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from settee.learn import TRAINING, TooLittle, store_report, train
from settee.learn.lists import FUSION
from settee.ranking import load_model
from settee.store import Tables, list_bundles
from tests.learn.world import START, catalogue, record, rising_world, settings

LINEAGE = {"segments": ["ab12"], "journal_offset": 7}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    parent = tmp_path_factory.mktemp("bundles")
    world = rising_world()
    return world, parent, train(*world, settings(), parent, lineage=LINEAGE)


def test_what_is_kept_loads_and_says_what_it_is(trained):
    (events, items), parent, found = trained
    model = load_model(parent / found.version)
    assert model.version == found.version
    assert model.catalogue.item_ids == items.item_ids
    assert model.is_promoted == found.judged.promotion.is_promoted
    assert model.trained_until_s == int(events.at_s.max()) + 1
    manifest = model.manifest
    assert manifest["lineage"] == LINEAGE
    assert manifest["data"]["n_events"] == len(events)
    assert manifest["data"]["last_at"].startswith("2023-12-1")
    assert manifest["settings"]["train"]["slices"] == 3
    assert manifest["seed"] == 7
    assert set(manifest["packages"]) == {"settee", "numpy", "scipy", "numba", "lightgbm"}
    assert manifest["judged"]["table"] == found.judged.table.as_dict()


def test_what_serves_was_fitted_on_everything(trained):
    (events, _), parent, found = trained
    model = load_model(parent / found.version)
    assert model.timeline.newest_s == int(events.at_s.max())
    assert len(model.timeline) == len(events)


def test_the_same_record_settings_and_seed_give_the_same_version(trained, tmp_path):
    world, _, found = trained
    assert train(*world, settings(), tmp_path, lineage=LINEAGE).version == found.version


def test_another_seed_setting_or_lineage_gives_another_version(trained, tmp_path):
    world, _, found = trained
    others = {
        train(*world, settings("train.seed=8"), tmp_path, lineage=LINEAGE).version,
        train(*world, settings("ranking.trees=5"), tmp_path, lineage=LINEAGE).version,
        train(*world, settings(), tmp_path).version,
    }
    assert len(others) == 3
    assert found.version not in others


def test_the_training_in_json_has_version_data_seconds_table_and_promotion(trained):
    told = json.loads(json.dumps(trained[2].as_dict()))
    assert {"version", "data", "seconds", "table", "promotion", "protocol", "serving"} <= set(told)
    stages = {"sources", "lessons", "ranker", "judge", "refit", "online", "live", "save"}
    assert stages == set(told["seconds"])


def test_no_clock_and_no_duration_is_in_the_bundle(trained):
    _, parent, found = trained
    manifest = load_model(parent / found.version).manifest
    assert set(manifest) == {
        "lineage", "data", "settings", "judged", "online", "packages", "seed"
    }  # fmt: skip


def test_a_record_of_one_instant_is_kept_and_served_by_fusion(tmp_path):
    rows = [(account, item, START) for account in range(6) for item in range(4)]
    found = train(record(rows, 6), catalogue(6), settings(), tmp_path)
    model = load_model(tmp_path / found.version)
    assert not model.is_promoted
    assert found.judged.serving == FUSION
    assert found.judged.promotion.code == "no_later_period"


def test_too_little_keeps_nothing(tmp_path):
    with pytest.raises(TooLittle):
        train(record([(0, 0, START)], 1), catalogue(1), settings(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_report_is_kept_under_its_kind(trained, tmp_path):
    with Tables(tmp_path / "tables.db") as tables:
        at = datetime(2026, 1, 2, tzinfo=UTC)
        report_id = store_report(tables, TRAINING, trained[2].as_dict(), at)
        [report] = tables.reports(TRAINING)
        assert (report.report_id, report.at) == (report_id, at)
        assert report.body["version"] == trained[2].version


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    world = rising_world(25, 40, 16)
    return world, train(*world, settings(), tmp_path_factory.mktemp("bundles")).version


CHILD = """
import sys
from pathlib import Path
from settee.learn import train
from tests.learn.world import rising_world, settings
def tell(stage, done, total):
    print(stage, done, flush=True)
train(*rising_world(25, 40, 16), settings(), Path(sys.argv[1]), progress=tell)
"""


@pytest.mark.parametrize("stage", ["lessons 1", "ranker 0", "judge", "save 0"])
def test_killed_in_any_stage_nothing_half_written_is_left_and_the_next_run_works(
    small, tmp_path, stage
):
    world, version = small
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        for line in child.stdout:
            if line.startswith(stage):
                break
        if stage.startswith("save"):
            time.sleep(0.003)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
    for left in list_bundles(tmp_path):
        load_model(tmp_path / left)
    assert train(*world, settings(), tmp_path).version == version
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [version]
