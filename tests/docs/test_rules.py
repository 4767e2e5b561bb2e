"""The examples of docs/rules.md are read, put and run as they stand there."""

import json
import re
import shlex
from pathlib import Path

import pytest

from settee.cli import main
from settee.rules import BadRule, find_conflicts, parse_rules, to_json
from settee.rules.names import RULES
from tests.docs.tables import DOCS

PAGE = (DOCS / "rules.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_every_set_of_rules_on_the_page_can_be_put() -> None:
    assert len(blocks("toml")) >= 5
    for text in blocks("toml"):
        rules = parse_rules(text.encode(), "toml")
        assert len(rules) >= 2
        assert find_conflicts(rules) == ()
        assert parse_rules(to_json(rules), "json") == rules


def test_the_set_in_json_is_read_too() -> None:
    (text,) = [one for one in blocks("json") if '"rules": [{"name"' in one]
    assert json.loads(to_json(parse_rules(text.encode(), "json"))) == json.loads(text)


def test_the_refusal_is_worded_as_on_the_page() -> None:
    (text,) = blocks("text")
    with pytest.raises(BadRule) as caught:
        parse_rules(blocks("toml")[0].replace("lift = 2.0", "lift = 40").encode(), "toml")
    error = caught.value
    assert text == (
        f"error[{error.code}]: {error.message}\n  place: {error.place}\n  hint: {error.hint}\n"
    )


def test_built_in_rules_and_conflicts_are_those_of_the_code() -> None:
    for name in RULES:
        assert f"`{name}`" in PAGE
    source = "".join(
        Path(DOCS.parent, "src/settee/rules", name).read_text(encoding="utf-8")
        for name in ("conflicts.py", "oddities.py", "told.py")
    )
    codes = set(re.findall(r'(?:Conflict\(|yield Conflict\()\s*"(\w+)"', source))
    told = set(re.findall(r"^\| `(\w+)` \| [^|]* \| [^|]*\|$", PAGE, re.MULTILINE))
    assert codes <= told
    assert len(codes) == 11


def test_every_command_of_the_page_works(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.toml").write_text(blocks("toml")[0], encoding="utf-8")
    (block,) = blocks("sh")
    for line in block.splitlines():
        with pytest.raises(SystemExit) as caught:
            main(shlex.split(line.removeprefix("settee ")))
        out, err = capsys.readouterr()
        assert caught.value.code == 0, (line, err)
        assert out.strip()
