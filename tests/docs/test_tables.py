import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

import settee
from settee.cli.main import app
from settee.core import SetteeError
from tests.docs.tables import DOCS, PARTS, _below, errors, filled

PAGES = sorted(page.name for page in DOCS.glob("*.md"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_the_code_says(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    assert page == filled(page), "python -m tests.docs.tables brings the pages up to date"


def test_every_part_stands_on_a_page() -> None:
    text = "".join((DOCS / name).read_text(encoding="utf-8") for name in PAGES)
    assert all(f"<!-- {part} -->" in text for part in PARTS)


def test_no_two_errors_share_a_code_and_each_says_what_it_means() -> None:
    errors()  # imports every room
    classes = defaultdict(set)
    for one in _below(SetteeError):
        assert one.__doc__, one
        classes[one.code].add(one)
    shared = {code: found for code, found in classes.items() if len(found) > 1}
    assert not shared


def hints() -> Iterator[str]:
    """Every hint that is written down in the source."""
    for path in Path(settee.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "hint":
                yield from (
                    str(one.value) for one in ast.walk(node.value) if isinstance(one, ast.Constant)
                )


def test_every_hint_names_commands_that_there_are() -> None:
    names = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]  # a group
    named = {
        after.split()[0].strip(".,;:")
        for hint in hints()
        for after in hint.split("settee ")[1:]
        if after and after[0].islower()
    }
    assert "train" in named
    assert named <= names
