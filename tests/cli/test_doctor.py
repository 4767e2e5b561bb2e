import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from settee.cli.call import Call
from settee.cli.doctor import (
    CHECKS,
    catalogue,
    clock,
    disk,
    history,
    journal,
    kernels,
    key,
    model,
    packages,
    sqlite,
    tables,
)
from settee.cli.doctor.finding import Patient
from settee.cli.screen import Screen
from settee.core import Item

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def own(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture
def patient(own: Path) -> Iterator[Patient]:
    with Patient(Call(Screen(is_quiet=True), home=own)).closing() as one:
        yield one


def doctored(**parts: Any) -> Patient:
    """A patient whose parts are as they are told."""
    return SimpleNamespace(**parts)  # type: ignore[return-value]  # all that a check looks at


def test_a_healthy_home_passes_every_check(run: Run, own: Path) -> None:
    status, out, _ = run("doctor", "--home", str(own))
    assert status == 0
    assert f"{len(CHECKS)} of {len(CHECKS)} checks passed" in out
    found = json.loads(run("doctor", "--home", str(own), "--json")[1])
    assert found["passed"]
    assert [one["name"] for one in found["checks"]] == list(CHECKS)
    assert all(one["count"] for one in found["checks"])


def test_an_empty_home_passes_and_says_what_comes_first(run: Run) -> None:
    status, out, _ = run("doctor")
    assert status == 0
    assert "settee import PATH" in out


def test_a_failed_check_exits_with_1_and_the_others_go_on(run: Run, own: Path) -> None:
    (own / "tables.db").write_bytes(b"no tables" * 1000)
    status, out, _ = run("doctor", "--home", str(own))
    assert status == 1
    assert "[store_damaged]" in out
    assert "PASS" in out


def test_settings_that_cannot_be_read_fail_their_check(run: Run) -> None:
    found = json.loads(run("doctor", "--set", "serve.port=x", "--json")[1])
    failed = {one["name"]: one for one in found["checks"] if not one["passed"]}
    assert failed["settings"]["detail"].startswith("[bad_settings]")
    assert "packages" not in failed


def test_a_check_that_breaks_has_failed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Patient) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setitem(CHECKS, "clock", broken)
    status, out, _ = run("doctor")
    assert status == 1
    assert "ZeroDivisionError: by nothing" in out


def test_changed_settings_are_counted(run: Run) -> None:
    found = json.loads(run("doctor", "--set", "serve.port=1", "--home", "x", "--json")[1])
    counts = {one["name"]: one["count"] for one in found["checks"]}
    assert counts["settings"] == "2 changed"


def test_an_old_or_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch, patient: Patient
) -> None:
    assert packages.check(patient).passed

    def version(name: str) -> str:
        if name == "rich":
            raise metadata.PackageNotFoundError
        return "0.1"

    monkeypatch.setattr(metadata, "version", version)
    finding = packages.check(patient)
    assert not finding.passed
    assert "rich is missing" in finding.detail
    assert "numpy 0.1 is older than 2.0" in finding.detail


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch, patient: Patient) -> None:
    class Old(tuple[int, ...]):
        major, minor, micro = 3, 9, 0

    monkeypatch.setattr("sys.version_info", Old((3, 9, 0)))
    assert packages.check(patient).next_step == "Use 3.11 up."


