import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import settee
from settee.cli import main
from settee.cli.main import globals_first
from settee.core import load_settings

Run = Callable[..., tuple[int, str, str]]


def test_version_is_printed(run: Run) -> None:
    assert run("--version") == (0, f"settee {settee.__version__}\n", "")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["train", "--help"], ["key"]])
def test_help_is_printed(run: Run, arguments: list[str]) -> None:
    _, out, err = run(*arguments)
    assert "Usage: settee" in out + err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tarin"], "No such command 'tarin'"),
        (["report", "--lst", "3"], "No such option"),
        (["recommend"], "Missing argument"),
        (["simulate", "x", "--days", "many"], "many"),
        (["--home"], "requires an argument"),
    ],
)
def test_a_command_line_that_cannot_be_understood_exits_with_2(
    run: Run, arguments: list[str], words: str
) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error[bad_command]: ")
    assert words in err.replace("Input should be a valid integer", "many")
    assert "hint: settee --help" in err


def test_global_options_may_follow_the_command(run: Run) -> None:
    before = run("--set", "serve.port=9", "--json", "config")
    after = run("config", "--json", "--set", "serve.port=9")
    assert before == after
    assert json.loads(after[1])["serve"]["port"] == 9


def test_what_follows_two_dashes_is_left_alone() -> None:
    assert globals_first(["a", "--set=b=c", "--", "--quiet"]) == ["--set=b=c", "a", "--", "--quiet"]
    assert globals_first(["a", "--home"]) == ["--home", "a"]


def test_an_error_of_settee_ends_with_its_exit_code(run: Run) -> None:
    status, out, err = run("config", "--set", "serve.prot=1")
    assert (status, out) == (2, "")
    assert 'hint: Did you mean "serve.port"?' in err


def test_an_error_with_json_stands_on_stdout_in_the_shape_of_the_api(run: Run) -> None:
    status, out, _ = run("config", "--set", "serve.prot=1", "--json")
    assert status == 2
    assert json.loads(out)["error"]["code"] == "bad_settings"


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError("by nothing")


def test_a_bug_is_named_as_one_without_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("settee.cli.config.settings_toml", broken)
    status, _, err = run("config")
    assert status == 1
    assert "error[internal]: ZeroDivisionError: by nothing" in err
    assert "Traceback" not in err


def test_with_debug_a_bug_shows_where(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("settee.cli.config.settings_toml", broken)
    assert "Traceback" in run("config", "--debug")[2]


def test_an_interruption_exits_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("settee.cli.config.settings_toml", interrupted)
    assert run("config")[0] == 130


def test_a_reader_that_went_away_gets_no_complaint() -> None:
    command = [sys.executable, "-u", "-m", "settee", "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""


def test_the_module_runs_as_the_command_does() -> None:
    command = [sys.executable, "-m", "settee", "--version"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout.decode().startswith("settee ")


def test_help_loads_neither_numba_nor_a_web_server() -> None:
    code = (
        "import sys, settee.cli\n"
        "print([m for m in ('numba', 'duckdb', 'fastapi', 'settee.app') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_a_service_loads_nothing_that_only_learning_and_importing_need() -> None:
    # Numba loads the bare scipy, and FastAPI the API of OpenTelemetry: neither is of our asking.
    heavy = (
        "scipy.sparse", "scipy.special", "scipy.linalg", "scipy.optimize", "pyarrow", "duckdb",
        "lightgbm", "opentelemetry.sdk", "cryptography",
    )  # fmt: skip
    code = f"import sys, settee.app, settee.web\nprint([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_main_takes_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["settee", "--version"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 0
    assert settee.__version__ in capsys.readouterr().out


def test_config_prints_a_file_that_can_be_kept(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("config", "--home", "elsewhere", "--set", "serve.port=9")
    file = tmp_path / "settee.toml"
    file.write_text(out)
    assert status == 0
    assert load_settings(file).serve.port == 9
    assert load_settings(file).home == Path("elsewhere")


def test_the_settings_file_is_found_where_it_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def port(*arguments: str) -> int:
        return int(json.loads(run("config", "--json", *arguments)[1])["serve"]["port"])

    for name, number in (("settee.toml", 1), ("two.toml", 2), ("three.toml", 3)):
        (tmp_path / name).write_text(f"[serve]\nport = {number}\n")
    monkeypatch.chdir(tmp_path)
    assert port() == 1
    monkeypatch.setenv("SETTEE_CONFIG", "two.toml")
    assert port() == 2
    assert port("--config", "three.toml") == 3


def test_schema_prints_json_schema(run: Run) -> None:
    whole = json.loads(run("schema")[1])
    assert sorted(whole) == ["event", "item"]
    assert json.loads(run("schema", "item")[1]) == whole["item"]


def test_simulate_writes_the_same_world_twice(run: Run, tmp_path: Path) -> None:
    size = ("--accounts", "5", "--titles", "24", "--days", "5", "--end", "2026-11-21")
    status, out, err = run("simulate", str(tmp_path / "one"), *size)
    assert status == 0
    assert "events of 5 accounts with 24 titles" in out
    assert "next: settee import" in err
    made = json.loads(run("simulate", str(tmp_path / "two"), *size, "--json")[1])
    assert (made["n_items"], made["end_at"]) == (24, "2026-11-21T00:00:00Z")
    for name in ("items.jsonl", "events.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
