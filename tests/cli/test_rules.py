import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from settee.app import open_workspace
from settee.core import Settings
from settee.store import Record

pytestmark = pytest.mark.usefixtures("files")
Run = Callable[..., tuple[int, str, str]]
BLOCK = '[[rules]]\nname = "no-horror"\nkind = "block"\nitems.tags = ["Horror"]\n'
PIN = '[[rules]]\nname = "top"\nkind = "pin"\nitem = "c"\nrank = 1\n'
ITEMS = (
    '{"item_id":"a","year":2003,"tags":["Drama"]}\n'
    '{"item_id":"b","year":2002,"tags":["Horror"]}\n'
    '{"item_id":"c","year":2001,"tags":["Drama"]}\n'
)


@pytest.fixture
def files(run: Run, tmp_path: Path) -> Path:
    """A folder with rules in it, beside a home with three items."""
    (tmp_path / "items.jsonl").write_text(ITEMS)
    (tmp_path / "block.toml").write_text(BLOCK)
    (tmp_path / "both.toml").write_text(BLOCK + PIN)
    (tmp_path / "odd.toml").write_text(BLOCK.replace("Horror", "Horor"))
    assert run("import", "items.jsonl")[0] == 0
    return tmp_path


def shown(run: Run) -> list[str]:
    status, out, _ = run("recommend", "a7", "--json")
    assert status == 0
    return [one["item_id"] for one in json.loads(out)["items"]]


def test_rules_are_put_shown_and_taken_back(run: Run) -> None:
    assert run("rules", "show")[1] == "# no rules\n"
    assert shown(run) == ["a", "b", "c"]
    status, out, _ = run("rules", "put", "both.toml", "--why", "premiere", "--who", "ada")
    assert (status, out) == (0, "version 1: 2 rules in force\n")
    assert shown(run) == ["c", "a"]
    assert run("rules", "put", "block.toml", "--after", "1")[0] == 0
    assert run("rules", "show")[1].strip() == BLOCK.strip()
    assert run("rules", "show", "--version", "1")[1].strip().endswith("rank = 1")
    status, out, _ = run("rules", "rollback", "--why", "better before", "--who", "bo")
    assert (status, out) == (0, "version 3: the rules of version 1 in force\n")
    assert shown(run) == ["c", "a"]
    status, out, _ = run("rules", "history", "--verify")
    assert "premiere" in out
    assert "3 versions, every seal is whole" in out
    rows = json.loads(run("rules", "history", "--json", "--limit", "2")[1])["versions"]
    assert [(one["version"], one["restored"]) for one in rows] == [(3, 1), (2, None)]
    assert rows[0]["who"] == "bo"
    assert rows[1]["who"]  # whoever runs it
    assert json.loads(run("rules", "show", "--json")[1])["version"] == 3
    done = json.loads(run("rules", "rollback", "--to", "2", "--json")[1])
    assert (done["version"], done["restored"]) == (4, 2)


def test_rules_are_checked_and_tried_without_being_put(run: Run) -> None:
    assert shown(run) == ["a", "b", "c"]
    status, out, _ = run("rules", "check", "odd.toml")
    assert status == 0
    assert out.startswith("1 rule, 1 conflict\nno_items: rule")
    assert out.rstrip().endswith('Did you mean "Horror"?')
    assert json.loads(run("rules", "check", "odd.toml", "--json")[1])["n_rules"] == 1
    status, out, _ = run("rules", "dry-run", "both.toml")
    assert status == 0
    assert out.startswith("1 of 1 list would change against version 0: 0 in order only, 1 shorter")
    assert "no-horror" in out
    found = json.loads(run("rules", "dry-run", "both.toml", "-n", "1", "--json")[1])
    assert found["difference"]["n_changed"] == 1
    elsewhere = ("rules", "dry-run", "both.toml", "--slot", "x", "--at", "2027-01-01T00:00:00Z")
    status, out, _ = run(*elsewhere)
    assert (status, out.splitlines()[0][:12]) == (0, "0 of 0 lists")
    assert run("rules", "show")[1] == "# no rules\n"


def test_rules_may_come_from_standard_input_and_from_json(
    run: Run, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BLOCK.encode())))
    assert run("rules", "put", "-")[0] == 0
    (files / "rules.json").write_text(run("rules", "show", "--json")[1])
    assert json.loads(run("rules", "put", "rules.json", "--json")[1])["n_rules"] == 1


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("put", "missing.toml"), 2, "missing.toml: No such file or directory"),
        (("put", "items.jsonl"), 2, "rules are no JSON"),
        (("dry-run", "block.toml", "--at", "soon"), 2, '--at is "soon"; an instant with its zone'),
        (("dry-run", "block.toml", "--at", "2026-01-01"), 2, '--at is "2026-01-01"'),
        (("show", "--version", "7"), 4, "there is no version 7"),
        (("rollback",), 5, "there are no rules to go back from"),
        (("put", "block.toml", "--after", "3"), 5, "version 0 of the rules is in force"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    run: Run, arguments: tuple[str, ...], status: int, told: str
) -> None:
    found = run("rules", *arguments)
    assert found[0] == status
    assert told in found[2]


def test_contradictions_are_refused_unless_forced(run: Run, files: Path) -> None:
    (files / "two.toml").write_text(PIN + PIN.replace("top", "two").replace('"c"', '"a"'))
    status, _, err = run("rules", "put", "two.toml")
    assert (status, "pin two items to rank 1" in err) == (5, True)
    status, out, _ = run("rules", "put", "two.toml", "--force")
    assert (status, "one_rank_two_items: rules" in out) == (0, True)


def test_whoever_has_no_name_is_the_command_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("no such user")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert run("rules", "put", "block.toml")[0] == 0
    assert json.loads(run("rules", "history", "--json")[1])["versions"][0]["who"] == "command line"


def test_answers_that_do_not_say_what_was_asked_are_told_to_be_passed_over(
    run: Run, tmp_path: Path
) -> None:
    with open_workspace(Settings(home=tmp_path / "settee-data")) as workspace:
        workspace.journal.append([Record("old", "a7", "exposure", 0, b"{}")])
    assert run("rules", "dry-run", "block.toml")[2] == "1 answer passed over: old\n"
