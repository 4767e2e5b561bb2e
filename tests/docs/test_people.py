"""The commands of docs/people.md are run as they stand there, one after the other."""

import json
import re
import shlex
from pathlib import Path

import pytest

from settee.cli import main
from tests.docs.tables import DOCS

_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands() -> list[list[str]]:
    text = (DOCS / "people.md").read_text(encoding="utf-8")
    lines = [line for block in _BLOCK.findall(text) for line in block.splitlines() if line]
    return [shlex.split(line.removeprefix("settee ")) for line in lines]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as caught:
        main(words)
    out, err = capsys.readouterr()
    assert caught.value.code == 0, (words, err)
    return out


def names(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """An account with a person and a session, for the words in capitals."""
    account = json.loads(run(capsys, "accounts", "--json"))["account_ids"][0]
    home = json.loads(run(capsys, "people", account, "--json"))
    person, event = home["persons"][0]["person_id"], home["sessions"][0]["event_id"]
    return {"ACCOUNT": account, "PERSON": person, "EVENT": event}


def test_every_command_of_the_page_about_persons_works(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    known: dict[str, str] = {}
    asked = commands()
    assert len(asked) > 10
    for words in asked:
        if not known and "ACCOUNT" in words:
            known = names(capsys)
        out = run(capsys, *(known.get(word, word) for word in words))
        assert out.strip()
    assert (tmp_path / "answers.jsonl").stat().st_size > 0
