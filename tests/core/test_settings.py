import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from settee.core import BadPreset, BadSettings, Settings, load_settings, settings_toml
from settee.core.settings import ENV_PREFIX


def write(folder: Path, text: str) -> Path:
    file = folder / "settee.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_layers_the_defaults_hold() -> None:
    assert load_settings() == Settings()


def test_flags_win_over_environment_over_file_over_default(tmp_path: Path) -> None:
    file = write(tmp_path, "[serve]\nport = 1\nhost = 'file'\nmax_batch = 3\n[journal]\n")
    environment = {"SETTEE_SERVE__PORT": "2", "SETTEE_SERVE__HOST": "environment", "HOME": "/x"}
    got = load_settings(file, environment, ["serve.port=3"]).serve
    assert (got.port, got.host, got.max_batch) == (3, "environment", 3)
    assert got.max_body_bytes == Settings().serve.max_body_bytes


def test_a_later_layer_replaces_a_whole_value_but_merges_tables(tmp_path: Path) -> None:
    file = write(tmp_path, '[imports.columns]\nitem_id = "a"\naccount_id = "b"\n')
    got = load_settings(file, {}, ["imports.columns.item_id=c"]).imports.columns
    assert got == {"item_id": "c", "account_id": "b"}


def test_values_are_read_as_toml_and_else_as_text() -> None:
    got = load_settings(
        flags=['sources.enabled=["ease"]', "home=two words", "imports.kind=", "serve.host=::1"]
    )
    assert (got.sources.enabled, got.home, got.imports.kind) == (("ease",), Path("two words"), "")
    assert got.serve.host == "::1"


def test_names_of_other_variables_are_no_settings() -> None:
    assert load_settings(environment={"SETTEE_CONFIG": "x", "SETTEE_KEY": "y"}) == Settings()


@pytest.mark.parametrize(
    ("flags", "place", "words"),
    [
        (["serve.port=70000"], "serve.port", "70000"),
        (["serve.port=many"], "serve.port", "'many'"),
        (["serve.port=1\nserve.host=2"], "serve.port", "port is '1"),
        (["serve=3"], "serve", "serve is 3"),
        (["nothing"], "--set", "sets nothing"),
        (["serve.prot=1"], "serve.prot", "no setting"),
        (["zebra=1"], "zebra", "no setting"),
        (["home=x", "home.y=1"], "home", "below home"),
        (["checks.max_bad_share=1.5"], "checks.max_bad_share", "1.5"),
        (["checks.max_age_days=nan"], "checks.max_age_days", "nan"),
        (["sources.enabled=[]"], "sources.enabled", "at least 1"),
        (['journal.synchronous="off"'], "journal.synchronous", "'off'"),
    ],
)
def test_a_bad_setting_is_refused_with_its_place(flags: list[str], place: str, words: str) -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(flags=flags)
    assert caught.value.place == place
    assert words in caught.value.message


def test_a_misspelt_setting_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(environment={"SETTEE_SERVE__PROT": "1"})
    assert caught.value.hint == 'Did you mean "serve.port"?'
    with pytest.raises(BadSettings) as caught:
        load_settings(environment={"SETTEE_XYZ": "1"})
    assert caught.value.hint == "settee config lists them."


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(flags=["serve.port=" + "9" * 5000])
    assert len(caught.value.message) < 200


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="No such file"):
        load_settings(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "content", [b"port", b"\xff\xfe", b"a = " + b"[" * 9000, b"a=" + b"9" * 9000]
)
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    with pytest.raises(BadSettings, match="is not TOML"):
        load_settings(file)


def test_printed_settings_read_back_as_the_same_settings(tmp_path: Path) -> None:
    given_ = load_settings(
        flags=[
            'imports.columns={account_id = "customer", "odd key" = "é"}',
            "checks.max_age_days=1.5",
            "rules.honour_availability=false",
        ]
    )
    assert load_settings(write(tmp_path, settings_toml(given_))) == given_


def test_every_setting_is_printed_with_a_meaning() -> None:
    text = settings_toml(Settings())
    above = ""
    for line in text.splitlines():
        assert line != "# ", f"a setting without a description below {above}"
        above = line or above
    assert tomllib.loads(text)["serve"]["port"] == Settings().serve.port


def test_secrets_are_masked_in_print() -> None:
    class Door(BaseModel):
        """A door."""

        password: SecretStr = SecretStr("sesame")

    class House(BaseModel):
        door: Door = Door()

    text = settings_toml(House())  # type: ignore[arg-type]  # any model prints alike
    assert "sesame" not in text
    assert 'password = "********"' in text


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().serve.port = 1  # type: ignore[misc]  # the point of the test


@given(st.text(st.characters(blacklist_categories=["Cs"])))
@example("\U0001f600")
@example("a\x7fb")
@example('"\\')
def test_any_text_survives_being_printed_as_toml(text: str) -> None:
    got = tomllib.loads(settings_toml(load_settings(flags=[]).model_copy(update={"home": text})))
    assert got["home"] == text


NAMES = st.sampled_from(
    [*Settings.model_fields, "serve.port", "imports.columns", "home.x", "sources.enabled", ""]
)


@given(st.lists(st.tuples(NAMES, st.text(max_size=20)).map("=".join) | st.text(max_size=20)))
@example(["serve.port=" + "[" * 5000])
@example(["serve.port=" + "9" * 5000])
@example(["imports.columns={a=1}"])
def test_flags_are_either_refused_or_give_settings(flags: list[str]) -> None:
    with suppress(BadSettings, BadPreset):
        assert isinstance(load_settings(flags=flags), Settings)


@given(st.dictionaries(st.text(max_size=12).map(ENV_PREFIX.__add__), st.text(max_size=20)))
def test_an_environment_is_either_refused_or_gives_settings(environment: dict[str, Any]) -> None:
    with suppress(BadSettings, BadPreset):
        assert isinstance(load_settings(environment=environment), Settings)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="ignore")))
@example(b"serve = 3")
@example(b"[serve.port]\nx = 1")
@example(b"home = 2026-01-01")
def test_a_file_is_either_refused_or_gives_settings(content: bytes) -> None:
    class File:
        def read_text(self, encoding: str) -> str:
            return content.decode(encoding)

    with suppress(BadSettings, BadPreset):
        got = load_settings(File())  # type: ignore[arg-type]  # all that is asked of a path
        assert isinstance(got, Settings)
