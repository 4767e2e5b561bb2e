import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
SMALL = (
    "--world", "households", "--households", "4", "--days", "14", "--titles", "60",
    "--end", "2026-11-21",
)  # fmt: skip


def test_a_world_of_households_has_the_truth_beside_it(run: Run, tmp_path: Path) -> None:
    status, out, err = run("simulate", str(tmp_path / "one"), *SMALL)
    assert status == 0
    assert "events of 4 accounts with 60 titles" in out
    assert "truth.jsonl" in err
    made = json.loads(run("simulate", str(tmp_path / "two"), *SMALL, "--json")[1])
    assert (made["world"], made["n_items"]) == ("households", 60)
    for name in ("events.jsonl", "truth.jsonl"):
        one, two = ((tmp_path / folder / name).read_bytes() for folder in ("one", "two"))
        assert one == two
        assert one.count(b"\n") == made["n_events"]


def test_the_world_of_the_demo_has_the_truth_beside_it_too(run: Run, tmp_path: Path) -> None:
    size = ("--accounts", "5", "--titles", "24", "--days", "5", "--end", "2026-11-21")
    made = json.loads(run("simulate", str(tmp_path), *size, "--json")[1])
    assert made["world"] == "demo"
    assert (tmp_path / "truth.jsonl").read_bytes().count(b"\n") == made["n_events"]


def test_difficulty_and_dials_change_the_world(run: Run, tmp_path: Path) -> None:
    worlds = []
    for name, options in {
        "default": (),
        "hard": ("--difficulty", "hard"),
        "guests": ("--dial", "guests=1", "--dial", "co_viewing=0"),
    }.items():
        assert run("simulate", str(tmp_path / name), *SMALL, *options)[0] == 0
        worlds.append((tmp_path / name / "truth.jsonl").read_text())
    assert len(set(worlds)) == 3
    assert worlds[2].count('"guest":true') > 0.9 * worlds[2].count("\n")


def test_households_have_ninety_days_unless_told_otherwise(run: Run, tmp_path: Path) -> None:
    options = [word for word in SMALL if word not in ("--days", "14")]
    run("simulate", str(tmp_path / "world"), *options)
    days = {
        line.split('"at":"')[1][:10]
        for line in (tmp_path / "world" / "events.jsonl").read_text().splitlines()
    }
    assert len(days) > 70


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((*SMALL, "--dial", "guests"), "error[bad_option]: dial \"guests\" is not understood"),
        ((*SMALL, "--dial", "guests=2"), 'error[bad_dial]: dial "guests" is 2; it must be between'),
        ((*SMALL, "--dial", "ghosts=1"), 'error[bad_dial]: there is no dial "ghosts"'),
        ((*SMALL, "--difficulty", "cruel"), 'difficulty "cruel" is not known'),
        ((*SMALL, "--workers", "0"), "workers is 0; it must be at least 1"),
        (("--dial", "guests=1"), "error[bad_option]: --dial is given"),
        (("--workers", "2"), "hint: Add --world households."),
    ],
)  # fmt: skip
def test_options_that_make_no_world_say_what_would(
    options: tuple[str, ...], words: str, run: Run, tmp_path: Path
) -> None:
    status, _, err = run("simulate", str(tmp_path / "world"), *options)
    assert status == 2
    assert words in err
    assert not (tmp_path / "world").exists()