def test_a_full_or_locked_disk_fails(monkeypatch: pytest.MonkeyPatch, patient: Patient) -> None:
    with monkeypatch.context() as full:
        full.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
        assert "nearly full" in disk.check(patient).detail

    def locked(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", locked)
    finding = disk.check(patient)
    assert not finding.passed
    assert "Permission denied" in finding.detail


def test_a_disk_that_forgets_fails_the_journal(patient: Patient) -> None:
    assert journal.check(patient).passed
    forgetful = SimpleNamespace(try_journal=lambda: (100, 99))
    finding = journal.check(doctored(workspace=SimpleNamespace(health=forgetful)))
    assert finding.detail == "99 of 100 trial events were read back"


def test_a_torn_journal_fails() -> None:
    torn = SimpleNamespace(try_journal=lambda: (1, 1), journal_complaints=lambda: ["torn"])
    log = SimpleNamespace(last_offset=lambda: 7)
    finding = journal.check(doctored(workspace=SimpleNamespace(health=torn, journal=log)))
    assert (finding.passed, finding.count, finding.detail) == (False, "7 entries", "torn")


@pytest.mark.parametrize(
    ("complaints", "versions", "words"),
    [(["torn"], ("r1", "r1"), "torn"), ([], ("r1", "r2"), "version r1, settee writes r2")],
)
def test_torn_or_old_tables_fail(
    complaints: list[str], versions: tuple[str, str], words: str
) -> None:
    health = SimpleNamespace(tables_complaints=lambda: complaints, tables_version=lambda: versions)
    workspace = SimpleNamespace(health=health, tables=SimpleNamespace(n_items=lambda: 3))
    finding = tables.check(doctored(workspace=workspace))
    assert (finding.passed, finding.detail) == (False, words)


def test_a_changed_byte_in_the_history_is_found(own: Path, patient: Patient) -> None:
    assert history.check(patient).passed
    file = next((own / "history").rglob("*.parquet"))
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(raw)
    finding = history.check(patient)
    assert not finding.passed
    assert finding.next_step


def test_a_changed_byte_in_the_model_is_found(own: Path, run: Run, patient: Patient) -> None:
    assert model.check(patient).passed
    file = max((own / "bundles").rglob("*.npz"), key=lambda path: path.stat().st_size)
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(raw)
    found = json.loads(run("doctor", "--home", str(own), "--json")[1])
    failed = [one for one in found["checks"] if not one["passed"]]
    assert [one["name"] for one in failed] == ["model"]


def test_a_home_without_a_release_passes_and_says_what_serves() -> None:
    workspace = SimpleNamespace(tables=SimpleNamespace(current_release=lambda: None))
    finding = model.check(doctored(workspace=workspace))
    assert finding.passed
    assert "popular titles serve" in finding.detail


def test_a_catalogue_with_holes_fails() -> None:
    items = [Item(item_id="m1")]
    seen = SimpleNamespace(item_ids=lambda: ["m1", "m2", "m3"])
    workspace = SimpleNamespace(tables=SimpleNamespace(items=lambda: items), profiles=seen)
    finding = catalogue.check(doctored(workspace=workspace))
    assert (finding.passed, finding.detail) == (False, "33.3% of them are described")


def test_an_open_address_without_a_key_fails_until_one_is_made(run: Run, own: Path) -> None:
    open_door = ("--set", 'serve.host="0.0.0.0"', "--home", str(own))
    status, out, _ = run("doctor", *open_door)
    assert status == 1
    assert "settee key create NAME" in out
    run("key", "create", "web", *open_door)
    assert run("doctor", *open_door)[0] == 0


@pytest.mark.parametrize(
    ("now", "words"),
    [(datetime(1980, 1, 1, tzinfo=UTC), "it shows 1980"),
     (datetime(2026, 6, 1, tzinfo=UTC), "ahead of it")],
)  # fmt: skip
def test_a_clock_that_lags_fails(now: datetime, words: str, own: Path) -> None:
    with Patient(Call(Screen(is_quiet=True), home=own, clock=lambda: now)).closing() as patient:
        finding = clock.check(patient)
    assert not finding.passed
    assert words in finding.detail


def test_a_kernel_that_miscounts_fails(monkeypatch: pytest.MonkeyPatch, patient: Patient) -> None:
    assert kernels.check(patient).passed
    wrong = np.array([[0, 1]], np.int32), np.zeros((1, 2), np.float32)
    monkeypatch.setattr("settee.candidates.top_k", lambda *_: wrong)
    assert "came out as [[0, 1]]" in kernels.check(patient).detail


def test_an_old_sqlite_fails() -> None:
    health = SimpleNamespace(sqlite_version=(3, 30, 1))
    finding = sqlite.check(doctored(workspace=SimpleNamespace(health=health)))
    assert (finding.passed, finding.detail) == (False, "SQLite 3.30.1")


def test_a_key_is_counted_while_it_works(patient: Patient) -> None:
    patient.workspace.issue_key("web")
    assert key.check(patient).count == "1 key"
    patient.workspace.revoke_key("web")
    assert key.check(patient).count == "0 keys"
