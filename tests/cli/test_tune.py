import json

from settee.core import preset_names

FAST = ("--set", "train.max_requests=60", "--set", "train.bootstrap=100")


def test_a_search_writes_a_preset_that_training_reads_and_says_what_came_of_it(run, trained):
    home = ("--home", str(trained), *FAST)
    search = ("tune", "--source", "popular", "--trials", "3", "--out", "found.toml")
    code, out, _ = run(*home, "--json", *search)
    told = json.loads(out)
    assert code == 0
    assert told["sources"][0]["n_trials"] == 3
    code, out, err = run(*home, *search)
    assert code == 0
    assert "popular" in out
    if told["values"]:
        assert "preset=found.toml" in err
        code, out, _ = run("--json", "--set", "preset=found.toml", "config")
        days = json.loads(out)["sources"]["popular_half_life_days"]
        assert days == told["values"]["popular_half_life_days"]
    else:
        assert "stand" in err


def test_a_preset_that_cannot_be_written_is_an_error_with_its_path(run, trained, monkeypatch):
    from settee.learn import Figure, Tuned
    from settee.learn.tuning import SourceOutcome

    zero = Figure(0.0)
    one = SourceOutcome(
        "ease", 1, 1, {}, {"ease_l2": 1.0}, True, (0.0, 0.1), zero, (zero, zero, Figure(0.1, 0, 1))
    )  # fmt: skip
    tuned = Tuned("ndcg@10", (one,), {"ease_l2": 1.0}, (1, 1, 1))
    monkeypatch.setattr("settee.app.workspace.Workspace.tune", lambda *_: tuned)
    home = ("--home", str(trained))
    code, _, err = run(*home, "tune", "--out", "none/found.toml")
    assert code != 0
    assert "none/found.toml" in err
    code, out, err = run(*home, "tune", "--out", "found.toml")
    assert code == 0
    assert "adopted" in out
    assert "preset=found.toml" in err
    code, out, _ = run("presets", "found.toml")
    assert "ease_l2 = 1.0" in out
    code, out, _ = run("--json", "presets", "found.toml")
    assert json.loads(out)["text"].startswith("# searched by ndcg@10")


def test_a_search_that_finds_nothing_better_writes_no_preset(run, trained, monkeypatch, tmp_path):
    from settee.learn import Tuned

    monkeypatch.setattr(
        "settee.app.workspace.Workspace.tune", lambda *_: Tuned("ndcg@10", (), {}, (1, 1, 1))
    )
    code, _, err = run("--home", str(trained), "tune", "--out", "found.toml")
    assert code == 0
    assert "stand" in err
    assert not (tmp_path / "found.toml").exists()


def test_presets_are_listed_with_what_they_were_searched_on(run):
    code, out, _ = run("--json", "presets")
    assert code == 0
    assert [one["name"] for one in json.loads(out)] == list(preset_names())
    assert run("presets")[0] == 0
    code, _, err = run("presets", "nonsense")
    assert code != 0
    assert "nonsense" in err
