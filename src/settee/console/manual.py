"""Show the documentation that came with this version, so that every page can link to it.

Reads: docs/*.md beside the package.  Writes: nothing.
Not here: which page links where (console.pages).
"""

import re
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from nicegui import ui

_NAME = re.compile(r"[a-z0-9-]{1,40}")
_BESIDE = Path(str(files("settee"))) / "docs"
_IN_TREE = Path(str(files("settee"))).parents[1] / "docs"


def manual_text(name: str) -> str | None:
    """A page of the documentation as Markdown; None where there is none.

    Args:
        name: Such as "people" or "people.md".
    """
    bare = name.removesuffix(".md")
    if not _NAME.fullmatch(bare):
        return None
    for folder in (_BESIDE, _IN_TREE):
        path = folder / f"{bare}.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return None


def add_manual(_: FastAPI) -> None:
    """Serve the documentation."""

    @ui.page("/manual/{name}", title="Manual - settee")
    def show(name: str) -> None:
        text = manual_text(name)
        with ui.column().classes("page manual-page").props('role="main"'):
            ui.link("Back to the console", "/")
            if text is None:
                ui.label("There is no such page.")
            else:
                ui.markdown(text, extras=["tables", "fenced-code-blocks"])
