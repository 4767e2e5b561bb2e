import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def own(trained: Path, tmp_path: Path) -> str:
    """A home of one's own, to change."""
    shutil.copytree(trained, tmp_path / "own")
    return str(tmp_path / "own")


def test_an_import_shows_its_checks_and_the_next_step(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "views.csv"
    file.write_text("customer,item_id,at\na,m1,2026-01-02T10:00:00Z\nb,m2,2026-01-02T11:00:00Z\n")
    status, out, err = run(
        "import", str(file), "--column", "account_id=customer", "--kind", "view",
        "--timezone", "Europe/Berlin",
    )  # fmt: skip
    assert status == 0, err
    assert "PASS" in out
    assert ["n_new", "2"] in [line.split() for line in out.splitlines()]
    assert "next: settee train" in err
    again = run("import", str(file), "--column=account_id=customer", "--kind", "view", "--json")
    assert json.loads(again[1])["n_new"] == 0


def test_a_stopped_import_shows_why_and_exits_with_3(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "views.csv"
    file.write_text(
        "account_id,item_id,kind,at\na,m1,view,yesterday\nb,m2,view,2026-01-02T11:00Z\n"
    )
    status, out, err = run("import", str(file))
    assert status == 3
    assert "FAIL" in out
    assert "error[import_stopped]" in err
    status, out, _ = run("import", str(file), "--json")
    assert json.loads(out)["error"]["code"] == "import_stopped"


@pytest.mark.parametrize("how", ["time", "account"])
def test_an_import_can_write_the_record_as_splits(run: Run, tmp_path: Path, how: str) -> None:
    file = tmp_path / "views.csv"
    rows = [f"{'ab'[n % 2]},m{n},view,2026-01-02T10:{n:02}:00Z" for n in range(20)]
    file.write_text("\n".join(["account_id,item_id,kind,at", *rows]) + "\n")
    asked = ("import", str(file), "--split", how, "--valid-share", "0.1", "--test-share", "0.2")
    status, out, err = run(*asked, "--splits-to", "cut")
    assert status == 0, err
    assert ["splits.test", "4"] in [line.split() for line in out.splitlines()]
    names = [f"{part}.parquet" for part in ("test", "train", "valid")]
    assert sorted(path.name for path in (tmp_path / "cut").iterdir()) == names
    again = json.loads(run(*asked, "--json")[1])
    assert again["n_new"] == 0
    folder = str(Path("settee-data") / "splits")
    assert again["splits"] == {"folder": folder, "how": how, "train": 14, "valid": 2, "test": 4}


def test_splits_that_cannot_be_are_refused_before_anything_is_stored(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "views.csv"
    file.write_text("account_id,item_id,kind,at\na,m1,view,2026-01-02T11:00Z\n")
    status, _, err = run("import", str(file), "--splits-to", "cut")
    assert (status, "Add --split time" in err) == (2, True)
    shares = ("--valid-share", "0.5", "--test-share", "0.5")
    status, _, err = run("import", str(file), "--split", "time", *shares)
    assert (status, "leave nothing to train on" in err) == (2, True)
    assert not (tmp_path / "settee-data").exists()


def test_a_mapping_without_both_sides_is_refused(run: Run) -> None:
    status, _, err = run("import", "x.csv", "--column", "customer")
    assert status == 2
    assert "write FIELD=COLUMN" in err


def test_accounts_lists_a_few_ids(run: Run, trained: Path) -> None:
    status, out, err = run("accounts", "--limit", "2", "--offset", "1", "--home", str(trained))
    assert (status, len(out.split())) == (0, 2)
    assert "2 of " in err
    found = json.loads(run("accounts", "--json", "--home", str(trained))[1])
    assert found["account_ids"][1:3] == out.split()


def test_recommend_shows_rung_version_sources_and_reasons(run: Run, own: str) -> None:
    account = run("accounts", "--limit", "1", "--home", own)[1].strip()
    asked = ("recommend", account, "-k", "3", "--device-type", "tv", "--home", own)
    status, out, _ = run(*asked)
    assert status == 0
    assert "rung" in out
    assert "because you" in out
    answer = json.loads(run(*asked, "--json")[1])
    assert [item["rank"] for item in answer["items"]] == [1, 2, 3]
    first = answer["items"][0]["item_id"]
    less = json.loads(run(*asked, "--exclude", first, "--slot", "home", "--json")[1])
    assert first not in {item["item_id"] for item in less["items"]}


def test_recommend_says_why_a_stranger_gets_what_is_popular(run: Run, own: str) -> None:
    status, out, err = run("recommend", "nobody", "--home", own)
    assert status == 0
    assert "rung popular" in out
    assert "why not a higher rung" in err


def test_recommend_refuses_an_unknown_device(run: Run) -> None:
    status, _, err = run("recommend", "a", "--device-type", "fridge")
    assert status == 2
    assert "accepted are tv, desktop" in err


def test_report_shows_what_was_found(run: Run, trained: Path) -> None:
    status, out, _ = run("report", "--home", str(trained))
    assert status == 0
    for words in ("import of 20", "training of 20", "PASS", "most_popular", "ranker"):
        assert words in out
    whole = json.loads(
        run("report", "training", "--last", "3", "--home", str(trained), "--json")[1]
    )
    assert [one["kind"] for one in whole] == ["training"]


@pytest.mark.parametrize(
    ("kind", "maker"), [("", "import"), ("evaluation", "evaluate"), ("training", "train")]
)
def test_a_report_that_is_not_there_names_its_maker(run: Run, kind: str, maker: str) -> None:
    status, _, err = run("report", *([kind] if kind else []))
    assert status == 4
    assert f"settee {maker}" in err


def test_train_names_the_version_to_release(run: Run, own: str) -> None:
    small = ("--set", "train.ranker_requests=100", "--set", "train.bootstrap=100")
    status, out, err = run("train", "--home", own, *small, "--set", "ranking.trees=5")
    version = err.split()[-1]
    assert status == 0
    assert f"next: settee release {version}" in err
    assert version in out
    assert json.loads(run("train", "--home", own, *small, "--json")[1])["version"]


def test_evaluate_judges_the_version_in_use(run: Run, own: str) -> None:
    status, out, _ = run("evaluate", "--home", own)
    assert status == 0
    assert "most_popular" in out
    assert json.loads(run("evaluate", "--home", own, "--json")[1])["table"]


def test_training_on_nothing_is_refused(run: Run) -> None:
    status, _, err = run("train")
    assert status != 0
    assert "hint" in err


def test_release_moves_the_pointer_and_back(run: Run, own: str) -> None:
    first = json.loads(run("release", "--list", "--home", own, "--json")[1])["releases"][0]
    assert run("release", "--rollback", "--home", own)[0] == 5
    small = ("--set", "train.ranker_requests=50", "--set", "train.bootstrap=100")
    second = json.loads(run("train", "--home", own, *small, "--json")[1])["version"]
    assert second != first["version"]
    status, out, err = run("release", second, "--force", "a test", "--home", own)
    assert status == 0, err
    assert f"{second} is in use" in out
    back = json.loads(run("release", "--rollback", "--home", own, "--json")[1])
    assert (back["version"], len(back["releases"])) == (first["version"], 3)


def test_a_version_and_a_way_back_cannot_both_be_meant(run: Run) -> None:
    status, _, err = run("release", "7f3a", "--rollback")
    assert status == 2
    assert "both given" in err


def test_a_version_that_is_not_there_exits_with_4(run: Run, trained: Path) -> None:
    assert run("release", "7f3a", "--home", str(trained))[0] == 4


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(
    run: Run, tmp_path: Path
) -> None:
    home = ("--home", str(tmp_path))
    status, secret, err = run("key", "create", "web", *home)
    assert status == 0
    assert "not shown again" in err
    made = json.loads(run("key", "create", "app", *home, "--json")[1])
    assert made["key"] != secret.strip()
    listed = run("key", "list", *home)[1]
    assert "web" in listed
    assert secret.strip() not in listed
    assert "is revoked" in run("key", "revoke", "web", *home)[1]
    assert json.loads(run("key", "revoke", made["key_id"], *home, "--json")[1])["is_revoked"]
    assert all(one["revoked_at"] for one in json.loads(run("key", "list", *home, "--json")[1]))
    assert "web" in run("key", "list", *home)[1]
    assert run("key", "revoke", "web", *home)[0] == 4


def test_serve_opens_the_workspace_with_the_given_address(
    run: Run, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def listen(workspace: object, on_start: Callable[[str], None]) -> None:
        seen.append(workspace.settings.serve)  # type: ignore[attr-defined]  # a real workspace
        on_start("http://somewhere:1")

    monkeypatch.setattr("settee.web.serve", listen)
    home = ("--home", str(trained))
    status, _, err = run("serve", "--host", "localhost", "--port", "0", *home)
    assert status == 0
    assert "listening on http://somewhere:1" in err
    assert (seen[0].host, seen[0].port) == ("localhost", 0)
    assert json.loads(run("serve", *home, "--json")[1]) == {"url": "http://somewhere:1"}
    assert seen[1].port == 8321
