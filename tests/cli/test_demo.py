import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
SMALL = ("--set", "train.ranker_requests=200", "--set", "train.bootstrap=100")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in (
        ("N_ACCOUNTS", 60),
        ("N_HOUSEHOLDS", 20),
        ("N_TITLES", 80),
        ("N_DAYS", 30),
    ):
        monkeypatch.setattr(f"settee.cli.demo.{name}", number)


def test_the_demo_shows_every_step_and_runs_again_with_the_api_at_its_end(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = []

    def serve(_, settings, *, with_console):
        served.append((settings().home, with_console))

    monkeypatch.setattr("settee.cli.demo.serve_until_stopped", serve)
    for more in ((), ("--serve",), ("--console",)):
        status, out, err = run("demo", *SMALL, *more)
        assert status == 0, err
        for words in (
            "$ settee import", "PASS", "most_popular", "$ settee release", "is in use",
            "because you", "Now a", "Seconds", "curl", "settee serve --home settee-data/demo",
        ):  # fmt: skip
            assert words in out
        assert ("settee audience train" in out) == ("--console" in more)
    home = Path("settee-data") / "demo"
    assert served == [(home, False), (home, True)]


def test_the_demo_in_json_holds_the_answers_before_and_after(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    status, out, err = run("demo", "--home", str(home), "--json", *SMALL)
    assert status == 0, err
    found = json.loads(out)
    assert found["home"] == str(home)
    assert found["import"]["passed"]
    first, second = found["accounts"]
    assert first != second
    assert found["before"]["items"] != found["after"]["items"]
    assert found["after"]["removed"]["seen"] > found["before"]["removed"].get("seen", 0)


def test_the_demo_leaves_a_folder_alone_that_it_did_not_make(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    status, _, err = run("demo", "--home", str(tmp_path / "mine"))
    assert status == 5
    assert "no demo made" in err
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


def test_data_that_is_not_there_is_refused(run: Run) -> None:
    status, _, err = run("demo", "--data", "nowhere.zip")
    assert status == 4
    assert "nowhere.zip is not there" in err


def test_the_demo_takes_a_movielens_zip_by_the_same_steps(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ratings, movies = ["userId,movieId,rating,timestamp"], ["movieId,title,genres"]
    movies += [f'{m},"Film {m} (1990)",{"Drama" if m % 2 else "Comedy"}' for m in range(1, 61)]
    for user in range(1, 61):
        films = [m for m in range(1, 61) if m % 2 == user % 2 and (m * 7 + user) % 3]
        ratings += [f"{user},{m},4.0,{1_500_000_000 + 90_000 * m + user}" for m in films]
    path = tmp_path / "ml-tiny.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ml-tiny/ratings.csv", "\n".join(ratings) + "\n")
        archive.writestr("ml-tiny/movies.csv", "\n".join(movies) + "\n")
    monkeypatch.setenv("SETTEE_DATA", str(tmp_path / "of-the-benches"))  # means nothing here
    status, out, err = run("demo", "--data", str(path), *SMALL)
    assert status == 0, err
    assert "Film" in out
    assert "Invent households" not in out
