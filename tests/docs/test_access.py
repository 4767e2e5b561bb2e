import asyncio
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from settee.app import open_workspace
from settee.cli import main
from settee.core import load_settings
from settee.govern.limits import _N
from settee.web import create_app
from tests.docs.tables import DOCS
from tests.web.world import Client

PAGE = (DOCS / "access.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (settee .+)$", PAGE, re.MULTILINE)
EXPORTS = re.findall(r"^\$ export (.+)$", PAGE, re.MULTILINE)
CALLS = re.findall(r"^\$ curl -s -X (\w+) 127\.0\.0\.1:8321(\S+) -d '(.+)'$", PAGE, re.MULTILINE)


def test_every_command_of_the_page_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(COMMANDS) > 8
    for line in EXPORTS:
        for word in shlex.split(line):
            monkeypatch.setenv(*word.split("=", 1))
    for command in COMMANDS:
        with pytest.raises(SystemExit) as caught:
            main(shlex.split(command)[1:])
        assert caught.value.code == 0, (command, capsys.readouterr())
    assert "https://login.example" in capsys.readouterr().out


def test_every_call_of_the_page_is_answered(tmp_path: Path) -> None:
    assert CALLS
    with open_workspace(load_settings(flags=[f'home="{tmp_path}"'])) as workspace:
        app: Any = create_app(workspace)
        for method, path, body in CALLS:
            made = Client(app)(method, path, body.encode())
            assert made.status == 200, made.body
            assert json.loads(made.body)["key"]["role"] == "service"
        asyncio.run(app._house.close())


def test_numbers_of_the_page_are_those_of_the_code() -> None:
    assert f"{8 * _N / 2**20:.1f} MB" in PAGE
