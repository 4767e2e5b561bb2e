import json
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., tuple[int, str, str]]


def test_a_card_tells_data_split_figures_cost_and_sizes(run: Run, trained: Path) -> None:
    home = ("--home", str(trained))
    status, out, err = run("card", *home)
    assert status == 0, err
    for part in ("# Model card", "## Data", "## How it was judged", "## What it was worth",
                 "## Training", "## Sizes", "## Settings"):  # fmt: skip
        assert part in out
    facts = json.loads(run("card", *home, "--json")[1])
    assert facts["cost"]["total_s"] > 0
    assert facts["settings_changed"]["ranking.trees"] == 10
    assert run("card", facts["version"], *home, "--json")[1] == run("card", *home, "--json")[1]


def test_a_card_is_written_to_a_folder(run: Run, trained: Path, tmp_path: Path) -> None:
    home = ("--home", str(trained))
    status, out, err = run("card", *home, "--to", str(tmp_path / "cards"))
    assert status == 0, err
    page, facts = sorted((tmp_path / "cards").iterdir(), key=lambda path: path.suffix)[::-1]
    assert page.read_text().startswith(f"# Model card {page.stem}")
    assert json.loads(facts.read_text())["version"] == page.stem
    assert page.stem in out
    (tmp_path / "file").write_text("")
    status, _, err = run("card", *home, "--to", str(tmp_path / "file"))
    assert (status, "bad_card_folder" in err) == (2, True)


def test_there_is_no_card_before_a_training(run: Run, tmp_path: Path) -> None:
    status, _, err = run("card", "--home", str(tmp_path / "new"))
    assert (status, "no_such_version" in err) == (4, True)
