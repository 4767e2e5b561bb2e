"""First picks, merges and the skew from the command line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

PATIENT = ("--set", "respond.source_budget_ms=60000", "--set", "respond.total_budget_ms=60000")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "own"))


def test_picks_and_a_merge_are_taken_in_once(run: Run, home: Path) -> None:
    where = ("--home", str(home))
    status, out, _ = run("recommend", "new", "--json", *where)
    item_id = json.loads(out)["items"][0]["item_id"]
    onboard = ("onboard", "new", "--item", item_id, "--item", "unheard-of", "--tag", "Crime")
    status, out, err = run(*onboard, "--id", "on1", *where)
    assert (status, out) == (0, "on1: 2 titles count as liked by new.\n")
    assert "not in the catalogue yet: unheard-of" in err
    assert "nothing changed" in run(*onboard, "--id", "on1", *where)[1]
    status, out, _ = run(*onboard, "--json", *where)
    assert json.loads(out)["n_picks"] == 2
    assert run("merge", "new", "anon", *where)[1] == "anon is a part of new now.\n"
    assert "nothing changed" in run("merge", "new", "anon", *where)[1]
    merged = json.loads(run("merge", "new", "anon2", "--json", *where)[1])
    assert merged == {"account_id": "new", "from": "anon2", "is_new": True}
    status, _, err = run("merge", "other", "anon", *where)
    assert status == 5
    assert "error[merged_elsewhere]" in err
    assert run("onboard", "new", *where)[0] == 2


def test_what_a_ranker_served_comes_out_the_same_again(run: Run, home: Path) -> None:
    where = ("--home", str(home))
    ids = json.loads(run("accounts", "--limit", "8", "--json", *where)[1])["account_ids"]
    for account_id in [*ids, *ids]:  # the first ones may come before the release is seen
        assert run("recommend", account_id, "--json", *where, *PATIENT)[0] == 0
    status, out, _ = run("skew", "--json", *where)
    found = json.loads(out)
    assert (status, found["unequal"]) == (0, [])
    assert set(found["passed_over"]) <= {"release"}
    assert found["n_equal"] + sum(found["passed_over"].values()) == 2 * len(ids)
    _, out, _ = run("skew", "--last", "3", *where)
    assert "answers are equal bit for bit" in out


def test_an_answer_that_differs_is_shown_and_the_status_says_so(run: Run, home: Path) -> None:
    from settee.core import JournalSettings
    from settee.store import Journal, Record

    where = ("--home", str(home))
    run("recommend", "a1", *where, *PATIENT)
    with Journal(home / "journal.db", JournalSettings()) as journal:
        entry = journal.read(0, 10)[-1].record
        body = entry.body.replace(b'"rung":"', b'"rung":"no-')
        journal.append([
            Record("x1", entry.account_id, entry.kind, entry.at_us, body),
            Record("x2", entry.account_id, entry.kind, entry.at_us, b'{"items":[]}'),
        ])  # fmt: skip
    status, out, err = run("skew", *where)
    assert status == (0 if "release" in err else 1)
    assert ("x1" in out) == ("rung" in out) == ("release" not in err)
    assert "1 not compared: old" in err
