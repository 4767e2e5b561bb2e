import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from settee.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of a few households that are known; for reading only."""
    folder = tmp_path_factory.mktemp("lived")
    world, home = str(folder / "world"), str(folder / "home")
    sizes = ("--households", "4", "--days", "21", "--seed", "5")
    for command in (
        ("simulate", world, "--world", "households", *sizes),
        ("import", world, "--home", home, "--quiet"),
        ("people", "export", str(folder / "answers.jsonl"), "--home", home, "--quiet"),
    ):
        with pytest.raises(SystemExit) as caught:
            main(command)
        assert caught.value.code == 0
    return folder / "home"


@pytest.fixture
def own(lived: Path, tmp_path: Path) -> str:
    """A home of one's own, to change."""
    shutil.copytree(lived, tmp_path / "own")
    return str(tmp_path / "own")


@pytest.fixture
def several(run: Run, lived: Path) -> str:
    """An account in which two persons or more were found."""
    ids = json.loads(run("accounts", "--json", "--home", str(lived))[1])["account_ids"]
    for account in ids:
        if len(household(run, account, str(lived))["persons"]) > 1:
            return str(account)
    raise AssertionError("everybody lives alone")


def household(run: Run, account: str, home: str) -> dict:
    status, out, err = run("people", account, "--home", home, "--json")
    assert status == 0, err
    return json.loads(out)


def test_the_persons_of_an_account_are_shown_without_a_word_more(
    run: Run, lived: Path, several: str
) -> None:
    status, out, err = run("people", several, "--home", str(lived))
    assert status == 0, err
    for words in ("stage persons", "hours (UTC)", "Last sessions", "p_"):
        assert words in out
    assert "settee people correct" in err
    shown = run("people", "show", several, "--home", str(lived))
    assert shown[1] == out


def test_a_stranger_is_not_found(run: Run, lived: Path) -> None:
    status, _, err = run("people", "stranger", "--home", str(lived))
    assert (status, "Nothing is recorded" in err) == (4, True)


def test_who_tells_persons_stage_and_bits(run: Run, lived: Path, several: str) -> None:
    asked = (
        "who",
        several,
        "--device-type",
        "tv",
        "--at",
        "2026-11-21T20:00",
        "--home",
        str(lived),
    )
    status, out, err = run(*asked)
    assert status == 0, err
    assert "stage persons" in out
    assert "hour" in err
    found = json.loads(run(*asked, "--json")[1])
    assert sum(p for _, p in found["persons"]) + found["guest"] == pytest.approx(1, abs=1e-3)
    assert run("who", several, "--device-type", "fridge", "--home", str(lived))[0] == 2


def test_who_knows_nothing_of_a_stranger_and_says_so(run: Run, lived: Path) -> None:
    found = json.loads(run("who", "stranger", "--home", str(lived), "--json")[1])
    assert found["stage"] in ("account", "population")
    assert found["is_unsure"]
    assert "enough certainty" in run("who", "stranger", "--home", str(lived))[1]


def test_a_correction_is_taken_in_once_and_can_be_taken_back(
    run: Run, own: str, several: str
) -> None:
    before = household(run, several, own)
    event, second = before["sessions"][0]["event_id"], before["persons"][1]["person_id"]
    at = ("--home", own)
    told = ("people", "correct", several, "--event", event, "--person", second, "--id", "c1")
    status, out, err = run(*told, *at)
    assert status == 0, err
    assert "c1: taken in." in out
    assert "known already" in run(*told, *at)[1]
    assert json.loads(run(*told, *at, "--json")[1]) == {"event_id": "c1", "is_new": False}
    back = run("people", "correct", several, "--event", event, "--retract", *at)
    assert back[0] == 0
    kinds = [one["kind"] for one in json.loads(run("people", "history", several, *at, "--json")[1])]
    assert kinds.count("corrected") == 2
    assert "corrected" in run("people", "history", several, *at)[1]


def test_persons_are_merged_parted_named_and_forgotten(run: Run, own: str, several: str) -> None:
    at = ("--home", own, "--json")
    first, second, *_ = (one["person_id"] for one in household(run, several, own)["persons"])

    def ids() -> set[str]:
        return {one["person_id"] for one in household(run, several, own)["persons"]}

    assert run("people", "merge", several, first, second, *at)[0] == 0
    assert second not in ids()
    status, out, _ = run("people", "merge", several, first, second, *at)
    assert (status, json.loads(out)["error"]["code"]) == (5, "cannot_merge")
    assert run("people", "unmerge", several, second, *at)[0] == 0
    assert {first, second} <= ids()
    assert run("people", "rename", several, first, "Ann", *at)[0] == 0
    assert "Ann" in run("people", several, "--home", own)[1]
    assert run("people", "forget", several, second, *at)[0] == 0
    assert second not in ids()


def test_sessions_of_a_person_can_be_somebody_elses(run: Run, own: str, several: str) -> None:
    before = household(run, several, own)
    events = [one["event_id"] for one in before["sessions"][:2]]
    person = before["persons"][0]["person_id"]
    named = [word for event in events for word in ("--event", event)]
    assert run("people", "split", several, person, *named, "--home", own)[0] == 0
    history = json.loads(run("people", "history", several, "--home", own, "--json")[1])
    assert "split" in [one["kind"] for one in history]


def test_together_and_guests_can_be_told(run: Run, own: str, several: str) -> None:
    before = household(run, several, own)
    event = before["sessions"][0]["event_id"]
    pair = ",".join(one["person_id"] for one in before["persons"][:2])
    at = ("--event", event, "--home", own)
    assert run("people", "correct", several, "--together", pair, *at)[0] == 0
    assert run("people", "correct", several, "--guest", *at)[0] == 0


def test_a_correction_says_one_thing(run: Run) -> None:
    for more in ((), ("--guest", "--person", "p")):
        status, _, err = run("people", "correct", "a", "--event", "e", *more)
        assert (status, "give one" in err) == (2, True)


def test_recommend_says_for_whom_and_takes_a_name(run: Run, own: str, several: str) -> None:
    person = household(run, several, own)["persons"][1]["person_id"]
    status, out, err = run("recommend", several, "--person", person, "--home", own)
    assert status == 0, err
    assert f"for {person} 1.00" in out
    answer = json.loads(
        run("recommend", several, "--together", "--device-id", "d", "--home", own, "--json")[1]
    )
    assert answer["person"]["mode"] == "together"
    _, out, err = run("recommend", "stranger", "--home", own)
    assert "for the account" in out
    assert "why for the account: no_persons" in err
