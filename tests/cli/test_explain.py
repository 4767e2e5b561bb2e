import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def own(trained: Path, tmp_path: Path) -> str:
    """A home of the test's own, to write exposures to."""
    shutil.copytree(trained, tmp_path / "own")
    return str(tmp_path / "own")


@pytest.fixture
def account(run: Run, own: str) -> str:
    return run("accounts", "--limit", "1", "--home", own)[1].strip()


def test_the_same_reason_on_the_screen_in_json_and_in_the_answer(
    run: Run, own: str, account: str
) -> None:
    answer = json.loads(run("recommend", account, "-k", "5", "--home", own, "--json")[1])
    shown = answer["items"][1]
    told = json.loads(run("explain", account, shown["item_id"], "--home", own, "--json")[1])
    assert (told["rank"], told["is_shown"]) == (2, True)
    said = [[one["name"] for one in item["sources"]] for item in (told["item"], shown)]
    assert said[0] == said[1]
    assert told["item"]["reason"]["text"] == shown["reason"]["text"]
    adds = sum(part["adds"] for part in told["item"]["adds"])
    assert adds == pytest.approx(told["item"]["score"], abs=1e-6)
    status, out, err = run("explain", account, shown["item_id"], "--home", own)
    assert status == 0
    assert f"is rank 2 of {told['n_candidates']} candidates" in out
    together = next(line for line in out.splitlines() if " together " in f"{line} ")
    assert float(together.split()[0]) == pytest.approx(adds, abs=0.01)
    assert answer["rung"] in err


def test_without_a_title_stands_beside_what_speaks_for_the_item(
    run: Run, own: str, account: str
) -> None:
    items = json.loads(run("recommend", account, "-k", "5", "--home", own, "--json")[1])["items"]
    by_history = next(one for one in items if one["reason"]["kind"] == "history")
    asked = ("explain", account, by_history["item_id"], "--home", own)
    told = json.loads(run(*asked, "--json")[1])
    titles = [one["item_id"] for one in told["item"]["without"]]
    assert titles == [one["item_id"] for one in by_history["reason"]["shares"]]
    out = run(*asked)[1]
    assert "without" in out
    assert told["item"]["without"][0]["title"] in out


def test_what_is_not_shown_says_why(run: Run, own: str, account: str) -> None:
    answer = json.loads(run("recommend", account, "--home", own, "--json")[1])
    seen = next(one for one in answer["rules"]["removed"] if one["rule"] == "seen")
    status, out, _ = run("explain", account, seen["examples"][0], "--home", own)
    assert status == 0
    assert 'the rule "seen" removed it' in out


def test_an_unknown_item_and_an_unknown_device_are_refused(
    run: Run, own: str, account: str
) -> None:
    status, _, err = run("explain", account, "no-such-film", "--home", own)
    assert status == 4
    assert "no-such-film" in err
    status, _, err = run("explain", account, "x", "--device-type", "fridge")
    assert status == 2
    assert "accepted are tv" in err


def test_amid_a_session_that_was_not_sent_it_tells_what_would_be(
    run: Run, own: str, account: str, tmp_path: Path
) -> None:
    items = json.loads(run("recommend", account, "--home", own, "--json")[1])["items"]
    played = {"event_id": "try-1", "account_id": account, "kind": "play",
              "item_id": items[0]["item_id"], "at": "2026-11-01T20:00:00Z"}  # fmt: skip
    session = tmp_path / "evening.jsonl"
    session.write_text(json.dumps(played) + "\n\n")
    asked = ("explain", account, items[0]["item_id"], "--home", own, "--json")
    assert json.loads(run(*asked)[1])["removed_by"] is None
    for _ in range(2):  # nothing of it is kept
        told = json.loads(run(*asked, "--events", str(session))[1])
        assert told["removed_by"] == "seen"
    assert json.loads(run(*asked)[1])["removed_by"] is None


def test_an_instant_moves_what_is_told(run: Run, own: str, account: str) -> None:
    items = json.loads(run("recommend", account, "--home", own, "--json")[1])["items"]
    asked = ("explain", account, items[0]["item_id"], "--home", own, "--json")
    then = json.loads(run(*asked, "--at", "2036-01-01T12:00:00Z")[1])
    assert then["item"]["score"] != json.loads(run(*asked)[1])["item"]["score"]


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--at", "tomorrow", "bad_instant"),
        ("--at", "2026-01-01T10:00:00", "bad_instant"),
        ("--events", "nowhere.jsonl", "bad_event_file"),
        ("--events", "broken.jsonl", "bad_event"),
        ("--events", "other.jsonl", "bad_request"),
        ("--events", "huge.jsonl", "bad_event_file"),
    ],
)
def test_what_cannot_be_asked_amid_says_so(
    run: Run, own: str, account: str, tmp_path: Path, option: str, value: str, says: str
) -> None:
    (tmp_path / "broken.jsonl").write_text("{")
    (tmp_path / "huge.jsonl").write_text("\n" * (16 * 1024 * 1024 + 1))
    (tmp_path / "other.jsonl").write_text(
        '{"event_id": "e", "account_id": "somebody", "kind": "play", "item_id": "m", '
        '"at": "2026-11-01T20:00:00Z"}'
    )
    given = str(tmp_path / value) if option == "--events" else value
    asked = ("explain", account, "m1", "--home", own, "--json", option, given)
    status, _, err = run(*asked)
    assert status == 2
    assert err.startswith(f"error[{says}]: ")
