"""The commands of docs/reasons.md are run as they stand there, one after the other."""

import json
import re
import shlex
from pathlib import Path

import pytest

from settee.cli import main
from tests.docs.tables import DOCS

_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as caught:
        main(words)
    out, err = capsys.readouterr()
    assert caught.value.code == 0, (words, err)
    return out


def test_every_command_of_the_page_about_reasons_works(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "reasons.md").read_text(encoding="utf-8")
    lines = [line for block in _BLOCK.findall(text) for line in block.splitlines() if line]
    known: dict[str, str] = {}
    assert len(lines) > 5
    for line in lines:
        words = shlex.split(line.removeprefix("settee "))
        if "ACCOUNT" in words and not known:
            account = json.loads(run(capsys, "accounts", "--json"))["account_ids"][0]
            items = json.loads(run(capsys, "recommend", account, "--json"))["items"]
            known = {"ACCOUNT": account, "ITEM": items[2]["item_id"]}
        out = run(capsys, *(known.get(word, word) for word in words))
        assert out.strip()
    assert "is rank 3 of" in out


def test_every_kind_of_addend_is_explained() -> None:
    from typing import get_args

    from settee.respond.because import AddendKind

    text = (DOCS / "reasons.md").read_text(encoding="utf-8")
    assert all(f"| `{kind}` |" in text for kind in get_args(AddendKind))
