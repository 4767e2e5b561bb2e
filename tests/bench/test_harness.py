import json
import math
import subprocess
import sys

import pytest

from bench import harness
from bench.__main__ import main
from bench.harness import Bar, Context, Result, Scenario, UnknownScenario


def scenario(result, log=()):
    def run(context):
        for line in log:
            context.log(line)
        (context.work / "scratch").write_text("gone afterwards")
        return result(context) if callable(result) else result

    return Scenario("speed/mock", "a test", run)


def test_a_result_has_every_part_and_is_json():
    found = harness.run_scenario(
        scenario(
            Result(
                {"p99_ms": 3.0, "lost": math.nan},
                {"quick enough": Bar(3.0, 10.0), "good enough": Bar(0.2, 0.3, at_most=False)},
                {"other": {"p99_ms": 4.0}},
            ),
            log=["made up"],
        ),
        data=None,
        quick=True,
    )
    assert {"id", "commit", "machine", "figures", "bars", "peers"} <= found.keys()
    assert found["figures"] == {"p99_ms": 3.0, "lost": None}
    assert found["bars"] == {
        "quick enough": {"value": 3.0, "limit": 10.0, "holds": True},
        "good enough": {"value": 0.2, "limit": 0.3, "holds": False},
    }
    assert found["peers"] == {"other": {"p99_ms": 4.0}}
    assert found["notes"] == ["made up"]
    assert {"cpu", "cores", "memory_gb", "python", "packages"} <= found["machine"].keys()
    assert found["machine"]["packages"]["numpy"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_folder_of_a_run_is_empty_and_gone_afterwards():
    seen = []

    def run(context: Context):
        seen.append((context.work, list(context.work.iterdir())))
        return Result({})

    harness.run_scenario(Scenario("speed/mock", "", run), None, quick=True)
    assert seen[0][1] == []
    assert not seen[0][0].exists()


def test_a_bar_holds_on_its_limit_and_never_without_a_number():
    assert Bar(5.0, 5.0).holds
    assert Bar(5.0, 5.0, at_most=False).holds
    assert not Bar(math.nan, 5.0).holds
    assert not Bar(math.nan, 5.0, at_most=False).holds


def test_every_scenario_has_an_id_of_its_folder_and_a_summary():
    found = harness.scenarios()
    assert "quality/ml-1m" in found
    for scenario_id, one in found.items():
        assert scenario_id.split("/")[0] in harness.FOLDERS
        assert one.summary.strip()
        assert "\n" not in one.summary


def test_an_unknown_scenario_names_the_known_ones():
    with pytest.raises(UnknownScenario, match="quality/ml-1m"):
        harness.find_scenario("speed/nothing")


def test_without_git_the_commit_is_unknown(monkeypatch, tmp_path):
    monkeypatch.setattr(harness, "ROOT", tmp_path)
    assert harness.commit() == "unknown"


def test_run_writes_json_and_exits_with_0_though_a_bar_does_not_hold(monkeypatch, tmp_path, capsys):
    mock = scenario(Result({"p99_ms": 30.0}, {"p99_ms": Bar(30.0, 10.0)}))
    monkeypatch.setattr(harness, "scenarios", lambda: {"speed/mock": mock})
    path = tmp_path / "results" / "one.json"
    assert main(["run", "speed/mock", "--json", str(path), "--quick"]) == 0
    assert json.loads(path.read_text())["bars"]["p99_ms"]["holds"] is False
    assert "DOES NOT HOLD" in capsys.readouterr().out


def test_the_data_folder_comes_from_the_environment_unless_given(monkeypatch, tmp_path):
    asked = []
    mock = scenario(lambda context: asked.append(context.data) or Result({}))
    monkeypatch.setattr(harness, "scenarios", lambda: {"speed/mock": mock})
    monkeypatch.delenv("SETTEE_DATA", raising=False)
    main(["run", "speed/mock"])
    monkeypatch.setenv("SETTEE_DATA", str(tmp_path / "one"))
    main(["run", "speed/mock"])
    main(["run", "speed/mock", "--data", str(tmp_path / "two")])
    assert asked == [None, tmp_path / "one", tmp_path / "two"]


def test_an_unknown_id_exits_with_4_and_says_what_to_type(capsys):
    assert main(["run", "speed/nothing"]) == 4
    assert "python -m bench list" in capsys.readouterr().err


def test_the_list_is_a_program_of_its_own():
    done = subprocess.run(
        [sys.executable, "-m", "bench", "list", "--ids"],
        capture_output=True,
        text=True,
        check=True,
        cwd=harness.ROOT,
    )
    assert "quality/ml-1m" in done.stdout.splitlines()
