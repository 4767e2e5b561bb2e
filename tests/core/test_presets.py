from pathlib import Path

import pytest

from settee.core import BadPreset, BadSettings, load_settings, preset_names, preset_text
from settee.core import presets as module


@pytest.fixture
def preset(tmp_path: Path) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text("# mine\n[sources]\nease_l2 = 70.0\nknn_neighbours = 30\n", encoding="utf-8")
    return file


def test_a_preset_lies_over_the_defaults_and_under_everything_else(
    preset: Path, tmp_path: Path
) -> None:
    file = tmp_path / "settee.toml"
    file.write_text(f'preset = "{preset}"\n[sources]\nknn_neighbours = 40\n', encoding="utf-8")
    got = load_settings(file, {}, ["sources.knn_shrinkage=9.0"]).sources
    assert (got.ease_l2, got.knn_neighbours, got.knn_shrinkage) == (70.0, 40, 9.0)
    assert load_settings(file, {}, ["preset="]).sources.ease_l2 != 70.0


def test_every_preset_that_settee_brings_can_be_loaded_and_says_what_it_was_searched_on() -> None:
    for name in preset_names():
        assert load_settings(flags=[f"preset={name}"]).preset == name
        assert preset_text(name).startswith("# ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[sources", "not TOML"),
        (b"[serve]\nport = 1\n", '"serve"'),
        (b"sources = 3\n", '"sources"'),
        (b"\xff", "cannot be read"),
        (b"#" * 70_000, "70000 bytes"),
    ],
)
def test_what_is_no_preset_is_refused(tmp_path: Path, text: bytes, words: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(text)
    with pytest.raises(BadPreset, match=words):
        load_settings(flags=[f"preset={file}"])


def test_unknown_names_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPreset, match='no preset "nonsense"'):
        load_settings(flags=["preset=nonsense"])
    with pytest.raises(BadPreset, match="cannot be read"):
        load_settings(flags=[f"preset={tmp_path / 'none.toml'}"])


def test_a_preset_with_an_unknown_setting_is_refused_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_text("[sources]\nease_l3 = 1.0\n", encoding="utf-8")
    with pytest.raises(BadSettings, match="ease_l3"):
        load_settings(flags=[f"preset={file}"])
    with pytest.raises(BadSettings, match="preset is 3"):
        load_settings(flags=["preset=3"])


def test_names_are_those_of_the_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "preset_files"
    folder.mkdir()
    (folder / "films.toml").write_text("# films\n[sources]\nease_l2 = 5.0\n", encoding="utf-8")
    (folder / "notes.txt").write_text("no preset", encoding="utf-8")
    monkeypatch.setattr(module, "files", lambda _: tmp_path)
    assert preset_names() == ("films",)
    assert load_settings(flags=["preset=films"]).sources.ease_l2 == 5.0


def test_each_preset_changes_what_a_training_would_be_told() -> None:
    plain = load_settings()
    found = {name: load_settings(flags=[f"preset={name}"]) for name in preset_names()}
    assert {"films", "games", "gifts", "music", "news", "places", "shop"} <= set(found)
    recipes = [
        (one.sources.model_dump_json(), one.ranking.model_dump_json(), one.train.model_dump_json())
        for one in (plain, *found.values())
    ]
    assert len(set(recipes)) == len(recipes)
