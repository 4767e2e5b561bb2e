"""What is exported can be judged by anybody, and settee judges the same lines."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from settee.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight households of 40 days, imported; the folder holds truth.jsonl and home."""
    folder = tmp_path_factory.mktemp("households")
    for command in (
        ("simulate", str(folder / "world"), "--world", "households", "--difficulty", "easy",
         "--households", "8", "--days", "40", "--titles", "200", "--end", "2026-11-01"),
        ("import", str(folder / "world"), "--home", str(folder / "home"), "--quiet"),
    ):  # fmt: skip
        with pytest.raises(SystemExit) as caught:
            main(command)
        assert caught.value.code == 0
    return folder


def test_every_session_is_exported_as_known_and_in_hindsight(
    run: Run, world: Path, tmp_path: Path
) -> None:
    home, lines = str(world / "home"), {}
    for how in ("--as-known", "--hindsight"):
        file = tmp_path / f"who{how}.jsonl"
        status, out, err = run("people", "export", str(file), how, "--home", home)
        assert status == 0, err
        assert "8 accounts" in out
        lines[how] = [json.loads(line) for line in file.read_text().splitlines()]
    known, hindsight = lines["--as-known"], lines["--hindsight"]
    assert {one["event_id"] for one in known} == {one["event_id"] for one in hindsight}
    assert known != hindsight
    for one in (*known, *hindsight):
        assert list(one) == ["account_id", "event_id", "persons", "together", "unsure"]
        assert 0 <= sum(one["persons"].values()) <= 1.001
    told = json.loads(run("people", "export", str(tmp_path / "x"), "--home", home, "--json")[1])
    assert told == {"file": str(tmp_path / "x"), "n_sessions": len(known), "n_accounts": 8}


def test_answers_are_judged_beside_one_person(run: Run, world: Path) -> None:
    truth, home = str(world / "world" / "truth.jsonl"), str(world / "home")
    status, out, err = run("evaluate", "people", truth, "--home", home)
    assert status == 0, err
    assert "one person" in out
    assert "accuracy_at_80" in out
    found = json.loads(run("evaluate", "people", truth, "--home", home, "--json")[1])
    assert found["n_households"] == 8
    assert found["n_unanswered"] == found["n_without_truth"] == 0
    accuracy = found["figures"]["accuracy"]
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert accuracy["value"] > accuracy["one_person"]
    whole = json.loads(
        run("evaluate", "people", truth, "--share", "1", "--home", home, "--json")[1]
    )
    assert whole["n_sessions"] > found["n_sessions"]


def test_a_truth_judges_people_and_people_need_one(run: Run, world: Path, tmp_path: Path) -> None:
    home = str(world / "home")
    for words in (("people",), ("v1", "truth.jsonl")):
        status, _, err = run("evaluate", *words, "--home", home)
        assert (status, "settee evaluate people TRUTH" in err) == (2, True)
    status, _, err = run("evaluate", "people", str(tmp_path / "gone.jsonl"), "--home", home)
    assert (status, "error[no_truth]" in err) == (4, True)
    folder = str(tmp_path / "no" / "who.jsonl")
    status, _, err = run("people", "export", folder, "--home", home)
    assert (status, "error[export_failed]" in err) == (8, True)
